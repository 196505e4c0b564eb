import { beadsOf, standingOf } from '../../src/core/beads/standing.ts'
import { leavesByEpic } from '../../src/core/convoys/stage.ts'
import { type Bead, type Convoy, isLeaf, isOver, isStaged, type Town } from '../../src/core/town.ts'
import { type Place, type Plot, speak } from './plan-people.ts'

/** What only people can do: as `/why` tells them, until every convoy is over. */

/** Unfinished work of convoys that have begun. */
export const unfinished = (town: Town): Bead[] =>
  [...town.convoys.values()]
    .filter(convoy => !isOver(convoy) && !isStaged(convoy))
    .flatMap(convoy => beadsOf(town, convoy.id))
    .filter(bead => isLeaf(bead) && bead.status !== 'closed')

/** Epics that hold nothing, and that nobody has closed. */
const hollow = (town: Town): Bead[] =>
  [...town.convoys.values()]
    .filter(convoy => !isOver(convoy) && !isStaged(convoy))
    .flatMap(convoy => {
      const beads = town.beads.of(convoy.id).rows
      const under = leavesByEpic(beads)
      return [...beads.values()].filter(
        bead => bead.kind === 'epic' && bead.status !== 'closed' && !under.has(bead.id),
      )
    })

/** One round of it; says what was done. `round`: who has tried often gives up what cannot be started. */
export async function mend(plot: Plot, town: Town, round: number): Promise<string[]> {
  const done: string[] = []
  const tell = async (to: Place, line: string) => {
    await speak(plot, 'olivia', to, line)
    done.push(`${line} on ${to.repo}#${to.number}`)
  }
  for (const convoy of [...town.convoys.values()].filter(it => !isOver(it))) {
    const at = placeOfIssue(town, convoy.rigId, convoy.number)
    const line = forConvoy(town, convoy, round)
    if (line) await tell(at, line)
  }
  for (const bead of unfinished(town)) {
    const at = placeOfIssue(town, bead.rigId, bead.number)
    const line = bead.held ? '/bead release' : FOR_BEADS[standingOf(town, bead)]
    if (line === 'close') await close(plot, at)
    else if (line) await tell(at, line)
  }
  for (const epic of hollow(town)) await close(plot, placeOfIssue(town, epic.rigId, epic.number))
  if (round === 1) for (const outsider of plot.outsiders) await close(plot, outsider)
  return done
}

function forConvoy(town: Town, convoy: Convoy, round: number): string | null {
  if (isStaged(convoy)) return round < 3 ? '/convoy start --force' : '/convoy close'
  if (convoy.paused) return '/convoy resume'
  // Its landing conflicts with another one's: that takes somebody at a keyboard.
  if (convoy.status === 'landing') return round < 5 ? null : '/convoy close --force'
  // Nothing to be done at all never lands.
  return beadsOf(town, convoy.id).some(isLeaf) ? null : '/convoy close --force'
}

const FOR_BEADS: Readonly<Partial<Record<ReturnType<typeof standingOf>, string>>> = {
  failed: '/bead skip',
  held: '/bead release',
  parked: '/bead release',
  asking: 'blue',
  deciding: 'close',
}

const close = ({ story }: Plot, { repo, number }: Place) =>
  story.people.olivia.request('PATCH', `/repos/${repo}/issues/${number}`, {
    state: 'closed',
    state_reason: 'completed',
  })

export function placeOfIssue(town: Town, rigId: string, number: number): Place {
  const { owner, name } = town.rigs.get(rigId)!
  return { repo: `${owner}/${name}`, number, id: 0 }
}
