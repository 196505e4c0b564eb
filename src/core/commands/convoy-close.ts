import { beadsOf } from '../beads/standing.ts'
import { isLeaf, isOver } from '../town.ts'
import { convoyHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const convoyClose: CommandSpec = {
  name: 'convoy close',
  usage: '/convoy close [--force]',
  summary:
    'give the convoy up; `--force` while beads of it are unfinished: their runs are stopped, their pull requests closed',
  permission: 'write',
  flags: ['force'],
  needsTree: false,
  run(d, { comment, command }) {
    const convoy = convoyHere(d.town, comment)
    if (!convoy) return refused({ kind: 'no-convoy-here' })
    if (isOver(convoy))
      return refused({
        kind: 'not-now',
        command: command.name!,
        is: `this convoy is ${convoy.status}`,
        hint: 'stage it again with `/convoy stage`',
      })
    const unfinished = beadsOf(d.town, convoy.id).filter(bead => isLeaf(bead) && bead.status !== 'closed')
    const begun = convoy.startedAt !== null
    if (begun && unfinished.length > 0 && !command.flags.includes('force')) {
      return refused({
        kind: 'not-now',
        command: command.name!,
        is: `${unfinished.length} of its beads are unfinished`,
        hint: '`/convoy close --force` gives them up',
      })
    }
    const why = `${comment.by} closed it`
    d.conclude(why, [
      ...unfinished.map(
        bead =>
          ({ type: 'BeadClosed', beadId: bead.id, how: 'cancelled', sha: null, why, closes: null }) as const,
      ),
      { type: 'ConvoyClosed', convoyId: convoy.id, by: comment.by, why },
    ])
    return { say: 'done', what: { kind: 'closed', stopped: unfinished.length } }
  },
}
