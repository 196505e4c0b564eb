import { z } from 'zod'
import type { Comment, ReactionContent } from '../documents.ts'
import {
  addComment,
  deleteComment,
  editComment,
  pinComment,
  react,
  unpinComment,
} from '../issues/comments.ts'
import { READING, WRITING } from '../issues/issue.ts'
import {
  type Call,
  created,
  forbidden,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
} from '../kit.ts'
import { comment as render, reaction as renderReaction } from '../render.ts'
import { choice, sinceOf } from './issue-list.ts'
import { issueInPath } from './issues.ts'

/** Comments on issues and pull requests, and reactions. */

function commentInPath(call: Call): Comment {
  const found = call.world.comments.get(numberIn(call, 'comment_id'))
  if (found === undefined || found.repoId !== call.repo.id) throw notFound()
  return found
}

const bodyOf = (call: Call) => read(call, z.object({ body: z.string() }), 'IssueComment').body

function add(call: Call) {
  return created(render(call.world, addComment(call.world, call.actor, issueInPath(call), bodyOf(call))))
}

function listOfIssue(call: Call) {
  const since = sinceOf(call)
  const all = call.world.comments.find('issue', issueInPath(call).id)
  const shown = all.filter(it => Date.parse(it.updatedAt) >= since)
  return page(call, shown, it => render(call.world, it))
}

/** Without `sort` the order is by id and `direction` is not heeded, as on GitHub. */
function listOfRepository(call: Call) {
  const since = sinceOf(call)
  const key = choice(call, 'sort', ['created', 'updated']) === 'created' ? 'createdAt' : 'updatedAt'
  const falling = call.query.has('sort') && choice(call, 'direction', ['desc', 'asc']) === 'desc'
  const shown = call.world.comments
    .find('repo', call.repo.id)
    .filter(it => Date.parse(it.updatedAt) >= since)
    .sort((a, b) => Date.parse(a[key]) - Date.parse(b[key]) || a.id - b.id)
  return page(call, falling ? shown.reverse() : shown, it => render(call.world, it))
}

function edit(call: Call) {
  return ok(render(call.world, editComment(call.world, call.actor, commentInPath(call), bodyOf(call))))
}

function remove(call: Call) {
  deleteComment(call.world, call.actor, commentInPath(call))
  return noContent
}

function pin(call: Call) {
  return ok(render(call.world, pinComment(call.world, call.actor, commentInPath(call))))
}

function unpin(call: Call) {
  unpinComment(call.world, call.actor, commentInPath(call))
  return noContent
}

/** What the path of a reactions route reacts to. */
type SubjectOf = (call: Call) => string
const issueSubject: SubjectOf = call => `issue:${issueInPath(call).id}`
const commentSubject: SubjectOf = call => `comment:${commentInPath(call).id}`

const CONTENTS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const

function addReaction(call: Call, subject: string) {
  const { content } = read(call, z.object({ content: z.enum(CONTENTS) }), 'Reaction')
  const { made, reaction } = react(call.world, call.actor, call.repo, subject, content)
  const body = renderReaction(call.world, reaction)
  return made ? created(body) : ok(body)
}

function listReactions(call: Call, subject: string) {
  const content = call.query.get('content') as ReactionContent | null
  const all = call.world.reactions.find('subject', subject)
  return page(
    call,
    all.filter(it => content === null || it.content === content),
    it => renderReaction(call.world, it),
  )
}

function removeReaction(call: Call, subject: string) {
  const found = call.world.reactions.get(numberIn(call, 'reaction_id'))
  if (found === undefined || found.subject !== subject) throw notFound()
  if (call.actor.kind === 'anonymous' || call.actor.account.id !== found.userId) throw forbidden()
  call.world.reactions.remove(found.id)
  return noContent
}

/** The three routes of reactions below the address of what is reacted to. Review comments have them too. */
export const reactionRoutes = (address: string, subjectOf: SubjectOf): readonly Route[] => [
  ['GET', `${address}/reactions`, call => listReactions(call, subjectOf(call)), { permission: READING }],
  ['POST', `${address}/reactions`, call => addReaction(call, subjectOf(call)), { permission: WRITING }],
  [
    'DELETE',
    `${address}/reactions/{reaction_id}`,
    call => removeReaction(call, subjectOf(call)),
    { permission: WRITING },
  ],
]

const reading = { permission: READING } as const
const writing = { permission: WRITING } as const
const issue = '/repos/{owner}/{repo}/issues/{issue_number}'
const all = '/repos/{owner}/{repo}/issues/comments'
const one = `${all}/{comment_id}`

export const commentRoutes: readonly Route[] = [
  ['GET', `${issue}/comments`, listOfIssue, reading],
  ['POST', `${issue}/comments`, add, writing],
  ['GET', all, listOfRepository, reading],
  ['GET', one, call => ok(render(call.world, commentInPath(call))), reading],
  ['PATCH', one, edit, writing],
  ['DELETE', one, remove, writing],
  ['PUT', `${one}/pin`, pin, writing],
  ['DELETE', `${one}/pin`, unpin, writing],
  ...reactionRoutes(issue, issueSubject),
  ...reactionRoutes(one, commentSubject),
]
