import type { Fact } from '../core/events.ts'
import type { GitHubEffect } from '../ports.ts'
import { observeTree } from './observe-tree.ts'
import { deleteBranch, ensureBranch } from './perform/branches.ts'
import { showCheck } from './perform/check.ts'
import { comment, react, reply } from './perform/comments.ts'
import { lookAtWords } from './perform/look-at-words.ts'
import { mergePull } from './perform/merge.ts'
import { openConvoyIssue } from './perform/open-convoy-issue.ts'
import type { Performer } from './perform/performer.ts'
import { publishIssues } from './perform/publish-issues.ts'
import { publishLinks } from './perform/publish-links.ts'
import { closePull, lookAtPull, openPull } from './perform/pulls.ts'
import { showBoard } from './perform/show-board.ts'
import { showIssue } from './perform/show-issue.ts'
import { unlinkIssue } from './perform/unlink-issue.ts'
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
  OpenConvoyIssue: openConvoyIssue,
  PublishIssues: publishIssues,
  PublishLinks: publishLinks,
  UnlinkIssue: unlinkIssue,
  ShowBoard: showBoard,
  LookAtTree: lookAtTree,
  LookAtPull: lookAtPull,
  LookAtWords: lookAtWords,
}

/** Ensures the effect and says what was learned. */
export function perform(reach: Reach, effect: GitHubEffect, attempt: number): Promise<readonly Fact[]> {
  // The compiler cannot join an effect to its own entry of the table; the key does.
  const performer = PERFORMERS[effect.do] as Performer<GitHubEffect['do']>
  return performer(reach, effect, attempt)
}
