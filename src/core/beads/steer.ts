import { refused } from '../commands/here.ts'
import type { Deliberation } from '../decision.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Say } from '../shown/says.ts'
import type { Bead, ClosedHow, Priority } from '../town.ts'
import { isOver, isSatisfied } from '../town.ts'
import { blockersIn } from './dag.ts'
import { isDistrusted, standingOf } from './standing.ts'

/**
 * What a person may want of a bead: one way each, whether it was a command, a card of the board or a tool that asked.
 * Each concludes what is wanted and says what came of it, or refuses and concludes nothing.
 */
type Steer = (d: Deliberation, bead: Bead, by: string) => Say

const notNow = (d: Deliberation, bead: Bead, command: string, hint: string): Say =>
  refused({ kind: 'not-now', command, is: `this bead is ${standingOf(d.town, bead)}`, hint })

export const retryBead: Steer = (d, bead, by) => {
  const isWaitingToRetry = bead.status === 'open' && bead.wakeAt !== null && !bead.question
  if (bead.status !== 'failed' && !isWaitingToRetry)
    return notNow(d, bead, 'bead retry', 'only a failed bead can be tried again')
  d.conclude(`${by} wants another try`, [{ type: 'BeadRetried', beadId: bead.id, by }])
  return { say: 'done', what: { kind: 'retried', ref: beadRef(d.town, bead) } }
}

export const holdBead: Steer = (d, bead, by) => {
  if (bead.status === 'closed' || bead.held)
    return notNow(d, bead, 'bead hold', '`/bead release` lets a held bead go on')
  d.conclude(`${by} holds it`, [{ type: 'BeadHeld', beadId: bead.id, by }])
  return { say: 'done', what: { kind: 'held', ref: beadRef(d.town, bead) } }
}

export const releaseBead: Steer = (d, bead, by) => {
  const isHeld = bead.held || isDistrusted(bead)
  const dead = isHeld ? [] : blockersIn(d.town, bead, 'dead')
  if (bead.status === 'closed' || (!isHeld && dead.length === 0))
    return notNow(d, bead, 'bead release', 'only a held or parked bead can be released')
  const skip = dead.map(blocker => blocker.id)
  d.conclude(`${by} released it`, [{ type: 'BeadReleased', beadId: bead.id, by, skip }])
  const skipped = dead.map(blocker => blocker.ref)
  return { say: 'done', what: { kind: 'released', ref: beadRef(d.town, bead), skipped } }
}

/** It is not done, and what waits for it goes on all the same. */
export const skipBead: Steer = (d, bead, by) => {
  const canSkip = bead.kind !== 'epic' && !isSatisfied(bead) && isUnderWay(d, bead)
  if (!canSkip) return notNow(d, bead, 'bead skip', 'only work that is not done can be skipped')
  const freed = waitingFor(d, bead)
  giveUp(d, bead, 'skipped', `${by} skipped it`)
  return { say: 'done', what: { kind: 'skipped', ref: beadRef(d.town, bead), freed } }
}

/** It is not done, and what waits for it is parked until a person decides. */
export const cancelBead: Steer = (d, bead, by) => {
  if (bead.kind === 'epic' || bead.status === 'closed' || !isUnderWay(d, bead))
    return notNow(d, bead, 'bead cancel', 'only an open bead of an open convoy can be cancelled')
  giveUp(d, bead, 'cancelled', `${by} cancelled it`)
  const parked = waitingFor(d, bead)
  return { say: 'done', what: { kind: 'cancelled', ref: beadRef(d.town, bead), parked } }
}

export function prioritiseBead(d: Deliberation, bead: Bead, by: string, priority: Priority): Say {
  if (bead.status === 'closed') return notNow(d, bead, 'bead priority', 'nothing of it is left to do')
  if (bead.priority !== priority)
    d.conclude(`${by} set its priority`, [{ type: 'BeadPrioritised', beadId: bead.id, by, priority }])
  return { say: 'done', what: { kind: 'prioritised', ref: beadRef(d.town, bead), priority } }
}

function isUnderWay(d: Deliberation, bead: Bead): boolean {
  const convoy = d.town.convoys.get(bead.convoyId)
  return convoy !== undefined && !isOver(convoy)
}

function giveUp(d: Deliberation, bead: Bead, how: ClosedHow, why: string): void {
  d.conclude(why, [{ type: 'BeadClosed', beadId: bead.id, how, sha: null, why, closes: 'not_planned' }])
}

/** Refs of the unfinished beads that name it as a blocker. */
function waitingFor(d: Deliberation, bead: Bead): string[] {
  const dependents = [...d.town.beads.values()].filter(
    other =>
      other.status !== 'closed' && other.blockers.some(({ id, skipped }) => id === bead.id && !skipped),
  )
  return dependents.map(other => beadRef(d.town, other))
}
