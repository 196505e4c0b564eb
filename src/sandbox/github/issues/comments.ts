import type { Comment, Issue, Reaction, ReactionContent, Repo } from '../documents.ts'
import { type Actor, actorAccount, demand, invalid, may, Refusal, viaApp } from '../kit.ts'
import { comment as renderComment } from '../render.ts'
import { issue as renderIssue } from '../render-issue.ts'
import type { World } from '../world.ts'
import { lengthOf, MAX_BODY, repoOf, WRITING } from './issue.ts'

/** Comments on issues and pull requests, their pins, and reactions. */

export function addComment(world: World, actor: Actor, issue: Issue, body: string): Comment {
  demand(actor, repoOf(world, issue), 'read', WRITING)
  if (issue.locked && !speaksWhenLocked(world, actor, issue))
    throw new Refusal(403, 'Unable to create comment because issue is locked.')
  checkBody(body)
  const now = world.now()
  const made = world.comments.put({
    id: world.next(),
    repoId: issue.repoId,
    issueId: issue.id,
    body,
    authorId: actorAccount(actor).id,
    viaApp: viaApp(actor),
    createdAt: now,
    updatedAt: now,
    pinnedAt: null,
    pinnedById: null,
  })
  world.issues.change(issue.id, { updatedAt: now })
  tellOf(world, actor, made, 'created')
  return made
}

/** People who may push. An App may not, whatever it was granted: GitHub gives it no role. */
const speaksWhenLocked = (world: World, actor: Actor, issue: Issue): boolean =>
  actor.kind === 'user' && may(actor, repoOf(world, issue), 'write', WRITING)

/** Changes a comment's text. Its author may, and whoever may push. */
export function editComment(world: World, actor: Actor, comment: Comment, body: string): Comment {
  demandOver(world, actor, comment)
  checkBody(body)
  if (body === comment.body) return comment
  const now = world.now()
  const edit = { byId: actorAccount(actor).id, at: now }
  const changed = world.comments.change(comment.id, { body, updatedAt: now, edit })
  world.issues.change(comment.issueId, { updatedAt: world.now() })
  tellOf(world, actor, changed, 'edited', { changes: { body: { from: comment.body } } })
  return changed
}

export function deleteComment(world: World, actor: Actor, comment: Comment): void {
  demandOver(world, actor, comment)
  const issue = world.issues.get(comment.issueId)!
  const shown = renderComment(world, comment)
  world.comments.remove(comment.id)
  for (const reaction of world.reactions.find('subject', `comment:${comment.id}`))
    world.reactions.remove(reaction.id)
  const left = world.issues.change(issue.id, {
    updatedAt: world.now(),
    pinnedCommentId: issue.pinnedCommentId === comment.id ? null : issue.pinnedCommentId,
  })
  const payload = { issue: renderIssue(world, left), comment: shown }
  world.emit('issue_comment', 'deleted', repoOf(world, issue), payload, actorAccount(actor))
}

/** Pins a comment to the top of its issue, in place of the one that was there. */
export function pinComment(world: World, actor: Actor, comment: Comment): Comment {
  demand(actor, world.repos.get(comment.repoId)!, 'write', WRITING)
  if (comment.pinnedAt !== null) return comment
  const before = world.issues.get(comment.issueId)!.pinnedCommentId
  const pinned = before === null ? undefined : world.comments.get(before)
  if (pinned !== undefined) unpinComment(world, actor, pinned)
  const now = world.now()
  const changed = world.comments.change(comment.id, { pinnedAt: now, pinnedById: actorAccount(actor).id })
  world.issues.change(comment.issueId, { pinnedCommentId: comment.id, updatedAt: now })
  tellOf(world, actor, changed, 'pinned')
  return changed
}

export function unpinComment(world: World, actor: Actor, comment: Comment): void {
  demand(actor, world.repos.get(comment.repoId)!, 'write', WRITING)
  if (comment.pinnedAt === null) return
  const changed = world.comments.change(comment.id, { pinnedAt: null, pinnedById: null })
  world.issues.change(comment.issueId, { pinnedCommentId: null, updatedAt: world.now() })
  tellOf(world, actor, changed, 'unpinned')
}

/** Adds a reaction; the same one by the same account is found again and not made twice. No event tells of it. */
export function react(
  world: World,
  actor: Actor,
  repo: Repo,
  subject: string,
  content: ReactionContent,
): { made: boolean; reaction: Reaction } {
  demand(actor, repo, 'read', WRITING)
  const userId = actorAccount(actor).id
  const there = world.reactions
    .find('subject', subject)
    .find(it => it.userId === userId && it.content === content)
  if (there !== undefined) return { made: false, reaction: there }
  const reaction = { id: world.next(), subject, userId, content, createdAt: world.now() }
  return { made: true, reaction: world.reactions.put(reaction) }
}

function checkBody(body: string): void {
  if (body.trim() === '') throw invalid({ resource: 'IssueComment', field: 'body', code: 'missing_field' })
  if (lengthOf(body) > MAX_BODY)
    throw invalid({
      resource: 'IssueComment',
      field: 'body',
      code: 'custom',
      message: `body is too long (maximum is ${MAX_BODY} characters)`,
    })
}

function demandOver(world: World, actor: Actor, comment: Comment): void {
  const own = actor.kind === 'user' && actor.account.id === comment.authorId
  demand(actor, world.repos.get(comment.repoId)!, own ? 'read' : 'write', WRITING)
}

function tellOf(world: World, actor: Actor, comment: Comment, action: string, more = {}): void {
  const issue = world.issues.get(comment.issueId)!
  const payload = { issue: renderIssue(world, issue), comment: renderComment(world, comment), ...more }
  world.emit('issue_comment', action, repoOf(world, issue), payload, actorAccount(actor))
}
