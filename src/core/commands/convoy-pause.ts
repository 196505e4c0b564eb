import { isOver } from '../town.ts'
import { convoyHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const convoyPause: CommandSpec = {
  name: 'convoy pause',
  usage: '/convoy pause',
  summary: 'dispatch, test and merge nothing more; what runs is finished',
  permission: 'write',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const convoy = convoyHere(d.town, comment)
    if (!convoy) return refused({ kind: 'no-convoy-here' })
    if (isOver(convoy) || convoy.paused) {
      return refused({
        kind: 'not-now',
        command: command.name!,
        is: `this convoy is ${convoy.paused ? 'paused already' : convoy.status}`,
        hint: '`/convoy resume` goes on with a paused one',
      })
    }
    d.conclude(`${comment.by} paused it`, [{ type: 'ConvoyPaused', convoyId: convoy.id, by: comment.by }])
    return { say: 'done', what: { kind: 'paused' } }
  },
}

export const convoyResume: CommandSpec = {
  name: 'convoy resume',
  usage: '/convoy resume',
  summary: 'go on with a paused convoy',
  permission: 'write',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const convoy = convoyHere(d.town, comment)
    if (!convoy) return refused({ kind: 'no-convoy-here' })
    if (!convoy.paused)
      return refused({
        kind: 'not-now',
        command: command.name!,
        is: 'this convoy is not paused',
        hint: '`/convoy pause` pauses it',
      })
    d.conclude(`${comment.by} resumed it`, [{ type: 'ConvoyResumed', convoyId: convoy.id, by: comment.by }])
    return { say: 'done', what: { kind: 'resumed' } }
  },
}
