import type { Finding } from './convoys/findings.ts'
import type {
  Answer,
  Bead,
  Blocker,
  ClosedHow,
  Convoy,
  DraftTask,
  Feedback,
  Leg,
  Priority,
  Pull,
  Question,
  Run,
  Time,
} from './town.ts'

/** What the core concluded. Past tense; each is folded by `evolve` and kept for ever. */
export type Conclusion =
  | {
      readonly type: 'ConvoyStaged'
      readonly convoy: Convoy
      readonly legs: readonly Leg[]
      readonly beads: readonly Bead[]
    }
  /** What there is to say about the plan changed; the plan did not. */
  /** A plan that is to be published: the convoy without beads, and the tasks that will be its issues. */
  | { readonly type: 'ConvoyDrafted'; readonly convoy: Convoy; readonly tasks: readonly DraftTask[] }
  /** GitHub is asked to make the issues of these tasks, or their links. */
  | {
      readonly type: 'PublishingAsked'
      readonly convoyId: string
      readonly nths: readonly number[]
      readonly step: 'making' | 'linking'
    }
  /** Publishing stopped and says why (`why`), or goes on (null). */
  | { readonly type: 'PublishingStopped'; readonly convoyId: string; readonly why: string | null }
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
  /** The convoy works in one more rig. */
  | { readonly type: 'LegAdded'; readonly leg: Leg }
  | {
      readonly type: 'BeadEdited'
      readonly beadId: string
      readonly parentId: string | null
      readonly position: number
      readonly kind: Bead['kind']
      readonly blockers: readonly Blocker[]
    }
  /** Title and body as someone with the right to it wrote them. */
  | {
      readonly type: 'BeadWorded'
      readonly beadId: string
      readonly title: string
      readonly body: string
      readonly by: string
    }
  /** Title or body were edited by someone without that right: they are not followed. */
  | { readonly type: 'BeadEditRefused'; readonly beadId: string; readonly by: string; readonly hash: string }
  | {
      readonly type: 'BeadPrioritised'
      readonly beadId: string
      readonly by: string
      readonly priority: Priority
    }
  /** Out of the convoy once what is begun is finished. */
  | { readonly type: 'BeadLeaving'; readonly beadId: string; readonly by: string }
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
      /** How we are to close the issue; null: it is closed already, or none of our business. */
      readonly closes: Bead['closes']
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
      readonly what: 'convoy' | 'bead' | 'pull' | 'board'
      readonly id: string
      readonly hash: string
    }
