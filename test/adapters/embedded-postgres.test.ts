import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { quietLog } from '../support/log.ts'

// Making a cluster takes half a second, and many on a machine that does other things as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let dataDir = ''
let running: EmbeddedPostgres[] = []
let children: ChildProcess[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'townhall postgres '))
  await chmod(dataDir, 0o755)
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  for (const server of running) await server.stop()
  running = []
  const open = await readlink(join(dataDir, 'open')).catch(() => null)
  for (const folder of [dataDir, open]) if (folder) await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: quietLog, durable: false })
  running.push(server)
  return server
}

function startElsewhere(): ChildProcess {
  const program = fileURLToPath(new URL('../support/postgres-starter.ts', import.meta.url))
  const child = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  return child
}

async function ask(url: string, question: string): Promise<unknown> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [row] = await sql.unsafe(question)
    return row && Object.values(row)[0]
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const postmaster = async () =>
  Number((await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8')).split('\n')[0])

test('a server of version 18 comes up on this machine only, asks for a password, and keeps its data', async () => {
  const first = await start()
  expect(await ask(first.url(), 'show server_version')).toMatch(/^18\./)
  expect(await ask(first.url(), 'show listen_addresses')).toBe('127.0.0.1')
  const stranger = new URL(first.url())
  stranger.password = 'guess'
  await expect(ask(stranger.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  await ask(first.url(), 'create database diary')
  await ask(first.url('diary'), "create table page as select 'dear diary' as line")
  await first.stop()
  await expect(ask(first.url(), 'select 1')).rejects.toThrow()
  const second = await start()
  expect(await ask(second.url('diary'), 'select line from page')).toBe('dear diary')
})

test('several that start at once in an empty folder share one server, and the last to stop shuts it down', async () => {
  const servers = await Promise.all([start(), start(), start(), start()])
  expect(new Set(servers.map(server => server.url())).size).toBe(1)
  const [first, ...others] = servers
  for (const server of others) await server.stop()
  expect(await ask(first?.url() ?? '', 'select 7')).toBe(7)
  await first?.stop()
  expect(existsSync(join(dataDir, 'cluster/postmaster.pid'))).toBe(false)
  expect((await readdir(dataDir)).toSorted()).toEqual(['cluster', 'postgres.log'])
})

test('one stops while others start: each that started can use its server', async () => {
  for (let turn = 0; turn < 3; turn++) {
    const first = await start()
    const [, second] = await Promise.all([first.stop(), start()])
    expect(await ask(second.url(), 'select 7')).toBe(7)
    await second.stop()
  }
})

test('a server whose starter was killed is used by the next one, and stopped by it', async () => {
  const victim = startElsewhere()
  const [url] = await once(victim, 'message')
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  const server = await start()
  expect(server.url()).toBe(url)
  expect(await ask(server.url(), 'select 7')).toBe(7)
  // The dead starter's share goes with its connection, as soon as PostgreSQL sees it closed.
  await expect
    .poll(() => ask(server.url(), "select count(*)::int from pg_locks where locktype = 'advisory'"))
    .toBe(1)
  await server.stop()
  expect(existsSync(join(dataDir, 'cluster/postmaster.pid'))).toBe(false)
})

test('a kill in the middle of making the cluster does no harm', async () => {
  const victim = startElsewhere()
  const drafts = async () => (await readdir(dataDir)).filter(name => name.startsWith('cluster-draft-'))
  await expect.poll(async () => (await drafts()).length, { interval: 2, timeout: 10_000 }).toBeGreaterThan(0)
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  expect(existsSync(join(dataDir, 'cluster'))).toBe(false)
  const server = await start()
  expect(await ask(server.url(), 'select 7')).toBe(7)
  expect(await drafts()).toEqual([])
})

test('a server that was itself killed is started again, even when its process id now belongs to another', async () => {
  const first = await start()
  await ask(first.url(), 'create database diary')
  process.kill(await postmaster(), 'SIGKILL')
  const second = await start()
  expect(await ask(second.url('diary'), 'select 7')).toBe(7)
  process.kill(await postmaster(), 'SIGKILL')
  const lockFile = join(dataDir, 'cluster/postmaster.pid')
  const [, ...rest] = (await readFile(lockFile, 'utf8')).split('\n')
  await writeFile(lockFile, [process.pid, ...rest].join('\n'))
  const third = await start()
  expect(await ask(third.url('diary'), 'select 7')).toBe(7)
})

test('a data folder inside a closed home works, as root too, and starts afresh when it is removed', async () => {
  await chmod(dataDir, 0o700)
  const first = await start()
  await ask(first.url(), 'create database diary')
  await first.stop()
  const again = await start()
  expect(await ask(again.url('diary'), 'select 7')).toBe(7)
})

test('a platform without binaries is told to bring a database', async () => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch')
  Object.defineProperty(process, 'arch', { ...arch, value: 's390x' })
  try {
    await expect(start()).rejects.toThrow(/no embedded PostgreSQL for linux-s390x.*Set DATABASE_URL/)
  } finally {
    Object.defineProperty(process, 'arch', { ...arch })
  }
})
