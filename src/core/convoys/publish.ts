import { wavesOf } from '../beads/dag.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect, IssueEnd } from '../effects.ts'
import { LINKS_AT_ONCE, PUBLISH_AT_ONCE } from '../effects.ts'
import type { Fact } from '../events.ts'
import type { Convoy, DraftTask, Town } from '../town.ts'
import { draftsOf } from './evolve-convoys.ts'
import { lookAtTree, rootEnd } from './tree-effects.ts'

type Published = Extract<Fact, { type: 'ConvoyIssueOpened' | 'IssuesPublished' | 'LinksPublished' }>

/** A part of the plan is on GitHub: on with the next one. */
export function hearPublished(d: Deliberation, fact: Published): void {
  const convoy = d.town.convoys.get(fact.convoyId)
  if (convoy) publishOn(d, convoy)
}

/**
 * The next step of putting a plan on GitHub, one request's worth: the issues, the first wave first and parents before their children, then places and edges, then a look at all of
 * it. Nothing is done while a step is under way. `again`: after one that was given up, perhaps half done.
 */
export function publishOn(d: Deliberation, convoy: Convoy, again = false): void {
  if (convoy.status !== 'publishing' || convoy.why !== null) return
  const tasks = draftsOf(d.town, convoy.id)
  if (tasks.some(task => task.step === 'making' || task.step === 'linking')) return
  // Asked for when the plan came in.
  if (convoy.number === 0) return
  const wanted = inOrder(tasks).filter(task => task.step === 'wanted')
  const made = tasks.filter(task => task.step === 'made')
  if (wanted.length > 0) makeIssues(d, convoy, wanted.slice(0, PUBLISH_AT_ONCE), again)
  else if (made.length > 0) link(d, convoy, atOnce(made))
  else d.conclude('all of it is published', [], [lookAtTree(convoy)])
}

function makeIssues(d: Deliberation, convoy: Convoy, ready: readonly DraftTask[], again: boolean): void {
  const root = rootEnd(convoy)
  const tasks = ready.map(({ nth, rigId, title, body, parent }) => {
    const above = parent === null ? undefined : endOf(d.town, convoy.id, parent)
    return { nth, rigId, title, body, parent: above ?? root }
  })
  ask(d, convoy, ready, 'making', key => ({
    do: 'PublishIssues',
    convoyId: convoy.id,
    key,
    mayExist: again,
    root,
    tasks,
  }))
}

function link(d: Deliberation, convoy: Convoy, ready: readonly DraftTask[]): void {
  const end = (nth: number): IssueEnd => endOf(d.town, convoy.id, nth)!
  const places = ready.filter(task => task.existed)
  ask(d, convoy, ready, 'linking', key => ({
    do: 'PublishLinks',
    convoyId: convoy.id,
    key,
    root: rootEnd(convoy),
    nths: ready.map(task => task.nth),
    places: places.map(({ nth, parent }) => ({
      parent: parent === null ? rootEnd(convoy) : end(parent),
      child: end(nth),
    })),
    edges: ready.flatMap(task => task.after.map(nth => ({ blocked: end(task.nth), blocker: end(nth) }))),
  }))
}

function ask(
  d: Deliberation,
  convoy: Convoy,
  tasks: readonly DraftTask[],
  step: 'making' | 'linking',
  effect: (key: string) => Effect,
): void {
  const nths = tasks.map(task => task.nth)
  // A step that was given up and is asked for again is another wish.
  const key = `${step}:${nths[0]}:${d.now.toString(36)}`
  d.conclude(
    step === 'making' ? 'issues of the plan are made' : 'issues of the plan are linked',
    [{ type: 'PublishingAsked', convoyId: convoy.id, nths, step }],
    [effect(key)],
  )
}

function endOf(town: Town, convoyId: string, nth: number): IssueEnd | undefined {
  const task = draftsOf(town, convoyId).find(one => one.nth === nth)
  return task?.issueId ? { issueId: task.issueId, rigId: task.rigId, number: task.number! } : undefined
}

/** The first wave first, so that work can be seen early; what others are under before them. */
function inOrder(tasks: readonly DraftTask[]): DraftTask[] {
  const waves = wavesOf(tasks.map(task => ({ id: String(task.nth), after: task.after.map(String) })))
  const wave = new Map(waves.flatMap((nths, at) => nths.map(nth => [Number(nth), at] as const)))
  const rank = new Map(tasks.map(task => [task.nth, wave.get(task.nth) ?? 0]))
  const above = new Map(tasks.map(task => [task.nth, task.parent]))
  for (const task of tasks) {
    for (let up = task.parent; up !== null && up !== undefined; up = above.get(up) ?? null)
      rank.set(up, Math.min(rank.get(up) ?? 0, rank.get(task.nth) ?? 0))
  }
  const isThere = (task: DraftTask): boolean =>
    task.parent === null || tasks.some(({ nth, issueId }) => nth === task.parent && issueId !== null)
  return tasks.filter(isThere).sort((a, b) => rank.get(a.nth)! - rank.get(b.nth)! || a.nth - b.nth)
}

/** As many tasks as have their links in one request, at least one. */
function atOnce(tasks: readonly DraftTask[]): DraftTask[] {
  const some: DraftTask[] = []
  let links = 0
  for (const task of tasks) {
    links += task.after.length + (task.existed ? 1 : 0)
    if (some.length > 0 && links > LINKS_AT_ONCE) break
    some.push(task)
  }
  return some
}

/** Issues and links of a plan, and how many of them are on GitHub. */
export function publishedOf(town: Town, convoy: Convoy): { done: number; total: number } {
  const parts = draftsOf(town, convoy.id).map(task => {
    const links = task.after.length + (task.existed ? 1 : 0)
    const issue = task.existed ? 0 : 1
    const made = task.issueId !== null ? issue : 0
    return { done: made + (task.step === 'done' ? links : 0), total: issue + links }
  })
  return {
    done: parts.reduce((sum, part) => sum + part.done, 0),
    total: parts.reduce((sum, part) => sum + part.total, 0),
  }
}
