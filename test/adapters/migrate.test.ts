import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { freshDatabase } from '../support/postgres.ts'

const database = await freshDatabase()
const sql = postgres(database.url, { max: 1, onnotice: () => {} })
afterAll(async () => {
  await sql.end()
  await database.drop()
})

async function expectedMigrations(): Promise<number> {
  const journal = await readFile(new URL('../../migrations/meta/_journal.json', import.meta.url), 'utf8')
  return JSON.parse(journal).entries.length
}

const applied = () => sql`select hash from drizzle.__drizzle_migrations`

test('eight processes that start at once on an empty database apply each migration once', async () => {
  await sql`drop schema if exists drizzle cascade`
  await sql`drop schema public cascade`
  await sql`create schema public`
  await Promise.all(Array.from({ length: 8 }, () => migrate(database.url)))
  expect(await applied()).toHaveLength(await expectedMigrations())
})

test('a database that is up to date is left as it is', async () => {
  const before = await applied()
  await migrate(database.url)
  expect(await applied()).toEqual(before)
})
