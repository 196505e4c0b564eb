import type { Issue } from '../documents.ts'
import { labelNamed } from '../issues/labels.ts'
import { type Call, invalid, page } from '../kit.ts'
import { issue as render } from '../render-issue.ts'
import type { World } from '../world.ts'

/** `GET /repos/{owner}/{repo}/issues`: issues and pull requests, filtered and sorted as GitHub does. */

type Keep = (issue: Issue) => boolean

export function listIssues(call: Call) {
  const { world, repo } = call
  const keep = [byState(call), byLabels(call), bySince(call), byPeople(call)]
  const found = world.issues.find('repo', repo.id).filter(it => keep.every(test => test(it)))
  return page(call, sorted(call, found), it => render(world, it))
}

function byState(call: Call): Keep {
  const state = choice(call, 'state', ['open', 'closed', 'all'])
  return it => state === 'all' || it.state === state
}

/** All of the labels, separated by commas. */
function byLabels(call: Call): Keep {
  const names = (call.query.get('labels') ?? '').split(',').flatMap(name => name.trim() || [])
  const ids = names.map(name => labelNamed(call.world, call.repo, name)?.id)
  return it => ids.every(id => id !== undefined && it.labelIds.includes(id))
}

function bySince(call: Call): Keep {
  const since = sinceOf(call)
  return it => Date.parse(it.updatedAt) >= since
}

/** `since` in milliseconds, 0 without it; 422 when it is not a time. */
export function sinceOf(call: Call): number {
  const text = call.query.get('since')
  if (text === null) return 0
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw invalid({ resource: 'Issue', field: 'since', code: 'invalid' })
  return time
}

function byPeople(call: Call): Keep {
  const { world, query } = call
  const creator = query.get('creator')
  const assignee = query.get('assignee')
  const mentioned = query.get('mentioned')
  const id = (login: string) => world.accounts.one('login', login.toLowerCase())?.id
  return it =>
    (creator === null || it.authorId === id(creator)) &&
    (assignee === null || isAssigned(it, assignee, id(assignee))) &&
    (mentioned === null || mentions(world, it, mentioned))
}

const isAssigned = (it: Issue, wanted: string, id: number | undefined) =>
  wanted === '*'
    ? it.assigneeIds.length > 0
    : wanted === 'none'
      ? it.assigneeIds.length === 0
      : it.assigneeIds.some(one => one === id)

const mentions = (world: World, it: Issue, login: string) =>
  [it.body ?? '', ...world.comments.find('issue', it.id).map(one => one.body)].some(text =>
    text.toLowerCase().includes(`@${login.toLowerCase()}`),
  )

function sorted(call: Call, found: Issue[]): Issue[] {
  const sort = choice(call, 'sort', ['created', 'updated', 'comments'])
  const direction = choice(call, 'direction', ['desc', 'asc'])
  const key = (it: Issue) =>
    sort === 'comments'
      ? call.world.comments.count('issue', it.id)
      : Date.parse(sort === 'created' ? it.createdAt : it.updatedAt)
  const rising = found
    .map(it => ({ it, key: key(it) }))
    .sort((a, b) => a.key - b.key || a.it.number - b.it.number)
    .map(({ it }) => it)
  return direction === 'asc' ? rising : rising.reverse()
}

/** A query parameter with fixed values, the first of which is the default. */
export function choice<T extends string>(call: Call, name: string, values: readonly [T, ...T[]]): T {
  const given = call.query.get(name)
  if (given === null || given === '') return values[0]
  const value = values.find(it => it === given)
  if (value === undefined) throw invalid({ resource: 'Search', field: name, code: 'invalid', value: given })
  return value
}
