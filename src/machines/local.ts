import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Time } from '../core/town.ts'
import type { Clock, Log, MachineRegistry, Machines } from '../ports.ts'

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
const CLOSE_MS = 5000
/** A runner waits so long for us to come back; see TOWNHALL_PATIENCE_MS. */
const PATIENCE_MS = 120_000

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
export function localMachines(setup: LocalMachines): Machines {
  const { clock, registry, log } = setup
  const own = new Map<string, Own>()
  const waking = new Map<string, Promise<void>>()
  const replacing = new Map<string, { timer: NodeJS.Timeout; waitMs: number }>()
  let closed = false

  const wake = async (townId: string): Promise<void> => {
    const now = clock.now()
    const mine = own.get(townId)
    if (mine) mine.wantedAt = now
    if (closed || mine || (await isThere(townId, now))) return
    const child = await start(setup, townId)
    own.set(townId, { child, startedAt: now, wantedAt: now })
    child.on('error', error => log.error({ townId, err: error }, 'A local machine could not be started'))
    child.on('close', (code, signal) => ended(townId, code, signal))
    log.info({ townId, pid: child.pid }, 'A local machine begins')
  }

  const isThere = async (townId: string, now: Time): Promise<boolean> => {
    for (const { host, pid, seenAt } of await registry.alive(townId, now - PATIENCE_MS)) {
      if (host === hostname() ? await isRunner(pid) : seenAt >= now - setup.aliveMs) return true
    }
    return false
  }

  const ended = (townId: string, code: number | null, signal: string | null) => {
    const { startedAt = 0, wantedAt = 0 } = own.get(townId) ?? {}
    own.delete(townId)
    if (closed) return
    const now = clock.now()
    if (code !== 0) return replace(townId, now - startedAt, { code, signal })
    replacing.delete(townId)
    // Wanted when it had made up its mind to end: it may not have seen what it was wanted for.
    if (now - wantedAt < LEAVING_MS && wantedAt !== startedAt) wakeSoon(townId, 0)
  }

  const replace = (townId: string, livedMs: number, how: object) => {
    const before = livedMs > RESTART_MAX_MS ? 0 : (replacing.get(townId)?.waitMs ?? 0)
    const waitMs = Math.min(Math.max(2 * before, RESTART_MS), RESTART_MAX_MS)
    log.warn({ townId, ...how, waitMs }, 'A local machine broke and will be replaced')
    replacing.set(townId, { timer: wakeSoon(townId, waitMs), waitMs })
  }

  const wakeSoon = (townId: string, waitMs: number): NodeJS.Timeout =>
    setTimeout(() => {
      once(townId).catch(error => log.error({ townId, err: error }, 'A local machine could not be woken'))
    }, waitMs).unref()

  // One at a time per town, so that two wishes do not start two machines.
  const once = (townId: string): Promise<void> => {
    const before = waking.get(townId)
    if (before) return before
    const run = wake(townId).finally(() => waking.delete(townId))
    waking.set(townId, run)
    return run
  }

  return {
    wake: once,
    close: async () => {
      closed = true
      for (const { timer } of replacing.values()) clearTimeout(timer)
      await Promise.allSettled(waking.values())
      await Promise.all([...own.values()].map(({ child }) => end(child)))
    },
  }
}

/**
 * Whether a process of this computer is a runner: its silence may be ours, when we come back after a while, and one
 * that was killed did not say so. A process id alone may by now be somebody else's.
 */
async function isRunner(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isRunning(pid)
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.includes(RUNNER)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
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
        PATH: pathOf(process.env.PATH ?? ''),
        ...setup.env,
        TOWNHALL_URL: setup.url(),
        TOWNHALL_TOWN: townId,
        TOWNHALL_MACHINE_TOKEN: setup.tokenFor(townId),
        TOWNHALL_WORK_DIR: dir,
        TOWNHALL_SEATS: String(setup.seats),
        TOWNHALL_PATIENCE_MS: String(PATIENCE_MS),
      },
    })
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

// npm puts our own tools in front; what a repository calls `tsc` must be its own or the system's.
const pathOf = (all: string): string =>
  all
    .split(path.delimiter)
    .filter(dir => !dir.includes(`${path.sep}node_modules${path.sep}`))
    .join(path.delimiter)

/** Asks a runner to end and gives it a moment; it may go on pushing what it has after that. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, CLOSE_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
