import type { Node } from '../beads/dag.ts'
import { cyclesOf } from '../beads/dag.ts'
import { type Named, seenAs } from '../commands/refs.ts'
import type { NamedIssue } from '../events.ts'
import { draftId } from '../names.ts'
import type { DraftTask } from '../town.ts'
import type { Finding } from './findings.ts'

/**
 * A task as its author planned it, in a checklist, a list of issues, or one call of the mayor's: every way in comes
 * through here.
 */
export interface PlannedTask {
  /** Its number, from 1, as its author counts. */
  readonly nth: number
  readonly title: string
  readonly body: string
  /** `nth` of the task that it is under. */
  readonly parent: number | null
  /** `nth`s that it waits for, as they were written. */
  readonly after: readonly string[]
  /** It is done already: it keeps its number and becomes no issue. */
  readonly isDone: boolean
  /** The issue that it is, when there is one. */
  readonly names: Named | null
}

/** A plan with everything that is wrong with it; with errors nothing of it is written. */
export interface Draft {
  readonly tasks: readonly DraftTask[]
  readonly findings: readonly Finding[]
  /** Sub-parents that were put in because GitHub lets a parent have 100 sub-issues. */
  readonly parts: number
}

/** What a draft is made in. */
export interface DraftPlace {
  readonly convoyId: string
  /** Where its new issues are made. */
  readonly rigId: string
  readonly title: string
  /** Id of the convoy's issue; null when that is still to be opened. */
  readonly rootId: string | null
  /** Sub-issues that the convoy's issue has already, closed ones too. */
  readonly taken: number
  /** The issues that the tasks name, as GitHub shows them. */
  readonly named: readonly NamedIssue[]
}

/** GitHub's limit for one parent; closed sub-issues count. */
export const MOST_CHILDREN = 100
/** A plan that nobody can read is no plan; see MOST_BEADS of staging. */
export const MOST_TASKS = 500
/** GitHub's own limit for titles. */
const MOST_TITLE = 256
/** As much as we write ourselves. */
const MOST_BODY = 60_000

export function draftOf(place: DraftPlace, planned: readonly PlannedTask[]): Draft {
  const findings = [...sizeFindings(planned), ...indexFindings(planned), ...issueFindings(place, planned)]
  const wanted = planned.filter(task => !task.isDone)
  const tasks = wanted.map(task => taskOf(place, task, planned))
  const circles = cyclesOf(tasks.map(nodeOf)).map(path =>
    error('cycle', [], path.map(nth => nameOf(planned, Number(nth))).join(' → ')),
  )
  const { sharded, parts } = inShards(place, tasks)
  return { tasks: sharded, findings: [...findings, ...circles], parts }
}

const error = (category: Finding['category'], refs: readonly string[], detail: string): Finding => ({
  severity: 'error',
  category,
  refs,
  detail,
})

const nodeOf = (task: DraftTask): Node => ({ id: String(task.nth), after: task.after.map(String) })

const nameOf = (planned: readonly PlannedTask[], nth: number): string =>
  `${nth} (${planned.find(task => task.nth === nth)?.title.slice(0, 60) ?? ''})`

function sizeFindings(planned: readonly PlannedTask[]): Finding[] {
  const open = planned.filter(task => !task.isDone).length
  if (open === 0) return [error('empty', [], 'there is no task in it')]
  if (open > MOST_TASKS) return [error('too-many', [], `${open} tasks, at most ${MOST_TASKS}`)]
  const long = planned.filter(task => task.names === null && task.title.length > MOST_TITLE)
  return long.map(task =>
    error('bad-index', [], `the title of task ${task.nth} has more than ${MOST_TITLE} characters`),
  )
}

/** Every "after" that names no other task of the plan, by name. */
function indexFindings(planned: readonly PlannedTask[]): Finding[] {
  return planned.flatMap(task =>
    task.after.flatMap(word => {
      const nth = indexOf(word)
      const who = `task ${nameOf(planned, task.nth)}`
      if (nth === task.nth) return error('bad-index', [], `${who} waits for itself`)
      if (nth !== null && planned.some(other => other.nth === nth)) return []
      return error(
        'bad-index',
        [],
        `${who} waits for "${word.slice(0, 20)}", and the tasks are 1 to ${planned.length}`,
      )
    }),
  )
}

function indexOf(word: string): number | null {
  return /^\d{1,4}$/.test(word) ? Number(word) : null
}

/** Issues that cannot become beads of this convoy. */
function issueFindings(place: DraftPlace, planned: readonly PlannedTask[]): Finding[] {
  const seen = new Set<string>()
  return planned.flatMap((task): Finding[] => {
    const named = task.names && !task.isDone ? seenAs(place.named, task.names) : null
    if (!named) return []
    const { ref, issue } = named
    if (!issue) return [error('not-a-bead', [ref], named.problem ?? 'it cannot be read')]
    if (issue.isPull) return [error('not-a-bead', [ref], 'it is a pull request')]
    if (issue.id === place.rootId) return [error('not-a-bead', [ref], 'it is the issue of the convoy itself')]
    if (seen.has(issue.id)) return [error('not-a-bead', [ref], 'it is named twice')]
    seen.add(issue.id)
    return issue.parent && issue.parent.id !== place.rootId
      ? [error('has-parent', [ref], issue.parent.ref)]
      : []
  })
}

function taskOf(place: DraftPlace, task: PlannedTask, planned: readonly PlannedTask[]): DraftTask {
  const issue = task.names ? seenAs(place.named, task.names).issue : null
  const isThere = (nth: number | null): nth is number =>
    nth !== null && nth !== task.nth && planned.some(other => other.nth === nth && !other.isDone)
  return {
    id: draftId(place.convoyId, task.nth),
    convoyId: place.convoyId,
    nth: task.nth,
    title: issue?.title ?? task.title.slice(0, MOST_TITLE),
    body: task.body.slice(0, MOST_BODY).toWellFormed(),
    rigId: issue?.rigId ?? place.rigId,
    parent: isThere(task.parent) ? task.parent : null,
    after: [...new Set(task.after.map(indexOf))].filter(isThere),
    issueId: issue?.id ?? null,
    number: issue?.number ?? null,
    existed: issue !== null,
    step: issue === null ? 'wanted' : 'made',
  }
}

/** More children than a parent may have go under sub-parents of their own, in their order. */
function inShards(place: DraftPlace, tasks: readonly DraftTask[]): { sharded: DraftTask[]; parts: number } {
  const top = tasks.filter(task => task.parent === null)
  if (place.taken + top.length <= MOST_CHILDREN) return { sharded: [...tasks], parts: 0 }
  const parts = Math.ceil(top.length / MOST_CHILDREN)
  const size = Math.ceil(top.length / parts)
  const first = Math.max(...tasks.map(task => task.nth)) + 1
  const parents = Array.from(
    { length: parts },
    (_, at): DraftTask => ({
      id: draftId(place.convoyId, first + at),
      convoyId: place.convoyId,
      nth: first + at,
      title: `${place.title.slice(0, 200)}: part ${at + 1} of ${parts}`,
      body: '',
      rigId: place.rigId,
      parent: null,
      after: [],
      issueId: null,
      number: null,
      existed: false,
      step: 'wanted',
    }),
  )
  const part = new Map(top.map((task, at) => [task.nth, first + Math.floor(at / size)]))
  const moved = tasks.map(task => ({ ...task, parent: part.get(task.nth) ?? task.parent }))
  return { sharded: [...moved, ...parents], parts }
}
