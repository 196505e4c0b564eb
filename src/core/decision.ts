import type { Conclusion } from './conclusions.ts'
import type { Effect } from './effects.ts'
import type { Fact } from './events.ts'
import { evolve } from './evolve.ts'
import type { Time, Town } from './town.ts'
import { forkTown } from './town.ts'

/** A fact with the time at which it was seen. */
export interface SeenFact {
  readonly seq: number
  readonly at: Time
  readonly fact: Fact
}

/** Something decided: why, what is so from now on, and what is to be done about it. */
export interface Decision {
  /** For people, one sentence: kept beside the events, shown in the history of a bead. */
  readonly because: string
  readonly events: readonly Conclusion[]
  readonly effects: readonly Effect[]
}

/** What `decide` hands back to be kept, all or nothing. */
export interface Outcome {
  readonly town: Town
  readonly decisions: readonly Decision[]
  /** When to look again though nothing happens; null: not until there is news. */
  readonly wakeAt: Time | null
}

/**
 * A decision in the making: a fork of the town that each conclusion is folded into at once, so that the next
 * rule sees the same world as a reader of the log will. Lives inside one `decide` and never leaves it.
 */
export class Deliberation {
  readonly town: Town
  readonly now: Time
  readonly decisions: Decision[] = []

  constructor(town: Town, now: Time) {
    this.town = forkTown(town)
    this.now = now
  }

  conclude(because: string, events: readonly Conclusion[], effects: readonly Effect[] = []): void {
    for (const event of events) evolve(this.town, event, this.now)
    this.decisions.push({ because, events, effects })
  }
}
