import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openQueue } from '../../src/queue/queue.ts'
import { quietLog } from '../support/log.ts'
import { freshDatabase } from '../support/postgres.ts'
import { queueContract } from '../support/queue-contract.ts'
import { hasRedisServer, startRedis } from '../support/redis.ts'

const database = await freshDatabase()
const databaseUrl = database.url
afterAll(() => database.drop())

/** Takes the backend away and gives it back; the queue must say no at once, and work again afterwards. */
async function survivesLoss(
  queue: Awaited<ReturnType<typeof openQueue>>,
  take: () => Promise<void>,
  give: () => Promise<void>,
) {
  const seen: string[] = []
  await queue.work('town', 1, async id => void seen.push(id))
  await queue.wake('town', 'before')
  await expect.poll(() => seen).toEqual(['before'])
  await take()
  const begun = Date.now()
  await expect(queue.wake('town', 'meanwhile')).rejects.toThrow()
  await expect(queue.wake('town', 'meanwhile', 50)).rejects.toThrow()
  expect(Date.now() - begun).toBeLessThan(7_000)
  await give()
  await expect.poll(() => queue.wake('town', 'after').then(() => 'taken'), { timeout: 8_000 }).toBe('taken')
  await expect.poll(() => seen.at(-1), { timeout: 8_000 }).toBe('after')
  await queue.close()
}

describe('the queue on PostgreSQL', () => {
  queueContract(() => ({ databaseUrl }))

  test('a database that is gone for a while is noticed at once, and used again when it is back', async () => {
    const own = await freshDatabase()
    const name = new URL(own.url).pathname.slice(1)
    const server = postgres(databaseUrl, { max: 1, onnotice: () => {} })
    const queue = await openQueue({ databaseUrl: own.url, log: quietLog })
    await survivesLoss(
      queue,
      async () => {
        await server.unsafe(`alter database ${name} with allow_connections false`)
        await server`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
        await pause(50)
      },
      async () => void (await server.unsafe(`alter database ${name} with allow_connections true`)),
    )
    await server.end()
    await own.drop()
  })

  test('a database that cannot be reached is reported when the queue is opened', async () => {
    const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'
    await expect(openQueue({ databaseUrl: nowhere, log: quietLog })).rejects.toThrow(/ECONNREFUSED/)
  })
})

const redis = process.env.REDIS_URL
  ? { url: process.env.REDIS_URL }
  : hasRedisServer
    ? await startRedis()
    : null
afterAll(async () => {
  if (redis && 'kill' in redis) await redis.kill()
})

if (redis) {
  describe('the queue on Redis', () => {
    queueContract(() => ({ databaseUrl, redisUrl: redis.url }))

    test('a Redis that cannot be reached is reported when the queue is opened', async () => {
      const nowhere = 'redis://127.0.0.1:1'
      await expect(openQueue({ databaseUrl, redisUrl: nowhere, log: quietLog })).rejects.toThrow(
        /cannot be reached/,
      )
    })
  })
} else {
  test('THE REDIS HALF DID NOT RUN: no REDIS_URL, no redis-server on the path; only PostgreSQL was tested', () => {
    expect(process.env.TOWNHALL_REQUIRE_REDIS, 'TOWNHALL_REQUIRE_REDIS asks for a Redis').not.toBe('1')
  })
}

if (hasRedisServer) {
  test('a Redis that is gone for a while is noticed at once, and used again when it is back', async () => {
    const own = await startRedis()
    const queue = await openQueue({ databaseUrl, redisUrl: own.url, log: quietLog })
    await survivesLoss(queue, own.kill, own.start)
    await own.kill()
  })
}
