import { DatabaseSync } from 'node:sqlite'
import { type Collection, type Indexes, openCollection } from './collection.ts'

/** Documents, sequences and settings in SQLite, held in memory and written through before a change can be seen. */

export interface Store {
  /** More kinds of documents (pulls, reviews, checks …): opened when first asked for, the same ever after. */
  collection<T extends { readonly id: number }>(name: string, indexes?: Indexes<T>): Collection<T>
  /** The next number of a sequence; `object` gives the ids of everything that has one. */
  next(sequence?: string): number
  /** A small fact kept by name (keys, secrets, the hook's address). */
  setting<T>(name: string): T | undefined
  setSetting(name: string, value: unknown): void
  /**
   * Does several changes as one: all of them survive a kill, or none. A throw undoes them, in an inner call only
   * its own. `change` must be synchronous and must not wait for git or for the network.
   */
  atomically<T>(change: () => T): T
  close(): void
}

/** Ids start high, so that nobody gets away with sending a number where an id is due. */
const FIRST_ID = 4_000_001

/** Opens the database at `path`; `:memory:` keeps nothing. */
export function openStore(path: string): Store {
  const db = openDatabase(path)
  const { atomically, remember } = transactions(db)
  const opened = new Map<string, unknown>()
  const nextOf = db.prepare(
    `INSERT INTO sequences (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last`,
  )
  return {
    collection: <T extends { readonly id: number }>(name: string, indexes: Indexes<T> = {}) => {
      if (!opened.has(name)) opened.set(name, openCollection<T>(db, name, indexes, remember))
      return opened.get(name) as Collection<T>
    },
    next: (sequence = 'object') =>
      Number((nextOf.get(sequence, sequence === 'object' ? FIRST_ID : 1) as { last: number }).last),
    ...settingsOf(db, remember),
    atomically,
    close: () => db.close(),
  }
}

function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  // NORMAL in WAL mode survives the death of the process; only a power cut could take the last commits.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
  db.exec(`
    CREATE TABLE IF NOT EXISTS documents (kind TEXT, id INTEGER, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
  `)
  return db
}

type Remember = (undo: () => void) => void

function settingsOf(db: DatabaseSync, remember: Remember): Pick<Store, 'setting' | 'setSetting'> {
  const settings = new Map<string, unknown>()
  for (const { name, value } of db.prepare('SELECT name, value FROM settings').iterate())
    settings.set(String(name), JSON.parse(String(value)))
  const write = db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
  return {
    setting: <T>(name: string) => settings.get(name) as T | undefined,
    setSetting: (name, value) => {
      const before = settings.get(name)
      remember(() => void settings.set(name, before))
      write.run(name, JSON.stringify(value))
      settings.set(name, value)
    },
  }
}

/** Nested transactions over the database and, by way of `remember`, over what is held in memory. */
function transactions(db: DatabaseSync): { atomically: Store['atomically']; remember: Remember } {
  const undo: (() => void)[] = []
  let depth = 0
  return {
    remember: step => {
      if (depth > 0) undo.push(step)
    },
    atomically: change => {
      const mark = undo.length
      const name = `change_${depth}`
      db.exec(depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${name}`)
      depth += 1
      try {
        const result = change()
        db.exec(depth === 1 ? 'COMMIT' : `RELEASE ${name}`)
        return result
      } catch (error) {
        db.exec(depth === 1 ? 'ROLLBACK' : `ROLLBACK TO ${name}; RELEASE ${name}`)
        for (const step of undo.splice(mark).toReversed()) step()
        throw error
      } finally {
        depth -= 1
        if (depth === 0) undo.length = 0
      }
    },
  }
}
