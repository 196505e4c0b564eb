import { inferredBlocks } from '../convoys/infer-blocks.ts'
import type { StageOptions } from '../convoys/new-convoy.ts'
import { newConvoy, optionsOf } from '../convoys/new-convoy.ts'
import { publishOn } from '../convoys/publish.ts'
import type { Staged } from '../convoys/restage.ts'
import { keepStaged, stagedAs } from '../convoys/restage.ts'
import { errorsIn, planOf, warningsIn } from '../convoys/stage.ts'
import { startConvoy } from '../convoys/start.ts'
import { beadEnd, lookAtTree, rootEnd } from '../convoys/tree-effects.ts'
import { Deliberation } from '../decision.ts'
import type { Tree } from '../events.ts'
import { convoyId } from '../names.ts'
import { beadRef } from '../refinery/pull-story.ts'
import { cardOf } from '../shown/card.ts'
import type { Say } from '../shown/says.ts'
import type { Convoy, Town } from '../town.ts'
import { isOpenLeaf, isOver, isStaged } from '../town.ts'
import { refused } from './here.ts'
import { notAllowedThere, rightsFindings } from './rights.ts'
import type { CommandSpec, Given } from './spec.ts'
import { checklistTasks, listedTasks, stageDraft } from './stage-draft.ts'

export const convoyStage: CommandSpec = {
  name: 'convoy stage',
  usage:
    '/convoy stage [#12 #14 owner/name#7 …] [--title "…"] [--mode …] [--base …] [--start [--force]] [--dry-run] [--infer-blocks [--apply]]',
  summary:
    'plan a convoy from the sub-issues of this issue and their blocked-by links, from its checklist, or from the issues named; stage again after edits',
  permission: 'write',
  flags: ['start', 'force', 'dry-run', 'infer-blocks', 'apply'],
  options: ['title', 'mode', 'base'],
  needsTree: true,
  needsIssues: true,
  run: stage,
}

/** One plan, whichever way it came in: sub-issues that there are, a list of issues, or a checklist. */
export function stage(d: Deliberation, given: Given): Say {
  const { comment, command } = given
  const { tree } = comment
  if (!tree)
    return refused({ kind: 'tree-unreadable', detail: comment.treeProblem ?? 'the issue could not be read' })
  const options = optionsOf(command)
  if ('kind' in options) return refused(options)
  const known = convoyOn(d.town, comment.issueId)
  if (known && (!isStaged(known) || known.status === 'publishing')) return onAKnownOne(d, given, known)
  const listed = listedTasks(d.town, comment, command)
  if (listed && 'kind' in listed) return refused(listed)
  const source = listed ?? (known ? null : checklistTasks(tree))
  return source ? stageDraft(d, given, source, options) : stageTree(d, given, tree, known, options)
}

/** Publishing that stopped goes on when it is staged again; what is under way is edited on GitHub. */
function onAKnownOne(d: Deliberation, { comment, command }: Given, known: Convoy): Say {
  const isStopped = known.status === 'publishing' && known.why !== null
  if (!isStopped) {
    return refused({
      kind: 'not-now',
      command: command.name!,
      is: `this convoy is ${known.status}`,
      hint:
        known.status === 'publishing'
          ? 'its card says how far that is'
          : 'edit its issues on GitHub instead: it follows',
    })
  }
  d.conclude(`${comment.by} lets it be published on`, [
    { type: 'PublishingStopped', convoyId: known.id, why: null },
  ])
  publishOn(d, d.town.convoys.get(known.id)!, true)
  const what = { kind: 'publishing', issues: 0, links: 0, parts: 0, elsewhere: false, starts: false } as const
  return { say: 'done', what }
}

function stageTree(
  d: Deliberation,
  given: Given,
  tree: Tree,
  known: Convoy | undefined,
  options: StageOptions,
): Say {
  const { comment, command } = given
  const staged = drawn(d, given, tree, known, options)
  const { findings } = staged.convoy
  const errors = errorsIn(findings)
  if (errors.length > 0) return refused({ kind: 'findings', findings: errors })
  if (command.flags.includes('dry-run')) return tried(d, staged)
  const inferred = command.flags.includes('infer-blocks') ? inferredBlocks(staged.beads) : null
  if (inferred && !command.flags.includes('apply'))
    return { say: 'inferred', edges: inferred.map(edge => named(d.town, edge)), applied: false }
  keepStaged(d, `${comment.by} staged it`, staged)
  if (inferred) return apply(d, given, staged.convoy, inferred)
  return started(d, given, staged, known !== undefined)
}

/** The plan as it would be kept. */
function drawn(
  d: Deliberation,
  { comment }: Given,
  tree: Tree,
  known: Convoy | undefined,
  options: StageOptions,
): Staged {
  const { root } = tree
  const begun =
    known ??
    newConvoy({ ...rootOf(root), title: root.title, by: comment.by, id: convoyId(root.id, d.now) }, d.now)
  const draft = { ...begun, ...options }
  const convoy = { ...draft, title: draft.givenTitle ?? root.title }
  const plan = planOf(d.town, convoy, tree)
  const tasks = plan.beads.filter(isOpenLeaf)
  const findings = [...plan.findings, ...rightsFindings(d.town, comment, tasks)]
  return stagedAs(d.town, convoy, { ...plan, findings }, tree.readAt)
}

const rootOf = ({ id, rigId, number }: Tree['root']) => ({ issueId: id, rigId, number })

/** With warnings the plan stands and the reply says that starting it needs `--force`. */
function started(
  d: Deliberation,
  { comment, command }: Given,
  { convoy, beads }: Staged,
  restaged: boolean,
): Say {
  const tasks = beads.filter(isOpenLeaf)
  const warnings = warningsIn(convoy.findings)
  const wants = command.flags.includes('start') && (warnings.length === 0 || command.flags.includes('force'))
  const strangers = wants
    ? notAllowedThere(
        d.town,
        comment,
        tasks.map(task => task.rigId),
      )
    : null
  if (strangers) return refused(strangers)
  if (wants) startConvoy(d, convoy.id, comment.by)
  const status = warnings.length > 0 ? 'staged_warnings' : 'staged_ready'
  const { waves } = cardOf(d.town, convoy, d.now).route
  return {
    say: 'done',
    what: { kind: 'staged', status, beads: tasks.length, waves, started: wants, restaged },
  }
}

type Edge = ReturnType<typeof inferredBlocks>[number]

const named = (town: Town, { blocked, blocker }: Edge) => ({
  blocked: beadRef(town, blocked),
  blocker: beadRef(town, blocker),
})

/** The edges are set on GitHub, where everybody sees them; the plan follows from there. */
function apply(d: Deliberation, { comment }: Given, convoy: Convoy, edges: readonly Edge[]): Say {
  d.conclude(
    `${comment.by} takes the proposed edges`,
    [],
    [
      {
        do: 'PublishLinks',
        convoyId: convoy.id,
        key: `inferred:${comment.commentId}`,
        root: rootEnd(convoy),
        nths: [],
        places: [],
        edges: edges.map(({ blocked, blocker }) => ({
          blocked: beadEnd(blocked),
          blocker: beadEnd(blocker),
        })),
      },
      lookAtTree(convoy),
    ],
  )
  return { say: 'inferred', edges: edges.map(edge => named(d.town, edge)), applied: true }
}

/** What it would look like, in a town that is thrown away. */
function tried(d: Deliberation, staged: Staged): Say {
  const scratch = new Deliberation(d.town, d.now)
  scratch.conclude('only tried', [{ type: 'ConvoyStaged', ...staged }])
  return { say: 'dry-run', card: cardOf(scratch.town, staged.convoy, d.now), drafted: 0 }
}

function convoyOn(town: Town, issueId: string): Convoy | undefined {
  for (const convoy of town.convoys.values()) if (convoy.issueId === issueId && !isOver(convoy)) return convoy
  return undefined
}
