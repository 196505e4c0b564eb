import { beforeEach, describe, expect, test } from 'vitest'
import { addressOf } from '../../src/core/address.ts'
import { decide } from '../../src/core/decide.ts'
import type { Effect } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import { invariants } from '../../src/core/invariants.ts'
import type { BeadMemory } from '../../src/core/recovery/memory.ts'
import { isLive, newTown, type Town } from '../../src/core/town.ts'
import { hidden, memoryIn, memoryKey } from '../../src/github/memory.ts'
import type { GitHubEffect } from '../../src/ports.ts'
import { memory } from '../support/github.ts'
import {
  as,
  issue,
  kept,
  openWith,
  requests,
  rig,
  showing,
  type Thing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** A town from GitHub alone: what our comments hide, who is believed, and what is not heard twice. */

withGitHub()

const NOT_FOR_GITHUB: ReadonlySet<Effect['do']> = new Set([
  'OrderRun',
  'WakeMachine',
  'Foretell',
  'ShowBoard',
])

/** The loop of Townhall without a database: facts in, effects performed, what is learned goes in again. */
class Loop {
  state: Town = newTown(town)
  /** As in the outbox: a newer wish takes the place of an older one. */
  readonly #wishes = new Map<string, Effect>()

  async hear(...facts: readonly Fact[]): Promise<void> {
    this.#decide(facts)
    for (const [key, effect] of this.#wishes) {
      this.#wishes.delete(key)
      if (!NOT_FOR_GITHUB.has(effect.do)) this.#decide(await us.perform(town, effect as GitHubEffect, 0))
    }
  }

  #decide(facts: readonly Fact[]): void {
    const now = Date.now()
    const outcome = decide(
      this.state,
      facts.map(fact => ({ seq: 0, at: now, fact })),
      now,
    )
    this.state = outcome.town
    expect(invariants(this.state, now)).toEqual([])
    for (const effect of outcome.decisions.flatMap(decision => decision.effects))
      this.#wishes.set(addressOf(effect).key, effect)
  }

  async look(): Promise<void> {
    await this.hear(...(await us.look(town, { look: 'installation' })).map(news => news.fact))
  }

  /** A person says something, and it is heard. */
  async say(on: Spot, body: string, number = on.epic.number): Promise<Thing> {
    const comment = await as('wes', 'POST', `${on.at}/issues/${number}/comments`, { body })
    await this.listen(on, comment)
    return comment
  }

  async listen(on: Spot, comment: Thing): Promise<void> {
    const news = await us.look(town, { look: 'comment', rigId: on.id, commentId: String(comment.id) })
    await this.hear(...news.map(it => it.fact))
  }

  bead(it: Thing) {
    return this.state.beads.get(String(it.id))!
  }

  run(it: Thing) {
    return [...this.state.runs.values()].find(run => isLive(run) && run.beadId === String(it.id))!
  }
}

/** A repository with an epic of three beads; the last waits for the first. */
async function spot() {
  const made = await rig()
  const epic = await issue(made.at, 'The epic')
  const beads = [
    await issue(made.at, 'One'),
    await as('stan', 'POST', `${made.at}/issues`, { title: 'Two' }),
    await issue(made.at, 'Three'),
  ] as const
  for (const it of beads)
    await as('wes', 'POST', `${made.at}/issues/${epic.number}/sub_issues`, { sub_issue_id: it.id })
  const [one, , three] = beads
  await as('wes', 'POST', `${made.at}/issues/${three.number}/dependencies/blocked_by`, { issue_id: one.id })
  return { ...made, epic, beads }
}
type Spot = Awaited<ReturnType<typeof spot>>

/** One has pushed and is in review, two is at work; three waits. */
async function underway(): Promise<{ loop: Loop; on: Spot }> {
  const on = await spot()
  const loop = new Loop()
  await loop.look()
  await loop.say(on, '/convoy stage --start --force')
  const [one] = on.beads
  const { branch } = loop.bead(one)
  const { sha } = await as('olivia', 'GET', `${on.at}/git/ref/heads/main`).then(ref => ref.object)
  await as('olivia', 'POST', `${on.at}/git/refs`, { ref: `refs/heads/${branch}`, sha })
  const written = await as('olivia', 'PUT', `${on.at}/contents/one.txt`, {
    message: 'one',
    content: Buffer.from('one').toString('base64'),
    branch,
  })
  await loop.hear({ type: 'RunDone', runId: loop.run(one).id, sha: written.commit.sha, changed: true })
  return { loop, on }
}

/** Everything that was remembered outside of GitHub is lost. */
async function lose(): Promise<void> {
  const { rigs } = kept
  const empty = memory()
  for (const [id, it] of rigs) empty.rigs.set(id, it)
  Object.assign(kept, {
    written: empty.written,
    known: empty.known,
    mirror: empty.mirror,
    directory: empty.directory,
  })
  await openWith({})
}

const commentsOn = (on: Spot, number: number) =>
  as<Thing[]>('wes', 'GET', `${on.at}/issues/${number}/comments?per_page=100`)

const HIDDEN = /\n<!-- townhall-memory:.*$/

/** What people see of an issue. */
async function look(on: Spot, number: number) {
  const { state, labels } = await as('wes', 'GET', `${on.at}/issues/${number}`)
  const comments = await commentsOn(on, number)
  return {
    state,
    labels: labels.map(label => label.name).sort(),
    comments: comments.map(({ id, body, user }) => ({
      id,
      user: user.login,
      body: body.replace(HIDDEN, ''),
    })),
  }
}

const everything = async (on: Spot) => ({
  issues: await Promise.all([on.epic, ...on.beads].map(it => look(on, it.number))),
  pulls: (await as<Thing[]>('wes', 'GET', `${on.at}/pulls?state=all`)).map(({ number, state, body }) => ({
    number,
    state,
    body,
  })),
})

/** Of this repository, the facts of a recovery; other tests leave their repositories behind. */
async function recoveredAt(on: Spot): Promise<Fact[]> {
  const { news } = await us.recover(town)
  const facts = news.map(it => it.fact)
  const ours = facts.flatMap(it =>
    it.type === 'ConvoyRecovered' && it.convoy.rigId === on.id ? it.convoy.id : [],
  )
  return facts.filter(fact => {
    if (fact.type === 'ConvoyRecovered') return ours.includes(fact.convoy.id)
    if (fact.type === 'TreeSeen') return ours.includes(fact.convoyId)
    return fact.type === 'TownSeen' || fact.type === 'RigsSeen'
  })
}

describe('a town under way', () => {
  test('is the same town again: nothing that people see differs, and nothing is there twice', async () => {
    const { loop, on } = await underway()
    const before = await everything(on)
    await lose()
    const again = new Loop()
    await again.hear(...(await recoveredAt(on)))
    expect(await everything(on)).toEqual(before)
    for (const it of on.beads) {
      const { status, branch, polecat, tries, headSha } = loop.bead(it)
      expect(again.bead(it)).toMatchObject({ status, branch, polecat, tries, headSha })
    }
    expect([...again.state.pulls.values()].map(({ id, number }) => [id, number])).toEqual(
      [...loop.state.pulls.values()].map(({ id, number }) => [id, number]),
    )
  })

  test('goes on: the next change edits the comments that are there', async () => {
    const { on } = await underway()
    await lose()
    const again = new Loop()
    await again.hear(...(await recoveredAt(on)))
    const counts = () =>
      Promise.all([on.epic, ...on.beads].map(async it => (await commentsOn(on, it.number)).length))
    const before = await counts()
    const [, two] = on.beads
    await again.hear({ type: 'RunFailed', runId: again.run(two).id, why: 'no luck', log: '', sha: null })
    expect(await counts()).toEqual(before)
    expect((await look(on, two.number)).comments.at(-1)?.body).toContain('no luck')
  })

  test('changes nothing on GitHub, and costs few requests', async () => {
    const { on } = await underway()
    await lose()
    const { sent } = await requests(() => recoveredAt(on))
    expect(sent.filter(it => !/^GET|^POST .*graphql$/.test(it))).toEqual([])
    // Its config, its convoys (open and closed lately), its pulls, its branches (two kinds) and its comments.
    expect(sent.filter(it => it.includes(`${on.at}/`))).toHaveLength(7)
  })
})

describe('who is believed', () => {
  const ours = async (on: Spot) =>
    (await commentsOn(on, on.epic.number)).find(it => it.body.includes('townhall:show:convoy'))!
  const convoyIn = async (on: Spot) =>
    (await recoveredAt(on)).find(fact => fact.type === 'ConvoyRecovered')!.convoy

  test('a maintainer who edits the words of our card does not hurt what it remembers', async () => {
    const { loop, on } = await underway()
    const card = await ours(on)
    await as('olivia', 'PATCH', `${on.at}/issues/comments/${card.id}`, { body: `Hello!\n\n${card.body}` })
    await lose()
    expect(await convoyIn(on)).toMatchObject({
      id: [...loop.state.convoys.values()][0]!.id,
      status: 'open',
      paused: false,
    })
  })

  test('a memory that somebody changed is not believed: the convoy is paused and says why', async () => {
    const { loop, on } = await underway()
    const card = await ours(on)
    const body = card.body
      .replace(/(townhall-memory:[^:]+:.{20})./, (_, start) => `${start}A`)
      .replace(/ -->$/, 'A -->')
    await as('olivia', 'PATCH', `${on.at}/issues/comments/${card.id}`, { body })
    await lose()
    const convoy = await convoyIn(on)
    expect(convoy).toMatchObject({
      id: [...loop.state.convoys.values()][0]!.id,
      status: 'open',
      paused: true,
    })
    expect(convoy.why).toContain('nobody remembers')
  })

  test('a person who copies our card into a comment or another issue is not us', async () => {
    const { on } = await underway()
    const card = await ours(on)
    const other = await issue(on.at, 'Another')
    await as('wes', 'POST', `${on.at}/issues/${other.number}/labels`, { labels: ['gt:convoy', 'gt:staged'] })
    await as('wes', 'POST', `${on.at}/issues/${other.number}/comments`, { body: card.body })
    await lose()
    const convoys = (await recoveredAt(on)).flatMap(fact =>
      fact.type === 'ConvoyRecovered' ? fact.convoy : [],
    )
    expect(convoys.filter(it => it.issueId === String(other.id))).toMatchObject([
      { status: 'staged_warnings', by: 'townhall[bot]' },
    ])
    expect(convoys.filter(it => it.issueId === String(on.epic.id))).toMatchObject([
      { status: 'open', paused: false },
    ])
  })

  test('a card under many comments is found', async () => {
    const on = await spot()
    for (let nth = 0; nth < 35; nth++)
      await as('wes', 'POST', `${on.at}/issues/${on.epic.number}/comments`, { body: `Thought ${nth}` })
    const loop = new Loop()
    await loop.look()
    await loop.say(on, '/convoy stage --title "Late"')
    await lose()
    expect(await convoyIn(on)).toMatchObject({ givenTitle: 'Late', status: 'staged_ready' })
  })

  test('words that a stranger wrote after the start are given to nobody', async () => {
    const { on } = await underway()
    const [, two] = on.beads
    await as('stan', 'PATCH', `${on.at}/issues/${two.number}`, { body: 'something else' })
    await lose()
    const fact = (await recoveredAt(on)).find(it => it.type === 'ConvoyRecovered')!
    expect(fact.beads.find(bead => bead.id === String(two.id))).toMatchObject({
      trusted: false,
      edit: { by: 'stan' },
    })
  })
})

describe('what was said before', () => {
  test('answered commands are not obeyed again, and one that was not answered is', async () => {
    const { on } = await underway()
    const late = await as('wes', 'POST', `${on.at}/issues/${on.epic.number}/comments`, {
      body: '/convoy pause',
    })
    await lose()
    const { news } = await us.recover(town)
    for (const { dedupe } of news) if (dedupe) kept.known.add(dedupe)
    const swept = (await us.sweep(town, 0)).flatMap(({ fact }) => (fact.type === 'CommentSeen' ? fact : []))
    expect(swept.filter(fact => fact.rigId === on.id).map(fact => fact.commentId)).toEqual([String(late.id)])
  })

  test('an answer to an open question that nobody heard is heard; what was said before the question is not', async () => {
    const { loop, on } = await underway()
    const [, two] = on.beads
    await loop.say(on, 'I like blue.', two.number)
    // GitHub's times have no milliseconds: what was said in the second of the question might be its answer.
    await new Promise(resolve => setTimeout(resolve, 1_100))
    await loop.hear({
      type: 'RunAsked',
      runId: loop.run(two).id,
      question: 'Which colour?',
      sha: null,
      checkpoint: null,
    })
    const answer = await as('wes', 'POST', `${on.at}/issues/${two.number}/comments`, { body: 'Green.' })
    await lose()
    const { news } = await us.recover(town)
    for (const { dedupe } of news) if (dedupe) kept.known.add(dedupe)
    const swept = (await us.sweep(town, 0)).flatMap(({ fact }) => (fact.type === 'CommentSeen' ? fact : []))
    expect(swept.filter(fact => fact.rigId === on.id).map(fact => fact.commentId)).toEqual([
      String(answer.id),
    ])
  })
})

test('an issue of which nothing is to be said gets labels and its state, and no comment', async () => {
  const on = await spot()
  const [one] = on.beads
  const shown = showing(on.id, one, ['gt:bead'], 'done', 'completed')
  await us.perform(town, { ...shown, say: null }, 0)
  await us.perform(town, { ...shown, say: null, labels: [] }, 0)
  expect(await look(on, one.number)).toEqual({ state: 'closed', labels: [], comments: [] })
})

describe('what a comment hides', () => {
  const key = memoryKey('a secret of this test')
  let bead: BeadMemory
  beforeEach(async () => {
    const { loop, on } = await underway()
    const body = (await commentsOn(on, on.beads[0].number)).find(it =>
      it.body.includes('townhall:show:bead'),
    )!.body
    const found = memoryIn(memoryKey('a secret of the test'), town, body)
    expect(found?.of).toBe('bead')
    bead = found as BeadMemory
    expect(bead.bead.id).toBe(loop.bead(on.beads[0]).id)
  })

  test('comes back as it was, for whoever has the key, in its own town', () => {
    const line = hidden(key, '7', bead)
    expect(memoryIn(key, '7', `words\n${line}`)).toEqual(bead)
    expect(memoryIn(key, '8', line)).toBeNull()
    expect(memoryIn(memoryKey('another secret'), '7', line)).toBeNull()
    expect(memoryIn(key, '7', 'nothing here')).toBeNull()
    expect(memoryIn(key, '7', hidden(key, '7', { ...bead, v: 2 as 1 }))).toBeNull()
  })

  test('never takes more than 8,000 characters, and keeps what matters longest', () => {
    const noise = Array.from({ length: 60_000 }, () => Math.random().toString(36)[3]).join('')
    const answers = [{ question: 'Which?', answer: noise, by: 'wes' }]
    const line = hidden(key, '7', {
      ...bead,
      bead: { ...bead.bead, answers, feedback: { kind: 'failed', text: noise, files: [] } },
    })
    expect(line.length).toBeLessThanOrEqual(8_000)
    const back = memoryIn(key, '7', line) as BeadMemory
    expect(back.bead).toMatchObject({ id: bead.bead.id, status: bead.bead.status, branch: bead.bead.branch })
    expect(back.bead.answers[0]?.answer.length).toBeGreaterThan(100)
    expect(line.slice(4, -3)).not.toContain('--')
  })
})
