import type { Account, Repo } from '../documents.ts'
import type { PushJudgement } from '../git/http.ts'
import type { WantedChange } from '../git/packets.ts'
import { ZERO_SHA } from '../git/plumbing.ts'
import { type Actor, atLeast, Refusal, roleOf } from '../kit.ts'
import type { World } from '../world.ts'
import { checksObstacle } from './check-state.ts'
import { keyOf, type Protection, type Pull, protections, type Review, reviews } from './documents.ts'

/** What branch protection forbids, in GitHub's words. */

export const protectionOf = (world: World, repo: Repo, branch: string): Protection | undefined =>
  protections(world).one('branch', keyOf(repo.id, branch))

/** Administrators pass over a protection that was not extended to them. */
const bypasses = (actor: Actor, repo: Repo, rule: Protection): boolean =>
  actor.kind === 'user' && !rule.enforceAdmins && atLeast(roleOf(actor.account, repo), 'admin')

/** Judges changes of references before git makes them; for pushes and for the API alike. */
export function judgePush(
  world: World,
  repo: Repo,
  actor: Actor,
  changes: readonly WantedChange[],
): PushJudgement {
  const forwardOnly: string[] = []
  for (const change of changes) {
    const rule = protectionOf(world, repo, branchOf(change.ref) ?? '')
    if (rule === undefined) continue
    if (!rule.forcePushes) forwardOnly.push(change.ref)
    const why = pushObstacle(world, repo, actor, rule, change)
    if (why === undefined) continue
    const refused = `error: GH006: Protected branch update failed for ${change.ref}.\nerror: ${why}`
    return { refused, forwardOnly }
  }
  return { forwardOnly }
}

function pushObstacle(
  world: World,
  repo: Repo,
  actor: Actor,
  rule: Protection,
  { before, after }: WantedChange,
): string | undefined {
  if (after === ZERO_SHA) return rule.deletions ? undefined : 'Cannot delete this branch'
  if (before === ZERO_SHA || bypasses(actor, repo, rule)) return undefined
  if (!mayPush(actor, world, rule)) return 'You are not authorized to push to this branch.'
  if (rule.reviews !== null && rule.reviews.approvals > 0) return approvalsMissing(rule.reviews.approvals)
  if (rule.reviews !== null) return 'Changes must be made through a pull request.'
  return rule.checks === null ? undefined : checksObstacle(world, repo, after, rule.checks)
}

function mayPush(actor: Actor, world: World, { restrictions }: Protection): boolean {
  if (restrictions === null) return true
  if (actor.kind === 'user') return restrictions.users.includes(actor.account.login)
  return actor.kind === 'installation' && restrictions.apps.includes(world.app.slug)
}

const approvalsMissing = (count: number) =>
  `At least ${count} approving review${count === 1 ? ' is' : 's are'} required by reviewers with write access.`

/** Refuses a change that a client wants to make through the API to a protected branch. */
export function demandPush(
  world: World,
  repo: Repo,
  actor: Actor,
  change: WantedChange,
  status: number,
): PushJudgement {
  const judged = judgePush(world, repo, actor, [change])
  if (judged.refused === undefined) return judged
  throw new Refusal(status, judged.refused.slice(judged.refused.lastIndexOf('error: ') + 'error: '.length))
}

export const branchOf = (ref: string): string | undefined =>
  ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined

/** Why the base branch's protection does not let a pull request in; undefined when it does. `behind`: lacks base's commits. */
export function mergeObstacle(
  world: World,
  repo: Repo,
  pull: Pull,
  behind: boolean,
  actor?: Actor,
): string | undefined {
  const rule = protectionOf(world, repo, pull.baseRef)
  if (rule === undefined || (actor !== undefined && bypasses(actor, repo, rule))) return undefined
  if (actor !== undefined && !mayPush(actor, world, rule))
    return 'You are not authorized to push to this branch.'
  const { reviews: wanted, checks } = rule
  if (wanted !== null) {
    const { approved, refused } = verdicts(world, repo, pull)
    if (refused > 0) return 'Changes have been requested by a reviewer with write access.'
    if (approved < wanted.approvals) return approvalsMissing(wanted.approvals)
  }
  if (checks?.strict && behind) return 'The head branch is not up to date with the base branch.'
  return checks === null ? undefined : checksObstacle(world, repo, pull.headSha, checks)
}

/** How many people with write access approve, and how many ask for changes: the last word of each counts. */
function verdicts(world: World, repo: Repo, pull: Pull): { approved: number; refused: number } {
  const last = new Map<number, Review['state']>()
  for (const review of reviews(world).find('pull', pull.id)) {
    if (review.state === 'COMMENTED' || review.state === 'PENDING') continue
    const author = world.accounts.get(review.authorId)
    if (author !== undefined && countsAsReviewer(author, repo)) last.set(review.authorId, review.state)
  }
  const count = (state: Review['state']) => [...last.values()].filter(it => it === state).length
  return { approved: count('APPROVED'), refused: count('CHANGES_REQUESTED') }
}

/** An App that can review at all has been given write access to pull requests. */
const countsAsReviewer = (account: Account, repo: Repo): boolean =>
  account.type === 'Bot' || atLeast(roleOf(account, repo), 'write')
