// The loop's performer on a real outbox: when what is due is tried again, and when it is not.
import { afterAll, expect, test } from 'vitest'
import type { Effect } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import { type Performer, performDue } from '../../src/loop/perform.ts'
import type { GitHub } from '../../src/ports.ts'
import { Paced, Refused, Unreachable } from '../../src/ports.ts'
import { listeningLog } from '../support/log.ts'
import { freshDatabase } from '../support/postgres.ts'
import { ask, aTown, handClock, lookAtPull, nothing, reply, storeAt } from '../support/store.ts'

const MINUTE = 60_000
const database = await freshDatabase()
const clock = handClock(0)
const store = await storeAt(database.url, { clock })
afterAll(async () => {
  await store.close()
  await database.drop()
})

type Answer = (effect: Effect, townId: string) => Promise<readonly Fact[]>

/** A performer before a GitHub that answers so; `wakes`: who is to be woken after how long. */
function performer(answer: Answer, foretell: Performer['foretell'] = async () => []) {
  const wakes: [topic: string, id: string, ms: number][] = []
  const tried: Effect[] = []
  const log = listeningLog()
  const github = {
    async perform(townId, effect) {
      tried.push(effect)
      return answer(effect, townId)
    },
  } satisfies Pick<GitHub, 'perform'> as Partial<GitHub> as GitHub
  const queue: Performer['queue'] = {
    wake: async (topic, id, ms = 0) => void wakes.push([topic, id, ms]),
    work: async () => {},
    every: async () => {},
    close: async () => {},
    wipe: async () => {},
  }
  const machines = { wake: async () => {}, close: async () => {} }
  const parts: Performer = { store, github, machines, foretell, queue, clock, log, retryMs: 1_000 }
  return { wakes, tried, log, perform: (town: string) => performDue(parts, town) }
}

const publish = (key: string): Effect => ({
  do: 'PublishIssues',
  convoyId: 'c1',
  key,
  mayExist: false,
  root: { issueId: '100', rigId: 'r1', number: 1 },
  tasks: [],
})
const factsOf = async (town: string): Promise<Fact[]> => {
  const facts: Fact[] = []
  await store.inTown(town, clock.now(), (at, news) => {
    facts.push(...news.map(({ fact }) => fact))
    return nothing(at)
  })
  return facts
}

test('a plan whose publishing has to wait its turn is published in the end, however often that is', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(store, town, 0, [publish('1'), publish('2')])
  let isTurn = false
  const { perform, tried, wakes, log } = performer(async () => {
    if (!isTurn) throw new Paced(7_000)
    return [{ type: 'LinksPublished', convoyId: 'c1', nths: [1] }]
  })
  for (let n = 0; n < 30; n++) {
    await perform(town)
    expect(wakes.splice(0)).toEqual([['perform', town, 7_000]])
    clock.time += 7_000
  }
  expect(await factsOf(town)).toEqual([])
  expect(new Set(log.said.map(({ level }) => level))).toEqual(new Set(['info']))
  expect(tried).toHaveLength(30)
  isTurn = true
  await perform(town)
  expect(tried.slice(30)).toEqual([publish('1'), publish('2')])
  expect(await factsOf(town)).toHaveLength(2)
})

test('what really fails is given up after 18 attempts, and turns that it waited for are none', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(store, town, 0, [publish('1')])
  let attempts = 0
  const { perform } = performer(async () => {
    attempts++
    throw attempts % 2 ? new Paced(MINUTE) : new Unreachable('GitHub is down')
  })
  const rounds = async (until: number) => {
    while (attempts < until) {
      clock.time += 15 * MINUTE
      await perform(town)
    }
  }
  await rounds(35)
  expect(await factsOf(town)).toEqual([])
  await rounds(36)
  expect(await factsOf(town)).toMatchObject([{ type: 'EffectGivenUp', why: 'GitHub is down' }])
})

test('many who all have to wait their turn ask once each, and rest at least a second', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(
    store,
    town,
    0,
    Array.from({ length: 40 }, (_, n) => reply(`${n}`, n)),
  )
  const { perform, tried, wakes } = performer(async () => {
    throw new Paced(1)
  })
  await perform(town)
  expect(tried).toHaveLength(40)
  expect(new Set(wakes.map(([, , ms]) => ms))).toEqual(new Set([1_000]))
  clock.time = 999
  await perform(town)
  expect(tried).toHaveLength(40)
  expect((await store.overdue(999)).performs).not.toContain(town)
  expect((await store.overdue(1_000)).performs).toContain(town)
})

test('while some have to wait their turn, others of the town go on', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(store, town, 0, [publish('1'), lookAtPull('p'), lookAtPull('q')])
  const { perform, tried } = performer(async effect => {
    if (effect.do === 'PublishIssues') throw new Paced(MINUTE)
    return []
  })
  await perform(town)
  await perform(town)
  expect(tried.map(effect => effect.do).sort()).toEqual(['LookAtPull', 'LookAtPull', 'PublishIssues'])
})

test('when GitHub asks for silence nothing of the town is tried before, and everything after it', async () => {
  const [town, other] = [await aTown(store), await aTown(store)]
  clock.time = 0
  await ask(store, town, 0, [reply('1', 1)])
  const { perform, tried, wakes } = performer(async () => {
    if (clock.time < 42_000) throw new Unreachable('limit', 42_000)
    return []
  })
  await perform(town)
  expect(wakes).toContainEqual(['perform', town, 42_000])
  await ask(store, town, 1, [reply('2', 2), lookAtPull('p')])
  await ask(store, other, 1, [reply('3', 3)])
  clock.time = 41_999
  await perform(town)
  expect(tried).toEqual([reply('1', 1)])
  expect((await store.overdue(clock.time)).performs).not.toContain(town)
  expect((await store.overdue(clock.time)).performs).toContain(other)
  clock.time = 42_000
  expect((await store.overdue(clock.time)).performs).toContain(town)
  await perform(town)
  expect(tried.slice(1)).toEqual(expect.arrayContaining([reply('1', 1), reply('2', 2), lookAtPull('p')]))
})

test('GitHub that is away keeps only the effect waiting, not the town', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(store, town, 0, [reply('1', 1)])
  const { perform, tried, wakes } = performer(async () => {
    throw new Unreachable('no network')
  })
  await perform(town)
  expect(wakes).toEqual([['perform', town, 1_000]])
  await ask(store, town, 0, [reply('2', 2)])
  await perform(town)
  expect(tried).toEqual([reply('1', 1), reply('2', 2)])
})

test('what GitHub refuses is given up at once', async () => {
  const town = await aTown(store)
  clock.time = 0
  await ask(store, town, 0, [reply('1', 1)])
  const { perform, wakes } = performer(async () => {
    throw new Refused('the issue is locked', 403)
  })
  await perform(town)
  expect(await factsOf(town)).toMatchObject([{ type: 'EffectGivenUp', why: 'the issue is locked' }])
  expect(wakes).toEqual([['town', town, 0]])
})

test('a forecast is made here and asks GitHub nothing', async () => {
  const town = await aTown(store)
  clock.time = 0
  const wish: Effect = { do: 'Foretell', convoyId: 'c1', seed: 7, replyTo: null }
  await ask(store, town, 0, [wish])
  const { perform, tried, wakes } = performer(
    async () => [],
    async (townId, effect) => [{ type: 'RunBeat', runId: `${townId} ${effect.convoyId} ${effect.seed}` }],
  )
  await perform(town)
  expect(tried).toEqual([])
  expect(await factsOf(town)).toEqual([{ type: 'RunBeat', runId: `${town} c1 7` }])
  expect(wakes).toEqual([['town', town, 0]])
})
