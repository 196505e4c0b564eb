import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Time } from '../core/town.ts'
import { type Clock, type Log, type MachineRegistry, type Machines, Unreachable } from '../ports.ts'
import { end, isOrphan, runs } from './processes.ts'

interface LocalMachines {
  /** Where runners find Townhall; asked when it is needed, because a port may be chosen late. */
  url(): string
  /** A fresh one-time token for a machine of the town. */
  tokenFor(townId: string): string
  /** Was a machine of the town heard of since then? Also one that an earlier process of ours has started. */
  readonly registry: Pick<MachineRegistry, 'alive'>
  /** Each town has a folder in it, which lasts: repositories are kept there, and the log. */
  readonly workDir: string
  /** Runs at once per town. */
  readonly seats: number
  /** PATH for the runner, and for what it starts. */
  readonly path: string
  /** How long a runner waits for us to come back. */
  readonly patienceMs: number
  /** More for the runner's environment. Nothing else of ours is handed on. */
  readonly env: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Silence after which a machine of another computer no longer counts. Some polls long. */
  readonly aliveMs: number
  readonly log: Log
}

const RUNNER = fileURLToPath(new URL('../../runners/main.ts', import.meta.url))
/** A runner looks for orders once more, and then needs so long to be gone. */
const LEAVING_MS = 2000
/** A machine that broke is replaced after so long; doubles while its replacements break as well. */
const RESTART_MS = 1000
const RESTART_MAX_MS = 60_000
/** For runners to push what they have and to give their runs back. They may go on with it after that. */
const CLOSE_MS = 5000

interface Own {
  readonly child: ChildProcess
  readonly startedAt: Time
  /** When somebody last wanted it. */
  wantedAt: Time
}

/**
 * Runners as processes on this machine. They outlive us on purpose: when Townhall is killed and comes back, they
 * are still at work and go on reporting, so what they do is not lost.
 */
export const localMachines = (setup: LocalMachines): Machines => new LocalProcesses(setup)

class LocalProcesses implements Machines {
  readonly #setup: LocalMachines
  readonly #towns = new Set<string>()
  readonly #own = new Map<string, Own>()
  readonly #waking = new Map<string, Promise<void>>()
  readonly #replacing = new Map<string, { timer: NodeJS.Timeout; waitMs: number }>()
  #closed = false

  constructor(setup: LocalMachines) {
    this.#setup = setup
  }

  /** One at a time per town, so that two wishes do not start two machines. */
  wake(townId: string): Promise<void> {
    // Not done, so that it is not forgotten: runs that are given back while we close need a machine after us.
    if (this.#closed)
      return Promise.reject(new Unreachable('No machine is started any more: we are stopping.'))
    const before = this.#waking.get(townId)
    if (before) return before
    const waking = this.#ensure(townId).finally(() => this.#waking.delete(townId))
    this.#waking.set(townId, waking)
    return waking
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { timer } of this.#replacing.values()) clearTimeout(timer)
    await Promise.allSettled(this.#waking.values())
    const mine = [...this.#own.values()].flatMap(({ child }) => child.pid ?? [])
    const all = [...mine, ...(await this.#orphans())]
    await Promise.all(all.map(pid => end(pid, () => runs(pid, RUNNER), CLOSE_MS)))
  }

  async #ensure(townId: string): Promise<void> {
    const { clock, log } = this.#setup
    const now = clock.now()
    this.#towns.add(townId)
    const mine = this.#own.get(townId)
    if (mine) mine.wantedAt = now
    if (this.#closed || mine || (await this.#isThere(townId, now))) return
    const child = await start(this.#setup, townId)
    this.#own.set(townId, { child, startedAt: now, wantedAt: now })
    child.on('error', error => log.error({ townId, err: error }, 'A local machine could not be started'))
    child.on('close', (code, signal) => this.#ended(townId, code, signal))
    log.info({ townId, pid: child.pid }, 'A local machine begins')
  }

  async #isThere(townId: string, now: Time): Promise<boolean> {
    const { registry, aliveMs, patienceMs } = this.#setup
    // Silence of one on this computer may be ours, when we come back after a while; one that was killed is gone.
    for (const { host, pid, seenAt } of await registry.alive(townId, now - patienceMs)) {
      if (host === hostname() ? await runs(pid, RUNNER) : seenAt >= now - aliveMs) return true
    }
    return false
  }

  /** Runners that an earlier process of ours has started, and has left behind. */
  async #orphans(): Promise<number[]> {
    const { registry, clock, patienceMs } = this.#setup
    const since = clock.now() - patienceMs
    const machines = await Promise.all([...this.#towns].map(townId => registry.alive(townId, since)))
    const here = machines.flat().filter(({ host }) => host === hostname())
    const found = here.map(async ({ pid }) =>
      (await runs(pid, RUNNER)) && (await isOrphan(pid, process.argv[1] ?? '')) ? [pid] : [],
    )
    return (await Promise.all(found)).flat()
  }

  #ended(townId: string, code: number | null, signal: string | null): void {
    const { startedAt = 0, wantedAt = 0 } = this.#own.get(townId) ?? {}
    this.#own.delete(townId)
    if (this.#closed) return
    const now = this.#setup.clock.now()
    if (code !== 0) return this.#replace(townId, now - startedAt, { code, signal })
    this.#replacing.delete(townId)
    // Wanted when it had made up its mind to end: it may not have seen what it was wanted for.
    if (now - wantedAt < LEAVING_MS && wantedAt !== startedAt) this.#wakeSoon(townId, 0)
  }

  #replace(townId: string, livedMs: number, how: object): void {
    const before = livedMs > RESTART_MAX_MS ? 0 : (this.#replacing.get(townId)?.waitMs ?? 0)
    const waitMs = Math.min(Math.max(2 * before, RESTART_MS), RESTART_MAX_MS)
    this.#setup.log.warn({ townId, ...how, waitMs }, 'A local machine broke and will be replaced')
    this.#replacing.set(townId, { timer: this.#wakeSoon(townId, waitMs), waitMs })
  }

  #wakeSoon(townId: string, waitMs: number): NodeJS.Timeout {
    const { log } = this.#setup
    return setTimeout(() => {
      if (this.#closed) return
      this.wake(townId).catch(error =>
        log.error({ townId, err: error }, 'A local machine could not be woken'),
      )
    }, waitMs).unref()
  }
}

async function start(setup: LocalMachines, townId: string): Promise<ChildProcess> {
  const dir = path.resolve(setup.workDir, `town-${townId.replaceAll(/[^A-Za-z0-9_-]+/g, '_')}`)
  await mkdir(dir, { recursive: true })
  const log = await open(path.join(dir, 'runner.log'), 'a')
  try {
    const child = spawn(process.execPath, [RUNNER], {
      cwd: dir,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: foreignPath(setup.path),
        ...setup.env,
        TOWNHALL_URL: setup.url(),
        TOWNHALL_TOWN: townId,
        TOWNHALL_MACHINE_TOKEN: setup.tokenFor(townId),
        TOWNHALL_WORK_DIR: dir,
        TOWNHALL_SEATS: String(setup.seats),
        TOWNHALL_PATIENCE_MS: String(setup.patienceMs),
      },
    })
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

// npm puts our own tools in front; what a repository calls `tsc` must be its own or the system's.
const foreignPath = (all: string): string =>
  all
    .split(path.delimiter)
    .filter(dir => !dir.includes(`${path.sep}node_modules${path.sep}`))
    .join(path.delimiter)
