import { expect, it } from 'vitest'
import type { FaultRule, Faults } from '../../src/sandbox/github/faults.ts'
import { Story } from '../stories/town.ts'
import { answer, expectAllOnce, FILES, landed, makeEpic, replyTo, say } from './convoy.ts'

/** GitHub that does what it is asked and does not say so, that breaks, that has had enough: nothing is done twice. */

/**
 * Every route of REST by which Townhall changes something in a convoy's life, and how many answers go wrong. Only two
 * comments are made so, a reply and a question: the person's own answer after them must get through.
 */
const CHANGES: readonly (readonly [method: string, path: string, times: number])[] = [
  ['POST', '/issues/\\d+/comments$', 2],
  ['POST', '/comments/\\d+/reactions$', 2],
  ['POST', '/labels$', 4],
  ['POST', '/git/refs$', 2],
  ['DELETE', '/git/refs/', 4],
  ['POST', '/pulls$', 4],
  ['PUT', '/pulls/\\d+/merge$', 4],
  ['POST', '/check-runs$', 4],
  ['PATCH', '/check-runs/\\d+$', 6],
]

/** Asked for silence, Townhall keeps it: a check is mostly made when all is known already, and then never changed. */
const changesUnder = (trouble: Trouble): typeof CHANGES =>
  trouble === LIMITED || trouble === TOO_MANY ? CHANGES.filter(([method]) => method !== 'PATCH') : CHANGES

type Trouble = Pick<FaultRule, 'status' | 'after_effect' | 'retry_after'>

const LOST: Trouble = { status: 502, after_effect: true, retry_after: 1 }
const BROKEN: Trouble = { status: 500, after_effect: false, retry_after: 1 }
const LIMITED: Trouble = { status: 403, after_effect: false, retry_after: 1 }
const TOO_MANY: Trouble = { status: 429, after_effect: false, retry_after: 1 }

/**
 * GraphQL has one address for looks and changes: every other answer goes wrong, or the first look would meet all of
 * the trouble.
 */
function troubleGraphql(faults: Faults, trouble: Trouble): { struck: number } {
  const { strike } = faults
  const seen = { asked: 0, struck: 0 }
  faults.strike = (method, path, fullPath) => {
    if (path !== '/graphql' || ++seen.asked % 2 === 1) return strike(method, path, fullPath)
    seen.struck += 1
    return { path, ...trouble }
  }
  return seen
}

it.concurrent.for<[string, Trouble[]]>([
  ['is lost, many times over', [LOST]],
  ['is 500 and nothing was done, many times over', [BROKEN]],
  ['is that it was too much', [LIMITED, TOO_MANY]],
])(
  'a convoy lands when the answer to a change %s',
  { timeout: 300_000 },
  async ([, troubles], { onTestFinished }) => {
    const story = await Story.begin()
    onTestFinished(() => story.end())
    const repo = await story.repository('web', FILES)
    const convoy = await makeEpic(story.people.wes, repo)
    // Before the faults: a person's own comments must get through.
    const comment = await say(convoy, '/convoy stage --start')
    const graphql = troubleGraphql(story.github.faults, troubles[0]!)
    const faults = `${story.github.url}/sandbox/faults`
    const share = (times: number) => Math.ceil(times / troubles.length)
    const api = troubles.flatMap(trouble =>
      changesUnder(trouble).map(([method, path, times]) => ({
        method,
        path,
        times: share(times),
        ...trouble,
      })),
    )
    expect((await fetch(faults, { method: 'PUT', body: JSON.stringify({ api }) })).status).toBe(200)
    await replyTo(convoy, comment)
    await answer(convoy)
    await landed(convoy)
    const left = (await (await fetch(faults)).json()) as { api: { path: string; times: number }[] }
    expect(left.api.filter(rule => rule.times > 0)).toEqual([])
    expect(graphql.struck).toBeGreaterThan(10)
    await expectAllOnce(convoy)
  },
)
