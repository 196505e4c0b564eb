// The queue wakes and holds no truth: what is lost in it is found again in the store by patrol.
import { randomUUID } from 'node:crypto'
import type { Log, Queue, Topic } from '../ports.ts'
import { postgresBackend, redisBackend, type WakeJob, type WakeQueue, type WakeWorker } from './bullmq.ts'
import { coalesce } from './coalesce.ts'

export interface QueueOptions {
  /** With it the queue is in Redis (5 or newer), without it in the database. */
  readonly redisUrl?: string | undefined
  /** PostgreSQL 14 or newer. The queue's tables are in its schema `bullmq`. May not carry `?options=`. */
  readonly databaseUrl: string
  /** Installations that share a Redis or a database must differ in it. Letters, digits and dashes. */
  readonly prefix?: string
  readonly log: Log
}

/** What is asked for one id: to be looked at now, at a time, or both. */
interface Ask {
  readonly now: boolean
  readonly at: number
}

const topics: readonly Topic[] = ['delivery', 'town', 'perform', 'patrol']

/** Waiting time after so many failures of one id in a row. */
const backoffMs = (failures: number) => Math.min(250 * 2 ** (failures - 1), 300_000)

/**
 * The queue, on Redis or on PostgreSQL, with the same behaviour:
 *
 * - `wake` without a delay: the id is looked at as soon as a worker is free. Wakes before the look begins are one;
 *   one or more while it runs lead to one more look, after it.
 * - `wake` with a delay: of several that wait, the earliest stays. A wake without a delay neither waits for it nor
 *   removes it. (Two processes that bring forward the same id in the same instant may keep the later of the two.)
 * - An id is never looked at by two at once, unless a process hung for seconds and was taken for dead.
 * - A look that throws is tried again, with growing pauses up to five minutes, and at once when it is woken.
 * - `every`: the first time at once, and then at least every `everyMs` as long as a process that asked for it lives.
 * - When the backend is gone, `wake` rejects within seconds, and workers go on when it is back.
 *
 * @throws Error when the backend cannot be reached now.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { redisUrl, databaseUrl, prefix = 'townhall', log } = options
  const backend = redisUrl ? await redisBackend(redisUrl, log) : await postgresBackend(databaseUrl, log)
  const opened = await Promise.all(
    topics.map(async topic => [topic, await backend.open(`${prefix}-${topic}`)] as const),
  )
  const queues = new Map<string, WakeQueue>(opened)
  const workers: WakeWorker[] = []
  const clocks: NodeJS.Timeout[] = []
  const queueOf = (topic: string) => queues.get(topic) as WakeQueue

  const ask = coalesce<Ask>(
    (one, other) => ({ now: one.now || other.now, at: Math.min(one.at, other.at) }),
    async (key, { now, at }) => {
      const [topic = '', id] = split(key)
      if (now) await lookNow(queueOf(topic), id)
      if (at < Infinity) await lookAt(queueOf(topic), id, at)
    },
  )
  const wake = (topic: Topic, id: string, delayMs = 0) =>
    ask(
      `${topic} ${id}`,
      delayMs > 0 ? { now: false, at: Date.now() + Math.ceil(delayMs) } : { now: true, at: Infinity },
    )

  return {
    wake,
    async work(topic, atOnce, look) {
      const failures = new Map<string, number>()
      const process = async (job: WakeJob) => {
        const { id } = job.data
        if (job.name !== 'look') return passOn(job, () => wake(topic, id))
        try {
          await look(id)
          failures.delete(id)
        } catch (error) {
          const count = (failures.get(id) ?? 0) + 1
          failures.set(id, count)
          log.warn({ topic, id, failures: count, err: error }, 'a look failed and will be tried again')
          await wake(topic, id, backoffMs(count))
        }
      }
      workers.push(await backend.work(`${prefix}-${topic}`, atOnce, process))
    },
    async every(topic, id, everyMs) {
      const tick = () => tickOnce(queueOf(topic), id, everyMs)
      const report = (error: unknown) => log.warn({ topic, id, err: error }, 'a clock could not wake')
      clocks.push(setInterval(() => tick().catch(report), everyMs))
      await tick()
    },
    async close() {
      for (const clock of clocks) clearInterval(clock)
      await Promise.all(workers.map(worker => worker.close()))
      await Promise.all(Array.from(queues.values(), queue => queue.close()))
    },
    async wipe() {
      for (const queue of queues.values()) await queue.obliterate({ force: true })
    },
  }
}

function split(key: string): [topic: string, id: string] {
  const space = key.indexOf(' ')
  return [key.slice(0, space), key.slice(space + 1)]
}

/** Adds nothing while such a job waits; while it is being worked, BullMQ keeps one more for afterwards. */
async function lookNow(queue: WakeQueue, id: string): Promise<void> {
  await queue.add('look', { id }, { deduplication: { id: `look ${id}`, keepLastIfActive: true } })
}

/** Leaves an earlier one that waits, takes the place of a later one. */
async function lookAt(queue: WakeQueue, id: string, at: number): Promise<void> {
  const deduplication = { id: `due ${id}` }
  const add = (replace: boolean, jobId: string = randomUUID()) =>
    queue.add(
      'due',
      { id, at },
      { jobId, delay: Math.max(at - Date.now(), 0), deduplication: { ...deduplication, replace } },
    )
  const own = randomUUID()
  const waiting = await add(false, own)
  if (waiting.id === own || waiting.id === undefined) return
  // None there: it became due in this moment, and the look that it leads to is still to come.
  const other = await queue.getJob(waiting.id)
  if (other && (other.data.at ?? 0) > at) await add(true)
}

/** A job that has waited for its time becomes an ordinary wake, so that an id is looked at by one at a time. */
async function passOn(job: WakeJob, wake: () => Promise<void>): Promise<void> {
  // First, so that who asks for a later look from now on gets one. Clocks keep their key, which expires by itself.
  if (job.name === 'due') await job.removeDeduplicationKey()
  await wake()
}

/** Each process ticks; the key, a little shorter-lived than the interval, lets one tick of all of them through. */
async function tickOnce(queue: WakeQueue, id: string, everyMs: number): Promise<void> {
  await queue.add('tick', { id }, { deduplication: { id: `every ${id}`, ttl: Math.ceil(everyMs * 0.9) } })
}
