import { stagedAs } from '../convoys/follow.ts'
import { errorsIn, planOf, warningsIn } from '../convoys/stage.ts'
import type { Deliberation } from '../decision.ts'
import type { Tree } from '../events.ts'
import { convoyId } from '../names.ts'
import type { Say } from '../shown/says.ts'
import type { Convoy, Town } from '../town.ts'
import { isOver, isStaged } from '../town.ts'
import { startConvoy } from './convoy-start.ts'
import { refused } from './here.ts'
import type { CommandSpec, Given } from './spec.ts'

export const convoyStage: CommandSpec = {
  name: 'convoy stage',
  usage: '/convoy stage [--start [--force]]',
  summary: "plan a convoy from this issue's sub-issues and their blocked-by links; stage again after edits",
  permission: 'write',
  flags: ['start', 'force'],
  needsTree: true,
  run: stage,
}

function stage(d: Deliberation, { comment, command }: Given): Say {
  const { tree } = comment
  if (!tree)
    return refused({ kind: 'tree-unreadable', detail: comment.treeProblem ?? 'the issue could not be read' })
  const known = convoyOn(d.town, comment.issueId)
  if (known && !isStaged(known)) {
    return refused({
      kind: 'not-now',
      command: command.name!,
      is: `this convoy is ${known.status}`,
      hint: 'edit its issues on GitHub instead: it follows',
    })
  }
  const draft = known ? { ...known, title: tree.root.title } : newConvoy(d, comment.by, tree)
  const plan = planOf(d.town, draft, tree)
  if (errorsIn(plan.findings).length > 0)
    return refused({ kind: 'findings', findings: errorsIn(plan.findings) })
  const staged = stagedAs(d.town, draft, plan)
  d.conclude(`${comment.by} staged it`, [{ type: 'ConvoyStaged', ...staged }])
  const warnings = warningsIn(plan.findings)
  // With warnings the plan stands and the reply says that starting it needs `--force`.
  const start = command.flags.includes('start') && (warnings.length === 0 || command.flags.includes('force'))
  if (start) startConvoy(d, staged.convoy.id, comment.by)
  const beads = plan.waves.flat().length
  return {
    say: 'done',
    what: {
      kind: 'staged',
      status: warnings.length > 0 ? 'staged_warnings' : 'staged_ready',
      beads,
      waves: plan.waves.length,
      started: start,
      restaged: known !== undefined,
    },
  }
}

function convoyOn(town: Town, issueId: string): Convoy | undefined {
  for (const convoy of town.convoys.values()) if (convoy.issueId === issueId && !isOver(convoy)) return convoy
  return undefined
}

function newConvoy(d: Deliberation, by: string, { root }: Tree): Convoy {
  const rig = d.town.rigs.get(root.rigId)
  return {
    id: convoyId(root.id, d.now),
    rigId: root.rigId,
    issueId: root.id,
    number: root.number,
    title: root.title,
    status: 'staged_ready',
    paused: false,
    mergeMode: rig?.config.mergeMode ?? 'review-then-land',
    findings: [],
    by,
    stagedAt: d.now,
    startedAt: null,
    endedAt: null,
    why: null,
    shown: null,
  }
}
