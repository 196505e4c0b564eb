import { legId } from '../names.ts'
import type { Standing } from '../shown/says.ts'
import { perPart } from '../table.ts'
import type { Bead, Convoy, Run, Time, Town } from '../town.ts'
import { isGivenUp, isLive, isOver, isStaged } from '../town.ts'
import { blockersIn, isBlocked, isBlockedWithin } from './dag.ts'

/** The live run of a bead; the database allows one. */
export function runOf(town: Town, beadId: string): Run | undefined {
  for (const run of town.runs.values()) if (run.beadId === beadId && isLive(run)) return run
  return undefined
}

/** How a bead stands, for people. Every state has exactly one answer. */
export function standingOf(town: Town, bead: Bead): Standing {
  if (bead.status === 'closed') return closedAs(bead)
  if (bead.status === 'failed') return 'failed'
  if (bead.status === 'in_progress') return 'working'
  if (bead.status === 'in_review') return 'in review'
  if (bead.held || isDistrusted(bead)) return 'held'
  if (bead.question) return 'asking'
  const convoy = town.convoys.get(bead.convoyId)
  if (!convoy || isStaged(convoy)) return 'planned'
  if (blockersIn(town, bead, 'dead').length > 0) return 'parked'
  if (isBlocked(town, bead) || !bead.trusted) return 'waiting'
  return bead.kind === 'decision' ? 'deciding' : 'ready'
}

/** Its words are by someone who may not make agents read them. */
export const isDistrusted = (bead: Bead): boolean => !bead.trusted && bead.edit !== null

function closedAs(bead: Bead): Standing {
  if (bead.how === 'landed' || bead.how === 'done' || bead.how === 'skipped') return bead.how
  return 'cancelled'
}

/** Work that nobody has and nobody holds back. */
const isIdle = (bead: Bead): boolean =>
  bead.kind === 'task' && bead.status === 'open' && !bead.held && bead.trusted && bead.question === null

/** The beads of one convoy that may be ready: nothing of their own convoy is in their way. Only `isReady` says yes. */
export const mayBeReady = perPart((beads: ReadonlyMap<string, Bead>) =>
  [...beads.values()].filter(bead => isIdle(bead) && !isBlockedWithin(beads, bead)),
)

/** May a polecat begin on it now? The only question that dispatch asks about a bead. */
export function isReady(town: Town, bead: Bead, now: Time): boolean {
  if (!isIdle(bead)) return false
  if (bead.wakeAt !== null && bead.wakeAt > now) return false
  const convoy = town.convoys.get(bead.convoyId)
  if (!convoy || !isRunning(convoy)) return false
  if (town.legs.get(legId(convoy.id, bead.rigId))?.state !== 'ready') return false
  return !isBlocked(town, bead)
}

/** Started, not paused, not over: work goes on. */
export function isRunning(convoy: Convoy): boolean {
  return !isStaged(convoy) && !isOver(convoy) && !convoy.paused
}

/** The convoy that has this issue now; none when it is over, or gave the issue up. */
export function holderOf(town: Town, issueId: string): Convoy | undefined {
  const bead = town.beads.get(issueId)
  const convoy = bead && !isGivenUp(bead) ? town.convoys.get(bead.convoyId) : undefined
  return convoy && !isOver(convoy) ? convoy : undefined
}

export function beadsOf(town: Town, convoyId: string): Bead[] {
  return [...town.beads.of(convoyId).rows.values()].sort((a, b) => a.position - b.position)
}
