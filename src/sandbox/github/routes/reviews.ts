import { z } from 'zod'
import { type Pull, type Review, type ReviewComment, reviewComments, reviews } from '../code/documents.ts'
import { review, reviewComment } from '../code/render-pull.ts'
import { addComment, deleteComment, editComment, type NewComment } from '../code/review-comments.ts'
import { addReview, dismiss, submit } from '../code/review-life.ts'
import {
  type Call,
  created,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
  unprocessable,
} from '../kit.ts'
import { reactionRoutes } from './comments.ts'
import { SHA } from './git-refs.ts'
import { pullIn, reading, writing } from './pulls.ts'

/** Reviews of pull requests and comments on their lines. */

const EVENT = z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT'])
const SIDE = z.enum(['LEFT', 'RIGHT'])

const PLACE = {
  body: z.string().min(1),
  path: z.string().min(1),
  line: z.number().int().positive().optional(),
  side: SIDE.optional(),
  start_line: z.number().int().positive().nullish(),
  start_side: SIDE.optional(),
  subject_type: z.enum(['line', 'file']).optional(),
}

const REVIEW = z.object({
  event: EVENT.optional(),
  body: z.string().default(''),
  commit_id: SHA.optional(),
  comments: z.array(z.object(PLACE)).default([]),
})

const placeOf = (it: z.infer<z.ZodObject<typeof PLACE>>): NewComment => {
  if (it.line === undefined && it.subject_type !== 'file') throw unprocessable('line is missing')
  return {
    body: it.body,
    path: it.path,
    line: it.line,
    side: it.side,
    startLine: it.start_line ?? undefined,
    startSide: it.start_side,
  }
}

async function create(call: Call) {
  const { world, repo, actor } = call
  const pull = pullIn(call)
  const { event, body, commit_id, comments } = read(call, REVIEW, 'PullRequestReview')
  const wanted = { event, body, commitSha: commit_id ?? pull.headSha, comments: comments.map(placeOf) }
  return ok(review(world, await addReview(world, actor, repo, pull, wanted)))
}

/** A pending review is there for its author only. */
const visible = (call: Call, it: Review): boolean =>
  it.state !== 'PENDING' || (call.actor.kind !== 'anonymous' && call.actor.account.id === it.authorId)

function list(call: Call) {
  const all = reviews(call.world)
    .find('pull', pullIn(call).id)
    .filter(it => visible(call, it))
  return page(call, all, it => review(call.world, it))
}

function reviewIn(call: Call, pull: Pull): Review {
  const found = reviews(call.world).get(numberIn(call, 'review_id'))
  if (found?.pullId !== pull.id || !visible(call, found)) throw notFound()
  return found
}

const get = (call: Call) => ok(review(call.world, reviewIn(call, pullIn(call))))

function submitPending(call: Call) {
  const pull = pullIn(call)
  const pending = reviewIn(call, pull)
  const { event, body } = read(call, z.object({ event: EVENT, body: z.string().optional() }))
  return ok(review(call.world, submit(call.world, call.actor, pull, pending, event, body ?? pending.body)))
}

function updateBody(call: Call) {
  const own = reviewIn(call, pullIn(call))
  const { body } = read(call, z.object({ body: z.string() }))
  if (call.actor.kind === 'anonymous' || call.actor.account.id !== own.authorId)
    throw unprocessable('Only its author can edit a review')
  return ok(review(call.world, reviews(call.world).change(own.id, { body })))
}

function removePending(call: Call) {
  const pending = reviewIn(call, pullIn(call))
  if (pending.state !== 'PENDING') throw unprocessable('Can not delete a non-pending pull request review')
  const shown = review(call.world, pending)
  for (const it of reviewComments(call.world).find('review', pending.id))
    reviewComments(call.world).remove(it.id)
  reviews(call.world).remove(pending.id)
  return ok(shown)
}

function dismissReview(call: Call) {
  const { message } = read(call, z.object({ message: z.string().min(1) }))
  return ok(
    review(call.world, dismiss(call.world, call.actor, call.repo, reviewIn(call, pullIn(call)), message)),
  )
}

function shown(call: Call, it: ReviewComment): boolean {
  const of = it.reviewId === null ? undefined : reviews(call.world).get(it.reviewId)
  return of === undefined || visible(call, of)
}

const commentsOf = (call: Call, all: readonly ReviewComment[]) =>
  page(
    call,
    all.filter(it => shown(call, it)),
    it => reviewComment(call.world, it),
  )

const ofReview = (call: Call) =>
  commentsOf(call, reviewComments(call.world).find('review', reviewIn(call, pullIn(call)).id))
const ofPull = (call: Call) => commentsOf(call, reviewComments(call.world).find('pull', pullIn(call).id))
const ofRepo = (call: Call) => commentsOf(call, reviewComments(call.world).find('repo', call.repo.id))

const COMMENT = z.union([
  z.object({ ...PLACE, commit_id: SHA }),
  z.object({ body: z.string().min(1), in_reply_to: z.number().int() }),
])

async function comment(call: Call) {
  const { world, repo, actor } = call
  const pull = pullIn(call)
  const wanted = read(call, COMMENT, 'PullRequestReviewComment')
  if ('in_reply_to' in wanted) return answer(call, pull, wanted.in_reply_to, wanted.body)
  const at = placeOf(wanted)
  return created(
    reviewComment(world, await addComment(world, actor, repo, pull, { at, commitSha: wanted.commit_id })),
  )
}

async function answer(call: Call, pull: Pull, id: number, body: string) {
  const { world, repo, actor } = call
  const first = reviewComments(world).get(id)
  if (first?.pullId !== pull.id || first.inReplyToId !== null) throw notFound()
  return created(reviewComment(world, await addComment(world, actor, repo, pull, { replyTo: first, body })))
}

const BODY = z.object({ body: z.string().min(1) })

const reply = (call: Call) => answer(call, pullIn(call), numberIn(call, 'comment_id'), read(call, BODY).body)

function commentIn(call: Call): ReviewComment {
  const found = reviewComments(call.world).get(numberIn(call, 'comment_id'))
  if (found?.repoId !== call.repo.id || !shown(call, found)) throw notFound()
  return found
}

const edit = (call: Call) =>
  ok(
    reviewComment(
      call.world,
      editComment(call.world, call.actor, call.repo, commentIn(call), read(call, BODY).body),
    ),
  )

function remove(call: Call) {
  deleteComment(call.world, call.actor, call.repo, commentIn(call))
  return noContent
}

const PULLS = '/repos/{owner}/{repo}/pulls'
const PULL = `${PULLS}/{pull_number}`
const REVIEWED = `${PULL}/reviews/{review_id}`

export const reviewRoutes: readonly Route[] = [
  ['GET', `${PULL}/reviews`, list, reading],
  ['POST', `${PULL}/reviews`, create, writing],
  ['GET', REVIEWED, get, reading],
  ['PUT', REVIEWED, updateBody, writing],
  ['DELETE', REVIEWED, removePending, writing],
  ['POST', `${REVIEWED}/events`, submitPending, writing],
  ['PUT', `${REVIEWED}/dismissals`, dismissReview, { ...writing, role: 'write' }],
  ['GET', `${REVIEWED}/comments`, ofReview, reading],
  ['GET', `${PULL}/comments`, ofPull, reading],
  ['POST', `${PULL}/comments`, comment, writing],
  ['POST', `${PULL}/comments/{comment_id}/replies`, reply, writing],
  ['GET', `${PULLS}/comments`, ofRepo, reading],
  ['GET', `${PULLS}/comments/{comment_id}`, call => ok(reviewComment(call.world, commentIn(call))), reading],
  ['PATCH', `${PULLS}/comments/{comment_id}`, edit, writing],
  ['DELETE', `${PULLS}/comments/{comment_id}`, remove, writing],
  ...reactionRoutes(`${PULLS}/comments/{comment_id}`, call => `review_comment:${commentIn(call).id}`),
]
