import type { Fact } from '../core/events.ts'
import type { Clock, DueEffect, GitHub, Log, Machines, Queue, Store } from '../ports.ts'
import { Refused, Unreachable } from '../ports.ts'

export interface Performer {
  readonly store: Store
  readonly github: GitHub
  readonly machines: Machines
  readonly queue: Queue
  readonly clock: Clock
  readonly log: Log
  /** First wait after a failure; doubles, up to 15 minutes. */
  readonly retryMs: number
}

/** Effects of a town done side by side; those of one lane never are. */
const AT_ONCE = 8
/** With doubling waits from one second this is about two hours of a GitHub that cannot be reached. */
const MOST_ATTEMPTS = 18
const LONGEST_WAIT_MS = 15 * 60_000

/** Do what is due for a town: ensure each effect, keep what was learned, until nothing is due. */
export async function performDue(parts: Performer, townId: string): Promise<void> {
  const lane = async (): Promise<void> => {
    for (;;) {
      const [due] = await parts.store.takeDue(townId, parts.clock.now(), 1)
      if (!due) return
      await perform(parts, due)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

async function perform(parts: Performer, due: DueEffect): Promise<void> {
  const { store, queue, log } = parts
  try {
    const learned = await ensure(parts, due)
    await store.performed(due, learned)
    if (learned.length > 0) await queue.wake('town', due.townId)
  } catch (error) {
    const fields = { town: due.townId, effect: due.effect.do, outbox: due.seq, attempt: due.attempt }
    const why = error instanceof Error ? error.message : String(error)
    if (error instanceof Refused || due.attempt + 1 >= MOST_ATTEMPTS) {
      log.warn({ ...fields, why }, 'given up an effect')
      await store.giveUp(due, why)
      await queue.wake('town', due.townId)
      return
    }
    if (error instanceof Unreachable) log.warn({ ...fields, why }, 'an effect cannot be done now')
    else log.error({ ...fields, err: error }, 'could not perform an effect')
    await putOff(parts, due, error, why)
  }
}

async function putOff(parts: Performer, due: DueEffect, error: unknown, why: string): Promise<void> {
  const asked = error instanceof Unreachable ? error.retryAfterMs : null
  const wait = Math.max(asked ?? 0, Math.min(LONGEST_WAIT_MS, parts.retryMs * 2 ** due.attempt))
  await parts.store.postpone(due, parts.clock.now() + wait, why)
  await parts.queue.wake('perform', due.townId, wait)
}

async function ensure(parts: Performer, { townId, effect, attempt }: DueEffect): Promise<readonly Fact[]> {
  switch (effect.do) {
    case 'WakeMachine':
      await parts.machines.wake(townId)
      return []
    case 'OrderRun':
      throw new Error('orders are claimed by runners')
    default:
      return parts.github.perform(townId, effect, attempt)
  }
}
