import { blockerState } from '../beads/dag.ts'
import { isRunning } from '../beads/standing.ts'
import type { Conclusion } from '../conclusions.ts'
import { evolve } from '../evolve.ts'
import type { Rig } from '../rig.ts'
import { Table } from '../table.ts'
import type { Bead, Convoy, Pull, Run, Time, Town } from '../town.ts'
import { isLeaf, isLive, isOver, isPullOver, isSatisfied, isStaged } from '../town.ts'

/** Beads of other convoys that a play takes along, beside those of its own: more of them make it slow. */
const MOST_OTHERS = 100

/** So long that no lease and no reminder ends within a play: runs in it report when they are over, and only then. */
const FOR_EVER_MS = 100 * 365 * 86_400_000

/**
 * The town as far as it matters to one convoy, and as people will have left it when they have done at once all that
 * only they can: the convoy is started and goes on, rigs are neither parked nor out of reach, landings need no
 * approval. Other convoys come along when they run in the same rigs, because they take seats and turns in front of
 * the branches: the oldest first, up to MOST_OTHERS beads; those beyond it are assumed to take none.
 * Null when there is nothing to foretell. The town given is not touched.
 */
export function sceneOf(given: Town, convoyId: string, now: Time): Town | null {
  const convoy = given.convoys.get(convoyId)
  if (!convoy || isOver(convoy) || convoy.status === 'publishing') return null
  const cast = castOf(given, convoy)
  const rowsOf = <Row extends { readonly id: string; readonly convoyId: string }>(table: Table<Row>): Row[] =>
    cast.flatMap(({ id }) => [...table.of(id).rows.values()])
  const town: Town = {
    ...given,
    suspended: false,
    pace: { ...given.pace, leaseMs: FOR_EVER_MS, remindMs: FOR_EVER_MS },
    rigs: new Table([...given.rigs.values()].map(inReach)),
    convoys: new Table(cast),
    legs: new Table(rowsOf(given.legs)),
    beads: new Table(rowsOf(given.beads)),
    drafts: new Table(),
    runs: new Table(
      rowsOf(given.runs)
        .filter(isLive)
        .map(run => kept(run, now)),
    ),
    pulls: new Table(
      rowsOf(given.pulls)
        .filter(pull => !isPast(pull))
        .map(pull => awake(pull, now)),
    ),
    polecats: given.polecats.fork(),
  }
  if (isStaged(convoy)) evolve(town, { type: 'ConvoyStarted', convoyId }, now)
  if (convoy.paused) evolve(town, { type: 'ConvoyResumed', convoyId, by: '' }, now)
  for (const bead of rowsOf(given.beads)) if (bead.convoyId === convoyId) free(town, bead, now)
  return town
}

/** Tasks and decisions of a scene that are not over: how much there is to play. */
export function sizeOf(given: Town, convoyId: string): number {
  const convoy = given.convoys.get(convoyId)
  return convoy ? castOf(given, convoy).reduce((sum, { id }) => sum + unfinished(given, id).length, 0) : 0
}

function castOf(given: Town, convoy: Convoy): Convoy[] {
  const rigs = new Set([...given.beads.of(convoy.id).rows.values()].map(bead => bead.rigId))
  const others = [...given.convoys.values()]
    .filter(other => other.id !== convoy.id && isRunning(other))
    .filter(({ id }) => unfinished(given, id).some(bead => rigs.has(bead.rigId)))
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.id < b.id ? -1 : 1))
  const cast = [convoy]
  let left = MOST_OTHERS
  for (const other of others) {
    left -= unfinished(given, other.id).length
    if (left < 0) break
    cast.push(other)
  }
  return cast
}

function unfinished(town: Town, convoyId: string): Bead[] {
  return [...town.beads.of(convoyId).rows.values()].filter(bead => isLeaf(bead) && bead.status !== 'closed')
}

function inReach(rig: Rig): Rig {
  return { ...rig, gone: false, archived: false, config: { ...rig.config, parked: false, landing: 'auto' } }
}

const kept = (run: Run, now: Time): Run => ({ ...run, leaseUntil: now + FOR_EVER_MS })

/** Nothing is decided by it any more. What has landed already is asked of landings, so those stay. */
export const isPast = (pull: Pull): boolean => pull.kind === 'bead' && isPullOver(pull)

/** What waits for a person or for its time to be looked at again is looked at now. */
const awake = (pull: Pull, now: Time): Pull =>
  isPullOver(pull) || pull.wakeAt === null || pull.state === 'opening' || pull.state === 'merging'
    ? pull
    : { ...pull, wakeAt: now }

/**
 * A person does at once what this bead waits for: gives it another round of tries, answers, lets go of it, decides.
 * Whatever blocks it from outside its convoy counts as landed, and what was given up inside it as skipped.
 * Returns whether there was anything to do.
 */
export function free(town: Town, bead: Bead, now: Time): boolean {
  if (bead.status === 'closed' || !isLeaf(bead)) return false
  const by = ''
  const beadId = bead.id
  let isFreed = false
  const skip = bead.blockers
    .filter(({ skipped, id }) => !skipped && isGivenUp(town, bead, id))
    .map(blocker => blocker.id)
  const conclude = (event: Conclusion): void => {
    evolve(town, event, now)
    isFreed = true
  }
  if (bead.held || skip.length > 0) conclude({ type: 'BeadReleased', beadId, by, skip })
  if (bead.status === 'failed') conclude({ type: 'BeadRetried', beadId, by })
  if (bead.question)
    conclude({ type: 'BeadAnswered', beadId, answer: { question: bead.question.text, answer: '', by } })
  if (bead.kind === 'decision' && isDecidable(town, town.beads.get(beadId)!))
    conclude({ type: 'BeadClosed', beadId, how: 'done', sha: null, why: null, closes: null })
  return isFreed
}

function isGivenUp(town: Town, bead: Bead, blockerId: string): boolean {
  const blocker = town.beads.get(blockerId)
  if (blocker?.convoyId !== bead.convoyId) return true
  return blocker.status === 'closed' && !isSatisfied(blocker)
}

const isDecidable = (town: Town, bead: Bead): boolean =>
  bead.blockers.every(blocker => blockerState(town, bead, blocker) === 'satisfied')
