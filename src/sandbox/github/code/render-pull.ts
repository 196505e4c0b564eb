import type { Issue, Repo } from '../documents.ts'
import {
  association,
  issueHtmlUrl,
  issueUrl,
  label,
  nodeId,
  ownerOf,
  reactions,
  repoUrl,
  user,
  userById,
} from '../render.ts'
import { repository } from '../render-repo.ts'
import type { World } from '../world.ts'
import { type Pull, pulls, type Review, type ReviewComment, reviewComments } from './documents.ts'
import type { PullFacts } from './pull-facts.ts'

/** Pull requests, reviews and review comments in the words of GitHub's REST API. */

export const pullUrl = (world: World, it: Pull): string =>
  `${repoUrl(world, world.repos.get(it.repoId)!)}/pulls/${it.number}`

const side = (world: World, repo: Repo, ref: string, sha: string) => ({
  label: `${ownerOf(world, repo).login}:${ref}`,
  ref,
  sha,
  user: user(world, ownerOf(world, repo)),
  repo: repository(world, repo),
})

function links(world: World, it: Pull, issue: Issue, repo: Repo) {
  const url = pullUrl(world, it)
  return {
    self: { href: url },
    html: { href: issueHtmlUrl(world, issue) },
    issue: { href: issueUrl(world, issue) },
    comments: { href: `${issueUrl(world, issue)}/comments` },
    review_comments: { href: `${url}/comments` },
    review_comment: { href: `${repoUrl(world, repo)}/pulls/comments{/number}` },
    commits: { href: `${url}/commits` },
    statuses: { href: `${repoUrl(world, repo)}/statuses/${it.headSha}` },
  }
}

/** `pull-request-simple`: as lists give it. */
export function pullSimple(world: World, it: Pull) {
  const repo = world.repos.get(it.repoId)!
  const issue = world.issues.get(it.issueId)!
  const _links = links(world, it, issue, repo)
  const html = issueHtmlUrl(world, issue)
  const assignees = issue.assigneeIds.flatMap(id => world.accounts.get(id) ?? []).map(one => user(world, one))
  return {
    url: _links.self.href,
    id: it.id,
    node_id: nodeId('pull', it.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: _links.issue.href,
    commits_url: _links.commits.href,
    review_comments_url: _links.review_comments.href,
    review_comment_url: _links.review_comment.href,
    comments_url: _links.comments.href,
    statuses_url: _links.statuses.href,
    number: it.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userById(world, issue.authorId),
    body: issue.body,
    labels: issue.labelIds.flatMap(id => world.labels.get(id) ?? []).map(one => label(world, one)),
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: issue.pull?.mergedAt ?? null,
    merge_commit_sha: it.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: it.requestedReviewerIds.map(id => userById(world, id)),
    requested_teams: [],
    head: side(world, repo, it.headRef, it.headSha),
    base: side(world, repo, it.baseRef, it.baseSha),
    _links,
    author_association: association(world.accounts.get(issue.authorId), repo),
    auto_merge: null,
    draft: issue.pull?.draft ?? false,
  }
}

/** `pull-request`: as its own address and the webhooks give it. */
export function pullFull(world: World, it: Pull, facts: PullFacts) {
  const issue = world.issues.get(it.issueId)!
  return {
    ...pullSimple(world, it),
    merged: (issue.pull?.mergedAt ?? null) !== null,
    mergeable: facts.mergeable,
    rebaseable: facts.mergeable,
    mergeable_state: facts.mergeableState,
    merged_by: userById(world, it.mergedById),
    comments: world.comments.find('issue', issue.id).length,
    review_comments: reviewComments(world).find('pull', it.id).length,
    maintainer_can_modify: false,
    commits: facts.size.commits,
    additions: facts.size.additions,
    deletions: facts.size.deletions,
    changed_files: facts.size.changedFiles,
  }
}

/** `pull-request-minimal`, as check runs carry it. */
export function pullMinimal(world: World, it: Pull) {
  const repo = world.repos.get(it.repoId)!
  const small = { id: repo.id, url: repoUrl(world, repo), name: repo.name }
  return {
    id: it.id,
    number: it.number,
    url: pullUrl(world, it),
    head: { ref: it.headRef, sha: it.headSha, repo: small },
    base: { ref: it.baseRef, sha: it.baseSha, repo: small },
  }
}

const pullLinks = (world: World, pull: Pull, html: string) => ({
  html: { href: html },
  pull_request: { href: pullUrl(world, pull) },
})

/** `pull-request-review`; webhooks write the state in small letters. */
export function review(world: World, it: Review) {
  const pull = pulls(world).get(it.pullId)!
  const html = `${issueHtmlUrl(world, world.issues.get(pull.issueId)!)}#pullrequestreview-${it.id}`
  return {
    id: it.id,
    node_id: nodeId('review', it.id),
    user: userById(world, it.authorId),
    body: it.body,
    state: it.state,
    html_url: html,
    pull_request_url: pullUrl(world, pull),
    _links: pullLinks(world, pull, html),
    ...(it.submittedAt === null ? {} : { submitted_at: it.submittedAt }),
    commit_id: it.commitSha,
    author_association: association(world.accounts.get(it.authorId), world.repos.get(it.repoId)!),
  }
}

/** `pull-request-review-comment`. */
export function reviewComment(world: World, it: ReviewComment) {
  const pull = pulls(world).get(it.pullId)!
  const repo = world.repos.get(it.repoId)!
  const url = `${repoUrl(world, repo)}/pulls/comments/${it.id}`
  const html = `${issueHtmlUrl(world, world.issues.get(pull.issueId)!)}#discussion_r${it.id}`
  return {
    url,
    id: it.id,
    node_id: nodeId('review_comment', it.id),
    pull_request_review_id: it.reviewId,
    diff_hunk: it.diffHunk,
    path: it.path,
    commit_id: it.commitSha,
    original_commit_id: it.commitSha,
    user: userById(world, it.authorId),
    body: it.body,
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    html_url: html,
    pull_request_url: pullUrl(world, pull),
    author_association: association(world.accounts.get(it.authorId), repo),
    _links: { self: { href: url }, ...pullLinks(world, pull, html) },
    ...(it.inReplyToId === null ? {} : { in_reply_to_id: it.inReplyToId }),
    ...(it.line === null ? {} : { line: it.line, original_line: it.line, side: it.side }),
    start_line: it.startLine,
    original_start_line: it.startLine,
    start_side: it.startSide,
    position: it.position,
    original_position: it.position,
    subject_type: it.line === null ? 'file' : 'line',
    reactions: reactions(world, `review_comment:${it.id}`, url),
  }
}
