import type { Effect } from '../effects.ts'
import { repoOf } from '../rig.ts'
import type { PullStory } from '../shown/says.ts'
import type { Bead, Pull, Town } from '../town.ts'

/** `owner/name#number` of a bead's issue. */
export function beadRef(town: Town, bead: Bead): string {
  return refIn(town, bead.rigId, bead.number)
}

export function refIn(town: Town, rigId: string, number: number): string {
  const rig = town.rigs.get(rigId)
  return `${rig ? repoOf(rig) : '?'}#${number}`
}

export function openPullEffect(town: Town, pull: Pull, bead: Bead | undefined): Effect {
  const { id, rigId, head, headSha, base, title } = pull
  return { do: 'OpenPull', rigId, pullId: id, head, headSha, base, title, story: storyOf(town, pull, bead) }
}

function storyOf(town: Town, pull: Pull, bead: Bead | undefined): PullStory {
  const convoy = town.convoys.get(pull.convoyId)!
  const convoyRef = refIn(town, convoy.rigId, convoy.number)
  const landed = [...town.pulls.values()].filter(
    p => p.convoyId === convoy.id && p.rigId === pull.rigId && p.kind === 'bead' && p.state === 'merged',
  )
  return {
    kind: pull.kind,
    pullId: pull.id,
    ref: bead ? beadRef(town, bead) : convoyRef,
    convoyRef,
    polecat: bead?.polecat ?? null,
    beads:
      pull.kind === 'bead'
        ? []
        : landed.flatMap(p => {
            const of = town.beads.get(p.beadId!)
            return of ? [{ ref: beadRef(town, of), title: of.title, pull: p.number }] : []
          }),
  }
}
