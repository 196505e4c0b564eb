import { perPart } from './table.ts'
import type { Bead, Time, Town } from './town.ts'
import { isLive, isOver, isPullOver } from './town.ts'

const waits = perPart((beads: ReadonlyMap<string, Bead>) =>
  [...beads.values()].flatMap(bead => (bead.status === 'open' && bead.wakeAt !== null ? [bead.wakeAt] : [])),
)

/** When something becomes due though nothing happens: the earliest lease, backoff, recheck or reminder ahead. */
export function nextWake(town: Town, now: Time): Time | null {
  let next: Time | null = null
  const consider = (at: Time | null): void => {
    if (at !== null && at > now && (next === null || at < next)) next = at
  }
  for (const run of town.runs.values()) if (isLive(run)) consider(run.leaseUntil)
  for (const part of town.beads.parts()) for (const at of waits(part)) consider(at)
  for (const pull of town.pulls.values()) if (!isPullOver(pull)) consider(pull.wakeAt)
  for (const leg of town.legs.values()) if (leg.state === 'asked') consider(leg.wakeAt)
  if ([...town.convoys.values()].every(isOver)) return null
  return next
}
