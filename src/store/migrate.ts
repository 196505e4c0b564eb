import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

// Drizzle takes no lock of its own, and two starters at once would both create the same tables. The number is
// arbitrary ("migr" in ASCII); advisory locks are per database, so other databases do not wait.
const oneAtATime = 0x6d696772

/**
 * Brings the database at `url` up to the newest migration. Any number of processes may call it at once: one works,
 * the others wait and then find nothing to do. A migration that fails leaves the database as it was.
 */
export async function migrate(url: string): Promise<void> {
  // One connection, because the lock belongs to it; and our own, because drizzle changes how a client writes JSON.
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client`select pg_advisory_lock(${oneAtATime})`
    await applyMigrations(drizzle(client), { migrationsFolder })
  } finally {
    // The lock goes with the connection.
    await client.end({ timeout: 5 })
  }
}
