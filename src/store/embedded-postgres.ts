// A real PostgreSQL without an installation: its binaries come with npm, and this starts and stops it.
import { join } from 'node:path'
import type { Log } from '../ports.ts'
import { findBinaries } from './postgres-binaries.ts'
import { openCluster, openHome, ownerOf, reachableFolder } from './postgres-cluster.ts'
import {
  addressOf,
  giveBack,
  launch,
  type Server,
  type Share,
  shutDown,
  takeShare,
} from './postgres-server.ts'

export interface EmbeddedPostgres {
  /** Address of a database on the server, password included; of `postgres` when none is named. */
  url(database?: string): string
  /** Gives the server back. When nobody else uses it, it is shut down, and this waits for that. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Kept between runs: the cluster, its password and `postgres.log`. */
  readonly dataDir: string
  readonly log: Log
  /** False is for tests: faster, and the data need not outlive a crash of the machine. */
  readonly durable?: boolean
}

const patienceMs = 60_000
/** For a server that is just coming or going. */
const graceMs = 5_000

/**
 * Starts PostgreSQL on `dataDir`, or joins the server that runs there already: another process's of ours, or one
 * whose starter was killed. Any number of processes may do so at once; the last to stop shuts it down. It listens
 * on 127.0.0.1 only, on a free port, and asks for a password.
 *
 * @throws Error with a sentence for people: no binaries for this platform, a folder that cannot be used, or what
 * PostgreSQL said when it did not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, durable = true } = options
  const owner = await ownerOf(dataDir)
  const home = await reachableFolder(dataDir, owner)
  const binaries = await findBinaries(owner, async () => (owner ? openHome() : home))
  const cluster = await openCluster({ home, binaries, owner, durable })
  const server: Server = { cluster, binaries, owner, logFile: join(home, 'postgres.log'), durable }
  const begun = Date.now()
  for (let launched = false; ; launched = true) {
    const share = await takeShare(server)
    if (share && share !== 'unreachable') {
      log.info({ port: share.port, dataDir, launched }, 'embedded PostgreSQL is up')
      return sharedServer(server, share)
    }
    const waited = Date.now() - begun
    if (waited > patienceMs)
      throw new Error(`PostgreSQL did not answer in ${waited} ms; see ${server.logFile}.`)
    if (share === 'unreachable' && waited > graceMs) {
      log.warn({ dataDir }, 'a PostgreSQL that cannot be reached from here has the data; it is shut down')
      await shutDown(server)
    }
    await launch(server)
  }
}

function sharedServer(server: Server, share: Share): EmbeddedPostgres {
  let stopped: Promise<void> | null = null
  return {
    url: (database = 'postgres') => addressOf(server, share.port, database),
    stop: () => {
      stopped ??= giveBack(server, share)
      return stopped
    },
  }
}
