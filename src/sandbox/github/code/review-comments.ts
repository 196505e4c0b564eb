import type { Repo } from '../documents.ts'
import { type Actor, actorAccount, demand, notFound, unprocessable } from '../kit.ts'
import type { World } from '../world.ts'
import { type Pull, pulls, type ReviewComment, reviewComments, reviews, type Side } from './documents.ts'
import { placeOf } from './hunks.ts'
import { lastFacts, pullComparison } from './pull-facts.ts'
import { tellReview } from './pull-life.ts'
import { pullFull, reviewComment } from './render-pull.ts'

/** Comments on the lines of a pull request. */

/** A comment as a client words it. Without a line it is about the whole file. */
export interface NewComment {
  readonly body: string
  readonly path: string
  readonly line?: number | undefined
  readonly side?: Side | undefined
  readonly startLine?: number | undefined
  readonly startSide?: Side | undefined
}

type Placed = Pick<
  ReviewComment,
  'body' | 'path' | 'line' | 'side' | 'startLine' | 'startSide' | 'diffHunk' | 'position'
>

/** Finds the place of a comment in the diff, or refuses. */
export async function place(world: World, repo: Repo, pull: Pull, it: NewComment): Promise<Placed> {
  const file = (await pullComparison(world, repo, pull))?.files.find(one => one.filename === it.path)
  if (file === undefined) throw unprocessable('pull_request_review_thread.path is not part of the diff')
  const side = it.side ?? 'RIGHT'
  const placed = {
    body: it.body,
    path: it.path,
    side,
    startLine: it.startLine ?? null,
    startSide: it.startSide ?? null,
  }
  if (it.line === undefined) {
    return { ...placed, line: null, diffHunk: file.patch?.split('\n')[0] ?? '', position: 1 }
  }
  const found = placeOf(file.patch ?? '', side, it.line)
  if (found === undefined) throw unprocessable('pull_request_review_thread.line must be part of the diff')
  return { ...placed, line: it.line, diffHunk: found.hunk, position: found.position }
}

/** Adds a comment that stands alone (a review of its own, as on GitHub) or answers another. */
export async function addComment(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  wanted:
    | { readonly at: NewComment; readonly commitSha: string }
    | { readonly replyTo: ReviewComment; readonly body: string },
): Promise<ReviewComment> {
  const answering = 'replyTo' in wanted
  const placed = answering
    ? { ...wanted.replyTo, body: wanted.body }
    : await place(world, repo, pull, wanted.at)
  const commitSha = answering ? wanted.replyTo.commitSha : wanted.commitSha
  return world.atomically(() => {
    const review = reviews(world).put({
      id: world.next(),
      repoId: repo.id,
      pullId: pull.id,
      authorId: actorAccount(actor).id,
      state: 'COMMENTED',
      body: '',
      commitSha,
      submittedAt: world.now(),
    })
    const inReplyToId = answering ? wanted.replyTo.id : null
    const made = putComment(world, actor, pull, { ...placed, reviewId: review.id, commitSha }, inReplyToId)
    tellReview(world, actor, review.id, 'submitted')
    tellComment(world, actor, made, 'created')
    return made
  })
}

/** Keeps a comment of a review; telling of it is left to whoever submits the review. */
export function putComment(
  world: World,
  actor: Actor,
  pull: Pull,
  placed: Placed & Pick<ReviewComment, 'reviewId' | 'commitSha'>,
  inReplyToId: number | null = null,
): ReviewComment {
  const now = world.now()
  const { body, path, line, side, startLine, startSide, diffHunk, position, reviewId, commitSha } = placed
  const place = {
    body,
    path,
    line,
    side,
    startLine,
    startSide,
    diffHunk,
    position,
    reviewId,
    commitSha,
    inReplyToId,
  }
  const authorId = actorAccount(actor).id
  const base = {
    id: world.next(),
    repoId: pull.repoId,
    pullId: pull.id,
    authorId,
    createdAt: now,
    updatedAt: now,
  }
  return reviewComments(world).put({ ...base, ...place })
}

export function editComment(
  world: World,
  actor: Actor,
  repo: Repo,
  it: ReviewComment,
  body: string,
): ReviewComment {
  demandOver(actor, repo, it)
  const changes = { body: { from: it.body } }
  return world.atomically(() => {
    const changed = reviewComments(world).change(it.id, { body, updatedAt: world.now() })
    tellComment(world, actor, changed, 'edited', { changes })
    return changed
  })
}

export function deleteComment(world: World, actor: Actor, repo: Repo, it: ReviewComment): void {
  demandOver(actor, repo, it)
  world.atomically(() => {
    tellComment(world, actor, it, 'deleted')
    reviewComments(world).remove(it.id)
  })
}

function demandOver(actor: Actor, repo: Repo, it: ReviewComment): void {
  const own = actor.kind === 'user' && actor.account.id === it.authorId
  demand(actor, repo, own ? 'read' : 'write', ['pull_requests:write'])
}

export function tellComment(
  world: World,
  actor: Actor,
  it: ReviewComment,
  action: 'created' | 'edited' | 'deleted',
  more: { readonly [key: string]: unknown } = {},
): void {
  const pull = pulls(world).get(it.pullId)
  if (pull === undefined) throw notFound()
  const payload = {
    comment: reviewComment(world, it),
    pull_request: pullFull(world, pull, lastFacts(pull)),
    ...more,
  }
  world.emit('pull_request_review_comment', action, world.repos.get(it.repoId)!, payload, actorAccount(actor))
}
