import { pulls } from '../code/documents.ts'
import { setDraft } from '../code/pull-life.ts'
import { addComment, editComment, react } from '../issues/comments.ts'
import { demandOver, editIssue, openIssue, repoOf, setAssignees, setState } from '../issues/issue.ts'
import { carried, setLabels } from '../issues/labels.ts'
import { addBlockedBy, addSubIssue, moveSubIssue, removeBlockedBy, removeSubIssue } from '../issues/links.ts'
import { actorAccount, type Call } from '../kit.ts'
import { fromNodeId } from '../render.ts'
import { fateMutations } from './fate-mutations.ts'
import {
  accountsOfNodes,
  commentOfNode,
  issueOfNode,
  labelsOfNodes,
  noNode,
  repoOfNode,
  threadOfNode,
} from './lookup.ts'
import { actorNode, commentNode, issueNode, REACTIONS, reactionNode, subjectNode } from './nodes.ts'
import { projectMutations } from './project-mutations.ts'
import { type Ids, type Mutation, rooted, type Text } from './rooted.ts'

/** The mutations: each finds what its ids stand for, and asks the same rules as REST. */

const createIssue: Mutation<{
  repositoryId: string
  title: string
  body: Text
  labelIds: Ids
  assigneeIds: Ids
  parentIssueId: Text
}> = (call, input) => {
  const { world, actor } = call
  const repo = repoOfNode(call, input.repositoryId)
  const parent = input.parentIssueId ? issueOfNode(call, input.parentIssueId) : undefined
  const opened = openIssue(world, actor, repo, {
    title: input.title,
    body: input.body,
    labels: labelsOfNodes(call, repo, input.labelIds ?? []).map(it => it.name),
    assignees: accountsOfNodes(call, input.assigneeIds ?? []).map(it => it.login),
  })
  if (parent !== undefined) addSubIssue(world, actor, parent, opened)
  return { issue: issueNode(call, world.issues.get(opened.id)!) }
}

const updateIssue: Mutation<{
  id: string
  title: Text
  body: Text
  state: 'OPEN' | 'CLOSED' | null | undefined
  labelIds: Ids
  assigneeIds: Ids
}> = (call, input) => {
  const { world, actor } = call
  const { title, body, state } = input
  let issue = issueOfNode(call, input.id)
  issue = editIssue(world, actor, issue, { title: title ?? undefined, body: body ?? undefined })
  if (input.labelIds || input.assigneeIds) demandOver(world, actor, issue, 'triage')
  if (input.labelIds)
    issue = setLabels(world, actor, issue, labelsOfNodes(call, repoOf(world, issue), input.labelIds))
  if (input.assigneeIds) issue = setAssignees(world, actor, issue, accountsOfNodes(call, input.assigneeIds))
  if (state) issue = setState(world, actor, issue, state === 'OPEN' ? 'open' : 'closed')
  return { issue: issueNode(call, issue), actor: actorNode(call, actorAccount(actor)) }
}

const REASONS = { COMPLETED: 'completed', NOT_PLANNED: 'not_planned', DUPLICATE: 'duplicate' } as const

const closeIssue: Mutation<{ issueId: string; stateReason: keyof typeof REASONS | null | undefined }> = (
  call,
  { issueId, stateReason },
) => {
  const reason = stateReason ? REASONS[stateReason] : undefined
  return {
    issue: issueNode(call, setState(call.world, call.actor, issueOfNode(call, issueId), 'closed', reason)),
  }
}

const reopenIssue: Mutation<{ issueId: string }> = (call, { issueId }) => ({
  issue: issueNode(call, setState(call.world, call.actor, issueOfNode(call, issueId), 'open')),
})

const both = (call: Call, one: string, other: string) =>
  [issueOfNode(call, one), issueOfNode(call, other)] as const

/** A pair of issues as they are after the change. */
const pair = (call: Call, name: string, id: number, otherId: number) => ({
  issue: issueNode(call, call.world.issues.get(id)!),
  [name]: issueNode(call, call.world.issues.get(otherId)!),
})

interface SubIssue {
  issueId: string
  subIssueId: string
}

const addSub: Mutation<SubIssue & { replaceParent: boolean | null | undefined }> = (call, input) => {
  const [parent, child] = both(call, input.issueId, input.subIssueId)
  addSubIssue(call.world, call.actor, parent, child, input.replaceParent ?? false)
  return pair(call, 'subIssue', parent.id, child.id)
}

const removeSub: Mutation<SubIssue> = (call, input) => {
  const [parent, child] = both(call, input.issueId, input.subIssueId)
  removeSubIssue(call.world, call.actor, parent, child)
  return pair(call, 'subIssue', parent.id, child.id)
}

const reprioritize: Mutation<SubIssue & { afterId: Text; beforeId: Text }> = (call, input) => {
  const [parent, child] = both(call, input.issueId, input.subIssueId)
  const place = {
    after: input.afterId ? issueOfNode(call, input.afterId).id : undefined,
    before: input.beforeId ? issueOfNode(call, input.beforeId).id : undefined,
  }
  return { issue: issueNode(call, moveSubIssue(call.world, call.actor, parent, child, place)) }
}

interface Dependency {
  issueId: string
  blockingIssueId: string
}

const block: Mutation<Dependency> = (call, input) => {
  const [issue, blocker] = both(call, input.issueId, input.blockingIssueId)
  addBlockedBy(call.world, call.actor, issue, blocker)
  return pair(call, 'blockingIssue', issue.id, blocker.id)
}

const unblock: Mutation<Dependency> = (call, input) => {
  const [issue, blocker] = both(call, input.issueId, input.blockingIssueId)
  removeBlockedBy(call.world, call.actor, issue, blocker)
  return pair(call, 'blockingIssue', issue.id, blocker.id)
}

/** Adds labels, or takes them away. */
const labelling =
  (add: boolean): Mutation<{ labelableId: string; labelIds: readonly string[] }> =>
  (call, { labelableId, labelIds }) => {
    const { world, actor } = call
    const issue = threadOfNode(call, labelableId)
    demandOver(world, actor, issue, 'triage')
    const named = labelsOfNodes(call, repoOf(world, issue), labelIds)
    const others = carried(world, issue).filter(it => !named.some(one => one.id === it.id))
    return {
      labelable: subjectNode(call, setLabels(world, actor, issue, add ? [...others, ...named] : others)),
    }
  }

const comment: Mutation<{ subjectId: string; body: string }> = (call, { subjectId, body }) => {
  const issue = threadOfNode(call, subjectId)
  const made = addComment(call.world, call.actor, issue, body)
  return {
    commentEdge: { cursor: String(made.id), node: commentNode(call, made) },
    subject: subjectNode(call, call.world.issues.get(issue.id)!),
  }
}

const updateComment: Mutation<{ id: string; body: string }> = (call, { id, body }) => ({
  issueComment: commentNode(call, editComment(call.world, call.actor, commentOfNode(call, id), body)),
})

const addReaction: Mutation<{ subjectId: string; content: string }> = (call, { subjectId, content }) => {
  const rest = REACTIONS.find(([name]) => name === content)![1]
  const { world, actor } = call
  if (fromNodeId(subjectId)?.kind === 'comment') {
    const found = commentOfNode(call, subjectId)
    const { reaction } = react(world, actor, world.repos.get(found.repoId)!, `comment:${found.id}`, rest)
    return { reaction: reactionNode(call, reaction), subject: commentNode(call, found) }
  }
  const issue = threadOfNode(call, subjectId)
  const { reaction } = react(world, actor, repoOf(world, issue), `issue:${issue.id}`, rest)
  return { reaction: reactionNode(call, reaction), subject: subjectNode(call, issue) }
}

/** Whether a pull request is a draft; REST has no way to change that. */
const drafting =
  (draft: boolean): Mutation<{ pullRequestId: string }> =>
  (call, { pullRequestId }) => {
    const issue = threadOfNode(call, pullRequestId)
    const pull = pulls(call.world).one('issue', issue.id)
    if (pull === undefined) throw noNode(pullRequestId)
    setDraft(call.world, call.actor, pull, draft)
    return { pullRequest: subjectNode(call, call.world.issues.get(issue.id)!) }
  }

export const mutations = {
  createIssue: rooted(createIssue),
  updateIssue: rooted(updateIssue),
  closeIssue: rooted(closeIssue),
  reopenIssue: rooted(reopenIssue),
  addSubIssue: rooted(addSub),
  removeSubIssue: rooted(removeSub),
  reprioritizeSubIssue: rooted(reprioritize),
  addBlockedBy: rooted(block),
  removeBlockedBy: rooted(unblock),
  addLabelsToLabelable: rooted(labelling(true)),
  removeLabelsFromLabelable: rooted(labelling(false)),
  addComment: rooted(comment),
  updateIssueComment: rooted(updateComment),
  addReaction: rooted(addReaction),
  markPullRequestReadyForReview: rooted(drafting(false)),
  convertPullRequestToDraft: rooted(drafting(true)),
  ...fateMutations,
  ...projectMutations,
}
