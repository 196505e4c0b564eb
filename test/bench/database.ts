import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { migrate } from '../../src/store/migrate.ts'
import { quietLog } from '../support/log.ts'

/** A migrated database on an embedded PostgreSQL of the bench's own, as durable as in production. */
export async function withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'townhall-bench-'))
  const server = await startEmbeddedPostgres({ dataDir, log: quietLog })
  try {
    const sql = postgres(server.url(), { max: 1, onnotice: () => {} })
    await sql.unsafe('create database bench')
    await sql.end()
    await migrate(server.url('bench'))
    return await work(server.url('bench'))
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
