// A migration must carry over whatever was in the database before it. `test/migrations/` has rows as they were at
// some migrations; here they are made at each migration that there ever was, and brought to the newest.
import { readdir, readFile } from 'node:fs/promises'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../src/core/events.ts'
import { DEFAULT_CONFIG } from '../src/core/rig.ts'
import { PACE, type Town } from '../src/core/town.ts'
import type { Store } from '../src/ports.ts'
import * as schema from '../src/store/schema.ts'
import { openStore } from '../src/store/store.ts'
import { quietLog } from './support/log.ts'
import { freshDatabase } from './support/postgres.ts'
import { inMemory, nothing } from './support/store.ts'

const migrationsDir = new URL('../migrations/', import.meta.url)
const samplesDir = new URL('./migrations/', import.meta.url)
const database = await freshDatabase()
const sql = postgres(database.url, { max: 1, onnotice: () => {} })
afterAll(async () => {
  await sql.end()
  await database.drop()
})
beforeEach(async () => {
  await sql`drop schema public cascade`
  await sql`create schema public`
})

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly tag: string }[]
}
const json = async <Value>(name: string): Promise<Value> =>
  JSON.parse(await readFile(new URL(name, migrationsDir), 'utf8'))
const tags = (await json<Journal>('meta/_journal.json')).entries.map(({ tag }) => tag)
const samples = (await readdir(samplesDir)).map(name => name.replace('.sql', '')).sort()
const tables = Object.values(schema).filter(part => is(part, PgTable))
const tableNames = tables.map(table => getTableConfig(table).name)

async function apply(tag: string): Promise<void> {
  await sql.unsafe(await readFile(new URL(`${tag}.sql`, migrationsDir), 'utf8'))
}

/** The rows that people may have at that migration: those of the newest sample that is not newer. */
async function fill(tag: string): Promise<void> {
  const sample = samples.filter(name => name <= tag).at(-1)
  await sql.unsafe(await readFile(new URL(`${sample}.sql`, samplesDir), 'utf8'))
}

async function rowCounts(): Promise<Record<string, number>> {
  const found = await sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = 'public'`
  const counts = found.map(async ({ name }) => {
    const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(name)}`
    return [name, row?.rows ?? 0] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

describe.each(tags.map((tag, at) => ({ tag, before: tags.slice(0, at + 1), after: tags.slice(at + 1) })))(
  'rows that were made at $tag',
  ({ tag, before, after }) => {
    test('are all there at the newest migration, and make a town', async () => {
      for (const earlier of before) await apply(earlier)
      await fill(tag)
      const made = await rowCounts()
      for (const later of after) await apply(later)
      expect(await rowCounts()).toMatchObject(made)
      const town = await seen(async store => inMemory(store, '501'))
      expect([...town.beads.values()].map(({ id, blockers }) => [id, blockers.map(one => one.id)])).toEqual([
        ['b1', []],
        ['b2', ['b1']],
      ])
    })
  },
)

describe('what people had before plans were published', () => {
  const before = tags.slice(0, 2)
  beforeEach(async () => {
    for (const tag of before) await apply(tag)
    await fill(before.at(-1)!)
    for (const tag of tags.slice(before.length)) await apply(tag)
  })

  test('merges as it did, in every rig of the convoy', async () => {
    const legs = await sql`select id, merge_mode from legs order by id`
    expect([...legs]).toEqual([
      { id: 'c100@r1', merge_mode: 'review-then-land' },
      { id: 'c90@r2', merge_mode: 'review-and-merge' },
    ])
    expect([...(await sql`select distinct given_mode from convoys`)]).toEqual([{ given_mode: null }])
  })

  test('has the same issues closed by us, and no others', async () => {
    const closed = await sql`select id from beads where closes = 'completed' order by id`
    expect(closed.map(({ id }) => id)).toEqual(['old1', 'old2'])
    expect((await sql`select from beads where closes is null`).count).toBe(4)
  })

  test('is a town whose rows have all that the rules ask for', async () => {
    const town = await seen(async store => inMemory(store, '501'))
    expect(town).toMatchObject({ login: 'acme', ownerType: 'Organization', boards: [] })
    const added = { parked: false, stagedByDefault: true, board: true }
    expect(town.rigs.get('r2')?.config).toMatchObject({ ...added, mergeMode: 'review-and-merge', tries: 5 })
    // In the order in which the file is read, so that reading it again changes nothing.
    expect(Object.keys(town.rigs.get('r1')!.config)).toEqual(Object.keys(DEFAULT_CONFIG))
    expect(town.convoys.get('c100')).toMatchObject({
      givenTitle: null,
      startWhenStaged: 'no',
      forecast: null,
      cardsMoved: 0,
    })
    expect(town.beads.get('b1')).toMatchObject({ priority: 2, leaving: false, trusted: true, edit: null })
    expect(town.drafts.size).toBe(0)
  })

  test('has news and wishes that the new rules can use', async () => {
    const facts = await seen(async store => {
      const news: Fact[] = []
      await store.inTown('501', 0, (town: Town, seenFacts) => {
        news.push(...seenFacts.map(({ fact }) => fact))
        return nothing(town)
      })
      return news
    })
    const config = { tries: 3, parked: false, stagedByDefault: true, board: true }
    expect(facts).toMatchObject([
      { type: 'TownSeen', ownerType: 'Organization' },
      {
        type: 'RigsSeen',
        rigs: [
          { id: 'r1', config },
          { id: 'r2', config: null },
        ],
      },
      { type: 'CommentSeen', commands: [{ name: 'convoy status', options: {} }], named: [], rights: [] },
    ])
    const [wish] = await sql`select effect from outbox where kind = 'ShowIssue'`
    expect(wish?.effect).toMatchObject({ do: 'ShowIssue', memory: null })
  })
})

async function seen<Answer>(look: (store: Store) => Promise<Answer>): Promise<Answer> {
  const store = await openStore({ url: database.url, pace: PACE, log: quietLog })
  try {
    return await look(store)
  } finally {
    await store.close()
  }
}

test('there are sample rows for every table', async () => {
  for (const tag of tags) await apply(tag)
  await fill(tags.at(-1)!)
  const counts = await rowCounts()
  expect(Object.keys(counts).sort()).toEqual(tableNames.sort())
  expect(Object.keys(counts).filter(name => counts[name] === 0)).toEqual([])
})

test('a migration that rows cannot follow would be found', async () => {
  for (const tag of tags) await apply(tag)
  await fill(tags.at(-1)!)
  for (const table of tableNames) {
    const careless = sql.unsafe(`alter table ${table} add column mood text not null`)
    await expect(careless, table).rejects.toThrow('contains null values')
  }
})

test('the migrations make what the schema says: nothing is left to generate', async () => {
  const last = String(tags.length - 1).padStart(4, '0')
  const made = await json<ReturnType<typeof generateDrizzleJson>>(`meta/${last}_snapshot.json`)
  const wanted = generateDrizzleJson({ ...schema }, made.id, undefined, 'snake_case')
  expect(Object.keys(wanted.tables)).toHaveLength(tableNames.length)
  expect(await generateMigration(made, wanted)).toEqual([])
})
