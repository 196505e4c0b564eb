import type { TownEvent } from './events.ts'
import type { Time, Town } from './town.ts'

export type EventType = TownEvent['type']
export type EventOf<T extends EventType> = Extract<TownEvent, { type: T }>
/** How a kind of event changes a town. `at`: when it was seen or concluded. */
export type Folds<T extends EventType> = {
  readonly [K in T]: (town: Town, event: EventOf<K>, at: Time) => void
}
