import { expect } from 'vitest'
import type { BeadSketch, Epic, Person } from '../../src/sandbox/person.ts'
import { type Comment, type Pull, type SeenIssue, script } from '../stories/town.ts'
import { until } from '../support/until.ts'

/** The convoy that every chaos test sends through its own kind of trouble, and what must be so in the end. */

export const FILES: Readonly<Record<string, string>> = {
  'NOTES.md': '# Notes\n',
  '.github/townhall.yml':
    'gates:\n  - name: test\n    run: "! grep -rq BROKEN --include=*.txt ."\n    timeout: 1m\n',
}

export const ANSWER = 'blue'

/** Trouble costs time, and several convoys share a machine. */
export const patience = { patienceMs: 120_000 } as const

/** A diamond, a failure, a crash, a conflict and a question; the agents of `slow` take that long each. */
export function beads(slow: string = '0ms'): readonly BeadSketch[] {
  const bead = (
    title: string,
    after: readonly string[],
    ...steps: Parameters<typeof script>
  ): BeadSketch => ({
    key: title.toLowerCase(),
    title,
    body: script({ sleep: slow }, ...steps),
    after,
  })
  const writes = (name: string) => ({ write: `${name}.txt`, content: name })
  return [
    bead('A', [], writes('a')),
    bead('B', ['a'], { fail: 'no luck', tries: 1 }, writes('b')),
    bead('C', ['a'], { append: 'NOTES.md', content: 'from c\n' }),
    bead('D', ['a'], { append: 'NOTES.md', content: 'from d\n' }),
    bead('E', ['a'], { crash: true, tries: 1 }, writes('e')),
    bead('F', ['b', 'c'], { ask: 'Which colour?' }, { write: 'f.txt', content: '{{answer}}' }),
    bead('G', ['d', 'e'], { run: 'cat a.txt e.txt > g.txt' }),
    bead('H', ['f', 'g'], { run: 'cat b.txt f.txt g.txt > h.txt' }),
  ]
}

/** What is on main when all of it has landed. */
const LANDED = {
  'a.txt': 'a',
  'b.txt': 'b',
  'e.txt': 'e',
  'f.txt': ANSWER,
  'g.txt': 'ae',
  'h.txt': `b${ANSWER}ae`,
}

/** A convoy on GitHub, for those who look at it through the API. */
export interface Underway {
  readonly person: Person
  readonly repo: string
  readonly epic: Epic
}

export async function makeEpic(person: Person, repo: string, sketches = beads()): Promise<Underway> {
  return { person, repo, epic: await person.epic(repo, 'The epic', 'What is to be done.', sketches) }
}

const commentsOn = ({ person, repo }: Underway, number: number): Promise<Comment[]> =>
  person.get(`/repos/${repo}/issues/${number}/comments?per_page=100`)

const MARKER = /<!-- townhall:(\S+) -->/g
const markersOf = (body: string): string[] => [...body.matchAll(MARKER)].map(([, name]) => name!)

/** A command on the epic; returns the comment's id. */
export async function say({ person, repo, epic }: Underway, line: string): Promise<number> {
  return (await person.comment(repo, epic.number, line)).id
}

/** Waits for the reply to a command. */
export async function replyTo(convoy: Underway, comment: number): Promise<string> {
  const isReply = ({ body }: Comment) => markersOf(body).includes(`reply:${comment}`)
  const comments = await until(
    'a reply',
    () => commentsOn(convoy, convoy.epic.number),
    all => all.some(isReply),
    patience,
  )
  return comments.find(isReply)!.body
}

/** Stage and start, as two comments. */
export async function setOut(convoy: Underway): Promise<void> {
  const staged = await say(convoy, '/convoy stage')
  expect(await replyTo(convoy, staged)).toContain('8 beads in 4 waves')
  await replyTo(convoy, await say(convoy, '/convoy start'))
}

export async function isAsked(convoy: Underway): Promise<boolean> {
  const comments = await commentsOn(convoy, convoy.epic.issues.f!.number)
  return comments.some(({ body }) => markersOf(body).some(name => name.startsWith('question:')))
}

/** Waits for the question of F and answers it. */
export async function answer(convoy: Underway): Promise<void> {
  await until('the question', () => isAsked(convoy), Boolean, {
    ...patience,
    explain: () => commentsOn(convoy, convoy.epic.number),
  })
  await convoy.person.comment(convoy.repo, convoy.epic.issues.f!.number, ANSWER)
}

/** Waits until the epic and all beads are closed, the branches are tidied away and the checks are concluded. */
export async function landed(convoy: Underway): Promise<void> {
  const { person, repo, epic } = convoy
  await until(
    'the epic is closed',
    () => person.get<SeenIssue>(`/repos/${repo}/issues/${epic.number}`),
    issue => issue.state === 'closed',
    { ...patience, explain: () => commentsOn(convoy, epic.number) },
  )
  await until(
    'its beads are closed',
    () => person.get<SeenIssue[]>(`/repos/${repo}/issues?state=open&per_page=100`),
    open => open.length === 0,
    patience,
  )
  await until(
    'the branches are tidied away',
    () => branches(convoy),
    names => names.length === 1,
    patience,
  )
  await until(
    'every pull request has its check, and every check is concluded',
    async () => ({ pulls: (await pullsOf(convoy)).length, checks: await checksOf(convoy) }),
    ({ pulls, checks }) => checks.length >= pulls && checks.every(([, status]) => status === 'completed'),
    patience,
  )
}

async function branches({ person, repo }: Underway): Promise<string[]> {
  const found = await person.get<{ name: string }[]>(`/repos/${repo}/branches?per_page=100`)
  return found.map(({ name }) => name)
}

/** Everything is there, and nothing is there twice. */
export async function expectAllOnce(convoy: Underway): Promise<void> {
  await expectFiles(convoy)
  await expectPulls(convoy)
  await expectIssues(convoy)
}

async function expectFiles({ person, repo }: Underway): Promise<void> {
  const read = async (path: string) =>
    Buffer.from(
      (await person.get<{ content: string }>(`/repos/${repo}/contents/${path}?ref=main`)).content,
      'base64',
    ).toString()
  for (const [path, content] of Object.entries(LANDED))
    expect([path, await read(path)]).toEqual([path, content])
  expect((await read('NOTES.md')).split('\n').sort()).toEqual(['', '# Notes', 'from c', 'from d'])
}

/** One pull request a bead, one landing, each merged once, its checks told once. */
async function expectPulls(convoy: Underway): Promise<void> {
  const { person, repo, epic } = convoy
  const pulls = await pullsOf(convoy)
  const beadOf = ({ body }: Pull) => Number(/^Bead: \S*#(\d+)/m.exec(body)?.[1])
  const [landings, works] = [
    pulls.filter(it => it.base.ref === 'main'),
    pulls.filter(it => it.base.ref !== 'main'),
  ]
  expect(landings).toHaveLength(1)
  const numbers = Object.values(epic.issues).map(({ number }) => number)
  expect(works.map(beadOf).sort((a, b) => a - b)).toEqual(numbers.sort((a, b) => a - b))
  expect(pulls.filter(it => it.merged_at === null)).toEqual([])
  const commits = await person.get<{ commit: { message: string } }[]>(
    `/repos/${repo}/commits?sha=main&per_page=100`,
  )
  const merges = commits.flatMap(
    ({ commit }) => /^.* \(#(\d+)\)$/.exec(commit.message.split('\n')[0]!)?.[1] ?? [],
  )
  expect(merges.map(Number).sort((a, b) => a - b)).toEqual(pulls.map(it => it.number).sort((a, b) => a - b))
  const checks = await checksOf(convoy)
  expect(checks.map(([name]) => name)).toEqual(pulls.map(() => 'townhall'))
}

function pullsOf({ person, repo }: Underway): Promise<Pull[]> {
  return person.get<Pull[]>(`/repos/${repo}/pulls?state=all&per_page=100`)
}

/** Name and status of every check run on the pull requests as they are now. */
async function checksOf(convoy: Underway): Promise<[name: string, status: string][]> {
  const { person, repo } = convoy
  const found = (await pullsOf(convoy)).map(async ({ head }) => {
    const { check_runs } = await person.get<{ check_runs: { name: string; status: string }[] }>(
      `/repos/${repo}/commits/${head.sha}/check-runs`,
    )
    return check_runs.map(({ name, status }): [string, string] => [name, status])
  })
  return (await Promise.all(found)).flat()
}

/** No issue that nobody asked for, each closed once, and nothing said twice. */
async function expectIssues(convoy: Underway): Promise<void> {
  const { person, repo, epic } = convoy
  const all = await person.get<SeenIssue[]>(`/repos/${repo}/issues?state=all&per_page=100`)
  const issues = all.filter(issue => !issue.pull_request)
  expect(issues).toHaveLength(1 + Object.keys(epic.issues).length)
  for (const { number, state, state_reason } of issues) {
    expect({ number, state, state_reason }).toEqual({ number, state: 'closed', state_reason: 'completed' })
    const timeline = await person.get<{ event: string }[]>(
      `/repos/${repo}/issues/${number}/timeline?per_page=100`,
    )
    expect(timeline.filter(({ event }) => event === 'closed' || event === 'reopened')).toHaveLength(1)
  }
  const said = (await Promise.all(all.map(({ number }) => commentsOn(convoy, number)))).flat()
  const ours = said.filter(({ user }) => user.type === 'Bot').map(({ body }) => markersOf(body))
  expect(ours.filter(markers => markers.length !== 1)).toEqual([])
  const markers = ours.flat().sort()
  expect(markers).toEqual([...new Set(markers)])
  expect(markers.filter(name => name.startsWith('show:'))).toHaveLength(issues.length)
  expect(markers.filter(name => name.startsWith('question:'))).toHaveLength(1)
}
