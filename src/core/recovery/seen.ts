import type { Label } from '../effects.ts'
import type { Tree } from '../events.ts'
import type { Time } from '../town.ts'
import type { BeadMemory, ConvoyMemory } from './memory.ts'

/** A convoy as GitHub shows it, with what our comments remember of it. */
export interface ConvoySeen {
  readonly tree: Tree
  /** Of our labels, those on its issue. */
  readonly labels: readonly Label[]
  /** Null: there is no card, or what it remembers cannot be believed or read. */
  readonly memory: ConvoyMemory | null
  /** The id that the marker of its card names. */
  readonly cardId: string | null
  /** By the id; an issue without anything of ours may be left out. */
  readonly beads: ReadonlyMap<string, BeadSeen>
  /** Our pulls in the rigs of the town: those with a marker of ours. */
  readonly pulls: readonly PullFound[]
  /** Branches of convoys and polecats with their heads, by rig. */
  readonly branches: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Ids of the other convoys that are not over: a bead is worked on in one. */
  readonly others: ReadonlySet<string>
  /** When all this was looked at. */
  readonly at: Time
}

export interface BeadSeen {
  readonly labels: readonly Label[]
  readonly memory: BeadMemory | null
  /** Who edited title or body after the start without write access; null: nobody did. */
  readonly strangerAt: string | null
}

/** A pull request of ours as GitHub lists it. */
export interface PullFound {
  /** The id in its marker. */
  readonly id: string
  readonly rigId: string
  readonly number: number
  readonly title: string
  readonly head: string
  readonly base: string
  readonly headSha: string
  readonly state: 'open' | 'closed'
  readonly createdAt: Time
  readonly mergedAt: Time | null
  readonly mergeSha: string | null
}
