import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.ts'
import type { Town } from '../../src/core/town.ts'
import type { SeenFact } from '../../src/ports.ts'
import { listeningLog } from '../support/log.ts'
import { freshDatabase } from '../support/postgres.ts'
import {
  aTown,
  card,
  freshlyLoaded,
  inMemory,
  nothing,
  outcome,
  storeAt,
  withWork,
} from '../support/store.ts'
import { aBead, aConvoy, aRig, aRun } from '../support/town-rows.ts'

const database = await freshDatabase()
const log = listeningLog()
const store = await storeAt(database.url, { log })
const sql = postgres(database.url, { max: 2 })
afterAll(async () => {
  await Promise.all([store.close(), sql.end()])
  await database.drop()
})

const beat = (runId: string): Fact => ({ type: 'RunBeat', runId })
const news = (townId: string, ...facts: Fact[]) =>
  store.append(facts.map(fact => ({ townId, fact, dedupe: null })))

test('a town that nobody has heard of is not decided about', async () => {
  expect(await store.inTown('nowhere', 0, nothing)).toBeNull()
})

test('facts are handed over once, in the order in which they came in', async () => {
  const town = await aTown(store)
  await news(town, beat('one'), beat('two'))
  await news(town, beat('three'))
  const seen: SeenFact[][] = []
  const look = () =>
    store.inTown(town, 0, (at, facts) => {
      seen.push([...facts])
      return nothing(at)
    })
  await look()
  await look()
  expect(seen.map(facts => facts.map(({ fact }) => fact))).toEqual([
    [beat('one'), beat('two'), beat('three')],
    [],
  ])
})

test('what is decided is there for the next decision, in this process and in another', async () => {
  const town = await aTown(store, withWork)
  await store.inTown(town, 5, at =>
    outcome(at, fork => {
      fork.login = 'acme-new'
      fork.ownerType = 'User'
      fork.boards = [{ number: 7, url: 'https://x.test/7', why: null, seenAt: 1 }]
      fork.beads.patch('b1', { status: 'in_progress', blockers: [blocker('x'), blocker('a')] })
    }),
  )
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)]) {
    expect(found).toMatchObject({ login: 'acme-new', ownerType: 'User', boards: [{ number: 7, seenAt: 1 }] })
    expect(found.beads.get('b1')).toEqual(
      aBead({ status: 'in_progress', blockers: [blocker('x'), blocker('a')] }),
    )
  }
})

test('a town that another process has changed is read anew', async () => {
  const town = await aTown(store, withWork)
  const other = await storeAt(database.url)
  await other.inTown(town, 0, at =>
    outcome(at, fork => void fork.beads.patch('b1', { title: 'Changed there' })),
  )
  await other.close()
  expect((await inMemory(store, town)).beads.get('b1')?.title).toBe('Changed there')
})

test('eight reconcilers in two processes count to forty together', async () => {
  const town = await aTown(store, withWork)
  const other = await storeAt(database.url)
  const countOnce = (here: typeof store) => here.inTown(town, 0, at => outcome(at, fork => void addTry(fork)))
  const counters = Array.from({ length: 8 }, async (_, n) => {
    for (let i = 0; i < 5; i++) await countOnce(n % 2 ? store : other)
  })
  await Promise.all(counters)
  await other.close()
  expect((await inMemory(store, town)).beads.get('b1')?.tries).toBe(40)
})

test('facts come in while a town is being decided about', async () => {
  const town = await aTown(store, withWork)
  const held = async (): Promise<boolean> =>
    (await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      .count > 0
  const { saving, appended } = await sql.begin(async query => {
    // The decision's transaction has the town's lock and cannot go on: somebody has the bead that it will write.
    await query`select from beads where town_id = ${town} for update`
    const saving = store.inTown(town, 0, at => outcome(at, fork => void addTry(fork)))
    await expect.poll(held).toBe(true)
    return { saving, appended: await news(town, beat('meanwhile')) }
  })
  expect(appended).toEqual([town])
  expect(await saving).toMatchObject({ events: 0 })
})

test('an idle town costs nothing: no row is written', async () => {
  const town = await aTown(store, withWork)
  await store.inTown(town, 0, at => ({ ...nothing(at), wakeAt: 77 }))
  const before = await everything(town)
  const result = await store.inTown(town, 50, at => ({ ...nothing(at), wakeAt: 77 }))
  expect(result).toEqual({ events: 0, effects: 0, effectsDueAt: null, wakeAt: 77 })
  expect(await everything(town)).toEqual(before)
})

test('only rows that changed are written', async () => {
  const town = await aTown(store, at => {
    withWork(at)
    for (let n = 2; n <= 50; n++) at.beads.put(aBead({ id: `b${n}`, number: n }))
  })
  const before = await rowVersions(town)
  await store.inTown(town, 0, at => outcome(at, fork => void fork.beads.patch('b7', { held: true })))
  const after = await rowVersions(town)
  expect(Object.keys(after).filter(id => after[id] !== before[id])).toEqual(['b7'])
})

test('conclusions are kept with their reason', async () => {
  const town = await aTown(store, withWork)
  const events = [{ type: 'BeadHeld', beadId: 'b1', by: 'wes' } as const]
  const result = await store.inTown(town, 9, at => outcome(at, () => {}, { events }))
  expect(result?.events).toBe(1)
  const kept =
    await sql`select type, data, because, state from events where town_id = ${town} and source = 'conclusion'`
  expect([...kept]).toEqual([
    { type: 'BeadHeld', data: events[0], because: 'the test says so', state: 'applied' },
  ])
})

test('when deciding fails nothing is kept, and the town is as it was', async () => {
  const town = await aTown(store, withWork)
  const failing = store.inTown(town, 0, at => {
    outcome(at, fork => void fork.beads.patch('b1', { title: 'Half done' }))
    throw new Error('out of ideas')
  })
  await expect(failing).rejects.toThrow('out of ideas')
  expect((await inMemory(store, town)).beads.get('b1')?.title).toBe('Count the coins')
})

test('a fact that cannot be digested is put aside with the reason, and the facts around it count', async () => {
  const town = await aTown(store, withWork)
  await news(town, beat('fine'), beat('poison'), beat('fine too'))
  const result = await store.inTown(town, 3, (at, facts) => {
    if (facts.some(({ fact }) => fact.type === 'RunBeat' && fact.runId === 'poison'))
      throw new Error('indigestible')
    return outcome(at, fork => void addTry(fork, facts.length), {
      effects: facts.map(({ seq }) => card(`${seq}`)),
    })
  })
  expect(result?.effects).toBe(2)
  expect((await inMemory(store, town)).beads.get('b1')?.tries).toBe(2)
  const states = await sql`select data->>'runId' as run, state, problem from events
    where town_id = ${town} and type = 'RunBeat' order by seq`
  expect([...states]).toEqual([
    { run: 'fine', state: 'applied', problem: null },
    { run: 'poison', state: 'put aside', problem: 'Error: indigestible' },
    { run: 'fine too', state: 'applied', problem: null },
  ])
  expect(log.said).toContainEqual(
    expect.objectContaining({ level: 'error', fields: expect.objectContaining({ town, type: 'RunBeat' }) }),
  )
})

test('a fact whose consequence the database refuses is put aside too', async () => {
  const town = await aTown(store, withWork)
  await news(town, beat('two at once'), beat('fine'))
  await store.inTown(town, 3, (at, facts) =>
    outcome(at, fork => {
      for (const { fact } of facts) {
        if (fact.type === 'RunBeat' && fact.runId === 'two at once') {
          fork.runs.put(aRun({ id: 'x' }))
          fork.runs.put(aRun({ id: 'y', polecat: 'basil' }))
        } else addTry(fork)
      }
    }),
  )
  const found = await inMemory(store, town)
  expect(found.runs.size).toBe(0)
  expect(found.beads.get('b1')?.tries).toBe(1)
})

test('no fact is blamed for what goes wrong without any', async () => {
  const town = await aTown(store, withWork)
  await news(town, beat('innocent'))
  const broken = store.inTown(town, 3, () => {
    throw new Error('broken throughout')
  })
  await expect(broken).rejects.toThrow('broken throughout')
  const [fact] = await sql`select state from events where town_id = ${town} and type = 'RunBeat'`
  expect(fact?.state).toBe('new')
})

test('text that no database takes is mended, not refused', async () => {
  const town = await aTown(store, withWork)
  await news(town, beat('nul \0 and half \ud83d'))
  const seen: Fact[] = []
  await store.inTown(town, 0, (at, facts) => {
    seen.push(...facts.map(({ fact }) => fact))
    return outcome(at, fork => void fork.beads.patch('b1', { title: 'cut \ud83d', body: 'C:\\u0000 stays' }))
  })
  expect(seen).toEqual([beat('nul \ufffd and half \ufffd')])
  for (const found of [await inMemory(store, town), await freshlyLoaded(database.url, town)]) {
    expect(found.beads.get('b1')).toMatchObject({ title: 'cut \ufffd', body: 'C:\\u0000 stays' })
  }
})

test('a rig may come with its first convoy in one decision', async () => {
  const town = await aTown(store)
  await store.inTown(town, 0, at =>
    outcome(at, fork => {
      fork.convoys.put(aConvoy())
      fork.rigs.put(aRig())
    }),
  )
  expect((await freshlyLoaded(database.url, town)).convoys.size).toBe(1)
})

const blocker = (id: string) => ({ id, ref: `acme/shop#${id}`, outside: 'open', skipped: false }) as const

function addTry(town: Town, more = 1): void {
  const bead = town.beads.get('b1')!
  town.beads.patch('b1', { tries: bead.tries + more })
}

/** Every row of the town, with the transaction that wrote it last. */
async function everything(town: string): Promise<unknown> {
  const tables = ['rigs', 'convoys', 'legs', 'beads', 'pulls', 'runs', 'events', 'outbox']
  const rows = await Promise.all(
    tables.map(table => sql.unsafe(`select xmin::text, t.* from ${table} t where town_id = $1`, [town])),
  )
  return { rows, town: await sql`select xmin::text, t.* from towns t where id = ${town}` }
}

async function rowVersions(town: string): Promise<Record<string, string>> {
  const rows = await sql<
    { id: string; xmin: string }[]
  >`select id, xmin::text from beads where town_id = ${town}`
  return Object.fromEntries(rows.map(({ id, xmin }) => [id, xmin]))
}
