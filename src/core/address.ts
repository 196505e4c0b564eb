import type { Effect } from './effects.ts'

/** `latest`: a newer wish replaces one that waits, and a done one is done again. `once`: never twice. */
export interface EffectAddress {
  readonly key: string
  /** Effects of one lane are done one after the other, in the order in which they were asked for. */
  readonly lane: string
  readonly policy: 'once' | 'latest'
  /** At most one write on this key in so many times `pace.coalesceMs`; 0: as often as there is one. */
  readonly paced: number
}

/** A board is looked at now and then, a card while one waits: slower, each bead costs fewer requests. */
const BOARD_PACE = 4

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
        paced: effect.what === 'convoy' ? 1 : 0,
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
    // All that is done to a convoy's tree is done in one order, and looked at after that.
    case 'OpenConvoyIssue':
      return once(`open-convoy:${effect.convoyId}`, `tree:${effect.convoyId}`)
    case 'PublishIssues':
    case 'PublishLinks':
    case 'UnlinkIssue':
      return once(`tree:${effect.convoyId}:${effect.key}`, `tree:${effect.convoyId}`)
    case 'LookAtWords':
      return latest(`words:${effect.beadId}`, `words:${effect.beadId}`)
    case 'ShowBoard':
      return { ...latest(`board:${effect.convoyId}`, 'board'), paced: BOARD_PACE }
    case 'Foretell':
      return latest(
        `foretell:${effect.convoyId}:${effect.replyTo?.commentId ?? 'card'}`,
        `foretell:${effect.convoyId}`,
      )
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
  return { key, lane, policy: 'once', paced: 0 }
}

function latest(key: string, lane: string): EffectAddress {
  return { key, lane, policy: 'latest', paced: 0 }
}
