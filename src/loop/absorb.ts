import type { Clock, GitHub, Log, News, Queue, Store } from '../ports.ts'
import { Refused, Unreachable } from '../ports.ts'

export interface Absorber {
  readonly store: Store
  readonly github: GitHub
  readonly queue: Queue
  readonly clock: Clock
  readonly log: Log
}

/** Deliveries looked at side by side: their order means nothing, each is only a hint. */
const AT_ONCE = 8

/** Look at everything that the kept deliveries hint at, until none is left that is due. */
export async function absorbInbox(parts: Absorber): Promise<void> {
  for (;;) {
    const { deliveries } = await parts.store.overdue(parts.clock.now())
    if (deliveries.length === 0) return
    const left = [...deliveries]
    const lane = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) await absorb(parts, id)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
}

/** A webhook is a hint: see what it makes us look at, look with our own eyes, keep what was seen as facts. */
export async function absorb(parts: Absorber, deliveryId: string): Promise<void> {
  const { store, github, queue, log } = parts
  const delivery = await store.delivery(deliveryId)
  if (!delivery) return
  const fields = { delivery: deliveryId, event: delivery.event, town: delivery.townId }
  try {
    const news: News[] = []
    for (const hint of github.hints(delivery)) news.push(...(await github.look(delivery.townId!, hint)))
    await store.absorbed(deliveryId, news)
    for (const townId of new Set(news.map(item => item.townId))) await queue.wake('town', townId)
  } catch (error) {
    const final = error instanceof Refused
    const why = error instanceof Error ? error.message : String(error)
    if (final || error instanceof Unreachable)
      log.warn({ ...fields, why }, 'could not look at what a delivery hints at')
    else log.error({ ...fields, err: error }, 'could not absorb a delivery')
    await store.notAbsorbed(deliveryId, why, final)
  }
}
