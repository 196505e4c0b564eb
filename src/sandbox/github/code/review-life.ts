import type { Repo } from '../documents.ts'
import { note } from '../issues/tell.ts'
import { type Actor, actorAccount, demand, Refusal, unprocessable } from '../kit.ts'
import { userById } from '../render.ts'
import type { World } from '../world.ts'
import { type Pull, pulls, type Review, reviewComments, reviews } from './documents.ts'
import { issueOf, tellPull, tellReview } from './pull-life.ts'
import { type NewComment, place, putComment, tellComment } from './review-comments.ts'

/** Reviews: pending, submitted, dismissed; and comments on the lines of a pull request. */

export type ReviewEvent = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT'

const STATES = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const

export interface NewReview {
  readonly event?: ReviewEvent | undefined
  readonly body: string
  readonly commitSha: string
  readonly comments: readonly NewComment[]
}

/** Makes a review; without an event it stays pending, seen by its author only. */
export async function addReview(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  wanted: NewReview,
): Promise<Review> {
  demand(actor, repo, 'read', ['pull_requests:write'])
  const author = actorAccount(actor)
  const placed = await Promise.all(wanted.comments.map(it => place(world, repo, pull, it)))
  const mine = reviews(world)
    .find('pull', pull.id)
    .filter(it => it.authorId === author.id)
  if (mine.some(it => it.state === 'PENDING'))
    throw unprocessable('User can only have one pending review per pull request')
  return world.atomically(() => {
    const pending = reviews(world).put({
      id: world.next(),
      repoId: repo.id,
      pullId: pull.id,
      authorId: author.id,
      state: 'PENDING',
      body: wanted.body,
      commitSha: wanted.commitSha,
      submittedAt: null,
    })
    for (const it of placed)
      putComment(world, actor, pull, { ...it, reviewId: pending.id, commitSha: wanted.commitSha })
    return wanted.event === undefined
      ? pending
      : submit(world, actor, pull, pending, wanted.event, wanted.body)
  })
}

/** Submits a pending review. */
export function submit(
  world: World,
  actor: Actor,
  pull: Pull,
  pending: Review,
  event: ReviewEvent,
  body: string,
): Review {
  const author = actorAccount(actor)
  const own = issueOf(world, pull).authorId === author.id
  if (pending.state !== 'PENDING') throw unprocessable('Could not submit review. It was submitted already.')
  if (own && event === 'APPROVE') throw refused('Can not approve your own pull request')
  if (own && event === 'REQUEST_CHANGES') throw refused('Can not request changes on your own pull request')
  const comments = reviewComments(world).find('review', pending.id)
  if (event !== 'APPROVE' && body.trim() === '' && comments.length === 0) throw refused('Body is required')
  return world.atomically(() => {
    const fields = { state: STATES[event], body, submittedAt: world.now() }
    const review = reviews(world).change(pending.id, fields)
    const waiting = pull.requestedReviewerIds.filter(id => id !== author.id)
    pulls(world).change(pull.id, { requestedReviewerIds: waiting })
    world.issues.change(pull.issueId, { updatedAt: world.now() })
    note(world, actor, issueOf(world, pull), 'reviewed', { state: review.state.toLowerCase(), body })
    tellReview(world, actor, review.id, 'submitted')
    for (const it of comments) tellComment(world, actor, it, 'created')
    return review
  })
}

const refused = (why: string) => new Refusal(422, 'Unprocessable Entity', { errors: [why] })

/** Takes the effect of a review away. */
export function dismiss(world: World, actor: Actor, repo: Repo, review: Review, message: string): Review {
  demand(actor, repo, 'write', ['pull_requests:write'])
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`)
  }
  return world.atomically(() => {
    const dismissed = reviews(world).change(review.id, { state: 'DISMISSED' })
    const pull = pulls(world).get(review.pullId)!
    note(world, actor, issueOf(world, pull), 'review_dismissed', {
      dismissed_review: {
        review_id: review.id,
        state: review.state.toLowerCase(),
        dismissal_message: message,
      },
    })
    tellReview(world, actor, review.id, 'dismissed')
    return dismissed
  })
}

/** Asks people for a review, or takes the question back. */
export function setReviewers(world: World, actor: Actor, pull: Pull, wanted: readonly number[]): Pull {
  const had = pull.requestedReviewerIds
  return world.atomically(() => {
    const changed = pulls(world).change(pull.id, { requestedReviewerIds: wanted })
    const told = (id: number, action: string) => {
      note(world, actor, issueOf(world, pull), action, {}, { key: 'requested_reviewer', accountId: id })
      tellPull(world, actor, changed, action, { requested_reviewer: userById(world, id) })
    }
    for (const id of wanted.filter(it => !had.includes(it))) told(id, 'review_requested')
    for (const id of had.filter(it => !wanted.includes(it))) told(id, 'review_request_removed')
    return changed
  })
}
