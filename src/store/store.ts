import type { Pace } from '../core/town.ts'
import type { Clock, Log, Store } from '../ports.ts'
import { openAllowance, pruneCreations } from './allowance.ts'
import { connect, run, type Sql } from './connection.ts'
import { openDirectory } from './directory.ts'
import { history } from './history.ts'
import { absorbed, append, findDelivery, keepDelivery, notAbsorbed, pruneDeliveries } from './inbox.ts'
import { openMachines } from './machines.ts'
import { openMirror } from './mirror.ts'
import { claimOrder, giveUp, hold, performed, postpone, takeDue } from './outbox.ts'
import { isLive, overdue, sweepable, swept } from './overdue.ts'
import { inTown, snapshot, type TownLock } from './town-lock.ts'
import { WarmTowns } from './warm-towns.ts'

export interface StoreOptions {
  /** A database that `migrate` has brought up to date. */
  readonly url: string
  readonly pace: Pace
  readonly log: Log
  /** Who takes an effect and is not heard of for so long has died: it is due again. */
  readonly takenMs?: number
  readonly maxConnections?: number
  /** Towns kept in memory between two looks at them. */
  readonly warmTowns?: number
  /** For the times that callers do not give. */
  readonly clock?: Clock
}

const MAX_CONNECTIONS = 10
const WARM_TOWNS = 200
/** An effect is a few requests, and one that GitHub does not answer is given up after 20 s. */
const TAKEN_MS = 60_000

export async function openStore(options: StoreOptions): Promise<Store> {
  const { pace, log, takenMs = TAKEN_MS, clock = { now: Date.now } } = options
  const sql = connect(options.url, options.maxConnections ?? MAX_CONNECTIONS)
  const lock: TownLock = { sql, pace, log, warm: new WarmTowns(options.warmTowns ?? WARM_TOWNS) }
  // A wrong address is better known now than at the first webhook.
  await ping(sql)
  return {
    mirror: openMirror(sql),
    directory: openDirectory(sql),
    machines: openMachines(sql, clock),
    allowance: openAllowance(sql),
    keepDelivery: arrival => keepDelivery(sql, clock, arrival),
    delivery: id => findDelivery(sql, id),
    absorbed: (id, news) => absorbed(sql, clock, id, news),
    notAbsorbed: (id, why, final) => notAbsorbed(sql, clock, pace, id, why, final),
    append: news => append(sql, clock.now(), news),
    inTown: (townId, now, decide) => inTown(lock, townId, now, decide),
    takeDue: (townId, now, limit) => takeDue(sql, townId, now, now + takenMs, limit),
    performed: (due, learned) => performed(sql, clock, due, learned),
    postpone: (due, until, why, counts) => postpone(sql, due, until, why, counts),
    hold: (townId, until) => hold(sql, townId, until),
    giveUp: (due, why, refused) => giveUp(sql, clock, due, why, refused),
    claimOrder: (townId, machine, now) => claimOrder(sql, townId, machine, now),
    snapshot: townId => snapshot(lock, townId),
    history: (townId, limit) => history(sql, townId, limit),
    isLive: (townId, runId) => isLive(sql, townId, runId),
    overdue: now => overdue(sql, now),
    sweepable: () => sweepable(sql),
    swept: (townId, at) => swept(sql, townId, at),
    async prune(now) {
      await pruneCreations(sql, now)
      return pruneDeliveries(sql, now)
    },
    ping: () => ping(sql),
    close: () => sql.end({ timeout: 5 }),
  }
}

async function ping(sql: Sql): Promise<void> {
  await run(sql, 'select 1', [])
}
