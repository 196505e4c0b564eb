import { createHmac } from 'node:crypto'
import { join, resolve } from 'node:path'
import { runnerDoor } from './agents/door.ts'
import { tokensFrom } from './agents/tokens.ts'
import type { Env } from './env.ts'
import { type OpenGitHub, openGitHub } from './github/app.ts'
import { WEBHOOK_PATH, webhookListener } from './github/receive-http.ts'
import type { Listener, Routes } from './http.ts'
import { listen } from './http.ts'
import { absorbInbox } from './loop/absorb.ts'
import { foreteller } from './loop/foretell.ts'
import { PATROLS } from './loop/patrol.ts'
import { performDue } from './loop/perform.ts'
import { INBOX, receiver } from './loop/receive.ts'
import { reconciler } from './loop/reconcile.ts'
import { localMachines } from './machines/local.ts'
import type { Cadences } from './pace.ts'
import { CADENCES } from './pace.ts'
import type { Log, Queue, Store } from './ports.ts'
import { openQueue } from './queue/queue.ts'
import { startEmbeddedPostgres } from './store/embedded-postgres.ts'
import { migrate } from './store/migrate.ts'
import { openStore } from './store/store.ts'

export interface Townhall {
  readonly url: string
  readonly store: Store
  readonly queue: Queue
  /** Finish what is under way, take nothing new, close everything. */
  stop(): Promise<void>
}

const clock = { now: () => Date.now() }
/** Side by side, over all towns; one town is never worked twice at once. */
const TOWNS_AT_ONCE = 8

interface Ground {
  readonly databaseUrl: string
  readonly cadences: Cadences
  readonly store: Store
  readonly github: OpenGitHub
}

/** What the roles are made of. */
interface House extends Ground {
  readonly env: Env
  readonly queue: Queue
  readonly log: Log
}

/** What has to be closed, last opened first. */
type Closers = (() => Promise<void>)[]

/** The composition root: environment → ports → roles. */
export async function startTownhall(env: Env, log: Log): Promise<Townhall> {
  const closers: Closers = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const house = await openHouse(env, log, closers)
    const routes = env.TOWNHALL_ROLE === 'worker' ? health(house.store) : await webRoutes(house)
    const server = await listen(routes, env.HOST, env.PORT, log)
    closers.push(() => server.close())
    if (env.TOWNHALL_ROLE !== 'web') closers.push(await work(house, server.url))
    return { url: server.url, store: house.store, queue: house.queue, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openHouse(env: Env, log: Log, closers: Closers): Promise<House> {
  const ground = await openGround(env, log, closers)
  const queue = await openQueue({ redisUrl: env.REDIS_URL, databaseUrl: ground.databaseUrl, log })
  closers.push(() => queue.close())
  return { env, queue, log, ...ground }
}

/** The database as the newest migration has it, and GitHub: what there is to stand on before anything runs. */
export async function openGround(env: Env, log: Log, closers: Closers): Promise<Ground> {
  const cadences = CADENCES[env.TOWNHALL_PACE]
  const databaseUrl = await openDatabase(env, log, closers)
  await migrate(databaseUrl)
  const { pace, takenMs } = cadences
  const store = await openStore({ url: databaseUrl, pace, takenMs, log })
  closers.push(() => store.close())
  const github = await openGitHub({
    appId: env.APP_ID,
    privateKey: env.privateKey,
    webhookSecret: env.WEBHOOK_SECRET,
    apiUrl: env.GITHUB_API_URL,
    gitUrl: env.GITHUB_GIT_URL,
    mirror: store.mirror,
    directory: store.directory,
    allowance: store.allowance,
    log,
  })
  return { databaseUrl, cadences, store, github }
}

async function openDatabase(env: Env, log: Log, closers: (() => Promise<void>)[]): Promise<string> {
  if (env.DATABASE_URL) return env.DATABASE_URL
  const postgres = await startEmbeddedPostgres({ dataDir: resolve(env.TOWNHALL_DATA, 'postgres'), log })
  closers.push(() => postgres.stop())
  return postgres.url()
}

/** Signs tokens of machines and runs. Every web process derives the same one. */
function secretOf(env: Env): string {
  return (
    env.TOWNHALL_SECRET ?? createHmac('sha256', env.WEBHOOK_SECRET).update('townhall machines').digest('hex')
  )
}

async function webRoutes({ env, cadences, store, queue, github, log }: House): Promise<Routes> {
  const { pace, pollMs, idleMs, silenceMs } = cadences
  const door = runnerDoor({
    store,
    github,
    secret: secretOf(env),
    clock,
    pace,
    wakeTown: townId => queue.wake('town', townId),
    agentFor: () => 'scripted',
    pollMs,
    idleMs,
    silenceMs,
    log,
  })
  return {
    ...health(store),
    [WEBHOOK_PATH]: await webhookListener({
      probot: github.probot,
      secret: env.WEBHOOK_SECRET,
      keep: receiver(store, queue, log),
      log,
    }),
    '/runner/': door,
  }
}

function health(store: Store): Routes {
  const say = (response: Parameters<Listener>[1], status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
  }
  return {
    /** The process is up. */
    '/healthz': (_request, response) => say(response, 200, 'ok'),
    /** It can do its work: the database answers. */
    '/readyz': (_request, response) =>
      store.ping().then(
        () => say(response, 200, 'ready'),
        () => say(response, 503, 'the database does not answer'),
      ),
  }
}

/** Looks, thinks and does; returns how to end the machines that it started. */
async function work(
  { env, cadences, store, queue, github, log }: House,
  ownUrl: string,
): Promise<() => Promise<void>> {
  const tokens = tokensFrom(secretOf(env))
  const machines = localMachines({
    url: () => env.TOWNHALL_URL ?? ownUrl,
    tokenFor: townId => tokens.once(townId, clock.now()),
    registry: store.machines,
    workDir: join(resolve(env.TOWNHALL_DATA), 'machines'),
    seats: env.TOWNHALL_SEATS,
    path: env.PATH,
    patienceMs: env.TOWNHALL_PATIENCE_MS,
    env: scriptedAgent(env),
    clock,
    aliveMs: cadences.aliveMs,
    log,
  })
  const parts = {
    store,
    github,
    machines,
    queue,
    clock,
    log,
    foretell: foreteller({ store, clock, seats: env.TOWNHALL_SEATS, log }),
    retryMs: cadences.retryMs,
    sweepMs: cadences.sweepMs,
  }
  await queue.work('delivery', 1, id => (id === INBOX ? absorbInbox(parts) : Promise.resolve()))
  await queue.work('town', TOWNS_AT_ONCE, reconciler(store, queue, clock, log))
  await queue.work('perform', TOWNS_AT_ONCE, townId => performDue(parts, townId))
  await queue.work('patrol', 4, id => PATROLS[id as keyof typeof PATROLS](parts))
  await queue.every('patrol', 'overdue', cadences.patrolMs)
  await queue.every('patrol', 'sweep', cadences.sweepMs)
  await queue.every('patrol', 'towns', cadences.townsMs)
  await queue.every('patrol', 'prune', cadences.pruneMs)
  return () => machines.close()
}

/** Only the sandbox sets these; a real installation has no scripted agent, and refuses to seat one. */
function scriptedAgent(env: Env): Record<string, string> {
  const { TOWNHALL_SCRIPTED_AGENT, TOWNHALL_POLECATS_DIR } = env
  return {
    ...(TOWNHALL_SCRIPTED_AGENT ? { TOWNHALL_SCRIPTED_AGENT } : {}),
    ...(TOWNHALL_POLECATS_DIR ? { TOWNHALL_POLECATS_DIR } : {}),
  }
}
