import { afterAll, beforeAll, expect, it } from 'vitest'
import { addressOf } from '../../src/core/address.ts'
import type { Effect } from '../../src/core/effects.ts'
import type { Store } from '../../src/ports.ts'
import { Hands } from '../stories/hands.ts'
import { type Comment, type Pull, Story, script } from '../stories/town.ts'
import { until } from '../support/until.ts'
import { answer, expectAllOnce, FILES, isAsked, landed, makeEpic, patience, setOut } from './convoy.ts'

/**
 * Death at the worst moment, for every effect there is: the world has changed, and Townhall has not written that
 * down. Whoever takes the effect next must find it done.
 */

const EVERY_KIND = [
  'ClosePull',
  'Comment',
  'DeleteBranch',
  'EnsureBranch',
  'Foretell',
  'LookAtPull',
  'LookAtTree',
  'LookAtWords',
  'MergePull',
  'OpenConvoyIssue',
  'OpenPull',
  'OrderRun',
  'PublishIssues',
  'PublishLinks',
  'React',
  'Reply',
  'ShowBoard',
  'ShowCheck',
  'ShowIssue',
  'UnlinkIssue',
  'WakeMachine',
] as const satisfies readonly Effect['do'][]

/** Each wish is done, and then it is not written down, once. Returns the kinds to which that happened. */
function dieAfterEffects(store: Store): Set<Effect['do']> {
  const { performed, claimOrder } = store
  const kinds = new Set<Effect['do']>()
  const died = new Set<string>()
  store.performed = async (due, learned) => {
    const wish = `${addressOf(due.effect).key} ${due.version}`
    if (died.has(wish)) return performed(due, learned)
    died.add(wish)
    kinds.add(due.effect.do)
    throw new Error('killed before it was written down')
  }
  // An order is claimed by a runner; what is lost here is the answer to its claim.
  store.claimOrder = async (...asked) => {
    const order = await claimOrder(...asked)
    if (!order || kinds.has('OrderRun')) return order
    kinds.add('OrderRun')
    throw new Error('killed before the order was handed over')
  }
  return kinds
}

let story: Story
let kinds: Set<Effect['do']>
beforeAll(async () => {
  story = await Story.begin()
  kinds = dieAfterEffects(story.townhall.store)
})
afterAll(() => story.end())

it.concurrent('a convoy lands though each of its effects is cut off once', { timeout: 300_000 }, async () => {
  const { wes } = story.people
  const repo = await story.repository('web', FILES)
  const convoy = await makeEpic(wes, repo)
  await setOut(convoy)
  await until('the question', () => isAsked(convoy), Boolean, patience)
  await wes.request('PATCH', `/repos/${repo}/issues/${convoy.epic.issues.h!.number}`, { title: 'H, renamed' })
  await answer(convoy)
  await landed(convoy)
  await expectAllOnce(convoy)
})

it.concurrent('a convoy that is given up before its landing leaves nothing behind', {
  timeout: 300_000,
}, async () => {
  const { wes } = story.people
  const repo = await story.repository('careful', { '.github/townhall.yml': 'landing: approve\n' })
  const epic = await story.epic(repo, [
    { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
  ])
  await story.start(repo, epic)
  const landing = await until(
    'the landing waits for a person and is looked at',
    async () => (await story.pulls(repo)).find(pull => pull.base.ref === 'main'),
    pull => pull !== undefined && kinds.has('LookAtPull'),
    patience,
  )
  await story.command(repo, epic.number, '/convoy close')
  await until(
    'the landing is closed',
    () => wes.get<Pull>(`/repos/${repo}/pulls/${landing!.number}`),
    pull => pull.state === 'closed' && pull.merged_at === null && kinds.has('ClosePull'),
    patience,
  )
  const comments = await wes.get<Comment[]>(`/repos/${repo}/issues/${epic.number}/comments`)
  const markers = comments.flatMap(({ body }) => /<!-- townhall:\S+ -->/.exec(body)?.[0] ?? [])
  expect(markers).toHaveLength(4)
  expect(new Set(markers).size).toBe(4)
})

it.concurrent('a plan gets on GitHub once, though each step of it is cut off', {
  timeout: 300_000,
}, async () => {
  const repo = await story.repository('plans')
  const hands = new Hands(story.people.wes)
  const list = await hands.opens(repo, 'A list', '- [ ] One\n- [ ] Two (after 1)\n- [ ] Three (after 1, 2)')
  const [single, other] = [await hands.opens(repo, 'Single'), await hands.opens(repo, 'Other')]
  await story.command(repo, list.number, '/convoy stage')
  await story.command(
    repo,
    single.number,
    `/convoy stage #${single.number} #${other.number} --title "A pair"`,
  )
  const convoyOf = async (title: string) => {
    const issues = await story.issues(repo)
    return issues.find(issue => issue.title === title && story.labels(issue).includes('gt:staged'))
  }
  const staged = (title: string) => until(`${title} is staged`, () => convoyOf(title), Boolean, patience)
  await staged('A list')
  const pair = { ...(await staged('A pair'))!, repo }
  expect(await hands.under(list)).toHaveLength(3)
  expect(await hands.under(pair)).toEqual([`${repo}#${single.number}`, `${repo}#${other.number}`])
  const third = await hands.opens(repo, 'Third')
  await story.command(repo, pair.number, `/convoy add #${third.number}`)
  await story.command(repo, pair.number, `/convoy remove #${other.number}`)
  const wanted = [`${repo}#${single.number}`, `${repo}#${third.number}`]
  await until(
    'the links',
    () => hands.under(pair),
    it => `${it}` === `${wanted}`,
    patience,
  )
  const titles = (await story.issues(repo)).map(issue => issue.title).sort()
  expect(titles).toEqual(['A list', 'A pair', 'One', 'Other', 'Single', 'Third', 'Three', 'Two'])
})

it('that happened to every kind of effect', () => {
  expect([...kinds].sort()).toEqual([...EVERY_KIND])
})
