import type { Command } from './commands/command.ts'
import type { Finding } from './convoys/findings.ts'
import type { Effect } from './effects.ts'
import type {
  Answer,
  Bead,
  Blocker,
  ClosedHow,
  Convoy,
  Feedback,
  GateResult,
  Leg,
  OutsideState,
  Pull,
  Question,
  RigConfig,
  Run,
  Time,
} from './town.ts'

/** A person's right in a repository as GitHub said it when we looked (`role_name`; custom roles by their base). */
export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none'

/** A repository as GitHub shows it. `config` is null when the file could not be used: `problem` says why. */
export interface RigSeen {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly defaultBranch: string
  readonly archived: boolean
  readonly config: RigConfig | null
  readonly configSha: string | null
  readonly problem: string | null
}

/** An issue of a tree as GitHub shows it. */
export interface IssueSeen {
  readonly id: string
  /** The repository's database id, and its name for people. */
  readonly rigId: string
  readonly repo: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly reason: 'completed' | 'not_planned' | 'duplicate' | null
  /** Its parent inside this tree; null for the root. */
  readonly parentId: string | null
  /** It has sub-issues, or is typed or labelled as an epic: never worked on itself. */
  readonly hasChildren: boolean
  readonly blockedBy: readonly BlockerSeen[]
}

export interface BlockerSeen {
  readonly id: string
  readonly ref: string
  readonly state: OutsideState
}

/** An epic with everything under it, in the order in which GitHub shows it (depth first), root first. */
export interface Tree {
  readonly root: IssueSeen
  readonly issues: readonly IssueSeen[]
  /** Refs of issues that are in the tree but could not be read. */
  readonly unreadable: readonly string[]
  /** When the reading began: what we did on GitHub later is not in it. */
  readonly readAt: Time
}

export interface CommentSeen {
  readonly type: 'CommentSeen'
  readonly commentId: string
  readonly rigId: string
  readonly issueId: string
  readonly number: number
  readonly by: string
  readonly permission: Permission
  /** At most 10,000 characters. */
  readonly body: string
  /** It was edited before we saw it: its author may not be who wrote it, so nothing in it is obeyed. */
  readonly edited: boolean
  readonly commands: readonly Command[]
  /** Read when a command asks for it (`stage`, `start`) and the person may give it; else null. */
  readonly tree: Tree | null
  /** Why the tree that was asked for could not be read, for people. */
  readonly treeProblem: string | null
}

export interface PullSeen {
  readonly type: 'PullSeen'
  readonly pullId: string
  readonly number: number
  readonly headSha: string
  readonly state: 'open' | 'closed'
  readonly merged: boolean
  readonly mergeSha: string | null
  /** Some person with write access approves at `headSha`, and none asks for changes. */
  readonly approved: boolean
}

/** What came in from outside. Looked at with our own eyes, never copied from a webhook. */
export type Fact =
  | {
      readonly type: 'TownSeen'
      readonly login: string
      readonly appSlug: string
      readonly suspended: boolean
    }
  | { readonly type: 'RigsSeen'; readonly rigs: readonly RigSeen[]; readonly complete: boolean }
  | CommentSeen
  /** Something about this issue changed; whether that matters is the core's to say. */
  | { readonly type: 'IssueTouched'; readonly rigId: string; readonly issueId: string }
  | { readonly type: 'TreeSeen'; readonly convoyId: string; readonly tree: Tree }
  | PullSeen
  | {
      readonly type: 'PullOpenRefused'
      readonly pullId: string
      readonly reason: 'no-commits' | 'no-branch' | 'refused'
      readonly detail: string
    }
  | {
      readonly type: 'MergeRefused'
      readonly pullId: string
      readonly reason: 'head-moved' | 'base-moved' | 'conflict' | 'not-allowed'
      readonly detail: string
    }
  /** We closed the issue of this bead at that time. */
  | { readonly type: 'IssueClosed'; readonly beadId: string; readonly at: Time }
  | { readonly type: 'BranchMade'; readonly legId: string; readonly sha: string }
  | { readonly type: 'RunStarted'; readonly runId: string; readonly machine: string }
  | { readonly type: 'RunBeat'; readonly runId: string }
  /** The branch is on the remote at `sha`. `changed`: it differs from what it started from. */
  | { readonly type: 'RunDone'; readonly runId: string; readonly sha: string; readonly changed: boolean }
  /** `sha`: last commit pushed, if any. `log`: tail, at most 4,000 characters. */
  | {
      readonly type: 'RunFailed'
      readonly runId: string
      readonly why: string
      readonly log: string
      readonly sha: string | null
    }
  | {
      readonly type: 'RunAsked'
      readonly runId: string
      readonly question: string
      readonly sha: string | null
      readonly checkpoint: string | null
    }
  /** Its machine had to stop; what was made is pushed (`sha`). Nobody's fault, it costs nothing. */
  | { readonly type: 'RunReleased'; readonly runId: string; readonly sha: string | null }
  | GateReported
  /** An effect that will not be tried again by itself. `final`: GitHub refused it; else it never got through. */
  | { readonly type: 'EffectGivenUp'; readonly effect: Effect; readonly why: string }

export interface GateReported {
  readonly type: 'GateReported'
  readonly runId: string
  /** `unable`: the gate could not be run at all (branch gone, clone failed): says nothing about the code. */
  readonly outcome: 'green' | 'red' | 'conflict' | 'empty' | 'unable'
  readonly baseSha: string | null
  readonly headSha: string | null
  readonly results: readonly GateResult[]
  /** Conflicting files. */
  readonly files: readonly string[]
  readonly why: string | null
}

/** What the core concluded. Past tense; each is folded by `evolve` and kept for ever. */
export type Conclusion =
  | {
      readonly type: 'ConvoyStaged'
      readonly convoy: Convoy
      readonly legs: readonly Leg[]
      readonly beads: readonly Bead[]
    }
  /** What there is to say about the plan changed; the plan did not. */
  | { readonly type: 'ConvoyNoted'; readonly convoyId: string; readonly findings: readonly Finding[] }
  | { readonly type: 'ConvoyStarted'; readonly convoyId: string }
  | { readonly type: 'ConvoyPaused'; readonly convoyId: string; readonly by: string }
  | { readonly type: 'ConvoyResumed'; readonly convoyId: string; readonly by: string }
  | { readonly type: 'ConvoyLanding'; readonly convoyId: string }
  | { readonly type: 'ConvoyReopened'; readonly convoyId: string }
  | { readonly type: 'ConvoyLanded'; readonly convoyId: string }
  | { readonly type: 'ConvoyClosed'; readonly convoyId: string; readonly by: string; readonly why: string }
  | {
      readonly type: 'LegChanged'
      readonly legId: string
      readonly state: Leg['state']
      readonly wakeAt: Time | null
      readonly why: string | null
    }
  | { readonly type: 'BeadJoined'; readonly bead: Bead }
  | {
      readonly type: 'BeadEdited'
      readonly beadId: string
      readonly parentId: string | null
      readonly position: number
      readonly kind: Bead['kind']
      readonly blockers: readonly Blocker[]
    }
  | { readonly type: 'BeadHeld'; readonly beadId: string; readonly by: string }
  | {
      readonly type: 'BeadReleased'
      readonly beadId: string
      readonly by: string
      readonly skip: readonly string[]
    }
  | { readonly type: 'BeadRetried'; readonly beadId: string; readonly by: string }
  | { readonly type: 'BeadDispatched'; readonly beadId: string; readonly run: Run; readonly branch: string }
  | {
      readonly type: 'BeadAsked'
      readonly beadId: string
      readonly question: Question
      readonly sha: string | null
      readonly checkpoint: string | null
      readonly wakeAt: Time
    }
  | { readonly type: 'BeadAnswered'; readonly beadId: string; readonly answer: Answer }
  | { readonly type: 'BeadReminded'; readonly beadId: string; readonly wakeAt: Time }
  | { readonly type: 'BeadSubmitted'; readonly beadId: string; readonly sha: string; readonly pull: Pull }
  /** Back to the pool with what went wrong; `counts` says which cap it counts towards. */
  | {
      readonly type: 'BeadReturned'
      readonly beadId: string
      readonly feedback: Feedback | null
      readonly counts: 'try' | 'setback' | 'nothing'
      readonly sha: string | null
      readonly wakeAt: Time
    }
  | { readonly type: 'BeadFailed'; readonly beadId: string; readonly why: string }
  | {
      readonly type: 'BeadClosed'
      readonly beadId: string
      readonly how: ClosedHow
      readonly sha: string | null
      readonly why: string | null
    }
  | { readonly type: 'BeadReopened'; readonly beadId: string; readonly why: string }
  | {
      readonly type: 'RunEnded'
      readonly runId: string
      readonly state: 'done' | 'failed' | 'asked' | 'lost' | 'stopped'
      readonly why: string | null
    }
  | { readonly type: 'PullWanted'; readonly pull: Pull }
  | { readonly type: 'PullQueued'; readonly pullId: string; readonly why: string | null }
  | { readonly type: 'GateOrdered'; readonly pullId: string; readonly run: Run }
  | {
      readonly type: 'PullTested'
      readonly pullId: string
      readonly headSha: string
      readonly baseSha: string
    }
  | { readonly type: 'MergeAsked'; readonly pullId: string }
  | { readonly type: 'PullWaiting'; readonly pullId: string; readonly why: string; readonly wakeAt: Time }
  /** Somebody pushed to its branch: what was tested is not what it is any more. */
  | { readonly type: 'PullMoved'; readonly pullId: string; readonly headSha: string }
  | { readonly type: 'PullDoubted'; readonly pullId: string; readonly why: string; readonly wakeAt: Time }
  | { readonly type: 'PullShut'; readonly pullId: string; readonly why: string; readonly wakeAt: Time }
  | { readonly type: 'PullReturned'; readonly pullId: string; readonly why: string }
  | { readonly type: 'PullMerged'; readonly pullId: string; readonly mergeSha: string }
  | { readonly type: 'PullClosed'; readonly pullId: string; readonly why: string }
  /** We asked GitHub to show this; `hash` is of what was asked. */
  | {
      readonly type: 'Shown'
      readonly what: 'convoy' | 'bead' | 'pull'
      readonly id: string
      readonly hash: string
    }

export type TownEvent = Fact | Conclusion
