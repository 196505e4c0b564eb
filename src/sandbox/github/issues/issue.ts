import type { Account, Issue, Repo, StateReason } from '../documents.ts'
import { type Actor, actorAccount, collaborates, demand, gone, invalid, may, viaApp } from '../kit.ts'
import { user } from '../render.ts'
import type { World } from '../world.ts'
import { labelsOf, setLabels } from './labels.ts'
import { note, tell } from './tell.ts'

/**
 * Opening and changing issues: the rules, whoever asks for it (REST, GraphQL, the pages). Every function checks that
 * the actor may do it, changes the world and tells of it.
 */

export const MAX_BODY = 65_536
const MAX_TITLE = 256
const MAX_ASSIGNEES = 10
/** Either permission works on issues and on pull requests alike. */
export const WRITING = ['issues:write', 'pull_requests:write'] as const
export const READING = ['issues:read', 'pull_requests:read'] as const

export interface NewIssue {
  readonly title: string
  readonly body?: string | null | undefined
  /** Names; those that do not exist yet are made. Dropped silently when the author may not label, as on GitHub. */
  readonly labels?: readonly string[] | undefined
  /** Logins; dropped likewise. */
  readonly assignees?: readonly string[] | undefined
  /** Makes it the issue half of a pull request: then the pull request routes tell of it. */
  readonly pull?: Issue['pull']
}

/** The issue of a number; pull requests are issues too. */
export const issueNumbered = (world: World, repo: Repo, number: number): Issue | undefined =>
  world.issues.one('number', `${repo.id}#${number}`)

export const repoOf = (world: World, issue: Issue): Repo => world.repos.get(issue.repoId)!

/** Opens an issue with the next number of the repository, which pull requests share. */
export function openIssue(world: World, actor: Actor, repo: Repo, wanted: NewIssue): Issue {
  const pull = wanted.pull ?? null
  demand(actor, repo, 'read', pull === null ? ['issues:write'] : ['pull_requests:write'])
  if (!repo.hasIssues && pull === null) throw gone('Issues are disabled for this repo')
  checkTexts(wanted)
  const now = world.now()
  const issue = world.issues.put({
    id: world.next(),
    repoId: repo.id,
    number: world.next(`numbers of ${repo.id}`),
    title: wanted.title,
    body: wanted.body ?? null,
    state: 'open',
    stateReason: null,
    authorId: actorAccount(actor).id,
    viaApp: viaApp(actor),
    labelIds: [],
    assigneeIds: [],
    locked: false,
    closedById: null,
    closedAt: null,
    createdAt: now,
    updatedAt: now,
    pull,
    parentId: null,
    childIds: [],
    blockedByIds: [],
    blockingIds: [],
    pinnedCommentId: null,
  })
  if (pull === null) tell(world, actor, issue, 'opened')
  if (!may(actor, repo, 'triage', WRITING)) return issue
  const labelled = setLabels(world, actor, issue, labelsOf(world, actor, repo, wanted.labels ?? []))
  return setAssignees(world, actor, labelled, assignable(world, repo, wanted.assignees ?? []))
}

/** Characters as GitHub counts them: an emoji of one code point is one. */
export const lengthOf = (text: string | null | undefined): number => [...(text ?? '')].length

function checkTexts({ title, body }: { title?: string | undefined; body?: string | null | undefined }): void {
  if (title !== undefined && title.trim() === '')
    throw invalid({ resource: 'Issue', field: 'title', code: 'missing_field' })
  if (lengthOf(title) > MAX_TITLE)
    throw invalid({
      resource: 'Issue',
      field: 'title',
      code: 'custom',
      message: `title is too long (maximum is ${MAX_TITLE} characters)`,
    })
  if (lengthOf(body) > MAX_BODY)
    throw invalid({
      resource: 'Issue',
      field: 'body',
      code: 'custom',
      message: `body is too long (maximum is ${MAX_BODY} characters)`,
    })
}

/** Changes title and body. Their author may, and whoever may push. */
export function editIssue(
  world: World,
  actor: Actor,
  issue: Issue,
  wanted: { title?: string | undefined; body?: string | null | undefined },
): Issue {
  const title = wanted.title ?? issue.title
  const body = wanted.body === undefined ? issue.body : wanted.body
  if (title === issue.title && body === issue.body) return issue
  demandOver(world, actor, issue, 'write')
  checkTexts(wanted)
  const now = world.now()
  const edit = body === issue.body ? {} : { edit: { byId: actorAccount(actor).id, at: now } }
  const changed = world.issues.change(issue.id, { title, body, updatedAt: now, ...edit })
  const renamed = title !== issue.title
  if (renamed) note(world, actor, changed, 'renamed', { rename: { from: issue.title, to: title } })
  tell(world, actor, changed, 'edited', {
    changes: {
      ...(renamed ? { title: { from: issue.title } } : {}),
      ...(body === issue.body ? {} : { body: { from: issue.body ?? '' } }),
    },
  })
  return changed
}

/** Closes or reopens. The author may, and whoever may triage. A state that it has already changes its reason at most. */
export function setState(
  world: World,
  actor: Actor,
  issue: Issue,
  state: Issue['state'],
  reason?: StateReason | null,
): Issue {
  const closing = state === 'closed'
  const stateReason = issue.pull === null ? (reason ?? (closing ? 'completed' : 'reopened')) : null
  if (state === issue.state && (!closing || !reason || reason === issue.stateReason)) return issue
  demandOver(world, actor, issue, 'triage')
  if (issue.pull?.mergedAt) throw invalid({ resource: 'PullRequest', field: 'state', code: 'invalid' })
  const now = world.now()
  const changed = world.issues.change(issue.id, {
    state,
    stateReason,
    closedAt: closing ? now : null,
    closedById: closing ? actorAccount(actor).id : null,
    updatedAt: now,
  })
  if (state === issue.state) return changed
  note(world, actor, changed, state === 'closed' ? 'closed' : 'reopened', { state_reason: stateReason })
  tell(world, actor, changed, state === 'closed' ? 'closed' : 'reopened')
  return changed
}

/** The people of these logins who can be assigned; others are left out without a word, as on GitHub. */
export const assignable = (world: World, repo: Repo, logins: readonly string[]): Account[] =>
  logins.flatMap(login => {
    const found = world.accounts.one('login', login.toLowerCase())
    return found !== undefined && collaborates(found, repo) ? [found] : []
  })

/** Makes exactly these people the assignees, telling of each one that comes or goes. */
export function setAssignees(world: World, actor: Actor, issue: Issue, people: readonly Account[]): Issue {
  const wanted = [...new Set(people.map(it => it.id))].slice(0, MAX_ASSIGNEES)
  const coming = wanted.filter(id => !issue.assigneeIds.includes(id))
  const going = issue.assigneeIds.filter(id => !wanted.includes(id))
  if (coming.length + going.length === 0) return issue
  const changed = world.issues.change(issue.id, { assigneeIds: wanted, updatedAt: world.now() })
  const each = (ids: readonly number[], action: 'assigned' | 'unassigned') => {
    for (const account of ids.flatMap(id => world.accounts.get(id) ?? [])) {
      note(world, actor, changed, action, {}, { key: 'assignee', accountId: account.id })
      tell(world, actor, changed, action, { assignee: user(world, account) })
    }
  }
  each(going, 'unassigned')
  each(coming, 'assigned')
  return changed
}

/** Refuses with 403 unless the actor wrote the issue or has the role. */
export function demandOver(world: World, actor: Actor, issue: Issue, role: 'triage' | 'write'): void {
  const repo = repoOf(world, issue)
  const own = actor.kind === 'user' && actor.account.id === issue.authorId
  demand(actor, repo, own ? 'read' : role, WRITING, `Must have ${role} access to the repository.`)
}
