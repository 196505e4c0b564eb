import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, storeAt } from '../support/store.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** What publishing may take; the rest is for answers to people. */
const PUBLISHING = 0.75

const database = await freshDatabase()
const store = await storeAt(database.url)
const sql = postgres(database.url, { max: 1 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})
const spend = (town: string, creations: number, now: number, share = 1) =>
  store.allowance.spend(town, creations, now, share)

describe('in a minute 80 are created', () => {
  test('and not more when two processes create at once', async () => {
    const town = await aTown(store)
    const other = await storeAt(database.url)
    const asked = Array.from({ length: 60 }, (_, n) =>
      (n % 2 ? store : other).allowance.spend(town, 3, 1_000, 1),
    )
    const waits = await Promise.all(asked)
    await other.close()
    // 26 times 3 are 78; one more would be 81. Those who were refused took nothing.
    expect(waits.filter(wait => wait === 0)).toHaveLength(26)
    expect(new Set(waits)).toEqual(new Set([0, MINUTE]))
    expect(await spend(town, 2, 1_000)).toBe(0)
    expect(await spend(town, 1, 1_000)).toBe(MINUTE)
  })

  test('and whoever has to wait is told how long: until enough of them are a minute old', async () => {
    const town = await aTown(store)
    expect([await spend(town, 50, 0), await spend(town, 30, 10_000)]).toEqual([0, 0])
    expect(await spend(town, 40, 20_000)).toBe(40_000)
    expect(await spend(town, 60, 20_000)).toBe(50_000)
    expect(await spend(town, 40, 59_999)).toBe(1)
    expect(await spend(town, 40, 60_000)).toBe(0)
    expect(await spend(town, 40, 60_000)).toBe(10_000)
  })

  test('in each town', async () => {
    const [one, other] = [await aTown(store), await aTown(store)]
    expect([await spend(one, 80, 0), await spend(one, 1, 0)]).toEqual([0, MINUTE])
    expect(await spend(other, 80, 0)).toBe(0)
  })

  test('and what needs none need not wait', async () => {
    const town = await aTown(store)
    await spend(town, 80, 0)
    expect(await spend(town, 0, 0)).toBe(0)
    expect(await spend(town, 1, MINUTE)).toBe(0)
  })
})

test('in an hour 500 are created, though the minute has room', async () => {
  const town = await aTown(store)
  for (let minute = 0; minute < 6; minute++) expect(await spend(town, 80, minute * MINUTE)).toBe(0)
  expect(await spend(town, 20, 6 * MINUTE)).toBe(0)
  expect(await spend(town, 1, 7 * MINUTE)).toBe(53 * MINUTE)
  expect(await spend(town, 81, 7 * MINUTE)).toBe(54 * MINUTE)
  expect(await spend(town, 1, HOUR - 1)).toBe(1)
  expect(await spend(town, 80, HOUR)).toBe(0)
  expect(await spend(town, 1, HOUR)).toBe(MINUTE)
})

test('publishing a plan leaves room for answers to people, in the minute and in the hour', async () => {
  const town = await aTown(store)
  for (let chunk = 0; chunk < 3; chunk++) expect(await spend(town, 20, 0, PUBLISHING)).toBe(0)
  expect(await spend(town, 20, 0, PUBLISHING)).toBe(MINUTE)
  expect(await spend(town, 20, 0)).toBe(0)
  expect(await spend(town, 1, 0)).toBe(MINUTE)
  // 80 and five times 59 are 375: three quarters of 500.
  for (let minute = 1; minute <= 5; minute++)
    expect(await spend(town, 59, minute * MINUTE, PUBLISHING)).toBe(0)
  expect(await spend(town, 1, 7 * MINUTE, PUBLISHING)).toBe(53 * MINUTE)
  expect(await spend(town, 80, 7 * MINUTE)).toBe(0)
})

test('what is larger than the limit goes when nothing else was created, and does not wait for ever', async () => {
  const town = await aTown(store)
  expect(await spend(town, 90, 0)).toBe(0)
  expect(await spend(town, 1, 0)).toBe(MINUTE)
  expect(await spend(town, 90, 30_000)).toBe(30_000)
  expect(await spend(town, 90, MINUTE)).toBe(0)
  expect(await spend(town, 600, 3 * MINUTE)).toBe(58 * MINUTE)
  expect(await spend(town, 600, 61 * MINUTE)).toBe(0)
})

test('a clock that is a little behind changes nothing about what was created', async () => {
  const town = await aTown(store)
  expect([await spend(town, 60, 2_000), await spend(town, 20, 1_000)]).toEqual([0, 0])
  expect(await spend(town, 1, 1_500)).toBe(59_500)
})

test('what may be created is known while somebody decides about the town', async () => {
  const town = await aTown(store)
  const wait = await sql.begin(async query => {
    await query`select from towns where id = ${town} for no key update`
    return spend(town, 5, 0)
  })
  expect(wait).toBe(0)
})

test('what was created more than an hour ago is forgotten', async () => {
  const town = await aTown(store)
  await spend(town, 5, 10 * HOUR)
  await spend(town, 7, 10 * HOUR + 1)
  await store.prune(11 * HOUR)
  expect([...(await sql`select creations from creations where town_id = ${town}`)]).toEqual([
    { creations: 7 },
  ])
})
