import type { Memory } from './recovery/memory.ts'
import type { Gate } from './rig.ts'
import type { CheckStory, PullStory, Say } from './shown/says.ts'
import type { Answer, Feedback, RunKind, Time } from './town.ts'

/**
 * What we want done in the world. Imperative data without choices left open and without secrets: it names a
 * rig, and who performs it finds address and token. Each is *ensured* (looked for before it is made), so that
 * doing it twice does it once.
 */
export type Effect =
  | {
      readonly do: 'React'
      readonly rigId: string
      readonly commentId: string
      readonly content: 'eyes' | 'rocket' | 'confused' | '+1'
    }
  /** One comment that answers a command; once per command comment. */
  | {
      readonly do: 'Reply'
      readonly rigId: string
      readonly number: number
      readonly commentId: string
      readonly says: readonly Say[]
    }
  /** A comment of its own that is made once: a question, a reminder. `key` makes it one. */
  | {
      readonly do: 'Comment'
      readonly rigId: string
      readonly number: number
      readonly key: string
      readonly say: Say
    }
  | ShowIssue
  | {
      readonly do: 'ShowCheck'
      readonly rigId: string
      readonly pullId: string
      readonly headSha: string
      readonly story: CheckStory
    }
  /** Make `branch` at the tip of `from` unless it exists. → BranchMade */
  | {
      readonly do: 'EnsureBranch'
      readonly rigId: string
      readonly legId: string
      readonly branch: string
      readonly from: string
    }
  | { readonly do: 'DeleteBranch'; readonly rigId: string; readonly branch: string }
  /** → PullSeen or PullOpenRefused. `headSha` null: whatever the branch is at. */
  | {
      readonly do: 'OpenPull'
      readonly rigId: string
      readonly pullId: string
      readonly head: string
      readonly headSha: string | null
      readonly base: string
      readonly title: string
      readonly story: PullStory
    }
  /** Merge exactly `headSha` onto exactly `baseSha`. → PullSeen or MergeRefused */
  | {
      readonly do: 'MergePull'
      readonly rigId: string
      readonly pullId: string
      readonly number: number
      readonly headSha: string
      readonly base: string
      readonly baseSha: string
      readonly title: string
      readonly refs: readonly string[]
    }
  /** `number` null: asked for, and not seen open yet. It is in one lane with that, so it finds what was opened. */
  | {
      readonly do: 'ClosePull'
      readonly rigId: string
      readonly pullId: string
      readonly number: number | null
      readonly head: string
      readonly base: string
    }
  /** Open the issue of a convoy that has none. → ConvoyIssueOpened */
  | {
      readonly do: 'OpenConvoyIssue'
      readonly convoyId: string
      readonly rigId: string
      readonly title: string
      /** Who asked for it, and on which issue. */
      readonly by: string
      readonly askedAt: { readonly rigId: string; readonly number: number }
    }
  | PublishIssues
  | PublishLinks
  /** Take an issue out of the convoy's tree. Nothing to do when it is not there. */
  | {
      readonly do: 'UnlinkIssue'
      readonly convoyId: string
      readonly key: string
      readonly parent: IssueEnd
      readonly child: IssueEnd
    }
  /** → WordsSeen */
  | { readonly do: 'LookAtWords'; readonly rigId: string; readonly beadId: string; readonly number: number }
  | ShowBoard
  /** Foretell how the convoy will go. → ForecastMade */
  | {
      readonly do: 'Foretell'
      readonly convoyId: string
      readonly seed: number
      /** The command that asked for it; null: for the card. */
      readonly replyTo: { readonly rigId: string; readonly number: number; readonly commentId: string } | null
    }
  /** → TreeSeen */
  | { readonly do: 'LookAtTree'; readonly rigId: string; readonly convoyId: string; readonly number: number }
  /** → PullSeen */
  | {
      readonly do: 'LookAtPull'
      readonly rigId: string
      readonly pullId: string
      readonly number: number
      readonly headSha: string | null
    }
  | OrderRun
  /** See to it that a machine of the town is up and claims orders. */
  | { readonly do: 'WakeMachine' }

/** An issue as requests name it. */
export interface IssueEnd {
  readonly issueId: string
  readonly rigId: string
  readonly number: number
}

/** How many issues one request makes: GitHub's own client sends as many. */
export const PUBLISH_AT_ONCE = 20
/** Links are light: more of them go into one request, and still fit into a minute's share. */
export const LINKS_AT_ONCE = 40

/** Make these issues, each under its parent, at most PUBLISH_AT_ONCE. → IssuesPublished */
export interface PublishIssues {
  readonly do: 'PublishIssues'
  readonly convoyId: string
  readonly key: string
  /** Some of them may be there already, from an attempt that was given up. */
  readonly mayExist: boolean
  readonly root: IssueEnd
  readonly tasks: readonly {
    readonly nth: number
    readonly rigId: string
    readonly title: string
    readonly body: string
    readonly parent: IssueEnd
  }[]
}

/** Put issues under their parents and make them wait for each other, at most LINKS_AT_ONCE links. → LinksPublished */
export interface PublishLinks {
  readonly do: 'PublishLinks'
  readonly convoyId: string
  readonly key: string
  readonly root: IssueEnd
  /** Tasks of the plan that are done with these links. Empty for links that a command asked for. */
  readonly nths: readonly number[]
  readonly places: readonly { readonly parent: IssueEnd; readonly child: IssueEnd }[]
  readonly edges: readonly { readonly blocked: IssueEnd; readonly blocker: IssueEnd }[]
}

/** Columns of the board. */
export type BoardStatus =
  | 'Planned'
  | 'Waiting'
  | 'Ready'
  | 'Working'
  | 'In review'
  | 'Landed'
  | 'Held'
  | 'Failed'
  | 'Cancelled'

export interface BoardRow {
  readonly issueId: string
  readonly rigId: string
  readonly number: number
  readonly status: BoardStatus
  readonly wave: number | null
  readonly convoy: string
  readonly polecat: string | null
  readonly tries: number
  /** US dollars; null until there is a meter. */
  readonly cost: number | null
}

/** Make the board show these beads like this. `board`: null for the town's own. → BoardSeen */
export interface ShowBoard {
  readonly do: 'ShowBoard'
  readonly convoyId: string
  readonly board: number | null
  /** Times that a person moved a card of it: what was remembered of the cards before holds no more. */
  readonly moves: number
  readonly rows: readonly BoardRow[]
}

/** Make an issue look like this: our labels, our one comment, and its state. */
export interface ShowIssue {
  readonly do: 'ShowIssue'
  readonly what: 'convoy' | 'bead'
  /** Convoy or bead. */
  readonly id: string
  readonly rigId: string
  readonly number: number
  readonly issueId: string
  /** Of our own labels (LABELS), exactly these; foreign ones are never touched. */
  readonly labels: readonly Label[]
  /** Null: no comment of ours on it. */
  readonly say: Say | null
  /** What a database that knows nothing could not learn from GitHub otherwise; hidden in the comment, signed. */
  readonly memory: Memory | null
  /** `null`: its state is left as it is. → IssueClosed for a bead */
  readonly close: 'completed' | 'not_planned' | null
}

/** Work for a runner. Claimed, not pushed: performing it means that a runner took it. */
export interface OrderRun {
  readonly do: 'OrderRun'
  readonly runId: string
  readonly kind: RunKind
  readonly rigId: string
  readonly polecat: string | null
  readonly bead: { readonly number: number; readonly title: string; readonly body: string } | null
  /** The branch that is worked on or tested. Pushed to, when it is work; nothing else is. */
  readonly branch: string
  /** For work: go on from this commit of `branch`; null: begin at the tip of `base`. For a gate: the commit to test. */
  readonly headSha: string | null
  /** Where it starts from and will be merged into. */
  readonly base: string
  /** 1 on the first try; the scripted agent's `tries:` counts with it. */
  readonly attempt: number
  readonly feedback: Feedback | null
  readonly answers: readonly Answer[]
  readonly checkpoint: string | null
  readonly gates: readonly Gate[]
  /** Not claimed by then: nobody does it any more. */
  readonly until: Time
}

export const LABELS = {
  'gt:convoy': { color: '5319e7', description: 'The issue of a convoy: a batch of beads' },
  'gt:staged': { color: 'c5def5', description: 'Staged: planned, not started' },
  'gt:bead': { color: 'bfdadc', description: 'A piece of work in a convoy' },
  'gt:in-progress': { color: 'fbca04', description: 'A polecat is at work on it' },
  'gt:in-review': { color: '1d76db', description: 'In the refinery: gates and merge' },
  'gt:failed': { color: 'd93f0b', description: 'Its tries are spent: a person decides' },
  'gt:held': { color: 'e4e669', description: 'Held by a person' },
  'gt:paused': { color: 'cccccc', description: 'The convoy is paused' },
  'gt:escalation': { color: 'b60205', description: 'Waits for a person' },
} as const
export type Label = keyof typeof LABELS
