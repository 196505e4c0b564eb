import type { Finding } from '../convoys/findings.ts'
import type { Forecast } from '../forecast/forecast.ts'
import type { GateResult, MergeModeName, RigConfig } from '../rig.ts'
import type { Answer, Board, ConvoyStatus, Feedback, Priority, Time } from '../town.ts'

/** What a bead looks like to people. Derived in `core/beads/standing.ts`, nowhere else. */
export type Standing =
  | 'planned'
  | 'waiting'
  | 'ready'
  | 'working'
  | 'asking'
  | 'in review'
  | 'deciding'
  | 'landed'
  | 'done'
  | 'skipped'
  | 'cancelled'
  | 'failed'
  | 'held'
  | 'parked'

/** One row of a card. */
export interface CardBead {
  readonly id: string
  /** `owner/name#number`; `owner/name#new` for a task whose issue is still to be made. */
  readonly ref: string
  readonly title: string
  readonly standing: Standing
  readonly priority: Priority
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
  readonly mergeMode: MergeModeName
  readonly landingPull: number | null
  readonly landing: RigConfig['landing']
  readonly landed: boolean
  readonly why: string | null
}

/** One line of the tree: epics with what is under them, depth first. */
export interface CardNode {
  readonly ref: string
  readonly title: string
  readonly depth: number
  readonly kind: 'task' | 'epic' | 'decision'
  /** Of an epic: `planned`, `working` or how it ended, from what is under it. */
  readonly standing: Standing
  /** Tasks under an epic, and how many of them are over; null for others. */
  readonly under: { readonly over: number; readonly total: number } | null
}

/** The plan in figures, over unfinished work. */
export interface Route {
  readonly waves: number
  /** The widest wave: its number and how many beads. */
  readonly widest: { readonly wave: number; readonly beads: number } | null
  /** Refs along the longest chain of beads, first to last. */
  readonly criticalPath: readonly string[]
}

/** How far the issues and links of a plan are on GitHub. */
export interface Publishing {
  readonly done: number
  readonly total: number
  /** When the rest will be there at GitHub's limits for creating content. */
  readonly by: Time
}

/** Everything the convoy's comment shows. */
export interface Card {
  readonly convoyId: string
  readonly ref: string
  readonly title: string
  readonly status: ConvoyStatus
  readonly paused: boolean
  readonly by: string
  readonly landed: number
  readonly total: number
  readonly beads: readonly CardBead[]
  readonly tree: readonly CardNode[]
  readonly route: Route
  readonly publishing: Publishing | null
  readonly forecast: Forecast | null
  readonly board: Board | null
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
  readonly priority: Priority
  /** Who edited the issue's text after the start without the right to; it is not followed. */
  readonly editRefused: string | null
  /** Taken out of the convoy: what is begun is finished. */
  readonly leaving: boolean
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
  | { readonly kind: 'bad-value'; readonly line: string; readonly flag: string; readonly wants: string }
  /** An argument is missing or cannot be understood: `wants` says what belongs there. */
  | { readonly kind: 'bad-argument'; readonly line: string; readonly wants: string }
  /** May write here, but not in all the repositories that the convoy works in. */
  | {
      readonly kind: 'not-allowed-there'
      readonly by: string
      readonly repos: readonly string[]
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
  /** `--dry-run`: what staging would come to; nothing was written. */
  | { readonly say: 'dry-run'; readonly card: Card; readonly drafted: number }
  /** `--infer-blocks`: edges that the order suggests. `applied`: they are being set. */
  | {
      readonly say: 'inferred'
      readonly edges: readonly { readonly blocked: string; readonly blocker: string }[]
      readonly applied: boolean
    }
  | { readonly say: 'forecast'; readonly ref: string; readonly forecast: Forecast }
  /** A card of the board was moved by someone without the right to. */
  | { readonly say: 'card-refused'; readonly by: string; readonly to: string; readonly has: string }
  /** Something that was asked for on GitHub could not be done. */
  | { readonly say: 'trouble'; readonly what: string; readonly why: string }
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
  /** The plan is being published: so many issues and links; `parts`: sub-parents made for GitHub's limit of 100. */
  | {
      readonly kind: 'publishing'
      readonly issues: number
      readonly links: number
      readonly parts: number
      /** Where the convoy will be, when that is an issue of its own. */
      readonly elsewhere: boolean
      readonly starts: boolean
    }
  | { readonly kind: 'added'; readonly refs: readonly string[] }
  | {
      readonly kind: 'removed'
      readonly refs: readonly string[]
      /** Of those, the ones whose work is finished first. */
      readonly finishing: readonly string[]
    }
  | { readonly kind: 'prioritised'; readonly ref: string; readonly priority: Priority }
  | { readonly kind: 'skipped'; readonly ref: string; readonly freed: readonly string[] }
  | { readonly kind: 'cancelled'; readonly ref: string; readonly parked: readonly string[] }
  | { readonly kind: 'simulating' }
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
