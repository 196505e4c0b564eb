import type { Issue } from '../documents.ts'
import { type Actor, actorAccount, demand, notFound, unprocessable } from '../kit.ts'
import { issue as renderIssue } from '../render-issue.ts'
import { repository } from '../render-repo.ts'
import type { World } from '../world.ts'
import { repoOf } from './issue.ts'
import { note } from './tell.ts'

/** How issues hang together: sub-issues and their order, "blocked by". Each change is told from both sides. */

const MAX_CHILDREN = 100
/** Levels of sub-issues below the topmost issue. */
const MAX_LEVELS = 8
const MAX_DEPENDENCIES = 50

const refuseChild = (why: string) =>
  unprocessable(`An error occurred while adding the sub-issue to the parent issue. ${why}`)

/** Makes `child` a sub-issue of `parent`, at the end. A child has one parent; `replaceParent` takes it from that. */
export function addSubIssue(
  world: World,
  actor: Actor,
  parent: Issue,
  child: Issue,
  replaceParent = false,
): Issue {
  demandLinking(world, actor, parent)
  const old = child.parentId === null ? undefined : world.issues.get(child.parentId)
  if (parent.pull !== null || child.pull !== null) throw refuseChild('Pull requests cannot be sub-issues')
  if (repoOf(world, parent).ownerId !== repoOf(world, child).ownerId)
    throw refuseChild('Sub issue must belong to the same owner')
  if (old?.id === parent.id) throw refuseChild('Issue may not contain duplicate sub-issues')
  if (old !== undefined && !replaceParent) throw refuseChild('Sub issue may only have one parent')
  const above = ancestors(world, parent)
  if (above.includes(child.id)) throw refuseChild('Sub issue may not create a circular dependency')
  if (parent.childIds.length >= MAX_CHILDREN)
    throw refuseChild(`Parent cannot have more than ${MAX_CHILDREN} sub-issues`)
  if (above.length + height(world, child) - 1 > MAX_LEVELS)
    throw refuseChild(`Sub issues may not be nested more than ${MAX_LEVELS} levels deep`)
  if (old !== undefined) removeSubIssue(world, actor, old, child)
  world.issues.change(child.id, { parentId: parent.id })
  world.issues.change(parent.id, { childIds: [...parent.childIds, child.id] })
  tellChild(world, actor, parent.id, child.id, 'added')
  return world.issues.get(parent.id)!
}

/** Takes a sub-issue from its parent; 404 when it is not one of it. */
export function removeSubIssue(world: World, actor: Actor, parent: Issue, child: Issue): Issue {
  demandLinking(world, actor, parent)
  if (child.parentId !== parent.id) throw notFound()
  world.issues.change(child.id, { parentId: null })
  world.issues.change(parent.id, { childIds: parent.childIds.filter(id => id !== child.id) })
  tellChild(world, actor, parent.id, child.id, 'removed')
  return world.issues.get(parent.id)!
}

/** Moves a sub-issue right after, or right before, another one of the same parent. */
export function moveSubIssue(
  world: World,
  actor: Actor,
  parent: Issue,
  child: Issue,
  place: { after?: number | undefined; before?: number | undefined },
): Issue {
  demandLinking(world, actor, parent)
  const anchor = place.after ?? place.before
  if (anchor === undefined || (place.after !== undefined && place.before !== undefined))
    throw unprocessable('Exactly one of after_id and before_id must be given.')
  const rest = parent.childIds.filter(id => id !== child.id)
  const at = rest.indexOf(anchor)
  if (at < 0 || rest.length === parent.childIds.length)
    throw unprocessable('Both issues must be sub-issues of the parent issue.')
  return world.issues.change(parent.id, {
    childIds: rest.toSpliced(place.after === undefined ? at : at + 1, 0, child.id),
  })
}

/** Lets `issue` wait for `blocker`. Cycles are let in: GitHub does not say that it refuses them. */
export function addBlockedBy(world: World, actor: Actor, issue: Issue, blocker: Issue): Issue {
  demandLinking(world, actor, issue)
  if (issue.pull !== null || blocker.pull !== null)
    throw unprocessable('Pull requests cannot be part of an issue dependency.')
  if (issue.id === blocker.id) throw unprocessable('An issue cannot be blocked by itself.')
  if (issue.blockedByIds.includes(blocker.id))
    throw unprocessable('The issue is already blocked by this issue.')
  if (issue.blockedByIds.length >= MAX_DEPENDENCIES || blocker.blockingIds.length >= MAX_DEPENDENCIES)
    throw unprocessable(`An issue cannot have more than ${MAX_DEPENDENCIES} dependencies of a kind.`)
  world.issues.change(issue.id, { blockedByIds: [...issue.blockedByIds, blocker.id] })
  world.issues.change(blocker.id, { blockingIds: [...world.issues.get(blocker.id)!.blockingIds, issue.id] })
  tellDependency(world, actor, issue.id, blocker.id, 'added')
  return world.issues.get(issue.id)!
}

/** Ends the waiting; 404 when there was none. */
export function removeBlockedBy(world: World, actor: Actor, issue: Issue, blocker: Issue): Issue {
  demandLinking(world, actor, issue)
  if (!issue.blockedByIds.includes(blocker.id)) throw notFound()
  world.issues.change(issue.id, { blockedByIds: issue.blockedByIds.filter(id => id !== blocker.id) })
  const { blockingIds } = world.issues.get(blocker.id)!
  world.issues.change(blocker.id, { blockingIds: blockingIds.filter(id => id !== issue.id) })
  tellDependency(world, actor, issue.id, blocker.id, 'removed')
  return world.issues.get(issue.id)!
}

/** Takes an issue that goes away out of the links of others, which may be in other repositories. Nothing tells of it. */
export function unlink(world: World, id: number): void {
  const { parentId, childIds, blockedByIds, blockingIds } = world.issues.get(id)!
  const without = (ids: readonly number[]) => ids.filter(it => it !== id)
  for (const near of [parentId, ...childIds, ...blockedByIds, ...blockingIds]) {
    const other = near === null ? undefined : world.issues.get(near)
    if (other === undefined) continue
    world.issues.change(other.id, {
      parentId: other.parentId === id ? null : other.parentId,
      childIds: without(other.childIds),
      blockedByIds: without(other.blockedByIds),
      blockingIds: without(other.blockingIds),
    })
  }
}

function demandLinking(world: World, actor: Actor, issue: Issue): void {
  demand(
    actor,
    repoOf(world, issue),
    'triage',
    ['issues:write'],
    'Must have triage access to the repository.',
  )
}

/** The issue itself and all above it. */
function ancestors(world: World, issue: Issue): number[] {
  const ids: number[] = []
  for (let at: Issue | undefined = issue; at !== undefined && !ids.includes(at.id); ) {
    ids.push(at.id)
    at = at.parentId === null ? undefined : world.issues.get(at.parentId)
  }
  return ids
}

/** Levels from the issue down to its deepest leaf, itself included. */
const height = (world: World, issue: Issue): number =>
  1 + Math.max(0, ...issue.childIds.flatMap(id => world.issues.get(id) ?? []).map(it => height(world, it)))

function tellChild(world: World, actor: Actor, parentId: number, childId: number, what: 'added' | 'removed') {
  const parent = world.issues.get(parentId)!
  const child = world.issues.get(childId)!
  const [parentRepo, childRepo] = [repoOf(world, parent), repoOf(world, child)]
  const both = {
    parent_issue_id: parent.id,
    parent_issue: renderIssue(world, parent),
    sub_issue_id: child.id,
    sub_issue: renderIssue(world, child),
  }
  const sender = actorAccount(actor)
  const repos = { child: repository(world, childRepo), parent: repository(world, parentRepo) }
  note(world, actor, parent, `sub_issue_${what}`, {}, { key: 'sub_issue', issueId: childId })
  note(world, actor, child, `parent_issue_${what}`, {}, { key: 'parent_issue', issueId: parentId })
  world.emit('sub_issues', `sub_issue_${what}`, parentRepo, { ...both, sub_issue_repo: repos.child }, sender)
  world.emit(
    'sub_issues',
    `parent_issue_${what}`,
    childRepo,
    { ...both, parent_issue_repo: repos.parent },
    sender,
  )
}

function tellDependency(
  world: World,
  actor: Actor,
  blockedId: number,
  blockerId: number,
  what: 'added' | 'removed',
): void {
  const blocked = world.issues.get(blockedId)!
  const blocker = world.issues.get(blockerId)!
  const [blockedRepo, blockerRepo] = [repoOf(world, blocked), repoOf(world, blocker)]
  const both = {
    blocked_issue_id: blocked.id,
    blocked_issue: renderIssue(world, blocked),
    blocking_issue_id: blocker.id,
    blocking_issue: renderIssue(world, blocker),
  }
  const sender = actorAccount(actor)
  const repos = { blocked: repository(world, blockedRepo), blocker: repository(world, blockerRepo) }
  note(world, actor, blocked, `blocked_by_${what}`, {}, { key: 'blocked_by', issueId: blockerId })
  note(world, actor, blocker, `blocking_${what}`, {}, { key: 'blocking', issueId: blockedId })
  world.emit(
    'issue_dependencies',
    `blocked_by_${what}`,
    blockedRepo,
    { ...both, blocking_issue_repo: repos.blocker },
    sender,
  )
  world.emit(
    'issue_dependencies',
    `blocking_${what}`,
    blockerRepo,
    { ...both, blocked_issue_repo: repos.blocked },
    sender,
  )
}
