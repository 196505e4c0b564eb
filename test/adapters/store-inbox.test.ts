import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.ts'
import { PACE, type Town } from '../../src/core/town.ts'
import type { Arrival, Delivery, News } from '../../src/ports.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, handClock, nothing, outcome, storeAt, withWork } from '../support/store.ts'
import { aConvoy, aPull, aRig } from '../support/town-rows.ts'

const DAY = 24 * 3_600_000
const database = await freshDatabase()
const clock = handClock(0)
const store = await storeAt(database.url, { clock })
const sql = postgres(database.url, { max: 1 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})

let deliveries = 0
const aDelivery = (fields: Partial<Delivery> = {}): Delivery => ({
  id: `guid-${++deliveries}`,
  event: 'issues',
  action: 'opened',
  townId: 'unheard-of',
  payload: { issue: { title: 'odd \u0000 \ud83d 🎉' } },
  ...fields,
})
/** As it comes over the wire. */
const arriving = (delivery: Delivery): Arrival => ({ ...delivery, payload: JSON.stringify(delivery.payload) })
const kept = async (fields: Partial<Delivery> = {}): Promise<Delivery> => {
  const delivery = aDelivery(fields)
  await store.keepDelivery(arriving(delivery))
  return delivery
}
const touched = (issueId: string): Fact => ({ type: 'IssueTouched', rigId: 'r1', issueId })
const news = (townId: string, issueId: string, dedupe: string | null = null): News => ({
  townId,
  fact: touched(issueId),
  dedupe,
})
const factsOf = async (townId: string): Promise<string[]> => {
  const rows = await sql<{ issue: string }[]>`
    select data->>'issueId' as issue from events where town_id = ${townId} and type = 'IssueTouched' order by seq`
  return rows.map(({ issue }) => issue)
}

test('a delivery is kept as it came, once', async () => {
  const delivery = aDelivery()
  const came = await Promise.all([1, 2, 3].map(() => store.keepDelivery(arriving(delivery))))
  expect(came.filter(isNew => isNew)).toHaveLength(1)
  expect(await store.keepDelivery({ ...delivery, payload: '"forged"' })).toBe(false)
  expect(await store.delivery(delivery.id)).toEqual(delivery)
})

test('a burst is kept whole, each delivery once, and one that cannot be kept fails alone', async () => {
  const bad = aDelivery({ townId: 'nul \u0000' })
  const burst = Array.from({ length: 100 }, () => aDelivery())
  const twice = burst[50]!
  const all = [...burst.slice(0, 20), bad, ...burst.slice(20), twice]
  const came = await Promise.allSettled(all.map(delivery => store.keepDelivery(arriving(delivery))))
  expect(came.filter(it => it.status === 'rejected')).toHaveLength(1)
  expect(came[20]).toMatchObject({ status: 'rejected' })
  expect(came.filter(it => it.status === 'fulfilled' && it.value)).toHaveLength(100)
  for (const delivery of burst) expect(await store.delivery(delivery.id)).toEqual(delivery)
  expect(await store.delivery(bad.id)).toBeNull()
})

test('a delivery that belongs to no installation is kept, one that never came is not there', async () => {
  const ping = await kept({ event: 'ping', action: null, townId: null })
  expect(await store.delivery(ping.id)).toEqual(ping)
  expect(await store.delivery('never came')).toBeNull()
})

test('a delivery is due from the moment that it is kept, until it is absorbed', async () => {
  clock.time = 10_000
  const { id } = await kept()
  expect((await store.overdue(10_000)).deliveries).toContain(id)
  await store.absorbed(id, [news('t-absorbed', '1')])
  expect((await store.overdue(13_000)).deliveries).not.toContain(id)
  expect(await factsOf('t-absorbed')).toEqual(['1'])
})

test('two who absorb one delivery learn from it once', async () => {
  const { id } = await kept()
  await Promise.all([1, 2].map(() => store.absorbed(id, [news('t-twice', '1')])))
  expect(await factsOf('t-twice')).toEqual(['1'])
})

test('a delivery that cannot be looked at is tried again with longer waits, or never when that is final', async () => {
  clock.time = 100_000
  const { id } = await kept()
  const dueAfter = async () => {
    await store.notAbsorbed(id, 'GitHub is down', false)
    const [row] = await sql`select due_at, problem, attempts from deliveries where id = ${id}`
    expect(row).toMatchObject({ problem: 'GitHub is down' })
    return Number(row?.due_at) - clock.time
  }
  expect([await dueAfter(), await dueAfter(), await dueAfter()]).toEqual([30_000, 60_000, 120_000])
  for (let n = 0; n < 40; n++) await dueAfter()
  expect(await dueAfter()).toBe(PACE.backoffMaxMs)
  await store.notAbsorbed(id, 'nothing in it', true)
  expect((await store.overdue(100 * DAY)).deliveries).not.toContain(id)
  await store.absorbed(id, [news('t-final', '1')])
  expect(await factsOf('t-final')).toEqual([])
})

test('deliveries are forgotten after a week, if they were looked at', async () => {
  clock.time = 0
  const [done, waiting] = [await kept(), await kept()]
  await store.absorbed(done.id, [])
  await store.prune(7 * DAY)
  expect(await store.delivery(done.id)).not.toBeNull()
  await store.prune(7 * DAY + 1)
  expect(await store.delivery(done.id)).toBeNull()
  expect(await store.delivery(waiting.id)).not.toBeNull()
})

test('the same thing seen twice is one fact of the town, in one go or in several', async () => {
  expect(await store.append([news('t-dedupe', '1', 'k'), news('t-dedupe', '2', 'k')])).toEqual(['t-dedupe'])
  expect(await store.append([news('t-dedupe', '3', 'k')])).toEqual([])
  expect(await store.append([news('t-dedupe', '4', 'k'), news('t-other', '4', 'k')])).toEqual(['t-other'])
  expect(await store.append([news('t-dedupe', '5'), news('t-dedupe', '5')])).toEqual(['t-dedupe'])
  expect(await factsOf('t-dedupe')).toEqual(['1', '5', '5'])
  expect(await store.directory.isKnown('t-dedupe', 'k')).toBe(true)
  expect(await store.directory.isKnown('t-dedupe', 'l')).toBe(false)
  expect(await store.append([])).toEqual([])
})

test('patrol finds towns with news and towns whose time has come', async () => {
  clock.time = 50
  const [withNews, later] = [await aTown(store), await aTown(store)]
  await store.append([news(withNews, '1')])
  await store.inTown(later, 0, town => ({ ...nothing(town), wakeAt: 500 }))
  expect((await store.overdue(499)).towns).toContain(withNews)
  expect((await store.overdue(499)).towns).not.toContain(later)
  expect((await store.overdue(500)).towns).toContain(later)
  await store.inTown(withNews, 60, nothing)
  await store.inTown(later, 500, nothing)
  const { towns } = await store.overdue(1_000)
  expect(towns).not.toContain(withNews)
  expect(towns).not.toContain(later)
})

test('towns are swept in turn, suspended ones not at all', async () => {
  const suspend = (town: Town) => void Object.assign(town, { suspended: true })
  const [town, suspended] = [await aTown(store, withWork), await aTown(store, suspend)]
  await store.swept(town, 900)
  await store.swept(town, 800)
  const all = await store.sweepable()
  expect(all).toContainEqual({ townId: town, sweptAt: 900, openConvoys: 1 })
  expect(all.map(({ townId }) => townId)).not.toContain(suspended)
})

test('adapters find addresses of rigs, pulls and open convoys', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    at.rigs.put(aRig({ id: 'r2', name: 'gone', gone: true }))
    at.pulls.put(aPull())
    at.convoys.put(aConvoy({ id: 'c0', issueId: '99', status: 'landed' }))
    // Nothing to look at yet: its issue is still to be opened.
    at.convoys.put(aConvoy({ id: 'c2', issueId: 'new:7', number: 0, status: 'publishing' }))
  })
  const { directory } = store
  const shop = { owner: 'acme', name: 'shop' }
  expect(await directory.rig(town, 'r1')).toEqual({ ...shop, defaultBranch: 'main', configSha: null })
  expect(await directory.rig(town, 'r9')).toBeNull()
  expect(await directory.rigs(town)).toEqual([{ id: 'r1', ...shop }])
  expect(await directory.openConvoys(town)).toEqual([{ id: 'c1', rigId: 'r1', issueId: '100', number: 1 }])
  expect(await directory.pull(town, 'r1', 7)).toEqual({ id: 'b1.p1', headSha: 'a'.repeat(40) })
  expect(await directory.pull(town, 'r1', 8)).toBeNull()
})

test('what was last written to GitHub is remembered by subject', async () => {
  const town = await aTown(store)
  expect(await store.mirror.get(town, 'card:c1')).toBeNull()
  await store.mirror.put(town, 'card:c1', { hash: 1 })
  await store.mirror.put(town, 'card:c1', { hash: 2, at: ['x'] })
  expect(await store.mirror.get(town, 'card:c1')).toEqual({ hash: 2, at: ['x'] })
})

test('a machine is known by the hash of its token and alive while it is seen', async () => {
  const town = await aTown(store)
  clock.time = 1_000
  const id = await store.machines.register(town, 'box', 42, 'hash-of-token')
  expect(await store.machines.find('hash-of-token')).toEqual({ id, townId: town })
  expect(await store.machines.find('forged')).toBeNull()
  await store.machines.seen(id, 5_000)
  await store.machines.seen(id, 4_000)
  const machine = { id, host: 'box', pid: 42, startedAt: 1_000, seenAt: 5_000 }
  expect(await store.machines.alive(town, 5_000)).toEqual([machine])
  expect(await store.machines.alive(town, 5_001)).toEqual([])
  await expect(store.machines.register(town, 'box', 43, 'hash-of-token')).rejects.toThrow('machines_token')
})

test('a store that cannot be reached says so at once', async () => {
  await store.ping()
  const nowhere = new URL(database.url)
  nowhere.pathname = '/no_such_database'
  await expect(storeAt(nowhere.href)).rejects.toThrow('no_such_database')
})

test('what comes in with an outcome wakes nobody by itself', async () => {
  const town = await aTown(store, withWork)
  const result = await store.inTown(town, 0, at => outcome(at, () => {}))
  expect(result).toEqual({ events: 0, effects: 0, effectsDueAt: null, wakeAt: null })
})
