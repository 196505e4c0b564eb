import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface TestRedis {
  readonly url: string
  /** Kills it, as a crash would, and it forgets everything. */
  kill(): Promise<void>
  /** Starts it again at the same address. */
  start(): Promise<void>
}

export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0

/** A Redis of our own on a free port, which keeps nothing. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess
  const start = async () => {
    const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no' }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    server = spawn('redis-server', args, { stdio: 'ignore' })
    await answers(url)
  }
  await start()
  return {
    url,
    start,
    kill: async () => {
      const gone = once(server, 'exit')
      server.kill('SIGKILL')
      await gone
    },
  }
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + 5_000; ; await pause(10)) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
    // Without a listener ioredis writes to the console.
    client.on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    } finally {
      client.disconnect()
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
