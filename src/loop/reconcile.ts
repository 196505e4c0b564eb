import { decide } from '../core/decide.ts'
import type { Clock, Log, Queue, Store } from '../ports.ts'

/**
 * The only place where state changes: one transaction per town, no network. What `decide` asks for goes to the
 * outbox in the same transaction; the wake-ups after it are only for speed.
 */
export function reconciler(
  store: Store,
  queue: Queue,
  clock: Clock,
  log: Log,
): (townId: string) => Promise<void> {
  const met = new Set<string>()
  return async townId => {
    const now = clock.now()
    // The first time that this process sees a town it shows everything again: texts may have changed with the code.
    const everything = !met.has(townId)
    const result = await store.inTown(townId, now, (town, news) => decide(town, news, now, everything))
    if (!result) return log.warn({ town: townId }, 'woken for a town that is not known')
    met.add(townId)
    if (result.effectsDueAt !== null)
      await queue.wake('perform', townId, Math.max(0, result.effectsDueAt - now))
    if (result.wakeAt !== null) await queue.wake('town', townId, Math.max(0, result.wakeAt - now))
  }
}
