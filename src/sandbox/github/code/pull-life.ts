import type { Issue, Repo } from '../documents.ts'
import { readRef, resolve, setRef } from '../git/plumbing.ts'
import { demandOver, openIssue, setState } from '../issues/issue.ts'
import { note } from '../issues/tell.ts'
import { type Actor, actorAccount, conflict, invalid } from '../kit.ts'
import { ownerOf } from '../render.ts'
import type { World } from '../world.ts'
import { closeMentioned } from './closing.ts'
import { keyOf, type Pull, pulls, reviews } from './documents.ts'
import { protectionOf } from './protection.ts'
import { compared, lastFacts, sizeOf } from './pull-facts.ts'
import { pullFull, review as renderReview } from './render-pull.ts'
import { repoDir } from './repository.ts'

/** The life of a pull request: opened, pushed to, retargeted, closed, merged. Each step is told to the webhooks. */

export const issueOf = (world: World, pull: Pull): Issue => world.issues.get(pull.issueId)!

export const isOpen = (world: World, pull: Pull): boolean => issueOf(world, pull).state === 'open'

export const pullNumbered = (world: World, repo: Repo, number: number): Pull | undefined =>
  pulls(world).one('number', keyOf(repo.id, number))

export const openPullsOn = (world: World, repo: Repo, side: 'head' | 'base', branch: string): Pull[] =>
  pulls(world)
    .find(side, keyOf(repo.id, branch))
    .filter(it => isOpen(world, it))

/** Fires `pull_request.<action>` with the pull request as it stands. */
export function tellPull(
  world: World,
  actor: Actor,
  pull: Pull,
  action: string,
  more: { readonly [key: string]: unknown } = {},
): void {
  world.tellPull(issueOf(world, pull), action, more, actorAccount(actor))
}

/** Lets the issue side tell of pull requests, too. Call once for a world. */
export function teachPulls(world: World): void {
  world.tellPull = (issue, action, more, sender) => {
    const pull = pulls(world).one('issue', issue.id)
    // The issue half is made first: labels given with it are told of by `opened`.
    if (pull === undefined) return
    const payload = { number: pull.number, pull_request: pullFull(world, pull, lastFacts(pull)), ...more }
    world.emit('pull_request', action, world.repos.get(pull.repoId)!, payload, sender)
  }
}

export interface NewPull {
  readonly title: string
  readonly body?: string | null | undefined
  /** Branch, or `owner:branch`. */
  readonly head: string
  readonly base: string
  readonly draft?: boolean | undefined
}

const wrong = (field: string) => invalid({ resource: 'PullRequest', field, code: 'invalid' })
const custom = (message: string) => invalid({ resource: 'PullRequest', code: 'custom', message })

/** Opens a pull request between two branches of the repository. Call it inside `serially`. */
export async function openPull(world: World, actor: Actor, repo: Repo, wanted: NewPull): Promise<Pull> {
  const dir = repoDir(world, repo)
  const owner = ownerOf(world, repo).login
  const [, who = owner, headRef = ''] = /^(?:([^:]*):)?(.+)$/.exec(wanted.head) ?? []
  const headSha = await readRef(dir, `refs/heads/${headRef}`)
  const baseSha = await readRef(dir, `refs/heads/${wanted.base}`)
  if (headSha === undefined || who.toLowerCase() !== owner.toLowerCase()) throw wrong('head')
  if (baseSha === undefined) throw wrong('base')
  demandSingle(world, repo, headRef, wanted.base)
  const between = await compared(dir, baseSha, headSha)
  if (between === undefined)
    throw custom(`The ${headRef} branch has no history in common with ${wanted.base}`)
  if (between.ahead === 0) throw custom(`No commits between ${wanted.base} and ${headRef}`)
  const pull = world.atomically(() => {
    const id = world.next()
    const half = { id, draft: wanted.draft ?? false, mergedAt: null }
    const issue = openIssue(world, actor, repo, { title: wanted.title, body: wanted.body, pull: half })
    const made = pulls(world).put({
      id,
      repoId: repo.id,
      issueId: issue.id,
      number: issue.number,
      headRef,
      headSha,
      baseRef: wanted.base,
      baseSha,
      size: sizeOf(between),
      requestedReviewerIds: [],
      mergeCommitSha: null,
      mergedById: null,
      merging: null,
    })
    tellPull(world, actor, made, 'opened')
    return made
  })
  await setRef(dir, `refs/pull/${pull.number}/head`, headSha)
  return pull
}

/** A head and a base have one open pull request at most. */
function demandSingle(world: World, repo: Repo, headRef: string, baseRef: string): void {
  if (!openPullsOn(world, repo, 'head', headRef).some(it => it.baseRef === baseRef)) return
  throw custom(`A pull request already exists for ${ownerOf(world, repo).login}:${headRef}.`)
}

/** Takes a new commit of the head branch in. Does nothing when it is there already. */
export async function syncPull(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  after: string,
): Promise<void> {
  const before = pull.headSha
  if (before === after) return
  const dir = repoDir(world, repo)
  const baseSha = (await readRef(dir, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha
  const size = sizeOf(await compared(dir, baseSha, after))
  await setRef(dir, `refs/pull/${pull.number}/head`, after)
  world.atomically(() => {
    const synced = pulls(world).change(pull.id, { headSha: after, baseSha, size })
    world.issues.change(pull.issueId, { updatedAt: world.now() })
    tellPull(world, actor, synced, 'synchronize', { before, after })
    if (protectionOf(world, repo, pull.baseRef)?.reviews?.dismissStale) dismissApprovals(world, actor, synced)
  })
}

function dismissApprovals(world: World, actor: Actor, pull: Pull): void {
  for (const old of reviews(world).find('pull', pull.id)) {
    if (old.state !== 'APPROVED') continue
    tellReview(world, actor, reviews(world).change(old.id, { state: 'DISMISSED' }).id, 'dismissed')
  }
}

/** Fires `pull_request_review.<action>`; the state is in small letters there. */
export function tellReview(
  world: World,
  actor: Actor,
  reviewId: number,
  action: 'submitted' | 'dismissed' | 'edited',
): void {
  const it = reviews(world).get(reviewId)!
  const pull = pulls(world).get(it.pullId)!
  const review = { ...renderReview(world, it), state: it.state.toLowerCase() }
  const payload = { review, pull_request: pullFull(world, pull, lastFacts(pull)) }
  world.emit('pull_request_review', action, world.repos.get(it.repoId)!, payload, actorAccount(actor))
}

/** Moves an open pull request to another base branch. */
export async function retarget(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  baseRef: string,
): Promise<Pull> {
  if (baseRef === pull.baseRef) return pull
  const dir = repoDir(world, repo)
  const baseSha = await readRef(dir, `refs/heads/${baseRef}`)
  if (baseSha === undefined) throw wrong('base')
  demandSingle(world, repo, pull.headRef, baseRef)
  const between = await compared(dir, baseSha, pull.headSha)
  if (!between?.ahead)
    throw custom(
      `There are no new commits between base branch '${baseRef}' and head branch '${pull.headRef}'`,
    )
  return world.atomically(() => {
    const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } }
    const moved = pulls(world).change(pull.id, { baseRef, baseSha, size: sizeOf(between) })
    world.issues.change(pull.issueId, { updatedAt: world.now() })
    tellPull(world, actor, moved, 'edited', { changes })
    return moved
  })
}

/** Makes a draft of a pull request, or says that it is ready. */
export function setDraft(world: World, actor: Actor, pull: Pull, draft: boolean): Pull {
  const issue = issueOf(world, pull)
  demandOver(world, actor, issue, 'write')
  if (issue.pull?.draft === draft) return pull
  return world.atomically(() => {
    const changed = world.issues.change(issue.id, { pull: { ...issue.pull!, draft }, updatedAt: world.now() })
    note(world, actor, changed, draft ? 'convert_to_draft' : 'ready_for_review')
    tellPull(world, actor, pull, draft ? 'converted_to_draft' : 'ready_for_review')
    return pull
  })
}

/** Opens a closed pull request again, with whatever its branch holds now. */
export async function reopen(world: World, actor: Actor, repo: Repo, pull: Pull): Promise<void> {
  const issue = issueOf(world, pull)
  if (issue.state === 'open') return
  if (issue.pull?.mergedAt) throw custom('state cannot be changed. The pull request has been merged.')
  const head = await resolve(repoDir(world, repo), `refs/heads/${pull.headRef}`)
  if (head === undefined)
    throw custom(`state cannot be changed. The ${pull.headRef} branch has been deleted.`)
  demandSingle(world, repo, pull.headRef, pull.baseRef)
  setState(world, actor, issue, 'open')
  await syncPull(world, actor, repo, pull, head)
}

/**
 * Closes a pull request one of whose branches was deleted. It is GitHub that does it, so whoever deletes a branch
 * needs no right over the pull request.
 */
export function closeDangling(world: World, actor: Actor, pull: Pull, why: string): void {
  world.atomically(() => {
    note(world, actor, issueOf(world, pull), why)
    close(world, actor, pull, null)
    note(world, actor, issueOf(world, pull), 'closed', { commit_id: null })
    tellPull(world, actor, pull, 'closed')
  })
}

function close(world: World, actor: Actor, pull: Pull, mergedAt: string | null): Issue {
  const now = world.now()
  const issue = issueOf(world, pull)
  return world.issues.change(issue.id, {
    state: 'closed',
    closedAt: now,
    closedById: actorAccount(actor).id,
    updatedAt: now,
    pull: { ...issue.pull!, mergedAt },
  })
}

/** Notes that a pull request came in as `sha`; `base` is where its base branch stood before. */
export function markMerged(world: World, actor: Actor, pull: Pull, sha: string, base: string): void {
  world.atomically(() => {
    const issue = issueOf(world, pull)
    if (issue.state !== 'open') throw conflict('The pull request is not open.')
    const byId = actorAccount(actor).id
    const merged = pulls(world).change(pull.id, {
      mergeCommitSha: sha,
      mergedById: byId,
      baseSha: base,
      merging: null,
    })
    const closed = close(world, actor, pull, world.now())
    note(world, actor, closed, 'merged', { commit_id: sha })
    note(world, actor, closed, 'closed', { commit_id: null })
    tellPull(world, actor, merged, 'closed')
    const repo = world.repos.get(pull.repoId)!
    if (pull.baseRef === repo.defaultBranch) closeMentioned(world, repo, actor, [issue.body])
  })
}
