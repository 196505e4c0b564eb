import { afterAll, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.ts'
import { PACE } from '../../src/core/town.ts'
import type { DueEffect } from '../../src/ports.ts'
import { freshDatabase } from '../support/postgres.ts'
import {
  ask,
  aTown,
  card,
  closePull,
  handClock,
  lookAtPull,
  outcome,
  reply,
  storeAt,
  takeOne,
} from '../support/store.ts'

const MINUTE = 60_000
const database = await freshDatabase()
const clock = handClock(0)
const store = await storeAt(database.url, { clock })
afterAll(async () => {
  await store.close()
  await database.drop()
})

const factsOf = async (town: string): Promise<Fact[]> => {
  const seen: Fact[] = []
  await store.inTown(town, 0, (at, news) => {
    seen.push(...news.map(({ fact }) => fact))
    return { town: at, decisions: [], wakeAt: null }
  })
  return seen
}

test('what was asked for is done once, and what was learned comes in', async () => {
  const town = await aTown(store)
  expect(await ask(store, town, 10, [reply('1')])).toMatchObject({ effects: 1, effectsDueAt: 10 })
  const due = await takeOne(store, town, 10)
  expect(due).toMatchObject({ townId: town, effect: reply('1'), attempt: 0 })
  const learned: Fact = { type: 'BranchMade', legId: 'c1@r1', sha: 'abc' }
  await store.performed(due, [learned])
  expect(await store.takeDue(town, 10 + MINUTE, 10)).toEqual([])
  expect(await factsOf(town)).toEqual([learned])
})

test('two performers never take one effect', async () => {
  const town = await aTown(store)
  await ask(
    store,
    town,
    0,
    Array.from({ length: 40 }, (_, n) => lookAtPull(`p${n}`)),
  )
  const other = await storeAt(database.url)
  const taking = Array.from({ length: 16 }, (_, n) => (n % 2 ? store : other).takeDue(town, 0, 5))
  const taken = (await Promise.all(taking)).flat().map(({ seq }) => seq)
  await other.close()
  expect(new Set(taken).size).toBe(taken.length)
  const rest = await store.takeDue(town, 0, 100)
  expect(taken.length + rest.length).toBe(40)
})

test('effects of one lane are done one after the other, those of others go on', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('p'), closePull('p'), reply('1', 8), reply('2', 8), lookAtPull('q')])
  const first = await store.takeDue(town, 0, 10)
  expect(first.map(({ effect }) => effect)).toEqual([lookAtPull('p'), reply('1', 8), lookAtPull('q')])
  expect(await store.takeDue(town, 0, 10)).toEqual([])
  await store.performed(first[0]!, [])
  expect((await takeOne(store, town, 0)).effect).toEqual(closePull('p'))
})

test('an effect that waits for its next try holds its lane', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1', 8), reply('2', 8)])
  await store.postpone(await takeOne(store, town, 0), 500, 'GitHub is down', true)
  expect(await store.takeDue(town, 499, 10)).toEqual([])
  expect(await takeOne(store, town, 500)).toMatchObject({ effect: reply('1', 8), attempt: 1 })
})

test('no more are taken than asked for, oldest first', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('a'), lookAtPull('b'), lookAtPull('c')])
  const taken = await store.takeDue(town, 0, 2)
  expect(taken.map(({ effect }) => effect)).toEqual([lookAtPull('a'), lookAtPull('b')])
})

test('what a killed performer had taken is due again after a minute', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1')])
  const killed = await takeOne(store, town, 0)
  expect(await store.takeDue(town, MINUTE - 1, 10)).toEqual([])
  expect((await store.overdue(MINUTE - 1)).performs).not.toContain(town)
  expect((await store.overdue(MINUTE)).performs).toContain(town)
  const again = await takeOne(store, town, MINUTE)
  expect(again).toMatchObject({ seq: killed.seq, attempt: 1 })
  // The first one was only slow. That it was done counts, and whoever is at it now changes nothing by it.
  await store.performed(killed, [])
  await store.postpone(again, 2 * MINUTE, 'too late', true)
  expect(await store.takeDue(town, 10 * MINUTE, 10)).toEqual([])
})

test('a slow performer that gives up does not stop the one who took over', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1')])
  const slow = await takeOne(store, town, 0)
  const quick = await takeOne(store, town, MINUTE)
  await store.giveUp(slow, 'no idea', true)
  await store.postpone(slow, 0, 'no idea', true)
  expect(await store.takeDue(town, MINUTE, 10)).toEqual([])
  await store.performed(quick, [])
  expect(await factsOf(town)).toEqual([])
})

test('what is to be done once is not done again, however often it is asked for', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1'), reply('1')])
  await store.performed(await takeOne(store, town, 0), [])
  expect(await ask(store, town, 0, [reply('1')])).toMatchObject({ effectsDueAt: null })
  expect(await store.takeDue(town, MINUTE, 10)).toEqual([])
})

test('a newer wish takes the place of one that waits', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('p', 1)])
  await ask(store, town, 0, [lookAtPull('p', 2), lookAtPull('p', 3)])
  expect((await takeOne(store, town, 0)).effect).toEqual(lookAtPull('p', 3))
})

test('a wish that comes while the older one is being done is done after it, not beside it', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('p', 1)])
  const older = await takeOne(store, town, 0)
  await ask(store, town, 1, [lookAtPull('p', 2)])
  expect(await store.takeDue(town, 1, 10)).toEqual([])
  await store.performed(older, [{ type: 'RunBeat', runId: 'learned' }])
  expect(await takeOne(store, town, 1)).toMatchObject({ effect: lookAtPull('p', 2), attempt: 0 })
  expect(await factsOf(town)).toEqual([{ type: 'RunBeat', runId: 'learned' }])
})

test('a wish that replaced one that failed need not wait for it, and nothing is given up', async () => {
  for (const fail of [
    (due: DueEffect) => store.postpone(due, 10 * MINUTE, 'GitHub is down', true),
    (due: DueEffect) => store.giveUp(due, 'refused', true),
  ]) {
    const town = await aTown(store)
    await ask(store, town, 0, [lookAtPull('p', 1)])
    const older = await takeOne(store, town, 0)
    await ask(store, town, 1, [lookAtPull('p', 2)])
    await fail(older)
    expect((await takeOne(store, town, 1)).effect).toEqual(lookAtPull('p', 2))
    expect(await factsOf(town)).toEqual([])
  }
})

test('a wish that comes back after it was done goes to the end of its lane', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('p', 1), closePull('p')])
  await store.performed(await takeOne(store, town, 0), [])
  await ask(store, town, 0, [lookAtPull('p', 2)])
  expect((await takeOne(store, town, 0)).effect).toEqual(closePull('p'))
})

test('a card is written at once, and then at most once in five seconds', async () => {
  const town = await aTown(store)
  clock.time = 1_000
  expect(await ask(store, town, 1_000, [card('c1', 1)])).toMatchObject({ effectsDueAt: 1_000 })
  await store.performed(await takeOne(store, town, 1_000), [])
  const next = 1_000 + PACE.coalesceMs
  expect(await ask(store, town, 1_200, [card('c1', 2)])).toMatchObject({ effectsDueAt: next })
  expect(await ask(store, town, 4_000, [card('c1', 3)])).toMatchObject({ effectsDueAt: next })
  expect(await store.takeDue(town, next - 1, 10)).toEqual([])
  expect((await takeOne(store, town, next)).effect).toEqual(card('c1', 3))
})

test('a card wished while the older one is being written keeps the pace', async () => {
  const town = await aTown(store)
  await ask(store, town, 1_000, [card('c1', 1)])
  const older = await takeOne(store, town, 1_000)
  await ask(store, town, 1_100, [card('c1', 2)])
  clock.time = 1_300
  await store.performed(older, [])
  expect(await store.takeDue(town, 1_299 + PACE.coalesceMs, 10)).toEqual([])
  expect((await takeOne(store, town, 1_300 + PACE.coalesceMs)).effect).toEqual(card('c1', 2))
})

test('a new wish does not wait for the next try of the one that it replaces', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [lookAtPull('p', 1)])
  await store.postpone(await takeOne(store, town, 0), 10 * MINUTE, 'GitHub is down', true)
  await ask(store, town, 50, [lookAtPull('p', 2)])
  expect(await takeOne(store, town, 50)).toMatchObject({ effect: lookAtPull('p', 2), attempt: 0 })
})

test('a turn that had to be waited for is no attempt', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1')])
  for (let turn = 0; turn < 20; turn++)
    await store.postpone(await takeOne(store, town, turn), turn + 1, 'not its turn', false)
  await store.postpone(await takeOne(store, town, 20), 21, 'GitHub is down', true)
  await store.postpone(await takeOne(store, town, 21), 22, 'not its turn', false)
  expect(await takeOne(store, town, 22)).toMatchObject({ attempt: 1 })
})

test('a slow performer that has to wait its turn does not stop the one who took over', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1')])
  const slow = await takeOne(store, town, 0)
  const second = await takeOne(store, town, MINUTE)
  await store.postpone(second, MINUTE, 'not its turn', false)
  const third = await takeOne(store, town, MINUTE)
  await store.postpone(slow, MINUTE, 'not its turn', false)
  expect(await store.takeDue(town, MINUTE, 10)).toEqual([])
  await store.performed(third, [])
  expect(await store.takeDue(town, 10 * MINUTE, 10)).toEqual([])
})

test('in a town that is to be silent nothing is done until then, and a shorter silence changes nothing', async () => {
  const [town, other] = [await aTown(store), await aTown(store)]
  for (const id of [town, other]) await ask(store, id, 0, [reply('1')])
  await store.hold(town, 500)
  await store.hold(town, 300)
  expect(await store.takeDue(town, 499, 10)).toEqual([])
  expect((await store.overdue(499)).performs).not.toContain(town)
  expect((await takeOne(store, other, 499)).effect).toEqual(reply('1'))
  await store.hold(town, 600)
  // What is decided meanwhile keeps the silence.
  await store.inTown(town, 550, at => outcome(at, fork => void Object.assign(fork, { login: 'renamed' })))
  expect(await store.takeDue(town, 599, 10)).toEqual([])
  expect((await store.overdue(600)).performs).toContain(town)
  expect((await takeOne(store, town, 600)).effect).toEqual(reply('1'))
})

test('giving up is a fact, and the lane goes on', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1', 8), reply('2', 8)])
  await store.giveUp(await takeOne(store, town, 0), 'the issue is locked', true)
  expect(await factsOf(town)).toEqual([
    { type: 'EffectGivenUp', effect: reply('1', 8), why: 'the issue is locked', refused: true },
  ])
  expect((await takeOne(store, town, 0)).effect).toEqual(reply('2', 8))
})

test('in a suspended town nothing is done until it is back', async () => {
  const town = await aTown(store)
  await ask(store, town, 0, [reply('1')])
  const suspend = (suspended: boolean) =>
    store.inTown(town, 0, at => outcome(at, fork => void Object.assign(fork, { suspended })))
  await suspend(true)
  expect(await store.takeDue(town, 0, 10)).toEqual([])
  expect((await store.overdue(0)).performs).not.toContain(town)
  await suspend(false)
  expect((await store.overdue(0)).performs).toContain(town)
  expect((await takeOne(store, town, 0)).effect).toEqual(reply('1'))
})
