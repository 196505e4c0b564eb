import { beadRef, refIn } from '../refinery/pull-story.ts'
import { whyBead, whyConvoy } from '../shown/why.ts'
import { beadHere, convoyHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const why: CommandSpec = {
  name: 'why',
  usage: '/why',
  summary: 'say why this bead or convoy stands where it stands, and what would free it',
  permission: 'read',
  flags: [],
  needsTree: false,
  run(d, { comment }) {
    const bead = beadHere(d.town, comment)
    if (bead) return { say: 'why', subject: beadRef(d.town, bead), because: whyBead(d.town, bead, d.now) }
    const convoy = convoyHere(d.town, comment)
    if (!convoy) return refused({ kind: 'no-convoy-here' })
    return {
      say: 'why',
      subject: refIn(d.town, convoy.rigId, convoy.number),
      because: whyConvoy(d.town, convoy, d.now),
    }
  },
}
