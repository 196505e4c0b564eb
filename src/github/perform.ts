import type { Fact } from '../core/events.ts'
import type { GitHubEffect } from '../ports.ts'
import { observeTree } from './observe-tree.ts'
import { deleteBranch, ensureBranch } from './perform/branches.ts'
import { showCheck } from './perform/check.ts'
import { comment, react, reply } from './perform/comments.ts'
import { mergePull } from './perform/merge.ts'
import type { Performer } from './perform/performer.ts'
import { closePull, lookAtPull, openPull } from './perform/pulls.ts'
import { showIssue } from './perform/show-issue.ts'
import { addressOf, type Reach } from './reach.ts'

const lookAtTree: Performer<'LookAtTree'> = async (reach, { rigId, convoyId, number }) => [
  { type: 'TreeSeen', convoyId, tree: await observeTree(reach, await addressOf(reach, rigId), number) },
]

/** Who performs what. An effect on GitHub without a performer does not compile. */
const PERFORMERS: { readonly [Do in GitHubEffect['do']]: Performer<Do> } = {
  React: react,
  Reply: reply,
  Comment: comment,
  ShowIssue: showIssue,
  ShowCheck: showCheck,
  EnsureBranch: ensureBranch,
  DeleteBranch: deleteBranch,
  OpenPull: openPull,
  MergePull: mergePull,
  ClosePull: closePull,
  LookAtTree: lookAtTree,
  LookAtPull: lookAtPull,
}

/** Ensures the effect and says what was learned. */
export function perform(reach: Reach, effect: GitHubEffect, attempt: number): Promise<readonly Fact[]> {
  // The compiler cannot join an effect to its own entry of the table; the key does.
  const performer = PERFORMERS[effect.do] as Performer<GitHubEffect['do']>
  return performer(reach, effect, attempt)
}
