import type { Effect } from '../core/effects.ts'
import type { Fact } from '../core/events.ts'
import type { Clock, DueEffect, GitHub, Log, Machines, Queue, Store } from '../ports.ts'
import { Paced, Refused, Unreachable } from '../ports.ts'

export interface Performer {
  readonly store: Store
  readonly github: GitHub
  readonly machines: Machines
  readonly foretell: (townId: string, effect: Extract<Effect, { do: 'Foretell' }>) => Promise<readonly Fact[]>
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
/** What waits for its turn does not ask more often: many who wait would ask again at each creation that expires. */
const LEAST_PACED_MS = 1_000

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
  const { store, queue } = parts
  try {
    const learned = await ensure(parts, due)
    await store.performed(due, learned)
    if (learned.length > 0) await queue.wake('town', due.townId)
  } catch (error) {
    if (error instanceof Paced) await waitItsTurn(parts, due, error)
    else await fail(parts, due, error)
  }
}

/** Nothing failed, so it is never given up for it. */
async function waitItsTurn(parts: Performer, due: DueEffect, { message, waitMs }: Paced): Promise<void> {
  parts.log.info(
    { town: due.townId, effect: due.effect.do, outbox: due.seq, waitMs },
    'an effect waits its turn',
  )
  await putOff(parts, due, Math.max(waitMs, LEAST_PACED_MS), message, false)
}

async function fail(parts: Performer, due: DueEffect, error: unknown): Promise<void> {
  const { store, queue, log } = parts
  const fields = { town: due.townId, effect: due.effect.do, outbox: due.seq, attempt: due.attempt }
  const why = error instanceof Error ? error.message : String(error)
  const silenceMs = error instanceof Unreachable ? error.retryAfterMs : null
  if (silenceMs !== null) await keepSilence(parts, due.townId, silenceMs)
  if (error instanceof Refused || due.attempt + 1 >= MOST_ATTEMPTS) {
    log.warn({ ...fields, why }, 'given up an effect')
    await store.giveUp(due, why, error instanceof Refused)
    await queue.wake('town', due.townId)
    return
  }
  if (error instanceof Unreachable) log.warn({ ...fields, why }, 'an effect cannot be done now')
  else log.error({ ...fields, err: error }, 'could not perform an effect')
  const backoff = Math.min(LONGEST_WAIT_MS, parts.retryMs * 2 ** due.attempt)
  await putOff(parts, due, Math.max(silenceMs ?? 0, backoff), why, true)
}

/** GitHub limits installations, not effects: what else is due in the town would only be refused too, and prolong it. */
async function keepSilence({ store, queue, clock }: Performer, townId: string, ms: number): Promise<void> {
  await store.hold(townId, clock.now() + ms)
  await queue.wake('perform', townId, ms)
}

async function putOff(
  parts: Performer,
  due: DueEffect,
  ms: number,
  why: string,
  counts: boolean,
): Promise<void> {
  await parts.store.postpone(due, parts.clock.now() + ms, why, counts)
  await parts.queue.wake('perform', due.townId, ms)
}

async function ensure(parts: Performer, { townId, effect, attempt }: DueEffect): Promise<readonly Fact[]> {
  switch (effect.do) {
    case 'WakeMachine':
      await parts.machines.wake(townId)
      return []
    case 'Foretell':
      return parts.foretell(townId, effect)
    case 'OrderRun':
      throw new Error('orders are claimed by runners')
    default:
      return parts.github.perform(townId, effect, attempt)
  }
}
