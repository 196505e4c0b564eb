import type { Issue, LockReason, Repo } from '../documents.ts'
import { type Actor, actorAccount, demand, notAccessible, unprocessable } from '../kit.ts'
import { projectItems } from '../projects/documents.ts'
import { dropFromBoards } from '../projects/items.ts'
import { issue as renderIssue } from '../render-issue.ts'
import { repository } from '../render-repo.ts'
import type { World } from '../world.ts'
import { noteDeparture } from './departed.ts'
import { repoOf, setState, WRITING } from './issue.ts'
import { carried, labelNamed, makeLabel } from './labels.ts'
import { unlink } from './links.ts'
import { note, tell } from './tell.ts'

/** What happens to whole issues: locked, moved to another repository, deleted, turned into a discussion. */

/** Locks the conversation, or opens it again. Those who may push may, and an App. */
export function setLocked(
  world: World,
  actor: Actor,
  issue: Issue,
  locked: boolean,
  reason: LockReason | null = null,
): Issue {
  demand(actor, repoOf(world, issue), 'write', WRITING)
  if (issue.locked === locked) return issue
  const lockReason = locked ? reason : null
  const changed = world.issues.change(issue.id, { locked, lockReason, updatedAt: world.now() })
  const event = locked ? 'locked' : 'unlocked'
  note(world, actor, changed, event, locked ? { lock_reason: lockReason } : {})
  tell(world, actor, changed, event)
  return changed
}

/** Deletes an issue with all that was said: only people who administer the repository may. */
export function deleteIssue(world: World, actor: Actor, issue: Issue): Repo {
  const repo = repoOf(world, issue)
  demandPerson(actor)
  demand(actor, repo, 'admin', WRITING, 'Must have admin rights to Repository.')
  if (issue.pull !== null) throw unprocessable('Pull requests cannot be deleted.')
  const shown = renderIssue(world, issue)
  remove(world, actor, issue)
  noteDeparture(world, issue, null)
  world.emit('issues', 'deleted', repo, { issue: shown }, actorAccount(actor))
  return repo
}

/**
 * Turns an issue into a discussion: it is closed, and then it is no issue any more. Only the pages have this; the App
 * hears of the closing and of nothing else.
 */
export function convertToDiscussion(world: World, actor: Actor, issue: Issue): void {
  demandPerson(actor)
  demand(actor, repoOf(world, issue), 'triage', WRITING, 'Must have triage access to the repository.')
  if (issue.pull !== null) throw unprocessable('Pull requests cannot be converted.')
  remove(world, actor, setState(world, actor, issue, 'closed'))
  noteDeparture(world, issue, null)
}

function remove(world: World, actor: Actor, issue: Issue): void {
  unlink(world, issue.id)
  dropFromBoards(world, actor, issue)
  for (const comment of world.comments.find('issue', issue.id)) world.comments.remove(comment.id)
  for (const entry of world.timeline.find('issue', issue.id)) world.timeline.remove(entry.id)
  for (const reaction of world.reactions.find('subject', `issue:${issue.id}`))
    world.reactions.remove(reaction.id)
  world.issues.remove(issue.id)
}

/**
 * Moves an issue to another repository of the same owner. There it is another issue, with new ids and a new number;
 * what was said, who is assigned, its links and its cards go with it, labels only where the names are the same.
 */
export function transferIssue(
  world: World,
  actor: Actor,
  issue: Issue,
  target: Repo,
  makeLabels: boolean,
): Issue {
  const from = repoOf(world, issue)
  demandPerson(actor)
  for (const repo of [from, target]) demand(actor, repo, 'write', WRITING)
  checkTarget(issue, from, target)
  const labels = carried(world, issue).flatMap(
    it => labelNamed(world, target, it.name) ?? (makeLabels ? makeLabel(world, actor, target, it) : []),
  )
  const shown = renderIssue(world, issue)
  const moved = world.issues.put({
    ...issue,
    id: world.next(),
    repoId: target.id,
    number: world.next(`numbers of ${target.id}`),
    labelIds: labels.map(it => it.id),
    updatedAt: world.now(),
  })
  bring(world, issue, moved)
  world.issues.remove(issue.id)
  noteDeparture(world, issue, moved.id)
  note(world, actor, moved, 'transferred')
  const sender = actorAccount(actor)
  const there = { new_issue: renderIssue(world, moved), new_repository: repository(world, target) }
  const here = { old_issue: shown, old_repository: repository(world, from) }
  world.emit('issues', 'transferred', from, { issue: shown, changes: there }, sender)
  world.emit('issues', 'opened', target, { issue: there.new_issue, changes: here }, sender)
  return moved
}

function checkTarget(issue: Issue, from: Repo, target: Repo): void {
  if (issue.pull !== null) throw unprocessable('Pull requests cannot be transferred.')
  if (from.id === target.id) throw unprocessable('Issue is already in this repository')
  if (from.ownerId !== target.ownerId)
    throw unprocessable('Issues can only be transferred to repositories of the same owner')
  if (from.private && !target.private)
    throw unprocessable('Issues cannot be transferred from a private to a public repository')
  if (!target.hasIssues) throw unprocessable('Issues are disabled in the target repository')
}

/** Hangs all that belongs to an issue on the one that it became. */
function bring(world: World, old: Issue, moved: Issue): void {
  const renamed = (ids: readonly number[]) => ids.map(id => (id === old.id ? moved.id : id))
  for (const near of [old.parentId, ...old.childIds, ...old.blockedByIds, ...old.blockingIds]) {
    const other = near === null ? undefined : world.issues.get(near)
    if (other === undefined) continue
    world.issues.change(other.id, {
      parentId: other.parentId === old.id ? moved.id : other.parentId,
      childIds: renamed(other.childIds),
      blockedByIds: renamed(other.blockedByIds),
      blockingIds: renamed(other.blockingIds),
    })
  }
  const here = { issueId: moved.id }
  for (const it of world.comments.find('issue', old.id))
    world.comments.change(it.id, { ...here, repoId: moved.repoId })
  for (const it of world.timeline.find('issue', old.id)) world.timeline.change(it.id, here)
  for (const it of projectItems(world).find('issue', old.id)) projectItems(world).change(it.id, here)
  for (const it of world.reactions.find('subject', `issue:${old.id}`))
    world.reactions.change(it.id, { subject: `issue:${moved.id}` })
}

/** Of these GitHub says that people do them; whether an App could is not known, so here it cannot. */
function demandPerson(actor: Actor): void {
  if (actor.kind === 'installation') throw notAccessible()
}
