// The running side of the embedded PostgreSQL: launch a server, hold it, let go of it.
import { spawn } from 'node:child_process'
import { open, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { isCode, type Owner } from './postgres-binaries.ts'
import {
  type Cluster,
  forgetStranger,
  isPostmasterOf,
  plainEnvironment,
  readPostmaster,
  superuser,
} from './postgres-cluster.ts'

export interface Server {
  readonly cluster: Cluster
  readonly binaries: string
  /** Whom it runs as; null: as we do. */
  readonly owner: Owner | null
  /** Where PostgreSQL writes what it has to say; grows slowly, for it says little. */
  readonly logFile: string
  /** False: faster, and the data does not outlive a crash of the machine. */
  readonly durable: boolean
}

/** A share in a running server. It ends with our process, however that ends. */
export interface Share {
  readonly port: number
  readonly connection: postgres.Sql
}

// Whoever uses the server holds this advisory lock as one of many; whoever shuts it down holds it alone. So nobody
// can begin to use a server that is about to stop. The number is arbitrary ("town" in ASCII).
const inUse = 0x746f776e

function connect(server: Server, port: number): postgres.Sql {
  return postgres(addressOf(server, port, 'postgres'), {
    max: 1,
    // The lock lives as long as the connection, so it must not be renewed from time to time.
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: 5,
    onnotice: () => {},
    // This question of the client's own would be answered to nobody, if the server went away during it.
    fetch_types: false,
    connection: { application_name: 'townhall embedded' },
  })
}

export function addressOf(server: Server, port: number, database: string): string {
  return `postgres://${superuser}:${server.cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/**
 * Takes a share in the server that runs on the cluster; null when none does, or none that can be used now;
 * 'unreachable' when one does, but where we cannot get to it: in another network namespace.
 */
export async function takeShare(server: Server): Promise<Share | 'unreachable' | null> {
  const found = await readPostmaster(server.cluster.folder)
  if (!found?.ready || !(await isPostmasterOf(server.cluster.folder, found.pid))) return null
  const connection = connect(server, found.port)
  let taken = false
  try {
    const [row] = await connection`
      select current_setting('data_directory') as folder, pg_try_advisory_lock_shared(${inUse}) as held`
    // Another server may have the port by now, if ours died and left its file.
    taken = row?.held && row.folder === server.cluster.folder
    if (taken) return { port: found.port, connection }
    return null
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED')) return 'unreachable'
    return ignoreGone(error)
  } finally {
    if (!taken) await connection.end({ timeout: 1 })
  }
}

// Refused, cut off, starting up (57P03), shutting down (57P01), or somebody else's server (28P01).
function isNotThere(error: unknown): boolean {
  return isCode(
    error,
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'CONNECTION_CLOSED',
    'CONNECT_TIMEOUT',
    '57P03',
    '57P01',
    '28P01',
  )
}

/** Gives the share back and, when it was the last one, shuts the server down and waits until it is. */
export async function giveBack(server: Server, share: Share): Promise<void> {
  await share.connection`select pg_advisory_unlock_shared(${inUse})`.catch(ignoreGone)
  await share.connection.end({ timeout: 1 })
  const last = connect(server, share.port)
  try {
    const [row] = await last`select pg_try_advisory_lock(${inUse}) as alone`
    if (row?.alone) await shutDown(server)
  } catch (error) {
    ignoreGone(error)
  } finally {
    await last.end({ timeout: 1 })
  }
}

function ignoreGone(error: unknown): null {
  if (!isNotThere(error)) throw error
  return null
}

export async function shutDown(server: Server): Promise<void> {
  const running = await readPostmaster(server.cluster.folder)
  if (!running) return
  // SIGINT is PostgreSQL's "fast" shutdown: it ends its clients' connections and writes everything out.
  process.kill(running.pid, 'SIGINT')
  const deadline = Date.now() + 30_000
  // Removing the file is the last thing that it does. (Its process id would say "alive" of a zombie.)
  while ((await readPostmaster(server.cluster.folder))?.pid === running.pid) {
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL (process ${running.pid}) did not stop in 30 seconds.`)
    await pause(10)
  }
}

/**
 * Starts a server and returns when it is ready; or waits for one that is starting or stopping already. Returns as
 * well when it lost a race that is worth another try (somebody else was first, or took the port).
 */
export async function launch(server: Server): Promise<void> {
  const found = await readPostmaster(server.cluster.folder)
  if (found && (await isPostmasterOf(server.cluster.folder, found.pid))) return pause(20)
  const saidBefore = await stat(server.logFile).then(
    file => file.size,
    () => 0,
  )
  const child = await spawnServer(server, await freePort())
  const exit = new Promise<'exit'>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve('exit'))
  })
  while ((await Promise.race([exit, pause(10)])) !== 'exit') {
    const state = await readPostmaster(server.cluster.folder)
    if (state?.pid === child.pid && state?.ready) return
  }
  const said = (await readFile(server.logFile, 'utf8')).slice(saidBefore)
  if (/postmaster\.pid" already exists/.test(said)) await forgetStranger(server.cluster.folder)
  else if (!/still in use|could not bind|could not create any TCP/.test(said)) {
    throw new Error(`PostgreSQL did not start: ${said.trim() || 'it said nothing'} (${server.logFile})`)
  }
  await pause(50)
}

async function spawnServer(server: Server, port: number) {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_checkpoints: 'off',
    ...(server.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = await open(server.logFile, 'a')
  try {
    const child = spawn(join(server.binaries, 'bin', 'postgres'), ['-D', server.cluster.folder, ...args], {
      ...server.owner,
      cwd: '/',
      env: plainEnvironment,
      // A session of its own: a terminal's Ctrl-C is for us, and we stop the server when we have let go of it.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
