import type { Clock, GitHub, Log, Queue, Store } from '../ports.ts'
import { INBOX } from './receive.ts'

export interface Patrol {
  readonly store: Store
  readonly github: GitHub
  readonly queue: Queue
  readonly clock: Clock
  readonly log: Log
  /** How often a town is swept: what was lost on the way here is seen by then at the latest. */
  readonly sweepMs: number
}

/**
 * A sweep reads every tree. Of 10 convoys with 100 beads each that is some 20 points of GraphQL, and a town has 5,000
 * an hour: one with many convoys is swept less often, and webhooks tell of most things anyway.
 */
const CONVOYS_A_SWEEP = 10

/** Patrols look and never decide: each wakes who should have been awake, or brings facts in. */
export const PATROLS = {
  /** What is due though nobody was woken for it: a wiped queue, a killed process, a lost wake-up. */
  async overdue({ store, queue, clock }: Patrol): Promise<void> {
    const { deliveries, towns, performs } = await store.overdue(clock.now())
    if (deliveries.length > 0) await queue.wake('delivery', INBOX)
    for (const townId of towns) await queue.wake('town', townId)
    for (const townId of performs) await queue.wake('perform', townId)
  },

  /** Look at GitHub itself: lost webhooks cost time only. */
  async sweep(patrol: Patrol): Promise<void> {
    const now = patrol.clock.now()
    for (const { townId, sweptAt, openConvoys } of await patrol.store.sweepable()) {
      const everyMs = patrol.sweepMs * Math.max(1, Math.ceil(openConvoys / CONVOYS_A_SWEEP))
      if (sweptAt + everyMs <= now) await sweepTown(patrol, townId, sweptAt, now)
    }
  },

  /** Installations whose first webhook never came. */
  async towns({ store, github, queue, log }: Patrol): Promise<void> {
    const known = new Set((await store.sweepable()).map(town => town.townId))
    for (const townId of await github.towns()) {
      if (known.has(townId)) continue
      log.info({ town: townId }, 'found an installation')
      for (const woken of await store.append(await github.look(townId, { look: 'installation' })))
        await queue.wake('town', woken)
    }
  },

  /** Webhooks that were looked at a week ago are of no use to anybody. */
  async prune({ store, clock, log }: Patrol): Promise<void> {
    const pruned = await store.prune(clock.now())
    if (pruned > 0) log.info({ deliveries: pruned }, 'forgot old deliveries')
  },
} as const

/** A sweep reaches back a little: GitHub's clock is not ours, and a comment may have been on its way. */
const OVERLAP_MS = 120_000

async function sweepTown(
  { store, github, queue, log }: Patrol,
  townId: string,
  sweptAt: number,
  now: number,
): Promise<void> {
  try {
    const news = await github.sweep(townId, Math.max(0, sweptAt - OVERLAP_MS))
    for (const woken of await store.append(news)) await queue.wake('town', woken)
    await store.swept(townId, now)
  } catch (error) {
    log.warn({ town: townId, err: error }, 'could not sweep a town')
  }
}
