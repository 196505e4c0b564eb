import { hasChecklist } from '../convoys/checklist.ts'
import { foretell, stagedAs } from '../convoys/restage.ts'
import { errorsIn, planOf, warningsIn } from '../convoys/stage.ts'
import { startConvoy } from '../convoys/start.ts'
import type { Deliberation } from '../decision.ts'
import type { Say } from '../shown/says.ts'
import type { Convoy } from '../town.ts'
import { isOpenLeaf, isStaged } from '../town.ts'
import { stage } from './convoy-stage.ts'
import { convoyHere, refused } from './here.ts'
import { notAllowedThere } from './rights.ts'
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
function start(d: Deliberation, given: Given): Say {
  const { comment, command } = given
  const convoy = convoyHere(d.town, comment)
  if (!convoy) return startUnstaged(d, given)
  const { name } = command
  if (!isStaged(convoy) || convoy.status === 'publishing') {
    const hint = '`/convoy status` shows how far it is'
    return refused({ kind: 'not-now', command: name!, is: `this convoy is already ${convoy.status}`, hint })
  }
  if (comment.issueId !== convoy.issueId) {
    const hint = `start it on #${convoy.number}`
    return refused({ kind: 'not-now', command: name!, is: 'this is one of its beads', hint })
  }
  if (!comment.tree)
    return refused({ kind: 'tree-unreadable', detail: comment.treeProblem ?? 'the issue could not be read' })
  return startAsSeen(d, given, convoy)
}

function startAsSeen(d: Deliberation, { comment, command }: Given, convoy: Convoy): Say {
  const tree = comment.tree!
  const draft = { ...convoy, title: convoy.givenTitle ?? tree.root.title }
  const staged = stagedAs(d.town, draft, planOf(d.town, draft, tree), tree.readAt)
  const { findings } = staged.convoy
  if (errorsIn(findings).length > 0) return refused({ kind: 'findings', findings: errorsIn(findings) })
  const tasks = staged.beads.filter(isOpenLeaf)
  const strangers = notAllowedThere(
    d.town,
    comment,
    tasks.map(task => task.rigId),
  )
  if (strangers) return refused(strangers)
  if (warningsIn(findings).length > 0 && !command.flags.includes('force'))
    return refused({ kind: 'needs-force', findings: warningsIn(findings) })
  const effects = convoy.forecast ? [] : [foretell(convoy.id, null)]
  d.conclude('the plan as it is at the start', [{ type: 'ConvoyStaged', ...staged }], effects)
  startConvoy(d, convoy.id, comment.by)
  return { say: 'done', what: { kind: 'started', beads: tasks.length } }
}

/** No convoy yet: staged, and started as well where the rig's config says so (`staged_by_default: false`). */
function startUnstaged(d: Deliberation, { comment, command }: Given): Say {
  const { tree } = comment
  const isPlan = tree && (tree.issues.length > 1 || hasChecklist(tree.root.body))
  if (tree && !isPlan) return refused({ kind: 'no-convoy-here' })
  const isDirect = d.town.rigs.get(comment.rigId)?.config.stagedByDefault === false
  const flags = isDirect ? ['start', ...command.flags] : []
  return stage(d, { comment, command: { ...command, flags, args: [], options: {} } })
}
