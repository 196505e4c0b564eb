// One real PostgreSQL per test run, one database per test file.
import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { migrate } from '../../src/store/migrate.ts'
import { quietLog } from './log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's databases are: the server's address, and the names that belong to this run. */
    postgres: { serverUrl: string; run: string }
  }
}

/**
 * A server is kept per user and checkout, outside of it, so that it need not be made for each run and one whose
 * run was killed is found again.
 */
function dataDir(): string {
  const checkout = createHash('sha256')
    .update(resolve(import.meta.dirname, '../..'))
    .digest('hex')
  return join(tmpdir(), `townhall-tests-${userInfo().uid}-${checkout.slice(0, 12)}`)
}

/** Vitest's global setup: a server, and a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startEmbeddedPostgres({ dataDir: dataDir(), log: quietLog, durable: false })
  const run = `run_${process.pid}_${Date.now().toString(36)}`
  const sql = connect(server.url())
  await dropWhere(sql, name => !isAlive(Number(/^run_(\d+)_/.exec(name)?.[1])))
  await sql.unsafe(`create database ${run}_template`)
  await migrate(server.url(`${run}_template`))
  await sql.end()
  project.provide('postgres', { serverUrl: server.url(), run })
  return async () => {
    const last = connect(server.url())
    await dropWhere(last, name => name.startsWith(`${run}_`))
    await last.end()
    await server.stop()
  }
}

const connect = (url: string) => postgres(url, { max: 1, onnotice: () => {} })

async function dropWhere(sql: postgres.Sql, unwanted: (name: string) => boolean): Promise<void> {
  const found = await sql<{ datname: string }[]>`select datname from pg_database where datname like 'run\\_%'`
  for (const { datname } of found) {
    if (unwanted(datname)) await sql.unsafe(`drop database if exists "${datname}" with (force)`)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export interface FreshDatabase {
  readonly url: string
  /** Drops it, cutting off whoever is still connected. What is left at the end of the run is dropped then. */
  drop(): Promise<void>
}

let made = 0

/** A database of its own for a test file, with all migrations applied. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { serverUrl, run } = inject('postgres')
  const name = `${run}_${process.pid}_${++made}`
  await inServer(serverUrl, `create database ${name} template ${run}_template`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => inServer(serverUrl, `drop database if exists ${name} with (force)`) }
}

async function inServer(url: string, statement: string): Promise<void> {
  const sql = connect(url)
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
