import type { Pace } from '../core/town.ts'
import type { Clock, GitHub, Log, Store } from '../ports.ts'

type Kept = Pick<Store, 'claimOrder' | 'isLive' | 'append' | 'directory' | 'machines'>

/** What the door needs to know of the house. */
export interface RunnerDoor {
  readonly store: Kept
  readonly github: Pick<GitHub, 'gitAccess'>
  /** What tokens are made from; the same in every web process, and after a restart. */
  readonly secret: string
  readonly clock: Clock
  readonly pace: Pace
  /** Something new has come in for the town. */
  wakeTown(townId: string): Promise<void>
  /** Which agent works in a rig. */
  agentFor(rigId: string): string
  readonly pollMs: number
  readonly idleMs: number
  readonly silenceMs: number
  readonly log: Log
}
