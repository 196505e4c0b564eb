import type { PublishIssues } from '../../core/effects.ts'
import { Refused } from '../../ports.ts'
import { shorten } from '../../text/markdown.ts'
import { renderTaskBody, renderTaskTitle } from '../../text/task.ts'
import { type Mutation, mutate } from '../aliases.ts'
import { queryWithHoles } from '../holes.ts'
import { markedAs, marker } from '../marker.ts'
import { mayCreate, PUBLISHING_SHARE } from '../pace.ts'
import type { Reach } from '../reach.ts'
import { throwUndone, type Undone } from '../undone.ts'
import { goneOf, nodesOf, refOf, repoOf, rigKey } from './issue-nodes.ts'
import type { Performer } from './performer.ts'

type Task = PublishIssues['tasks'][number]
type Nodes = ReadonlyMap<string, string>

/** An issue that was made for a task. */
interface Made {
  readonly nth: number
  readonly issueId: string
  readonly number: number
}

/**
 * Makes the issues of some tasks, each under its parent, in one request. What may have been made before is looked for
 * first: children of the same parents that carry our marker and that we opened ourselves.
 */
export const publishIssues: Performer<'PublishIssues'> = async (reach, effect, attempt) => {
  const { convoyId, tasks } = effect
  const parents = tasks.map(task => task.parent)
  const nodes = await nodesOf(
    reach,
    parents,
    tasks.map(task => task.rigId),
  )
  const adopted = attempt > 0 || effect.mayExist ? await adoptable(reach, effect, nodes) : []
  const missing = tasks.filter(task => !adopted.some(made => made.nth === task.nth))
  const isThere = (task: Task) => nodes.has(task.parent.issueId) && nodes.has(rigKey(task.rigId))
  const makeable = missing.filter(isThere)
  await mayCreate(reach, makeable.length, PUBLISHING_SHARE)
  const { made, undone } = await make(reach, convoyId, makeable, nodes)
  for (const task of missing.filter(task => !isThere(task)))
    undone.push(await undoneOf(reach, task, new Refused('not found', 404), nodes))
  throwUndone(undone)
  const issues = [...adopted, ...made].sort((a, b) => a.nth - b.nth)
  return [{ type: 'IssuesPublished', convoyId, issues }]
}

const markOf = (convoyId: string, nth: number) => marker(`task:${convoyId}:${nth}`)

interface IssueMade {
  readonly issue: { readonly id: string; readonly fullDatabaseId: string | number; readonly number: number }
}

async function make(
  reach: Reach,
  convoyId: string,
  tasks: readonly Task[],
  nodes: Nodes,
): Promise<{ made: Made[]; undone: Undone[] }> {
  const made: Made[] = []
  const undone: Undone[] = []
  if (tasks.length === 0) return { made, undone }
  const outcomes = await mutate<IssueMade>(
    reach,
    tasks.map(task => creation(task, markOf(convoyId, task.nth), nodes)),
  )
  for (const [nth, { data, error }] of outcomes.entries()) {
    const task = tasks[nth]!
    if (error) undone.push(await undoneOf(reach, task, error, nodes))
    else made.push(noted(reach, task.nth, data.issue))
  }
  return { made, undone }
}

const creation = ({ rigId, title, body, parent }: Task, mark: string, nodes: Nodes): Mutation => ({
  field: 'createIssue',
  input: {
    repositoryId: nodes.get(rigKey(rigId)),
    parentIssueId: nodes.get(parent.issueId),
    title: renderTaskTitle(title),
    body: `${renderTaskBody(body)}\n\n${mark}`.trimStart(),
  },
  show: 'issue{id fullDatabaseId number}',
})

function noted(reach: Reach, nth: number, { id, fullDatabaseId, number }: IssueMade['issue']): Made {
  const issueId = String(fullDatabaseId)
  reach.nodeIds.set(issueId, id)
  return { nth, issueId, number }
}

async function undoneOf(
  reach: Reach,
  { rigId, title, parent }: Task,
  error: Undone['error'],
  nodes: Nodes,
): Promise<Undone> {
  const repo = await repoOf(reach, rigId)
  const what = `"${shorten(title, 60)}" cannot be made in ${repo} under ${await refOf(reach, parent)}`
  return { what, error, gone: (await goneOf(reach, error, [parent], nodes)) ?? repo }
}

/** 10 parents × 100 children stay well under GitHub's limits for one answer, bodies included. */
const PARENTS_AT_ONCE = 10
const CHILDREN = `query($ids:[ID!]!){
  nodes(ids:$ids){...on Issue{subIssues(first:100){nodes{id fullDatabaseId number body author{__typename login}}}}}
}`

interface Child {
  readonly id: string
  readonly fullDatabaseId: string | number
  readonly number: number
  readonly body: string
  readonly author: { readonly __typename: string; readonly login: string } | null
}
interface Children {
  readonly nodes: readonly ({ readonly subIssues?: { readonly nodes: readonly (Child | null)[] } } | null)[]
}

/** Issues that we made for these tasks and never heard of. A marker that a person wrote is just words. */
async function adoptable(reach: Reach, { convoyId, tasks }: PublishIssues, nodes: Nodes): Promise<Made[]> {
  const parents = [...new Set(tasks.flatMap(({ parent }) => nodes.get(parent.issueId) ?? []))]
  const wanted = new Map(tasks.map(({ nth }) => [markedAs(markOf(convoyId, nth)), nth]))
  const found = new Map<number, Made>()
  for (let at = 0; at < parents.length; at += PARENTS_AT_ONCE) {
    const ids = parents.slice(at, at + PARENTS_AT_ONCE)
    const shown = await queryWithHoles<Children>(reach, CHILDREN, { ids })
    for (const child of shown.nodes.flatMap(parent => parent?.subIssues?.nodes ?? [])) {
      const nth = child && isByUs(reach, child) ? wanted.get(markedAs(child.body)) : undefined
      if (child && nth !== undefined && !found.has(nth)) found.set(nth, noted(reach, nth, child))
    }
  }
  return [...found.values()]
}

/** In GraphQL a bot goes without the `[bot]` of its login, and no person is a bot. */
const isByUs = ({ self }: Reach, { author }: Child) =>
  author?.__typename === 'Bot' && author.login === self.slug
