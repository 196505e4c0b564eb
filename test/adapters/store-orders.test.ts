import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../support/postgres.ts'
import { ask, aTown, order, outcome, storeAt, withWork } from '../support/store.ts'
import { aBead, aRun } from '../support/town-rows.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
const sql = postgres(database.url, { max: 1 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})

const withRuns = async (...runIds: string[]): Promise<string> => {
  const town = await aTown(store, at => {
    withWork(at)
    for (const id of runIds) {
      at.beads.put(aBead({ id }))
      at.runs.put(aRun({ id, beadId: id, polecat: id }))
    }
  })
  await ask(
    store,
    town,
    0,
    runIds.map(id => order(id, 100)),
  )
  return town
}

test('an order is claimed by one runner, oldest first, and never performed', async () => {
  const town = await withRuns('one', 'two', 'three')
  expect(await store.takeDue(town, 0, 10)).toEqual([])
  expect((await store.overdue(0)).performs).not.toContain(town)
  expect(await store.claimOrder(town, 'm1', 0)).toEqual(order('one', 100))
  const both = await Promise.all([store.claimOrder(town, 'm1', 0), store.claimOrder(town, 'm2', 0)])
  expect(both.map(claimed => claimed?.runId).sort()).toEqual(['three', 'two'])
  expect(await store.claimOrder(town, 'm1', 0)).toBeNull()
})

test('an order is not handed out when its time is over', async () => {
  const town = await withRuns('late')
  expect(await store.claimOrder(town, 'm1', 100)).toBeNull()
  const [row] = await sql`select state from outbox where town_id = ${town}`
  expect(row?.state).toBe('given up')
  expect((await store.overdue(1_000)).towns).not.toContain(town)
})

test('an order is not handed out when its run has ended or was stopped', async () => {
  const town = await withRuns('ended', 'stopped', 'wanted')
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      fork.runs.patch('ended', { state: 'lost' })
      fork.runs.patch('stopped', { state: 'stopped' })
    }),
  )
  expect((await store.claimOrder(town, 'm1', 0))?.runId).toBe('wanted')
  expect(await store.claimOrder(town, 'm1', 0)).toBeNull()
})

test('a runner learns at a heartbeat that its run was stopped, or is over', async () => {
  const over = ['stopped', 'done', 'failed', 'asked', 'lost'] as const
  const town = await withRuns('ordered', 'running', ...over)
  const liveOnes = async () => {
    const asked = ['ordered', 'running', ...over, 'never heard of'].map(async id =>
      (await store.isLive(town, id)) ? [id] : [],
    )
    return (await Promise.all(asked)).flat()
  }
  expect(await liveOnes()).toEqual(['ordered', 'running', ...over])
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      for (const state of ['running', ...over] as const) fork.runs.patch(state, { state })
    }),
  )
  expect(await liveOnes()).toEqual(['ordered', 'running'])
  expect(await store.isLive('another town', 'running')).toBe(false)
})
