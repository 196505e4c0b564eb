import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { parseCommands } from '../../src/core/commands/parse.ts'
import type { CommentSeen } from '../../src/core/events.ts'
import type { Town } from '../../src/core/town.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, freshlyLoaded, inMemory, outcome, storeAt, withWork } from '../support/store.ts'
import { aBead, aConvoy, aPull, aRig, aRun, aTask } from '../support/town-rows.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
const sql = postgres(database.url, { max: 1 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})

test('what is over leaves the memory and stays in the database', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    at.pulls.put(aPull({ state: 'merging' }))
    at.runs.put(aRun())
  })
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      fork.runs.patch('b1.r1', { state: 'done' })
      fork.pulls.patch('b1.p1', { state: 'merged' })
      fork.beads.patch('b1', { status: 'closed', how: 'landed' })
      fork.convoys.patch('c1', { status: 'landed' })
    }),
  )
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)]) {
    expect([found.convoys.size, found.beads.size, found.pulls.size, found.runs.size]).toEqual([0, 0, 0, 0])
    expect(found.rigs.size).toBe(1)
  }
  expect((await sql`select from beads where town_id = ${town}`).count).toBe(1)
})

test('a plan is in memory until it is published; the database keeps it', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    at.convoys.patch('c1', { status: 'publishing' })
    at.drafts.put(aTask({ issueId: 'b1', number: 2, step: 'done' }))
    at.drafts.put(aTask({ id: 'c1#2', nth: 2, parent: 1, after: [1], existed: true, body: 'line\nline' }))
  })
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)]) {
    expect([...found.drafts.values()]).toEqual([
      aTask({ issueId: 'b1', number: 2, step: 'done' }),
      aTask({ id: 'c1#2', nth: 2, parent: 1, after: [1], existed: true, body: 'line\nline' }),
    ])
  }
  const stage = (fork: Town) => void fork.convoys.patch('c1', { status: 'staged_ready' })
  await store.inTown(town, 0, at => outcome(at, stage))
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)])
    expect(found.drafts.size).toBe(0)
  expect((await sql`select from drafts where town_id = ${town}`).count).toBe(2)
})

test('a closed convoy is held as long as a run of it has not stopped', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    at.runs.put(aRun({ state: 'running' }))
  })
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      fork.convoys.patch('c1', { status: 'closed' })
    }),
  )
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)]) {
    expect([found.convoys.size, found.beads.size, found.runs.size]).toEqual([1, 1, 1])
  }
})

test('memory holds no more towns than it may', async () => {
  const small = await storeAt(database.url, { warmTowns: 1 })
  const [one, other] = [await aTown(small, withWork), await aTown(small, withWork)]
  // Whether a town was at hand shows in its rows: a load makes new ones.
  const bead = async (town: string) => (await inMemory(small, town)).beads.get('b1')
  const first = await bead(one)
  await bead(other)
  const again = await bead(one)
  expect(again).not.toBe(first)
  expect(await bead(one)).toBe(again)
  await small.close()
})

test('an epic staged again after its convoy was closed is a new convoy with the same beads', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    at.beads.patch('b1', { blockers: [{ id: 'x', ref: 'acme/shop#9', outside: 'open', skipped: false }] })
  })
  await store.inTown(town, 0, at => outcome(at, fork => void fork.convoys.patch('c1', { status: 'closed' })))
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      fork.convoys.put(aConvoy({ id: 'c2' }))
      fork.beads.put(aBead({ convoyId: 'c2', title: 'Once more' }))
    }),
  )
  const found = await freshlyLoaded(database.url, town)
  expect([...found.beads.values()]).toEqual([aBead({ convoyId: 'c2', title: 'Once more' })])
})

test('a big town is loaded at once though the database does not know of it yet', async () => {
  const [town] = [await aTown(store), await aTown(store, at => stage(at, 1, 100))]
  // Statistics as they are when a second town comes: all that there ever was belongs to the first.
  for (const table of ['convoys', 'beads', 'dependencies', 'pulls', 'runs'])
    await sql.unsafe(`analyze ${table}`)
  await store.inTown(town, 0, at => outcome(at, fork => stage(fork, 40, 100)))
  const began = performance.now()
  const found = await freshlyLoaded(database.url, town)
  // Some 100 ms; a plan that goes through a table again for each row of another takes minutes.
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(found.beads.get('b39.99')?.blockers).toHaveLength(1)
  expect(found.beads.size).toBe(4_000)
})

function stage(town: Town, convoys: number, beadsEach: number): void {
  town.rigs.put(aRig())
  for (let c = 0; c < convoys; c++) {
    town.convoys.put(aConvoy({ id: `c${c}`, issueId: `i${c}` }))
    for (let n = 0; n < beadsEach; n++) {
      const before = { id: `b${c}.${n - 1}`, ref: 'acme/shop#1', outside: 'open', skipped: false } as const
      const blockers = n > 0 ? [before] : []
      town.beads.put(aBead({ id: `b${c}.${n}`, convoyId: `c${c}`, position: n, blockers }))
    }
  }
}

test.each([
  ['its own issue', { issueId: '100', number: 1 }],
  ['a bead of it', { issueId: 'b1', number: 2 }],
  ['a pull request of it', { issueId: '777', number: 7 }],
])('a command on %s brings a convoy back that is over, for as long as it takes to answer', async (_, at) => {
  const town = await aTown(store, fork => {
    withWork(fork)
    fork.beads.patch('b1', { status: 'closed', how: 'landed' })
    fork.pulls.put(aPull({ state: 'merged', number: 7 }))
    fork.convoys.patch('c1', { status: 'landed' })
  })
  const other = await storeAt(database.url)
  for (const process of [store, other]) {
    const said = { ...comment(at), commentId: `${at.issueId}${process === store}` }
    await process.append([{ townId: town, fact: said, dedupe: null }])
    const seen: string[][] = []
    await process.inTown(town, 0, found => {
      seen.push([...found.convoys.values()].map(convoy => convoy.id))
      seen.push([...found.beads.values()].map(bead => bead.id))
      return outcome(found, () => {})
    })
    expect(seen).toEqual([['c1'], ['b1']])
    expect((await inMemory(process, town)).convoys.size).toBe(0)
  }
  await other.close()
})

const comment = (at: { issueId: string; number: number }): CommentSeen => ({
  type: 'CommentSeen',
  commentId: '1',
  rigId: 'r1',
  ...at,
  by: 'ann',
  permission: 'read',
  body: '/why',
  edited: false,
  commands: parseCommands('/why'),
  tree: null,
  treeProblem: null,
  named: [],
  rights: [],
})
