import type { Command } from './commands/command.ts'
import type { Conclusion } from './conclusions.ts'
import type { Effect } from './effects.ts'
import type { Forecast } from './forecast/forecast.ts'
import type { GateResult, RigConfig } from './rig.ts'
import type { Bead, Board, Convoy, Leg, OutsideState, Polecat, Pull, Time } from './town.ts'

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
  /** It has sub-issues, or is labelled as an epic: never worked on itself. */
  readonly hasChildren: boolean
  /** It is labelled as a decision: a person closes it, no agent works on it. */
  readonly isDecision: boolean
  readonly blockedBy: readonly BlockerSeen[]
}

export interface BlockerSeen {
  readonly id: string
  readonly ref: string
  readonly state: OutsideState
}

/** An issue that a command names, as GitHub shows it. */
export interface NamedIssue {
  /** `owner/name#number` as it was named, the repository of the comment filled in. */
  readonly ref: string
  /** Null when it cannot be read: `problem` says why. */
  readonly issue: {
    readonly id: string
    readonly rigId: string
    readonly number: number
    readonly title: string
    readonly state: 'open' | 'closed'
    readonly isPull: boolean
    readonly hasChildren: boolean
    /** `owner/name#number` and id of the issue that it is under. */
    readonly parent: { readonly id: string; readonly ref: string } | null
  } | null
  readonly problem: string | null
}

/** What a person may do in a repository other than the one that they wrote in. */
export interface RightSeen {
  readonly rigId: string
  readonly permission: Permission
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
  /** The issues that its commands name, in their order, each once; read for those who may give the command. */
  readonly named: readonly NamedIssue[]
  /** The author's rights in every other repository that the tree or the named issues reach into. */
  readonly rights: readonly RightSeen[]
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

/** Columns of the board that do something when a card is moved there; `other` ones do not. */
export type BoardMove = 'Held' | 'Ready' | 'Cancelled' | 'other'

/** What came in from outside. Looked at with our own eyes, never copied from a webhook. */
export type Fact =
  | {
      readonly type: 'TownSeen'
      readonly login: string
      readonly ownerType: 'Organization' | 'User'
      readonly appSlug: string
      readonly suspended: boolean
    }
  | { readonly type: 'RigsSeen'; readonly rigs: readonly RigSeen[]; readonly complete: boolean }
  | CommentSeen
  /** Something about this issue changed; whether that matters is the core's to say. */
  | { readonly type: 'IssueTouched'; readonly rigId: string; readonly issueId: string }
  | { readonly type: 'TreeSeen'; readonly convoyId: string; readonly tree: Tree }
  /** The issue that we opened for a convoy. */
  | {
      readonly type: 'ConvoyIssueOpened'
      readonly convoyId: string
      readonly issueId: string
      readonly number: number
    }
  /** Issues of a plan are there, under their parents. */
  | {
      readonly type: 'IssuesPublished'
      readonly convoyId: string
      readonly issues: readonly { readonly nth: number; readonly issueId: string; readonly number: number }[]
    }
  /** These tasks of a plan are where they belong in the tree, and wait for what they are to wait for. */
  | { readonly type: 'LinksPublished'; readonly convoyId: string; readonly nths: readonly number[] }
  /** The words of a bead as they are now, and the rights of those who wrote them last: body and title. */
  | {
      readonly type: 'WordsSeen'
      readonly beadId: string
      readonly title: string
      readonly body: string
      readonly by: readonly { readonly login: string; readonly permission: Permission }[]
    }
  /** `number`: as the config names it; null: the town's own. */
  | { readonly type: 'BoardSeen'; readonly number: number | null; readonly board: Board }
  /** A person moved a card of the board. */
  | {
      readonly type: 'CardMoved'
      readonly issueId: string
      readonly to: BoardMove
      readonly by: string
      readonly permission: Permission
    }
  | {
      readonly type: 'ForecastMade'
      readonly convoyId: string
      /** Null: played through, it comes to no end. Only said to who asked. */
      readonly forecast: Forecast | null
      readonly replyTo: Extract<Effect, { do: 'Foretell' }>['replyTo']
    }
  /** What GitHub alone tells of a convoy, for a database that knows nothing of it. */
  | {
      readonly type: 'ConvoyRecovered'
      readonly convoy: Convoy
      readonly legs: readonly Leg[]
      readonly beads: readonly Bead[]
      readonly pulls: readonly Pull[]
      readonly polecats: readonly Polecat[]
    }
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
  /** An effect that will not be tried again by itself. `refused`: GitHub said no; else it never got through. */
  | {
      readonly type: 'EffectGivenUp'
      readonly effect: Effect
      readonly why: string
      readonly refused: boolean
    }

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

export type TownEvent = Fact | Conclusion
