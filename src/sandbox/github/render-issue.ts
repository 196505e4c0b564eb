import type { Issue } from './documents.ts'
import {
  app,
  association,
  comment,
  issueHtmlUrl,
  issueUrl,
  label,
  nodeId,
  reactions,
  repoUrl,
  user,
  userById,
} from './render.ts'
import { repository } from './render-repo.ts'
import type { World } from './world.ts'

/** `issue`, for an issue or for the issue half of a pull request. `full` adds what only the issue's own address gives. */
export function issue(world: World, it: Issue, full = false) {
  const repo = world.repos.get(it.repoId)!
  const author = world.accounts.get(it.authorId)
  const url = issueUrl(world, it)
  const assignees = it.assigneeIds.flatMap(id => world.accounts.get(id) ?? []).map(one => user(world, one))
  const parent = it.parentId === null ? undefined : world.issues.get(it.parentId)
  const pinned = it.pinnedCommentId === null ? undefined : world.comments.get(it.pinnedCommentId)
  return {
    url,
    repository_url: repoUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issueHtmlUrl(world, it),
    id: it.id,
    node_id: it.pull === null ? nodeId('issue', it.id) : nodeId('pull', it.pull.id),
    number: it.number,
    title: it.title,
    user: userById(world, it.authorId),
    labels: it.labelIds.flatMap(id => world.labels.get(id) ?? []).map(one => label(world, one)),
    state: it.state,
    locked: it.locked,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: world.comments.count('issue', it.id),
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    closed_at: it.closedAt,
    author_association: association(author, repo),
    active_lock_reason: it.lockReason ?? null,
    ...(it.pull === null ? issueOnly(world, it, parent) : pullOnly(world, it)),
    body: it.body,
    reactions: reactions(world, `issue:${it.id}`, url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: it.viaApp ? app(world) : null,
    state_reason: it.stateReason,
    ...(full || it.state === 'closed' ? { closed_by: userById(world, it.closedById) } : {}),
    ...(full ? { pinned_comment: pinned === undefined ? null : comment(world, pinned) } : {}),
  }
}

/** The same with its repository, as lists of sub-issues and dependencies carry it. */
export const issueWithRepository = (world: World, it: Issue) => ({
  ...issue(world, it),
  repository: repository(world, world.repos.get(it.repoId)!),
})

/** `nullable-issue-reference`: another issue in a line of the timeline; null when it is gone. */
export function issueReference(world: World, id: number) {
  const it = world.issues.get(id)
  if (it === undefined) return null
  return {
    number: it.number,
    title: it.title,
    state: it.state,
    state_reason: it.stateReason,
    repository: repository(world, world.repos.get(it.repoId)!),
    issue_type: null,
  }
}

const issueOnly = (world: World, it: Issue, parent: Issue | undefined) => ({
  ...(parent === undefined ? {} : { parent_issue_url: issueUrl(world, parent) }),
  sub_issues_summary: subIssuesSummary(world, it),
  issue_dependencies_summary: dependenciesSummary(world, it),
})

function pullOnly(world: World, it: Issue) {
  const url = `${repoUrl(world, world.repos.get(it.repoId)!)}/pulls/${it.number}`
  const html = issueHtmlUrl(world, it)
  return {
    draft: it.pull!.draft,
    pull_request: {
      url,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: it.pull!.mergedAt,
    },
  }
}

export function subIssuesSummary(world: World, it: Issue) {
  const children = it.childIds.flatMap(id => world.issues.get(id) ?? [])
  const completed = children.filter(child => child.state === 'closed').length
  const percent = children.length === 0 ? 0 : Math.floor((completed * 100) / children.length)
  return { total: children.length, completed, percent_completed: percent }
}

/** `blocked_by` and `blocking` count open issues only, the totals count all edges. */
export function dependenciesSummary(world: World, it: Issue) {
  const blockers = it.blockedByIds.flatMap(id => world.issues.get(id) ?? [])
  const blocked = it.blockingIds.flatMap(id => world.issues.get(id) ?? [])
  const open = (list: readonly Issue[]) => list.filter(one => one.state === 'open').length
  return {
    blocked_by: open(blockers),
    blocking: open(blocked),
    total_blocked_by: blockers.length,
    total_blocking: blocked.length,
  }
}
