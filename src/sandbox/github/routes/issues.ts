import { z } from 'zod'
import type { Issue } from '../documents.ts'
import { departure } from '../issues/departed.ts'
import { setLocked } from '../issues/fate.ts'
import {
  assignable,
  demandOver,
  editIssue,
  issueNumbered,
  openIssue,
  READING,
  setAssignees,
  setState,
  WRITING,
} from '../issues/issue.ts'
import { carried, labelNamed, labelsOf, setLabels } from '../issues/labels.ts'
import {
  type Call,
  created,
  gone,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
} from '../kit.ts'
import { label as renderLabel } from '../render.ts'
import { issue as render } from '../render-issue.ts'
import { listIssues } from './issue-list.ts'

/** Issues: opening, reading, changing; their labels and assignees. */

/** The issue of `{issue_number}`; 301 when it moved, 410 when it is gone or the repository has no issues. */
export function issueInPath(call: Call): Issue {
  const number = numberIn(call, 'issue_number')
  const found = issueNumbered(call.world, call.repo, number)
  if (found === undefined) throw departure(call, number) ?? notFound()
  if (!call.repo.hasIssues && found.pull === null) throw gone('Issues are disabled for this repo')
  return found
}

/** GitHub takes labels as names and as objects with a name. */
const LabelName = z.union([z.string(), z.object({ name: z.string() }).transform(it => it.name)])
const texts = {
  /** GitHub also takes a number and makes it text. */
  title: z.union([z.string(), z.number()]).transform(String),
  body: z.string().nullish(),
  labels: z.array(LabelName).optional(),
  assignees: z.array(z.string()).optional(),
}
const Opening = z.object(texts)
const Changing = z.object({
  ...texts,
  title: texts.title.optional(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).nullish(),
})

function open(call: Call) {
  const issue = openIssue(call.world, call.actor, call.repo, read(call, Opening, 'Issue'))
  return created(render(call.world, issue, true))
}

function change(call: Call) {
  const { world, actor, repo } = call
  const wanted = read(call, Changing, 'Issue')
  let issue = editIssue(world, actor, issueInPath(call), { title: wanted.title, body: wanted.body })
  if (wanted.labels !== undefined) {
    demandOver(world, actor, issue, 'triage')
    issue = setLabels(world, actor, issue, labelsOf(world, actor, repo, wanted.labels))
  }
  if (wanted.assignees !== undefined) {
    demandOver(world, actor, issue, 'triage')
    issue = setAssignees(world, actor, issue, assignable(world, repo, wanted.assignees))
  }
  if (wanted.state !== undefined) issue = setState(world, actor, issue, wanted.state, wanted.state_reason)
  return ok(render(world, issue, true))
}

/** `{"labels": […]}` or the bare list. */
function wantedLabels(call: Call): string[] {
  const Names = z.array(LabelName)
  return Array.isArray(call.body)
    ? read(call, Names, 'Label')
    : (read(call, z.object({ labels: Names.optional() }), 'Label').labels ?? [])
}

const labelsAnswer = (call: Call, issue: Issue) =>
  ok(carried(call.world, issue).map(it => renderLabel(call.world, it)))

function addLabels(call: Call) {
  const { world, actor, repo } = call
  const issue = issueInPath(call)
  const added = labelsOf(world, actor, repo, wantedLabels(call))
  return labelsAnswer(call, setLabels(world, actor, issue, unique([...carried(world, issue), ...added])))
}

const unique = <T extends { id: number }>(list: readonly T[]) => [
  ...new Map(list.map(it => [it.id, it])).values(),
]

function replaceLabels(call: Call) {
  const { world, actor, repo } = call
  const labels = labelsOf(world, actor, repo, wantedLabels(call))
  return labelsAnswer(call, setLabels(world, actor, issueInPath(call), labels))
}

function removeLabel(call: Call) {
  const { world, actor, repo } = call
  const issue = issueInPath(call)
  const going = labelNamed(world, repo, call.params.name ?? '')
  if (going === undefined || !issue.labelIds.includes(going.id)) throw notFound()
  const left = carried(world, issue).filter(it => it.id !== going.id)
  return labelsAnswer(call, setLabels(world, actor, issue, left))
}

function removeAllLabels(call: Call) {
  setLabels(call.world, call.actor, issueInPath(call), [])
  return noContent
}

function listLabels(call: Call) {
  return page(call, carried(call.world, issueInPath(call)), it => renderLabel(call.world, it))
}

function changeAssignees(call: Call, add: boolean) {
  const { world, actor, repo } = call
  const issue = issueInPath(call)
  const { assignees } = read(call, z.object({ assignees: z.array(z.string()).default([]) }), 'Issue')
  const named = assignable(world, repo, assignees)
  const now = issue.assigneeIds.flatMap(id => world.accounts.get(id) ?? [])
  const people = add ? [...now, ...named] : now.filter(it => !named.some(one => one.id === it.id))
  return render(world, setAssignees(world, actor, issue, people))
}

function lock(call: Call) {
  const Reason = z.object({ lock_reason: z.enum(['off-topic', 'too heated', 'resolved', 'spam']).nullish() })
  const { lock_reason } = read(call, Reason, 'Lock')
  setLocked(call.world, call.actor, issueInPath(call), true, lock_reason ?? null)
  return noContent
}

function unlock(call: Call) {
  setLocked(call.world, call.actor, issueInPath(call), false)
  return noContent
}

const reading = { permission: READING } as const
const writing = { permission: WRITING } as const
const triaging = { permission: WRITING, role: 'triage' } as const
const issues = '/repos/{owner}/{repo}/issues'
const issue = `${issues}/{issue_number}`

export const issueRoutes: readonly Route[] = [
  ['GET', issues, listIssues, reading],
  ['POST', issues, open, { permission: ['issues:write'] }],
  ['GET', issue, call => ok(render(call.world, issueInPath(call), true)), reading],
  ['PATCH', issue, change, writing],
  ['PUT', `${issue}/lock`, lock, { permission: WRITING, role: 'write' }],
  ['DELETE', `${issue}/lock`, unlock, { permission: WRITING, role: 'write' }],
  ['GET', `${issue}/labels`, listLabels, reading],
  ['POST', `${issue}/labels`, addLabels, triaging],
  ['PUT', `${issue}/labels`, replaceLabels, triaging],
  ['DELETE', `${issue}/labels`, removeAllLabels, triaging],
  ['DELETE', `${issue}/labels/{name}`, removeLabel, triaging],
  ['POST', `${issue}/assignees`, call => created(changeAssignees(call, true)), triaging],
  ['DELETE', `${issue}/assignees`, call => ok(changeAssignees(call, false)), triaging],
]
