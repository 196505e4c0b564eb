import { holderOf } from '../beads/standing.ts'
import { checklistOf } from '../convoys/checklist.ts'
import type { Draft, PlannedTask } from '../convoys/draft.ts'
import { draftOf } from '../convoys/draft.ts'
import type { StageOptions } from '../convoys/new-convoy.ts'
import { newConvoy } from '../convoys/new-convoy.ts'
import { publishedOf, publishOn } from '../convoys/publish.ts'
import { errorsIn } from '../convoys/stage.ts'
import { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { CommentSeen, Tree } from '../events.ts'
import { convoyId } from '../names.ts'
import { refIn } from '../refinery/pull-story.ts'
import { repoOf } from '../rig.ts'
import { cardOf } from '../shown/card.ts'
import type { Refusal, Say } from '../shown/says.ts'
import type { Convoy, Town } from '../town.ts'
import { isOver } from '../town.ts'
import type { Command } from './command.ts'
import { namedHere, refused } from './here.ts'
import { MOST_NAMED, refOf } from './refs.ts'
import { notAllowedThere } from './rights.ts'
import type { Given } from './spec.ts'

/** Tasks that are to become issues, and whether the issue that was commented on will hold them. */
interface Source {
  readonly tasks: readonly PlannedTask[]
  readonly isHere: boolean
  /** The title of a convoy that gets an issue of its own. */
  readonly title: string
}

/** The tasks of a list of issues; null when the command names none. */
export function listedTasks(town: Town, comment: CommentSeen, command: Command): Source | Refusal | null {
  if (command.args.length === 0) return null
  const rig = town.rigs.get(comment.rigId)
  const refs = command.args.map(word => refOf(word, rig ? repoOf(rig) : ''))
  if (refs.includes(null))
    return { kind: 'bad-argument', line: command.line, wants: 'issues, such as `#12 #14 acme/web#7`' }
  if (refs.length > MOST_NAMED) {
    const detail = `${refs.length} issues in one command, at most ${MOST_NAMED}`
    return { kind: 'findings', findings: [{ severity: 'error', category: 'too-many', refs: [], detail }] }
  }
  const epics = (namedHere(town, { comment, command }) ?? []).filter(({ issue }) => issue?.hasChildren)
  if (epics.length > 0)
    return mixed(
      epics.map(({ ref }) => ref),
      command.args.length,
    )
  const tasks = refs.map(
    (names, at): PlannedTask => ({
      nth: at + 1,
      title: '',
      body: '',
      parent: null,
      after: [],
      isDone: false,
      names,
    }),
  )
  const count = `${tasks.length} ${tasks.length === 1 ? 'issue' : 'issues'}`
  return { tasks, isHere: mayHold(town, comment), title: `Convoy of ${count}` }
}

function mixed(epics: readonly string[], args: number): Refusal {
  const detail =
    args === 1
      ? 'it has sub-issues: stage it where it is'
      : 'an epic is a plan of its own, and no task in a list'
  return { kind: 'findings', findings: [{ severity: 'error', category: 'mixed', refs: epics, detail }] }
}

/** An issue without a plan of its own, that is no bead and is not listed itself, can hold the convoy. */
function mayHold(town: Town, { tree, named, issueId }: CommentSeen): boolean {
  const isListed = named.some(({ issue }) => issue?.id === issueId)
  const bead = town.beads.get(issueId)
  const convoy = bead ? town.convoys.get(bead.convoyId) : undefined
  const isTaken = convoy !== undefined && !isOver(convoy)
  return tree !== null && tree.issues.length === 1 && !isListed && !isTaken && tree.root.state === 'open'
}

/** The tasks of a checklist; null when the issue has none, or has sub-issues: those are its plan then. */
export function checklistTasks({ root, issues }: Tree): Source | null {
  const tasks = issues.length === 1 && root.state === 'open' ? checklistOf(root.body, root.repo) : null
  return tasks && { tasks, isHere: true, title: root.title }
}

/** Refuse the plan with everything that is wrong with it, or begin to publish it. */
export function stageDraft(d: Deliberation, given: Given, source: Source, options: StageOptions): Say {
  const { comment, command } = given
  const convoy = draftedConvoy(d, given, source, options)
  const place = {
    convoyId: convoy.id,
    rigId: convoy.rigId,
    title: convoy.title,
    rootId: source.isHere ? comment.issueId : null,
    taken: 0,
    named: comment.named,
  }
  const draft = draftOf(place, source.tasks)
  const errors = errorsIn([...draft.findings, ...takenFindings(d.town, draft)])
  if (errors.length > 0) return refused({ kind: 'findings', findings: errors })
  const strangers = notAllowedThere(
    d.town,
    comment,
    draft.tasks.map(task => task.rigId),
  )
  if (strangers) return refused(strangers)
  if (command.flags.includes('dry-run')) return tried(d, convoy, draft)
  d.conclude(
    `${comment.by} staged a plan that is to be published`,
    [{ type: 'ConvoyDrafted', convoy, tasks: draft.tasks }],
    source.isHere ? [] : [openIssue(convoy, comment)],
  )
  publishOn(d, convoy)
  const made = draft.tasks.filter(task => !task.existed).length
  return {
    say: 'done',
    what: {
      kind: 'publishing',
      issues: made,
      links: publishedOf(d.town, convoy).total - made,
      parts: draft.parts,
      elsewhere: !source.isHere,
      starts: convoy.startWhenStaged !== 'no',
    },
  }
}

function openIssue({ id: convoyId, rigId, title }: Convoy, { by, number }: CommentSeen): Effect {
  return { do: 'OpenConvoyIssue', convoyId, rigId, title, by, askedAt: { rigId, number } }
}

function draftedConvoy(
  d: Deliberation,
  { comment, command }: Given,
  source: Source,
  options: StageOptions,
): Convoy {
  const issueId = source.isHere ? comment.issueId : `new:${comment.commentId}`
  const title = options.givenTitle ?? (source.isHere ? comment.tree!.root.title : source.title)
  const about = {
    id: convoyId(source.isHere ? issueId : `n${comment.commentId}`, d.now),
    rigId: comment.rigId,
    issueId,
    number: source.isHere ? comment.number : 0,
    title,
    by: comment.by,
  }
  const start = command.flags.includes('start')
  const startWhenStaged = start ? (command.flags.includes('force') ? 'force' : 'if-ready') : 'no'
  return { ...newConvoy({ ...about, ...options }, d.now), status: 'publishing', startWhenStaged }
}

/** Issues of a list that an open convoy has already. */
function takenFindings(town: Town, draft: Draft): Draft['findings'] {
  return draft.tasks.flatMap(task => {
    const convoy = task.issueId ? holderOf(town, task.issueId) : undefined
    if (!convoy) return []
    const refs = [refIn(town, task.rigId, task.number!)]
    const detail = refIn(town, convoy.rigId, convoy.number)
    return { severity: 'error', category: 'already-in-convoy', refs, detail } as const
  })
}

/** What it would look like, in a town that is thrown away. */
function tried(d: Deliberation, convoy: Convoy, draft: Draft): Say {
  const scratch = new Deliberation(d.town, d.now)
  scratch.conclude('only tried', [{ type: 'ConvoyDrafted', convoy, tasks: draft.tasks }])
  return { say: 'dry-run', card: cardOf(scratch.town, convoy, d.now), drafted: draft.tasks.length }
}
