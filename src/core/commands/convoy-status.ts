import { cardOf } from '../shown/card.ts'
import { convoyHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const convoyStatus: CommandSpec = {
  name: 'convoy status',
  usage: '/convoy status',
  summary: 'say how far the convoy is and what it waits for',
  permission: 'read',
  flags: [],
  needsTree: false,
  run(d, { comment }) {
    const convoy = convoyHere(d.town, comment)
    return convoy
      ? { say: 'status', card: cardOf(d.town, convoy, d.now) }
      : refused({ kind: 'no-convoy-here' })
  },
}
