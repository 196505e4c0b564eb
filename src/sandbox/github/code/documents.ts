import type { Collection, World } from '../world.ts'

/**
 * What the sandbox's GitHub keeps about code beside git itself: pull requests, reviews, checks, statuses, protection.
 * As elsewhere, documents hold facts and no addresses. Branches are short names, shas have 40 digits.
 */

/** The half of a pull request that an issue does not have. Title, body, state, draft and merge time are the issue's. */
export interface Pull {
  readonly id: number
  readonly repoId: number
  readonly issueId: number
  readonly number: number
  readonly headRef: string
  readonly headSha: string
  readonly baseRef: string
  /** The base branch when the pull request was opened, last pushed to, or (for good) just before it was merged. */
  readonly baseSha: string
  /** How large it was when it was opened, last pushed to or retargeted: what webhooks tell. */
  readonly size: PullSize
  readonly requestedReviewerIds: readonly number[]
  readonly mergeCommitSha: string | null
  readonly mergedById: number | null
  /** A merge whose commit is made and whose branch is about to move: lets a restart tell that it happened. */
  readonly merging: { readonly sha: string; readonly byId: number } | null
}

export interface PullSize {
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changedFiles: number
}

export type ReviewState = 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED'

export interface Review {
  readonly id: number
  readonly repoId: number
  readonly pullId: number
  readonly authorId: number
  readonly state: ReviewState
  readonly body: string
  readonly commitSha: string
  readonly submittedAt: string | null
}

export type Side = 'LEFT' | 'RIGHT'

export interface ReviewComment {
  readonly id: number
  readonly repoId: number
  readonly pullId: number
  readonly reviewId: number | null
  readonly authorId: number
  readonly body: string
  readonly path: string
  /** null for a comment on the whole file. */
  readonly line: number | null
  readonly side: Side
  readonly startLine: number | null
  readonly startSide: Side | null
  readonly commitSha: string
  readonly diffHunk: string
  /** Lines below the head of the file's first hunk; 1 for a comment on the whole file. */
  readonly position: number
  readonly inReplyToId: number | null
  readonly createdAt: string
  readonly updatedAt: string
}

export const CHECK_STATUSES = [
  'queued',
  'in_progress',
  'completed',
  'waiting',
  'requested',
  'pending',
] as const
export type CheckStatus = (typeof CHECK_STATUSES)[number]

export const CONCLUSIONS = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
] as const
export type Conclusion = (typeof CONCLUSIONS)[number]

export interface CheckRun {
  readonly id: number
  readonly repoId: number
  readonly suiteId: number
  readonly name: string
  readonly headSha: string
  readonly status: CheckStatus
  readonly conclusion: Conclusion | null
  readonly detailsUrl: string | null
  readonly externalId: string | null
  readonly startedAt: string
  readonly completedAt: string | null
  readonly output: {
    readonly title: string | null
    readonly summary: string | null
    readonly text: string | null
    readonly annotations: readonly { readonly [key: string]: unknown }[]
  }
}

/** The check runs of the App on one commit; its status and conclusion follow from them. */
export interface CheckSuite {
  readonly id: number
  readonly repoId: number
  readonly headSha: string
  readonly headBranch: string | null
  readonly before: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export type StatusState = 'error' | 'failure' | 'pending' | 'success'

export interface CommitStatus {
  readonly id: number
  readonly repoId: number
  readonly sha: string
  readonly state: StatusState
  readonly context: string
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creatorId: number
  readonly createdAt: string
}

/** Classic protection of one branch. The branch need not exist. */
export interface Protection {
  readonly id: number
  readonly repoId: number
  readonly branch: string
  readonly checks: {
    readonly strict: boolean
    readonly contexts: readonly { readonly context: string; readonly appId: number | null }[]
  } | null
  readonly reviews: {
    readonly approvals: number
    readonly dismissStale: boolean
    readonly codeOwners: boolean
    readonly lastPush: boolean
  } | null
  readonly enforceAdmins: boolean
  /** Logins of people and slugs of Apps that may push; null: everybody with write access. */
  readonly restrictions: { readonly users: readonly string[]; readonly apps: readonly string[] } | null
  readonly linearHistory: boolean
  readonly forcePushes: boolean
  readonly deletions: boolean
}

const key = (repoId: number, name: string | number) => `${repoId}:${name}`

/** The pull requests; indexes `number` and `head` and `base` (branches) are keyed by `keyOf(repo id, value)`. */
export const pulls = (world: World): Collection<Pull> =>
  world.collection<Pull>('pulls', {
    repo: it => it.repoId,
    issue: it => it.issueId,
    number: it => key(it.repoId, it.number),
    head: it => key(it.repoId, it.headRef),
    base: it => key(it.repoId, it.baseRef),
  })

export const reviews = (world: World): Collection<Review> =>
  world.collection<Review>('reviews', { pull: it => it.pullId })

export const reviewComments = (world: World): Collection<ReviewComment> =>
  world.collection<ReviewComment>('review_comments', {
    pull: it => it.pullId,
    repo: it => it.repoId,
    review: it => it.reviewId ?? undefined,
  })

export const checkRuns = (world: World): Collection<CheckRun> =>
  world.collection<CheckRun>('check_runs', { sha: it => key(it.repoId, it.headSha), suite: it => it.suiteId })

export const checkSuites = (world: World): Collection<CheckSuite> =>
  world.collection<CheckSuite>('check_suites', { sha: it => key(it.repoId, it.headSha) })

export const statuses = (world: World): Collection<CommitStatus> =>
  world.collection<CommitStatus>('statuses', { sha: it => key(it.repoId, it.sha) })

export const protections = (world: World): Collection<Protection> =>
  world.collection<Protection>('protections', {
    branch: it => key(it.repoId, it.branch),
    repo: it => it.repoId,
  })

export { key as keyOf }
