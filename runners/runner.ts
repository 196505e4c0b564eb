import { hostname } from 'node:os'
import path from 'node:path'
import type { Access, Order, Registered } from '../src/agents/protocol.ts'
import { RigCache } from './cache.ts'
import { removeLeftovers } from './leftovers.ts'
import type { Log } from './log.ts'
import { attend, type Shop } from './run.ts'
import type { Seats } from './seat.ts'
import { Away, GivenUp, type Townhall } from './townhall.ts'

interface RunnerSetup {
  readonly townhall: Townhall
  /** One-time. */
  readonly token: string
  readonly workDir: string
  /** Runs at once. */
  readonly places: number
  readonly seats: Seats
  readonly log: Log
}

/** How long work in progress may take to be pushed when this machine stops. */
const GRACE_MS = 20_000
/** How often to look whether Townhall is back. */
const AWAY_MS = 500
/** A token that ends sooner is not begun with. */
const FRESH_MS = 5 * 60_000

/** Claims orders and has them done, until there is nothing to do, Townhall is gone, or it is told to stop. */
export class Runner {
  readonly #setup: RunnerSetup
  readonly #shutdown = new AbortController()
  readonly #deadline = new AbortController()
  readonly #runs = new Map<string, Promise<void>>()
  readonly #caches = new Map<string, RigCache>()
  readonly #accesses = new Map<string, Promise<Access>>()
  readonly #shop: Shop
  #count = 0
  /** Cuts the pause between two claims short: a place is free, or it is time to stop. */
  #stir: () => void = () => undefined

  constructor(setup: RunnerSetup) {
    this.#setup = setup
    this.#shop = {
      townhall: setup.townhall,
      seats: setup.seats,
      runsDir: path.join(setup.workDir, 'runs'),
      shutdown: this.#shutdown.signal,
      deadline: this.#deadline.signal,
      log: setup.log,
      cacheFor: order => this.#cacheFor(order),
      accessFor: (order, again) => this.#accessFor(order, again),
    }
  }

  /** Ends agents, has their work pushed, and makes `work` return. */
  stop(): void {
    if (this.#shutdown.signal.aborted) return
    this.#shutdown.abort()
    setTimeout(() => this.#deadline.abort(), GRACE_MS).unref()
    this.#stir()
  }

  async work(): Promise<void> {
    const { townhall, token, seats, workDir, log } = this.#setup
    await removeLeftovers(path.join(workDir, 'runs'), log)
    const who = { host: hostname(), pid: process.pid, agents: [...seats.keys()] }
    try {
      const machine = await townhall.register(token, who, this.#shutdown.signal)
      log.info({ machine: machine.machine }, 'Registered')
      await this.#shift(machine)
    } catch (error) {
      if (!this.#shutdown.signal.aborted) throw error
    } finally {
      this.stop()
      await Promise.allSettled(this.#runs.values())
    }
  }

  async #shift({ token, pollMs, idleMs }: Registered): Promise<void> {
    const { townhall, log } = this.#setup
    let busyAt = Date.now()
    let away = false
    while (!this.#shutdown.signal.aborted) {
      if (this.#runs.size > 0) busyAt = Date.now()
      try {
        const free = this.#setup.places - this.#runs.size
        // Not ended when it is time to stop: orders that are on their way to us would be lost. They are given back.
        for (const order of await townhall.claim(token, free, this.#deadline.signal)) this.#begin(order)
        away = false
        const isIdle = this.#runs.size === 0 && Date.now() - busyAt > idleMs
        if (isIdle) return log.info({}, 'Nothing to do: the machine ends')
      } catch (error) {
        if (!(error instanceof Away)) throw error
        townhall.checkPatience()
        if (!away) log.warn({ why: error.message }, 'Townhall is away')
        away = true
      }
      await this.#pause(away ? Math.max(pollMs, AWAY_MS) : pollMs)
    }
  }

  #begin(order: Order): void {
    if (this.#runs.has(order.run)) return
    const { log } = this.#setup
    this.#count += 1
    const name = `${process.pid}-${this.#count}-${plainName(order.run)}`
    log.info({ run: order.run, kind: order.kind, polecat: order.polecat }, 'A run begins')
    const run = attend(order, name, this.#shop)
      .catch(error => {
        log.error({ run: order.run, err: String(error) }, 'A run was given up')
        if (error instanceof GivenUp) this.stop()
      })
      .finally(() => {
        this.#runs.delete(order.run)
        this.#stir()
      })
    this.#runs.set(order.run, run)
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#stir = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#shutdown.signal.aborted) this.#stir()
    })
  }

  #cacheFor(order: Order): RigCache {
    const known = this.#caches.get(order.rig.id)
    if (known) return known
    const cache = new RigCache(path.join(this.#setup.workDir, 'rigs', `${plainName(order.rig.id)}.git`))
    this.#caches.set(order.rig.id, cache)
    return cache
  }

  /** One token per repository, for as long as it is good. */
  async #accessFor(order: Order, again: boolean): Promise<Access> {
    // What another run was told (that nobody wants it any more, say) is not for this one.
    const known = again ? undefined : await this.#accesses.get(order.rig.id)?.catch(() => undefined)
    if (known && known.expiresAt - Date.now() > FRESH_MS) return known
    const access = this.#setup.townhall.access(order, this.#deadline.signal)
    this.#accesses.set(order.rig.id, access)
    access.catch(() => this.#accesses.delete(order.rig.id))
    return access
  }
}

const plainName = (id: string): string => id.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60)
