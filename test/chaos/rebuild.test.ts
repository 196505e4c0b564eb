import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { expect, it } from 'vitest'
import type { BeadSketch, Epic } from '../../src/sandbox/person.ts'
import { type Comment, type Pull, type SeenIssue, Story, script } from '../stories/town.ts'
import { freshDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { FILES, patience } from './convoy.ts'

/** The database is lost in the middle of everything. GitHub alone makes it whole again. */

const TITLES = { a: 'Lands', b: 'Fails', c: 'Is held', d: 'Asks', e: 'Takes long', f: 'Waits' } as const

/** Long enough that nothing new happens while people look. */
const LONG = '25s'

const PLAN: readonly BeadSketch[] = [
  { key: 'a', title: TITLES.a, body: script({ write: 'a.txt', content: 'a' }) },
  { key: 'b', title: TITLES.b, body: script({ fail: 'no luck' }), after: ['a'] },
  { key: 'c', title: TITLES.c, body: script({ write: 'c.txt', content: 'c' }), after: ['a'] },
  {
    key: 'd',
    title: TITLES.d,
    body: script({ ask: 'Which colour?' }, { write: 'd.txt', content: '{{answer}}' }),
    after: ['a'],
  },
  {
    key: 'e',
    title: TITLES.e,
    body: script({ write: 'e.txt', content: 'e' }, { sleep: LONG }),
    after: ['a'],
  },
  { key: 'f', title: TITLES.f, body: script({ run: 'cat d.txt e.txt > f.txt' }), after: ['b', 'd', 'e'] },
]

const small = (name: string): readonly BeadSketch[] => [
  { key: 'x', title: 'Small', body: script({ write: `${name}.txt`, content: name }) },
]

it('a rebuilt town is the same to everybody who looks, and its convoys land', { timeout: 400_000 }, async ({
  onTestFinished,
}) => {
  const story = await Story.begin()
  onTestFinished(() => story.end())
  const config = `${FILES['.github/townhall.yml']}tries: 1\n`
  const repo = await story.repository('web', { ...FILES, '.github/townhall.yml': config })
  const epic = await story.epic(repo, PLAN)
  await story.start(repo, epic)
  await story.command(repo, epic.issues.c!.number, '/bead hold')
  const staged = await story.epic(repo, small('x'), 'Staged')
  await story.command(repo, staged.number, '/convoy stage --title "By and by"')
  const paused = await story.epic(repo, small('y'), 'Paused')
  await story.command(repo, paused.number, '/convoy stage')
  await story.command(repo, paused.number, '/convoy pause')
  await midway(story, repo, epic)

  await story.townhall.stop()
  const before = await everything(story, repo)
  Object.assign(story.variables, { DATABASE_URL: (await freshDatabase()).url })
  const told = await rebuild(story)
  expect(told).toMatchObject({ code: 0 })
  expect(told.out).toContain('1 repository, 3 convoys')
  expect(await everything(story, repo)).toEqual(before)
  // Interrupted and run again, before anybody starts: nothing is there twice.
  expect(await rebuild(story)).toMatchObject({ code: 0 })

  await story.restart()
  await quiet(story)
  expect(shown(await everything(story, repo))).toEqual(shown(before))
  expect(await rebuild(story)).toMatchObject({ code: 1, err: expect.stringContaining('knows acme') })

  await story.command(repo, epic.issues.b!.number, '/bead skip')
  await story.command(repo, epic.issues.c!.number, '/bead release')
  await story.people.wes.comment(repo, epic.issues.d!.number, 'blue')
  await story.command(repo, staged.number, '/convoy start --force')
  await story.command(repo, paused.number, '/convoy resume')
  await story.command(repo, paused.number, '/convoy start --force')
  for (const it of [epic, staged, paused]) await landed(story, repo, it)
  expect(await story.file(repo, 'f.txt')).toBe('bluee')
  await expectNothingTwice(story, repo)
})

/** A landed, B failed, C is held, D asks, E is at work, and all of that is shown. */
async function midway(story: Story, repo: string, epic: Epic): Promise<void> {
  const labels = async () =>
    Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async key => {
        const issue = await story.issue(repo, epic.issues[key]!.number)
        return `${issue.state} ${story.labels(issue).filter(name => name !== 'gt:bead')}`
      }),
    )
  const wanted = ['closed ', 'open gt:failed', 'open gt:held', 'open gt:escalation', 'open gt:in-progress']
  await until(
    'everything is under way',
    labels,
    now => JSON.stringify(now) === JSON.stringify(wanted),
    patience,
  )
  await quiet(story)
}

/** Nothing is left to be thought about, and nothing to be done on GitHub. */
async function quiet(story: Story): Promise<void> {
  const sql = postgres(story.variables.DATABASE_URL!, { max: 1 })
  const left = () => sql<{ what: string }[]>`
    select type as what from events where state = 'new'
    union all select kind from outbox where state in ('due', 'taken') and kind <> 'OrderRun'`
  try {
    await until('it is quiet', left, rows => rows.length === 0, patience)
  } finally {
    await sql.end()
  }
}

interface Told {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `npm run rebuild` with the environment of the story's Townhall. */
async function rebuild(story: Story): Promise<Told> {
  const program = fileURLToPath(new URL('../../src/rebuild.ts', import.meta.url))
  const { PATH = '' } = process.env
  const child = fork(program, [], {
    env: { PATH, ...story.variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', text => {
    out += text
  })
  child.stderr?.on('data', text => {
    err += text
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, out, err }
}

interface Check {
  readonly id: number
  readonly status: string
  readonly conclusion: string | null
}

/** All that people can see through the API. */
async function everything(story: Story, repo: string) {
  const get = <T>(path: string) => story.people.wes.get<T>(`/repos/${repo}/${path}`)
  const issues = await get<(SeenIssue & { title: string; body: string })[]>('issues?state=all&per_page=100')
  const pulls = await get<Pull[]>('pulls?state=all&per_page=100')
  return {
    issues: await Promise.all(
      issues.map(async ({ number, title, body, state, state_reason, labels }) => ({
        ...{ number, title, body, state, state_reason },
        labels: labels.map(({ name }) => name).sort(),
        comments: (await get<Comment[]>(`issues/${number}/comments?per_page=100`)).map(
          ({ id, body, user }) => ({
            ...{ id, body, by: user.login },
          }),
        ),
      })),
    ),
    pulls: await Promise.all(
      pulls.map(async ({ number, title, state, merged_at, head, base }) => {
        const { check_runs } = await get<{ check_runs: Check[] }>(`commits/${head.sha}/check-runs`)
        const checks = check_runs.map(({ id, status, conclusion }) => ({ id, status, conclusion }))
        return { number, title, state, merged_at, head: head.ref, sha: head.sha, base: base.ref, checks }
      }),
    ),
    branches: await get<{ name: string; commit: { sha: string } }[]>('branches?per_page=100'),
  }
}
type Everything = Awaited<ReturnType<typeof everything>>

/** Without the line that GitHub does not show: it counts runs, and one more has begun. */
const shown = ({ issues, pulls, branches }: Everything): Everything => ({
  pulls,
  branches,
  issues: issues.map(issue => ({
    ...issue,
    comments: issue.comments.map(comment => ({
      ...comment,
      body: comment.body.replace(/\n<!-- townhall-memory:.*$/, ''),
    })),
  })),
})

async function landed(story: Story, repo: string, epic: Epic): Promise<void> {
  await until(
    `epic #${epic.number} landed`,
    () => story.issue(repo, epic.number),
    issue => issue.state === 'closed',
    { ...patience, explain: () => story.said(repo, epic.number) },
  )
}

/** One comment of each kind, one pull for each branch, one check for each pull. */
async function expectNothingTwice(story: Story, repo: string): Promise<void> {
  const { issues, pulls } = await everything(story, repo)
  const marks = issues.flatMap(({ comments }) =>
    comments.flatMap(({ body, by }) =>
      by === 'townhall[bot]' ? [...body.matchAll(/<!-- townhall:(\S+) -->/g)].at(-1)?.[1] : [],
    ),
  )
  expect(marks.filter((mark, nth) => marks.indexOf(mark) !== nth)).toEqual([])
  const heads = pulls.map(pull => pull.head)
  expect(heads.filter((head, nth) => heads.indexOf(head) !== nth)).toEqual([])
  expect(pulls.filter(pull => pull.checks.length > 1)).toEqual([])
  expect(pulls.filter(pull => pull.merged_at === null)).toEqual([])
}
