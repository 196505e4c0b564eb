import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { forkTown, isLive, isOver, isPullOver, type Town } from '../../src/core/town.ts'
import { Life } from '../core/life.ts'
import { lives, luckOf } from '../core/lives.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, inMemory, nothing, storeAt, written } from '../support/store.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
const forgetful = await storeAt(database.url, { warmTowns: 0 })
afterAll(async () => {
  await Promise.all([store.close(), forgetful.close()])
  await database.drop()
})

const TABLES = ['rigs', 'polecats', 'convoys', 'legs', 'beads', 'drafts', 'pulls', 'runs'] as const

/** Puts what `now` has and the town has not: rows are values, so a row that was put once has not changed since. */
function follow(town: Town, now: Town, put: Set<object>): Town {
  const fork = forkTown(town)
  const { login, ownerType, boards, appSlug, suspended } = now
  Object.assign(fork, { login, ownerType, boards, appSlug, suspended })
  for (const name of TABLES) {
    const table: { put(row: object): void } = fork[name]
    for (const row of now[name].values()) {
      if (!put.has(row)) table.put(row)
      put.add(row)
    }
  }
  return fork
}

test('whatever happens to a convoy, the database takes every step and gives it back as it was', async () => {
  let over = 0
  await fc.assert(
    fc.asyncProperty(lives, async ({ sketch, seed, steps }) => {
      const life = new Life(sketch, luckOf(seed))
      const id = await aTown(store)
      const put = new Set<object>()
      for (let at = 0; at < steps + 400 && !life.isOver; at++) {
        if (at > steps && at % 20 === 0) life.mend()
        life.step(at < steps ? 0.4 : 0)
        await store.inTown(id, life.now, town => ({ ...nothing(town), town: follow(town, life.town, put) }))
      }
      const warm = await inMemory(store, id)
      expect(written(warm)).toEqual(written(await inMemory(forgetful, id)))
      const busy = [...life.town.runs.values()].some(isLive)
      if (!life.isOver || busy || ![...life.town.pulls.values()].every(isPullOver)) return
      expect([...warm.convoys.values()].filter(isOver)).toEqual([])
      over++
    }),
    { numRuns: 6 },
  )
  // Lives that never end would not show that what is over is let go of.
  expect(over).toBeGreaterThan(0)
}, 60_000)
