import { beadRef, refIn } from '../refinery/pull-story.ts'
import type { Because } from '../shown/says.ts'
import { whyBead } from '../shown/why.ts'
import { whyConvoy } from '../shown/why-convoy.ts'
import { whyPull } from '../shown/why-pull.ts'
import type { Pull, Time, Town } from '../town.ts'
import { beadHere, convoyHere, pullHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

export const why: CommandSpec = {
  name: 'why',
  usage: '/why',
  summary: 'say why this bead, convoy or pull request stands where it stands, and what would free it',
  permission: 'read',
  flags: [],
  needsTree: false,
  run(d, { comment }) {
    const pull = pullHere(d.town, comment)
    if (pull) {
      const because = [whyPull(d.town, pull), ...behind(d.town, pull, d.now)]
      return { say: 'why', subject: refIn(d.town, pull.rigId, comment.number), because }
    }
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

/** What the pull request is for. */
function behind(town: Town, pull: Pull, now: Time): Because[] {
  const bead = pull.beadId ? town.beads.get(pull.beadId) : undefined
  if (bead) return whyBead(town, bead, now)
  const convoy = town.convoys.get(pull.convoyId)
  return convoy ? whyConvoy(town, convoy, now) : []
}
