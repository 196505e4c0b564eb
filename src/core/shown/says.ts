import type { Finding } from '../convoys/findings.ts'
import type { Answer, ConvoyStatus, Feedback, GateResult, MergeModeName, RigConfig, Time } from '../town.ts'

/** What a bead looks like to people. Derived in `core/beads/standing.ts`, nowhere else. */
export type Standing =
  | 'planned'
  | 'waiting'
  | 'ready'
  | 'working'
  | 'asking'
  | 'in review'
  | 'landed'
  | 'done'
  | 'cancelled'
  | 'failed'
  | 'held'
  | 'parked'

/** One row of a card. */
export interface CardBead {
  readonly id: string
  /** `owner/name#number` */
  readonly ref: string
  readonly title: string
  readonly standing: Standing
  /** 1-based Kahn layer over unfinished work; null once it is over, or behind a cycle or a failed bead. */
  readonly wave: number | null
  readonly polecat: string | null
  readonly tries: number
  readonly pull: number | null
  /** Ids of beads of this convoy that it waits for, and refs of other issues. */
  readonly blockers: readonly string[]
  /** Why it stands as it does, in one sentence; null where the standing says it all. */
  readonly why: string | null
}

/** A rig's part of a convoy. */
export interface CardLeg {
  readonly repo: string
  readonly target: string
  readonly base: string
  readonly landingPull: number | null
  readonly landing: RigConfig['landing']
  readonly landed: boolean
  readonly why: string | null
}

/** Everything the convoy's comment shows. */
export interface Card {
  readonly convoyId: string
  readonly ref: string
  readonly title: string
  readonly status: ConvoyStatus
  readonly paused: boolean
  readonly mergeMode: MergeModeName
  readonly by: string
  readonly landed: number
  readonly total: number
  readonly beads: readonly CardBead[]
  readonly legs: readonly CardLeg[]
  readonly findings: readonly Finding[]
  readonly why: string | null
  readonly startedAt: Time | null
  readonly endedAt: Time | null
}

/** Everything a bead's status comment shows. */
export interface BeadCard {
  readonly beadId: string
  readonly ref: string
  readonly convoyRef: string
  readonly standing: Standing
  readonly polecat: string | null
  readonly branch: string | null
  readonly pull: number | null
  readonly tries: number
  readonly maxTries: number
  readonly feedback: Feedback | null
  readonly question: string | null
  readonly answers: readonly Answer[]
  readonly blockers: readonly string[]
  readonly landedOn: string | null
  readonly why: string | null
}

/** Why a command was not obeyed. One sentence each in `text/`. */
export type Refusal =
  | { readonly kind: 'unknown-command'; readonly line: string; readonly nearest: string | null }
  | {
      readonly kind: 'unknown-flag'
      readonly line: string
      readonly flag: string
      readonly known: readonly string[]
    }
  | { readonly kind: 'not-allowed'; readonly by: string; readonly has: string; readonly needs: string }
  | { readonly kind: 'edited' }
  | { readonly kind: 'tree-unreadable'; readonly detail: string }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'needs-force'; readonly findings: readonly Finding[] }
  | { readonly kind: 'no-convoy-here' }
  | { readonly kind: 'no-bead-here' }
  /** The command does not fit what it was given on: `is` says how things are, `hint` what would fit. */
  | { readonly kind: 'not-now'; readonly command: string; readonly is: string; readonly hint: string }

/** One link of the chain that `/why` answers with. */
export interface Because {
  readonly what: string
  /** The rule that makes it so. */
  readonly rule: string
  /** What would change it; null when nothing needs to. */
  readonly frees: string | null
}

/** What we say in a thread: data, rendered to markdown by `text/`. */
export type Say =
  | { readonly say: 'card'; readonly card: Card }
  | { readonly say: 'bead'; readonly bead: BeadCard }
  | { readonly say: 'refused'; readonly refusal: Refusal }
  | { readonly say: 'status'; readonly card: Card }
  | { readonly say: 'done'; readonly what: Done }
  | { readonly say: 'why'; readonly subject: string; readonly because: readonly Because[] }
  | { readonly say: 'help' }
  | {
      readonly say: 'question'
      readonly polecat: string | null
      readonly text: string
      readonly reminder: number
    }

/** A command that was obeyed, for the reply. */
export type Done =
  | {
      readonly kind: 'staged'
      readonly status: 'staged_ready' | 'staged_warnings'
      readonly beads: number
      readonly waves: number
      readonly started: boolean
      readonly restaged: boolean
    }
  | { readonly kind: 'started'; readonly beads: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'closed'; readonly stopped: number }
  | { readonly kind: 'retried'; readonly ref: string }
  | { readonly kind: 'held'; readonly ref: string }
  | { readonly kind: 'released'; readonly ref: string; readonly skipped: readonly string[] }

/** The body of a pull request that we open. */
export interface PullStory {
  readonly kind: 'bead' | 'landing'
  readonly pullId: string
  /** The issue it is for: the bead's or the convoy's. */
  readonly ref: string
  readonly convoyRef: string
  readonly polecat: string | null
  /** For a landing: its beads. */
  readonly beads: readonly { readonly ref: string; readonly title: string; readonly pull: number | null }[]
}

/** The check run on a pull's head. */
export interface CheckStory {
  readonly pullId: string
  readonly status: 'queued' | 'in_progress' | 'completed'
  readonly conclusion: 'success' | 'failure' | 'neutral' | null
  readonly why: string | null
  readonly gates: readonly GateResult[]
}
