// BullMQ on either of its backends. Redis when there is one, PostgreSQL otherwise; nothing else in Townhall knows.
//
// Never use BullMQ's `QueueEvents` or `waitUntilFinished` here: on PostgreSQL they lose events. Never give a job an
// id that means something either: an `add` with the id of a job that is still there does nothing, silently.
import {
  type BackendFactory,
  Queue as BullQueue,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type JobProgress,
  type PostgresConnectionOptions,
  runMigrations,
  Worker,
} from 'bullmq'
import pg from 'pg'
import type { Log } from '../ports.ts'

export interface Wake {
  readonly id: string
  /** When it is due, in ms since 1970; only on jobs that wait for their time. */
  readonly at?: number
}

export type WakeQueue = Pick<
  BullQueue<Wake, void, string, Wake, void, string>,
  'add' | 'getJob' | 'obliterate' | 'close'
>
export type WakeJob = Job<Wake, void, string>
export type WakeWorker = Pick<Worker, 'close'>

export interface Backend {
  open(name: string): Promise<WakeQueue>
  work(name: string, atOnce: number, process: (job: WakeJob) => Promise<void>): Promise<WakeWorker>
}

/** How long a caller waits for a backend that is gone before it is told so: longer than a busy one ever takes. */
const patienceMs = 6_000

export async function redisBackend(url: string, log: Log): Promise<Backend> {
  // `family: 0`: take IPv6 addresses too, private networks often have no others.
  const common = { url, family: 0 }
  // Adding fails at once when Redis is gone; a worker's connection waits for it to come back.
  const forAdding = {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: patienceMs,
  }
  return onBackend<ConnectionOptions>(
    forAdding,
    () => ({ ...common, maxRetriesPerRequest: null }),
    createRedisBackend,
    log,
  )
}

export async function postgresBackend(url: string, log: Log): Promise<Backend> {
  await prepareSchema(url)
  // A crash of the server may cost the last wake-ups, and patrol makes up for those; waiting for the disk each time
  // would cost more.
  const options = '-c synchronous_commit=off'
  const common = { connectionString: url, options, connectionTimeoutMillis: patienceMs, keepAlive: true }
  const forAdding = { ...common, max: 4, query_timeout: patienceMs }
  // A worker's listening connection comes on top of these.
  const forWorking = (atOnce: number) => ({ ...common, max: Math.min(atOnce, 4) })
  return onBackend<PostgresConnectionOptions>(forAdding, forWorking, createPostgresBackend, log)
}

/** Safe to do from several processes at once: BullMQ locks. */
async function prepareSchema(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: patienceMs })
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
}

function onBackend<C>(
  forAdding: C,
  forWorking: (atOnce: number) => C,
  factory: BackendFactory<IQueueBackend, C>,
  log: Log,
): Backend {
  const report = (queue: string) => (error: Error) => log.warn({ queue, err: error }, 'the queue has trouble')
  return {
    async open(name) {
      const queue = new BullQueue<Wake, void, string, Wake, void, string, IQueueBackend, C>(
        name,
        { connection: forAdding, defaultJobOptions, streams },
        factory,
      )
      queue.on('error', report(name))
      await within(patienceMs, queue.waitUntilReady(), 'The queue cannot be reached.')
      return queue
    },
    async work(name, atOnce, process) {
      const options = { ...recovery, connection: forWorking(atOnce), concurrency: atOnce }
      const worker = new Worker<Wake, void, string, IQueueBackend, JobProgress, C>(
        name,
        process,
        options,
        factory,
      )
      worker.on('error', report(name))
      await worker.waitUntilReady()
      return worker
    },
  }
}

// A finished job must be gone, or it would eat later wake-ups of the same kind. The tries are for what the queue
// itself cannot do (ask for another look), not for looks that fail.
const defaultJobOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 100,
  backoff: { type: 'fixed', delay: 1_000 },
}

const streams = { events: { maxLen: 10 } }

// A look whose process was killed is looked at again after about these two together; until then its subject sleeps.
// It may happen any number of times. A process that stalls longer than a lock lasts has its look done twice.
const recovery = {
  lockDuration: 3_000,
  stalledInterval: 1_500,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
}

async function within<T>(ms: number, work: Promise<T>, sentence: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(sentence)), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
