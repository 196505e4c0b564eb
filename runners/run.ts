import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Access, type Beat, couldNot, type Order, type Report } from '../src/agents/protocol.ts'
import type { Bench } from './bench.ts'
import type { RigCache } from './cache.ts'
import { gate } from './gate.ts'
import { removeTree } from './leftovers.ts'
import type { Log } from './log.ts'
import type { Seats } from './seat.ts'
import { RunGone, type Townhall } from './townhall.ts'
import { work } from './work.ts'

/** What all runs of this machine share. */
export interface Shop {
  readonly townhall: Townhall
  readonly seats: Seats
  /** Runs' folders are made in it. */
  readonly runsDir: string
  /** This machine stops: agents are ended and what they have made is pushed. */
  readonly shutdown: AbortSignal
  /** It has had its time to stop. */
  readonly deadline: AbortSignal
  readonly log: Log
  cacheFor(order: Order): RigCache
  /** `again`: what was given last did not let us in. */
  accessFor(order: Order, again: boolean): Promise<Access>
}

/** Does what an order asks for and reports it: a run that goes wrong is a report. Throws when it cannot be reported. */
export async function attend(order: Order, name: string, shop: Shop): Promise<void> {
  const { townhall, log } = shop
  const unwanted = new AbortController()
  const over = new AbortController()
  let phase: Beat['phase'] = 'cloning'
  const dir = path.join(shop.runsDir, name)
  const bench: Bench = {
    cache: shop.cacheFor(order),
    dir,
    home: path.join(dir, 'home'),
    signal: AbortSignal.any([unwanted.signal, shop.shutdown]),
    lastly: AbortSignal.any([unwanted.signal, shop.deadline]),
    log,
    access: again => shop.accessFor(order, again),
    stopping: () => shop.shutdown.aborted && !unwanted.signal.aborted,
    phase: next => {
      phase = next
    },
  }
  const beating = beatUntil(over.signal, order, shop, unwanted, () => phase)
  try {
    await townhall.report(order, { report: 'started' }, bench.lastly)
    const report = await conclude(order, bench, shop)
    if (report) await townhall.report(order, report, bench.lastly)
    log.info({ run: order.run, report: report?.report ?? null }, 'A run is over')
  } catch (error) {
    if (error instanceof RunGone || bench.signal.aborted) log.info({ run: order.run }, 'A run was dropped')
    else throw error
  } finally {
    over.abort()
    await beating
    await removeTree(dir, log)
  }
}

async function conclude(order: Order, bench: Bench, shop: Shop): Promise<Report | null> {
  try {
    bench.signal.throwIfAborted()
    await mkdir(bench.home, { recursive: true })
    const report = await does(order, bench, shop)
    // A gate that this machine cannot finish says nothing about the code.
    return bench.signal.aborted && order.kind === 'gate' ? nothingMade(bench) : report
  } catch (error) {
    if (error instanceof RunGone) throw error
    if (bench.signal.aborted) return nothingMade(bench)
    const why = error instanceof Error ? error.message : String(error)
    shop.log.warn({ run: order.run, err: String(error) }, 'A run could not be done')
    return couldNot(order.kind, why.slice(0, 1000).toWellFormed())
  }
}

/** The end of a run that was stopped before there was anything to push: if it is wanted, another machine takes it. */
const nothingMade = (bench: Bench): Report | null =>
  bench.stopping() ? { report: 'released', sha: null } : null

async function does(order: Order, bench: Bench, { seats }: Shop): Promise<Report | null> {
  if (order.kind === 'gate') return gate(order, bench)
  const { bead, kind } = order
  if (!bead) return couldNot(order.kind, 'The order names no bead to work on.')
  const seat = seats.get(order.agent)
  return seat ? work({ ...order, kind, bead }, seat, bench) : couldNot(order.kind, noSeat(order.agent))
}

const noSeat = (agent: string): string =>
  agent === 'scripted'
    ? 'The scripted agent works only in the sandbox and in tests, and this machine is neither.'
    : `This machine has no seat for the agent ${agent}.`

const MISSED_MS = 1000

/** Keeps the lease alive and hears whether the run is still wanted. */
async function beatUntil(
  over: AbortSignal,
  order: Order,
  { townhall, log }: Shop,
  unwanted: AbortController,
  phase: () => Beat['phase'],
): Promise<void> {
  let waitMs = order.beatMs
  while (!over.aborted && !unwanted.signal.aborted) {
    // Ends early when the run is over; that is no error.
    await pause(waitMs, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return
    waitMs = order.beatMs
    try {
      await townhall.beat(order, { phase: phase() }, over)
    } catch (error) {
      if (error instanceof RunGone) unwanted.abort()
      else if (!over.aborted) log.warn({ run: order.run, err: String(error) }, 'A heartbeat was not heard')
      // The lease goes on while Townhall is away: it should hear of us soon after it is back.
      waitMs = Math.min(order.beatMs, MISSED_MS)
    }
  }
}
