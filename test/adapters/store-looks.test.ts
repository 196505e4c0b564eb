import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.ts'
import type { Town } from '../../src/core/town.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, inMemory, outcome, storeAt, withWork, written } from '../support/store.ts'
import { aBead, aPull, aRun, aTask } from '../support/town-rows.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
const sql = postgres(database.url, { max: 1 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})

const change = (town: string, how: (town: Town) => void) => store.inTown(town, 0, at => outcome(at, how))

test('a snapshot is the town as it was last saved, here and in a process that has just started', async () => {
  const town = await aTown(store, withWork)
  await change(town, at => {
    at.boards = [{ number: null, url: null, why: 'it was deleted', seenAt: 5 }]
    at.beads.patch('b1', { title: 'Changed' })
    at.drafts.put(aTask({ after: [2, 3] }))
  })
  const other = await storeAt(database.url)
  const saved = written(await inMemory(store, town))
  for (const at of [store, other]) {
    const found = await at.snapshot(town)
    expect(found?.beads.get('b1')?.title).toBe('Changed')
    expect(written(found!)).toEqual(saved)
  }
  await other.close()
  expect(await store.snapshot('nowhere')).toBeNull()
})

test('nothing that is done to a snapshot is kept', async () => {
  const town = await aTown(store, withWork)
  const fresh = await storeAt(database.url)
  for (const at of [store, fresh]) {
    const found = await at.snapshot(town)
    found!.ownerType = 'User'
    found!.beads.patch('b1', { title: 'Only thought of' })
    const kept = await inMemory(at, town)
    expect([kept.ownerType, kept.beads.get('b1')?.title]).toEqual(['Organization', 'Count the coins'])
  }
  await fresh.close()
})

test('a snapshot is taken while somebody decides about the town', async () => {
  const town = await aTown(store, withWork)
  const fresh = await storeAt(database.url)
  const found = await sql.begin(async query => {
    await query`select from towns where id = ${town} for update`
    await query`update beads set title = 'Not saved yet' where town_id = ${town}`
    return fresh.snapshot(town)
  })
  await fresh.close()
  expect(found?.beads.get('b1')?.title).toBe('Count the coins')
})

const gateReport = (runId: string, outcome: 'green' | 'red' | 'unable'): Fact => ({
  type: 'GateReported',
  runId,
  outcome,
  headSha: null,
  baseSha: null,
  results: [],
  files: [],
  why: null,
})

test('the history says how long the last runs took and whether it went well, newest first', async () => {
  const ended = { startedAt: 100, state: 'done', polecat: null } as const
  const gate = { ...ended, kind: 'gate', pullId: 'b1.p1' } as const
  const town = await aTown(store, at => {
    withWork(at)
    at.beads.put(aBead({ id: 'b2' }))
    at.pulls.put(aPull())
    at.runs.put(aRun({ ...ended, id: 'w1', endedAt: 350 }))
    at.runs.put(aRun({ ...ended, id: 'w2', kind: 'rework', state: 'failed', endedAt: 400 }))
    at.runs.put(aRun({ ...ended, id: 'w3', kind: 'conflict', endedAt: 200 }))
    // Nobody knows how long these would have taken.
    at.runs.put(aRun({ ...ended, id: 'w4', state: 'lost', endedAt: 900 }))
    at.runs.put(aRun({ ...ended, id: 'w5', state: 'stopped', endedAt: 900 }))
    at.runs.put(aRun({ ...ended, id: 'w6', state: 'asked', endedAt: 900 }))
    at.runs.put(aRun({ ...ended, id: 'w7', startedAt: null, endedAt: 900 }))
    at.runs.put(aRun({ id: 'w8', startedAt: 100, state: 'running' }))
    at.runs.put(aRun({ ...gate, id: 'g1', endedAt: 110 }))
    at.runs.put(aRun({ ...gate, id: 'g2', endedAt: 120 }))
    at.runs.put(aRun({ ...gate, id: 'g3', state: 'failed', endedAt: 130 }))
  })
  const facts = [gateReport('g1', 'green'), gateReport('g2', 'red'), gateReport('g3', 'unable')]
  await store.append(facts.map(fact => ({ townId: town, fact, dedupe: null })))
  const work = [
    { ms: 300, ok: false },
    { ms: 250, ok: true },
    { ms: 100, ok: true },
  ]
  // A gate that was red could be run, and went badly all the same.
  const gates = [
    { ms: 30, ok: false },
    { ms: 20, ok: false },
    { ms: 10, ok: true },
  ]
  expect(await store.history(town, 10)).toEqual({ work, gate: gates })
  expect(await store.history(town, 2)).toEqual({ work: work.slice(0, 2), gate: gates.slice(0, 2) })
  expect(await store.history(await aTown(store), 10)).toEqual({ work: [], gate: [] })
})
