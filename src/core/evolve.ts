import { BEAD_EVENTS } from './beads/evolve-beads.ts'
import { BOARD_EVENTS } from './board/boards.ts'
import type { Conclusion } from './conclusions.ts'
import { CONVOY_EVENTS } from './convoys/evolve-convoys.ts'
import type { Fact, TownEvent } from './events.ts'
import { TOWN_EVENTS } from './evolve-town.ts'
import type { EventType, Folds } from './folds.ts'
import { PULL_EVENTS } from './refinery/evolve-pulls.ts'
import type { Time, Town } from './town.ts'

/** Facts that change nothing by being known: rules in `decide` draw the conclusions. */
type Heard =
  | 'CommentSeen'
  | 'IssueTouched'
  | 'PullOpenRefused'
  | 'MergeRefused'
  | 'RunDone'
  | 'RunFailed'
  | 'RunAsked'
  | 'RunReleased'
  | 'GateReported'
  | 'EffectGivenUp'
  | 'WordsSeen'

const EVOLVE: Folds<Exclude<EventType, Heard>> = {
  ...TOWN_EVENTS,
  ...BOARD_EVENTS,
  ...CONVOY_EVENTS,
  ...BEAD_EVENTS,
  ...PULL_EVENTS,
}

/**
 * Fold one event into a town. The town given is changed (it is the caller's own fork, see Table): rows are
 * replaced, never mutated. Knows no rules: what an event means was decided before it was written.
 */
export function evolve(town: Town, event: Fact | Conclusion, at: Time): void {
  const fold = (EVOLVE as Partial<Record<EventType, (town: Town, event: TownEvent, at: Time) => void>>)[
    event.type
  ]
  fold?.(town, event, at)
}
