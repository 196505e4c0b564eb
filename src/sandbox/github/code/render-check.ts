import type { Repo } from '../documents.ts'
import { app, nodeId, repoUrl, user, userById } from '../render.ts'
import { repository } from '../render-repo.ts'
import type { World } from '../world.ts'
import { latestStatuses, runOutcome } from './check-state.ts'
import {
  type CheckRun,
  type CheckSuite,
  type CommitStatus,
  checkRuns,
  checkSuites,
  type Protection,
  pulls,
} from './documents.ts'
import { repoHtml } from './render-code.ts'
import { pullMinimal } from './render-pull.ts'

/** Check runs, suites and statuses in the words of GitHub's REST API. */

const openPullsAt = (world: World, repoId: number, sha: string) =>
  pulls(world)
    .find('repo', repoId)
    .filter(it => it.headSha === sha && world.issues.get(it.issueId)?.state === 'open')
    .map(it => pullMinimal(world, it))

/** `check-run`. */
export function checkRun(world: World, it: CheckRun) {
  const repo = world.repos.get(it.repoId)!
  const url = `${repoUrl(world, repo)}/check-runs/${it.id}`
  const html = `${repoHtml(world, repo)}/runs/${it.id}`
  const { annotations, ...output } = it.output
  return {
    id: it.id,
    name: it.name,
    node_id: nodeId('check_run', it.id),
    head_sha: it.headSha,
    external_id: it.externalId ?? '',
    url,
    html_url: html,
    details_url: it.detailsUrl ?? html,
    status: it.status,
    conclusion: it.conclusion,
    started_at: it.startedAt,
    completed_at: it.completedAt,
    output: { ...output, annotations_count: annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: it.suiteId },
    app: app(world),
    pull_requests: openPullsAt(world, it.repoId, it.headSha),
  }
}

/** The same with its suite spelled out, as webhooks give it. */
export const checkRunEvent = (world: World, it: CheckRun) => ({
  ...checkRun(world, it),
  check_suite: suiteCore(world, checkSuites(world).get(it.suiteId)!),
})

/** Status and conclusion of a suite: unfinished while one run is, and as bad as its worst run. */
export function suiteState(world: World, it: CheckSuite): Pick<CheckRun, 'status' | 'conclusion'> {
  const runs = checkRuns(world).find('suite', it.id)
  if (runs.length === 0) return { status: 'queued', conclusion: null }
  if (runs.some(run => run.status !== 'completed')) return { status: 'in_progress', conclusion: null }
  const bad = runs.find(run => runOutcome(run) === 'failure')
  return { status: 'completed', conclusion: bad?.conclusion ?? 'success' }
}

function suiteCore(world: World, it: CheckSuite) {
  const repo = world.repos.get(it.repoId)!
  const url = `${repoUrl(world, repo)}/check-suites/${it.id}`
  return {
    id: it.id,
    node_id: nodeId('check_suite', it.id),
    head_branch: it.headBranch,
    head_sha: it.headSha,
    ...suiteState(world, it),
    url,
    before: it.before,
    after: it.headSha,
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    app: app(world),
    pull_requests: openPullsAt(world, it.repoId, it.headSha),
    latest_check_runs_count: checkRuns(world).find('suite', it.id).length,
    check_runs_url: `${url}/check-runs`,
  }
}

/** `check-suite`; `headCommit` is the `simple-commit` of its head. */
export const checkSuite = (world: World, it: CheckSuite, headCommit: object) => ({
  ...suiteCore(world, it),
  head_commit: headCommit,
  repository: repository(world, world.repos.get(it.repoId)!),
})

const avatar = (world: World, id: number) => `${world.urls.web}/sandbox/avatars/${id}`

const statusCore = (world: World, it: CommitStatus) => ({
  url: `${repoUrl(world, world.repos.get(it.repoId)!)}/statuses/${it.sha}`,
  avatar_url: avatar(world, it.creatorId),
  id: it.id,
  node_id: nodeId('status', it.id),
  state: it.state,
  description: it.description,
  target_url: it.targetUrl,
  context: it.context,
  created_at: it.createdAt,
  updated_at: it.createdAt,
})

/** `status`. */
export const status = (world: World, it: CommitStatus) => ({
  ...statusCore(world, it),
  creator: userById(world, it.creatorId) ?? user(world, world.accounts.all()[0]!),
})

/** `combined-commit-status`: `pending` when there is none, else as bad as the worst context. */
export function combinedStatus(world: World, repo: Repo, sha: string) {
  const latest = latestStatuses(world, repo, sha)
  const has = (...states: string[]) => latest.some(it => states.includes(it.state))
  const state = has('error', 'failure')
    ? 'failure'
    : latest.length === 0 || has('pending')
      ? 'pending'
      : 'success'
  const url = `${repoUrl(world, repo)}/commits/${sha}`
  return {
    state,
    statuses: latest.map(it => statusCore(world, it)),
    sha,
    total_count: latest.length,
    repository: repository(world, repo),
    commit_url: url,
    url: `${url}/status`,
  }
}

/** `branch-protection`. */
export function protection(world: World, repo: Repo, it: Protection) {
  const url = `${repoUrl(world, repo)}/branches/${encodeURIComponent(it.branch)}/protection`
  const flag = (enabled: boolean) => ({ enabled })
  return {
    url,
    ...(it.checks === null ? {} : { required_status_checks: requiredChecks(url, it.checks) }),
    ...(it.reviews === null ? {} : { required_pull_request_reviews: requiredReviews(url, it.reviews) }),
    ...(it.restrictions === null ? {} : { restrictions: restrictions(world, url, it.restrictions) }),
    required_signatures: { url: `${url}/required_signatures`, enabled: false },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: it.enforceAdmins },
    required_linear_history: flag(it.linearHistory),
    allow_force_pushes: flag(it.forcePushes),
    allow_deletions: flag(it.deletions),
    block_creations: flag(false),
    required_conversation_resolution: flag(false),
    lock_branch: flag(false),
    allow_fork_syncing: flag(false),
  }
}

const requiredChecks = (url: string, it: NonNullable<Protection['checks']>) => ({
  url: `${url}/required_status_checks`,
  strict: it.strict,
  contexts: it.contexts.map(one => one.context),
  contexts_url: `${url}/required_status_checks/contexts`,
  checks: it.contexts.map(one => ({ context: one.context, app_id: one.appId })),
})

const requiredReviews = (url: string, it: NonNullable<Protection['reviews']>) => ({
  url: `${url}/required_pull_request_reviews`,
  dismiss_stale_reviews: it.dismissStale,
  require_code_owner_reviews: it.codeOwners,
  require_last_push_approval: it.lastPush,
  required_approving_review_count: it.approvals,
})

const restrictions = (world: World, url: string, it: NonNullable<Protection['restrictions']>) => ({
  url: `${url}/restrictions`,
  users_url: `${url}/restrictions/users`,
  teams_url: `${url}/restrictions/teams`,
  apps_url: `${url}/restrictions/apps`,
  users: it.users.flatMap(login => world.accounts.one('login', login) ?? []).map(one => user(world, one)),
  teams: [],
  apps: it.apps.length > 0 ? [app(world)] : [],
})
