import type { CheckStory, PullStory, Say } from './shown/says.ts'
import type { Answer, Feedback, Gate, RunKind, Time } from './town.ts'

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
  readonly say: Say
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

/** `latest`: a newer wish replaces one that waits, and a done one is done again. `once`: never twice. */
export interface EffectAddress {
  readonly key: string
  /** Effects of one lane are done one after the other, in the order in which they were asked for. */
  readonly lane: string
  readonly policy: 'once' | 'latest'
  /** At most one write per `pace.coalesceMs` on this key. */
  readonly paced: boolean
}

export function addressOf(effect: Effect): EffectAddress {
  switch (effect.do) {
    case 'React':
      return once(`react:${effect.commentId}:${effect.content}`, `comment:${effect.commentId}`)
    case 'Reply':
      return once(`reply:${effect.commentId}`, `issue:${effect.rigId}:${effect.number}`)
    case 'Comment':
      return once(`comment:${effect.key}`, `issue:${effect.rigId}:${effect.number}`)
    case 'ShowIssue':
      return {
        ...latest(`show:${effect.what}:${effect.id}`, `show:${effect.what}:${effect.id}`),
        paced: effect.what === 'convoy',
      }
    case 'ShowCheck':
      return latest(`check:${effect.pullId}:${effect.headSha}`, `check:${effect.pullId}`)
    case 'EnsureBranch':
      return latest(`branch:${effect.legId}`, `branch:${effect.legId}`)
    case 'DeleteBranch':
      return once(`delete:${effect.rigId}:${effect.branch}`, `delete:${effect.rigId}:${effect.branch}`)
    case 'OpenPull':
      return latest(`open:${effect.pullId}`, `pull:${effect.pullId}`)
    case 'MergePull':
      return latest(`merge:${effect.pullId}`, `pull:${effect.pullId}`)
    case 'ClosePull':
      return once(`close:${effect.pullId}`, `pull:${effect.pullId}`)
    case 'LookAtTree':
      return latest(`tree:${effect.convoyId}`, `tree:${effect.convoyId}`)
    case 'LookAtPull':
      return latest(`look:${effect.pullId}`, `pull:${effect.pullId}`)
    case 'OrderRun':
      return once(`run:${effect.runId}`, `run:${effect.runId}`)
    case 'WakeMachine':
      return latest('machine', 'machine')
  }
}

function once(key: string, lane: string): EffectAddress {
  return { key, lane, policy: 'once', paced: false }
}

function latest(key: string, lane: string): EffectAddress {
  return { key, lane, policy: 'latest', paced: false }
}
