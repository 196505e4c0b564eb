import { expect, it } from 'vitest'
import { whyConvoy } from '../../src/core/shown/why-convoy.ts'
import { isOver } from '../../src/core/town.ts'
import { connect, type Sql } from '../../src/store/connection.ts'
import { type Comment, type Pull, Story } from '../stories/town.ts'
import { seedOfToday } from './luck.ts'
import { differences } from './plan-agreement.ts'
import { faultsIn } from './plan-history.ts'
import { type PlanLife, planLifeOf } from './plan-lives.ts'
import { mend, placeOfIssue, unfinished } from './plan-mend.ts'
import { make, type Plot, plant, setWeather, takeTurn } from './plan-people.ts'
import { settled, stored } from './plan-state.ts'

/**
 * Random plans in two repositories, random people who steer and edit them, and webhooks that are lost, doubled and
 * late. TOWNHALL_PLANS=20 lives more of them than fit into a quick run.
 */
const PLANS = Number(process.env.TOWNHALL_PLANS ?? 3)
const MOST_ROUNDS = 8

const first = seedOfToday()

it.for(Array.from({ length: PLANS }, (_, nth) => first + nth))(
  'plans and people of seed %i: GitHub and Postgres agree, and everything comes to an end',
  { timeout: 300_000 },
  async (seed, { onTestFinished }) => {
    const story = await Story.begin()
    const sql = connect(story.variables.DATABASE_URL!, 2)
    onTestFinished(async () => {
      await sql.end()
      await story.end()
    })
    const plot = await begin(story, sql)
    try {
      await live(plot, planLifeOf(seed))
    } catch (error) {
      const diary = [`CHAOS_SEED=${seed} TOWNHALL_PLANS=1`, ...plot.diary].join('\n')
      throw new Error(`${diary}\n${(error as Error).message}`, { cause: error })
    }
  },
)

async function begin(story: Story, sql: Sql): Promise<Plot> {
  const files = { '.github/townhall.yml': 'tries: 2\nboard: false\n' }
  const repos = [await story.repository('web', files), await story.repository('api', files)] as const
  const plot: Plot = { story, sql, repos, roots: [], outsiders: [], said: [], diary: [], made: 0 }
  plot.outsiders.push(await make(plot, 'wes', repos[0], 'Something else', 'It is in no plan.'))
  return plot
}

async function live(plot: Plot, { trees, turns }: PlanLife): Promise<void> {
  for (const tree of trees) await plant(plot, tree)
  for (const turn of turns) await takeTurn(plot, turn)
  await setWeather(plot.story, {})
  await plot.story.github.delivered()
  await settled(plot)
  await expectAgreement(plot)
  await expectHelp(plot)
  await mendAll(plot)
  await expectAgreement(plot)
  await expectAnswers(plot)
  await expectNothingTwice(plot)
}

async function expectAgreement(plot: Plot): Promise<void> {
  const found = [...(await differences(plot, await stored(plot))), ...(await faultsIn(plot))]
  expect(found.join('\n')).toBe('')
}

/** Whoever asks what keeps an unfinished bead is told what somebody can do about it. */
async function expectHelp(plot: Plot): Promise<void> {
  const { town } = await stored(plot)
  for (const bead of unfinished(town)) {
    const { repo, number } = placeOfIssue(town, bead.rigId, bead.number)
    const answer = await plot.story.command(repo, number, '/why', plot.story.people.rhea)
    expect(answer).toContain('What frees it:')
  }
}

/** People do what only they can do; then everything lands, or is closed for want of anything to land. */
async function mendAll(plot: Plot): Promise<void> {
  for (let round = 1; ; round++) {
    const { town } = await stored(plot)
    const open = [...town.convoys.values()].filter(convoy => !isOver(convoy))
    if (open.length === 0) return
    if (round > MOST_ROUNDS) {
      const why = open.map(convoy => [convoy.number, whyConvoy(town, convoy, Date.now())])
      throw new Error(`never over: ${JSON.stringify(why, null, 1)}`)
    }
    plot.diary.push(...(await mend(plot, town, round)))
    await settled(plot)
  }
}

/** Whatever was said to us has one answer, and those without the right were told so. */
async function expectAnswers({ story, said }: Plot): Promise<void> {
  for (const { repo, number, commentId, by, line } of said) {
    if (!line.startsWith('/')) continue
    const mark = `<!-- townhall:reply:${commentId} -->`
    const replies = (await story.said(repo, number)).filter(body => body.includes(mark))
    expect([line, by, replies.length]).toEqual([line, by, 1])
    const isReading = /^\/(why|convoy (status|simulate))/.test(line)
    if (!isReading && !['olivia', 'wes'].includes(by)) expect(replies[0]).toContain('write')
  }
}

/** Every comment, issue and pull request of ours says in its last hidden line what it is. */
async function expectNothingTwice({ story, repos }: Plot): Promise<void> {
  const get = <T>(path: string) => story.people.olivia.get<T>(path)
  const marks: string[] = []
  for (const repo of repos) {
    const all = await get<{ body: string | null; pull_request?: object }[]>(
      `/repos/${repo}/issues?state=all&per_page=100`,
    )
    const issues = all.filter(it => !it.pull_request)
    const pulls = await get<Pull[]>(`/repos/${repo}/pulls?state=all&per_page=100`)
    const comments = await get<Comment[]>(`/repos/${repo}/issues/comments?per_page=100`)
    const texts = [...issues, ...pulls, ...comments.filter(it => it.user.type === 'Bot')]
    const markOf = (body: string | null) => [...(body ?? '').matchAll(/<!-- townhall:(\S+) -->/g)].at(-1)?.[1]
    marks.push(...texts.flatMap(({ body }) => markOf(body) ?? []))
  }
  expect(marks.length).toBeGreaterThan(0)
  expect(marks.filter((mark, nth) => marks.indexOf(mark) !== nth)).toEqual([])
}
