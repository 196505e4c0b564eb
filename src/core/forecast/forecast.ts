/** How a convoy will go, from playing its plan through on virtual time many times. All times but `madeAt` are lengths in ms. */
export interface Forecast {
  /** Milliseconds since the epoch. */
  readonly madeAt: number
  /** Half of the plays end sooner than `p50Ms`, nine of ten sooner than `p90Ms`. */
  readonly p50Ms: number
  readonly p90Ms: number
  /** Refs of the chain of beads that takes longest, first to last. */
  readonly criticalPath: readonly string[]
  /** Beads of each wave. */
  readonly waves: readonly number[]
  /** Most polecats at work at once, and machines that seat them. */
  readonly polecats: number
  readonly machines: number
  /** Runs that the durations were taken from; 0: none yet, so they are assumed. */
  readonly samples: number
  readonly plays: number
}
