import type { Pace } from './core/town.ts'
import { PACE } from './core/town.ts'

/** Every cadence of the shell, each with its reason. Those of the core are in its Pace. */
export interface Cadences {
  readonly pace: Pace
  /** How often what is overdue is looked for: the most that a lost wake-up costs. */
  readonly patrolMs: number
  /** How often a town is swept at GitHub: the most that a lost webhook costs. */
  readonly sweepMs: number
  /** How often installations are listed, for those whose first webhook was lost. */
  readonly townsMs: number
  /** An effect whose performer is not heard of for so long is taken by another: the most that a kill costs it. */
  readonly takenMs: number
  /** How often old deliveries are forgotten. */
  readonly pruneMs: number
  /** First wait after an effect failed. */
  readonly retryMs: number
  /** How often a runner asks for orders. */
  readonly pollMs: number
  /** A runner without work ends after this: an idle town costs nothing. */
  readonly idleMs: number
  /** An agent without a word for so long is stopped. */
  readonly silenceMs: number
  /** A machine that was not heard of for so long is gone. */
  readonly aliveMs: number
}

export const CADENCES: Readonly<Record<'github' | 'sandbox', Cadences>> = {
  github: {
    pace: PACE,
    patrolMs: 10_000,
    sweepMs: 60_000,
    townsMs: 10 * 60_000,
    pruneMs: 3_600_000,
    takenMs: 60_000,
    retryMs: 1_000,
    pollMs: 2_000,
    idleMs: 5 * 60_000,
    silenceMs: 10 * 60_000,
    aliveMs: 30_000,
  },
  /** Seconds where real life takes minutes: on one machine nothing is far away. */
  sandbox: {
    pace: {
      leaseMs: 20_000,
      beatMs: 1_000,
      backoffMs: 300,
      backoffMaxMs: 3_000,
      recheckMs: 4_000,
      remindMs: 3_600_000,
      coalesceMs: 300,
    },
    patrolMs: 1_000,
    sweepMs: 2_000,
    townsMs: 3_000,
    pruneMs: 3_600_000,
    takenMs: 10_000,
    retryMs: 200,
    pollMs: 150,
    idleMs: 60_000,
    silenceMs: 5_000,
    aliveMs: 3_000,
  },
}
