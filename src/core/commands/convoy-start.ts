import { beadsOf } from '../beads/standing.ts'
import { stagedAs } from '../convoys/follow.ts'
import { errorsIn, planOf, warningsIn } from '../convoys/stage.ts'
import type { Deliberation } from '../decision.ts'
import type { Say } from '../shown/says.ts'
import { isStaged } from '../town.ts'
import { convoyHere, refused } from './here.ts'
import type { CommandSpec, Given } from './spec.ts'

export const convoyStart: CommandSpec = {
  name: 'convoy start',
  usage: '/convoy start [--force]',
  summary: 'start the staged convoy; `--force` in spite of warnings',
  permission: 'write',
  flags: ['force'],
  needsTree: true,
  run: start,
}

/** The plan is checked once more against the issues as they are now: what is started is what people see. */
function start(d: Deliberation, { comment, command }: Given): Say {
  const convoy = convoyHere(d.town, comment)
  if (!convoy) return refused({ kind: 'no-convoy-here' })
  if (!isStaged(convoy)) {
    return refused({
      kind: 'not-now',
      command: command.name!,
      is: `this convoy is already ${convoy.status}`,
      hint: '`/convoy status` shows how far it is',
    })
  }
  if (comment.issueId !== convoy.issueId) {
    return refused({
      kind: 'not-now',
      command: command.name!,
      is: 'this is one of its beads',
      hint: `start it on #${convoy.number}`,
    })
  }
  if (!comment.tree)
    return refused({ kind: 'tree-unreadable', detail: comment.treeProblem ?? 'the issue could not be read' })
  const draft = { ...convoy, title: comment.tree.root.title }
  const staged = stagedAs(d.town, draft, planOf(d.town, draft, comment.tree))
  const errors = errorsIn(staged.convoy.findings)
  if (errors.length > 0) return refused({ kind: 'findings', findings: errors })
  const warnings = warningsIn(staged.convoy.findings)
  if (warnings.length > 0 && !command.flags.includes('force'))
    return refused({ kind: 'needs-force', findings: warnings })
  d.conclude('the plan as it is at the start', [{ type: 'ConvoyStaged', ...staged }])
  startConvoy(d, convoy.id, comment.by)
  const beads = beadsOf(d.town, convoy.id).filter(bead => bead.kind === 'task' && bead.status !== 'closed')
  return { say: 'done', what: { kind: 'started', beads: beads.length } }
}

/** One conclusion, one transaction: branches and the first wave follow from it by the standing rules. */
export function startConvoy(d: Deliberation, convoyId: string, by: string): void {
  d.conclude(`${by} started it`, [{ type: 'ConvoyStarted', convoyId }])
}
