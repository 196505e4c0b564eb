import type { LockReason } from '../documents.ts'
import { deleteIssue, setLocked, transferIssue } from '../issues/fate.ts'
import { issueOfNode, repoOfNode, threadOfNode } from './lookup.ts'
import { issueNode, repositoryNode, subjectNode } from './nodes.ts'
import { type Mutation, rooted } from './rooted.ts'

/** Mutations of whole issues. */

const transfer: Mutation<{
  issueId: string
  repositoryId: string
  createLabelsIfMissing: boolean | null | undefined
}> = (call, input) => {
  const issue = issueOfNode(call, input.issueId)
  const target = repoOfNode(call, input.repositoryId)
  const moved = transferIssue(call.world, call.actor, issue, target, input.createLabelsIfMissing ?? false)
  return { issue: issueNode(call, moved) }
}

const remove: Mutation<{ issueId: string }> = (call, { issueId }) => ({
  repository: repositoryNode(call, deleteIssue(call.world, call.actor, issueOfNode(call, issueId))),
})

/** GraphQL's names of the reasons, and REST's. */
const REASONS: { readonly [name: string]: LockReason } = {
  OFF_TOPIC: 'off-topic',
  TOO_HEATED: 'too heated',
  RESOLVED: 'resolved',
  SPAM: 'spam',
}

const locking =
  (locked: boolean): Mutation<{ lockableId: string; lockReason?: string | null }> =>
  (call, { lockableId, lockReason }) => {
    const { world, actor } = call
    const reason = REASONS[lockReason ?? ''] ?? null
    const changed = setLocked(world, actor, threadOfNode(call, lockableId), locked, reason)
    return { lockedRecord: subjectNode(call, changed), unlockedRecord: subjectNode(call, changed) }
  }

export const fateMutations = {
  transferIssue: rooted(transfer),
  deleteIssue: rooted(remove),
  lockLockable: rooted(locking(true)),
  unlockLockable: rooted(locking(false)),
}
