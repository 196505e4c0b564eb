import { foretell } from '../convoys/restage.ts'
import { openConvoyHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const convoySimulate: CommandSpec = {
  name: 'convoy simulate',
  usage: '/convoy simulate',
  summary:
    'play the convoy through on virtual time: when it will have landed, what takes longest, what it needs',
  permission: 'read',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const convoy = openConvoyHere(
      d.town,
      { comment, command },
      'only what is staged or under way is foretold',
    )
    if ('kind' in convoy) return refused(convoy)
    const { rigId, number, commentId } = comment
    d.conclude(
      `${comment.by} wants to know how it will go`,
      [],
      [foretell(convoy.id, { rigId, number, commentId })],
    )
    return { say: 'done', what: { kind: 'simulating' } }
  },
}
