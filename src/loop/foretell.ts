import { setImmediate as othersGo } from 'node:timers/promises'
import type { Effect } from '../core/effects.ts'
import type { Fact } from '../core/events.ts'
import { foretell, playsFor } from '../core/forecast/foretell.ts'
import type { Clock, Log, Store } from '../ports.ts'

export interface Foreteller {
  readonly store: Pick<Store, 'snapshot' | 'history'>
  readonly clock: Clock
  /** Polecats that one machine seats. */
  readonly seats: number
  readonly log: Log
}

/** Runs of each kind that a forecast draws from: enough to know a town, few enough to follow when it changes. */
const HISTORY = 200

/**
 * Performs `Foretell`, in this process and without GitHub: takes the town as it was last saved and plays the convoy
 * through, letting everything else go on between two steps. Nothing is learned of a convoy that is gone, over, or
 * comes to no end.
 */
export function foreteller({ store, clock, seats, log }: Foreteller) {
  return async (
    townId: string,
    { convoyId, seed, replyTo }: Extract<Effect, { do: 'Foretell' }>,
  ): Promise<readonly Fact[]> => {
    const town = await store.snapshot(townId)
    if (!town) return []
    const history = await store.history(townId, HISTORY)
    const plays = playsFor(town, convoyId)
    const now = clock.now()
    const steps = foretell({ town, convoyId, history, seed, now, seatsPerMachine: seats, plays })
    for (;;) {
      const step = steps.next()
      if (!step.done) {
        await othersGo()
        continue
      }
      const forecast = step.value
      if (forecast || replyTo) return [{ type: 'ForecastMade', convoyId, forecast, replyTo }]
      log.info({ town: townId, convoy: convoyId }, 'there is nothing to foretell')
      return []
    }
  }
}
