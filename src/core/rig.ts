/** What a rig's `.github/townhall.yml` says, with defaults filled in. */
export interface RigConfig {
  readonly gates: readonly Gate[]
  readonly mergeMode: MergeModeName
  readonly landing: 'auto' | 'approve' | 'manual'
  /** Runs of polecats at once in this rig. */
  readonly maxPolecats: number
  /** Tries per bead before it has failed and a person decides. */
  readonly tries: number
  /** Nothing new is begun in this rig; what is begun goes on. */
  readonly parked: boolean
  /** `/convoy start` on an issue that is no convoy yet: `true` only stages it, `false` starts it as well. */
  readonly stagedByDefault: boolean
  /** A Projects v2 board for its convoys: the town's own, one of the organisation by its number, or none. */
  readonly board: boolean | number
}

/** A command that must end with 0 on the merged result before anything lands. */
export interface Gate {
  readonly name: string
  readonly run: string
  readonly timeoutMs: number
}

/** How one gate went. */
export interface GateResult {
  readonly name: string
  readonly ok: boolean
  readonly seconds: number
  /** Last part of the output, at most 4,000 characters. */
  readonly tail: string
}

export type MergeModeName = 'review-then-land' | 'review-and-merge'

export const DEFAULT_CONFIG: RigConfig = {
  gates: [],
  mergeMode: 'review-then-land',
  landing: 'auto',
  maxPolecats: 4,
  tries: 3,
  parked: false,
  stagedByDefault: true,
  board: true,
}

/** One repository of the town. `id` is GitHub's database id as text: names change, ids do not. */
export interface Rig {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly defaultBranch: string
  readonly archived: boolean
  /** The App was taken off it, or it was deleted. Its beads wait; nothing is forgotten. */
  readonly gone: boolean
  readonly config: RigConfig
  /** Blob SHA of the config file that `config` was read from; null without a file. */
  readonly configSha: string | null
  /** What is wrong with the file in the default branch (then `config` is the last good one). */
  readonly configProblem: string | null
}

/** `owner/name` */
export const repoOf = (rig: Rig): string => `${rig.owner}/${rig.name}`
