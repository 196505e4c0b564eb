import { z } from 'zod'
import type { Issue, TimelineEntry } from '../documents.ts'
import { READING, repoOf } from '../issues/issue.ts'
import { addBlockedBy, addSubIssue, moveSubIssue, removeBlockedBy, removeSubIssue } from '../issues/links.ts'
import { type Call, canSee, created, notFound, numberIn, ok, page, type Route, read } from '../kit.ts'

import { app, comment, nodeId, userById } from '../render.ts'
import { issueReference, issueWithRepository as render } from '../render-issue.ts'
import type { World } from '../world.ts'
import { issueInPath } from './issues.ts'

/** Sub-issues, dependencies and the timeline. Bodies name issues by their database id, never by number. */

/** An issue by id, if the caller can know of it: another repository of the owner counts, a foreign token does not. */
function issueOf(call: Call, id: number): Issue {
  const found = call.world.issues.get(id)
  if (found === undefined || !canSee(call.actor, repoOf(call.world, found))) throw notFound()
  return found
}

/** Those of the issues that the caller may see. */
const visible = (call: Call, ids: readonly number[]): Issue[] =>
  ids.flatMap(id => call.world.issues.get(id) ?? []).filter(it => canSee(call.actor, repoOf(call.world, it)))

const list = (call: Call, idsOf: (issue: Issue) => readonly number[]) =>
  page(call, visible(call, idsOf(issueInPath(call))), it => render(call.world, it))

const id = z.number().int()

function addChild(call: Call) {
  const wanted = read(
    call,
    z.object({ sub_issue_id: id, replace_parent: z.boolean().optional() }),
    'SubIssue',
  )
  const child = issueOf(call, wanted.sub_issue_id)
  const parent = addSubIssue(call.world, call.actor, issueInPath(call), child, wanted.replace_parent)
  return created(render(call.world, parent))
}

function removeChild(call: Call) {
  const child = issueOf(call, read(call, z.object({ sub_issue_id: id }), 'SubIssue').sub_issue_id)
  return ok(render(call.world, removeSubIssue(call.world, call.actor, issueInPath(call), child)))
}

function moveChild(call: Call) {
  const Move = z.object({ sub_issue_id: id, after_id: id.optional(), before_id: id.optional() })
  const { sub_issue_id, after_id: after, before_id: before } = read(call, Move, 'SubIssue')
  const child = issueOf(call, sub_issue_id)
  const parent = moveSubIssue(call.world, call.actor, issueInPath(call), child, { after, before })
  return ok(render(call.world, parent))
}

function parent(call: Call) {
  const { parentId } = issueInPath(call)
  if (parentId === null) throw notFound()
  return ok(render(call.world, issueOf(call, parentId)))
}

function block(call: Call) {
  const blocker = issueOf(call, read(call, z.object({ issue_id: id }), 'IssueDependency').issue_id)
  return created(render(call.world, addBlockedBy(call.world, call.actor, issueInPath(call), blocker)))
}

function unblock(call: Call) {
  const blocker = issueOf(call, numberIn(call, 'issue_id'))
  return ok(render(call.world, removeBlockedBy(call.world, call.actor, issueInPath(call), blocker)))
}

/** Comments and what was noted, in the order of their time. */
function timeline(call: Call) {
  const { world } = call
  const issue = issueInPath(call)
  const comments = world.comments.find('issue', issue.id).map(it => ({
    at: it.createdAt,
    id: it.id,
    shown: { ...comment(world, it), event: 'commented', actor: userById(world, it.authorId) },
  }))
  const notes = world.timeline.find('issue', issue.id).map(it => ({
    at: it.createdAt,
    id: it.id,
    shown: {
      id: it.id,
      node_id: nodeId('issue', it.id),
      url: `${world.urls.api}/repos/${call.params.owner}/${call.params.repo}/issues/events/${it.id}`,
      actor: userById(world, it.actorId),
      event: it.event,
      commit_id: null,
      commit_url: null,
      created_at: it.createdAt,
      performed_via_github_app: it.viaApp ? app(world) : null,
      ...it.detail,
      ...(it.linked === undefined ? {} : { [it.linked.key]: linked(world, it.linked) }),
    },
  }))
  const all = [...comments, ...notes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.id - b.id)
  return page(call, all, it => it.shown)
}

const linked = (world: World, it: NonNullable<TimelineEntry['linked']>) =>
  'issueId' in it ? issueReference(world, it.issueId) : userById(world, it.accountId)

const reading = { permission: READING } as const
const linking = { permission: ['issues:write'], role: 'triage' } as const
const issue = '/repos/{owner}/{repo}/issues/{issue_number}'

export const linkRoutes: readonly Route[] = [
  ['GET', `${issue}/sub_issues`, call => list(call, it => it.childIds), reading],
  ['POST', `${issue}/sub_issues`, addChild, linking],
  ['DELETE', `${issue}/sub_issue`, removeChild, linking],
  ['PATCH', `${issue}/sub_issues/priority`, moveChild, linking],
  ['GET', `${issue}/parent`, parent, reading],
  ['GET', `${issue}/dependencies/blocked_by`, call => list(call, it => it.blockedByIds), reading],
  ['POST', `${issue}/dependencies/blocked_by`, block, linking],
  ['DELETE', `${issue}/dependencies/blocked_by/{issue_id}`, unblock, linking],
  ['GET', `${issue}/dependencies/blocking`, call => list(call, it => it.blockingIds), reading],
  ['GET', `${issue}/timeline`, timeline, reading],
]
