import { isRunning } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import { MERGE_MODES } from '../merge-modes/registry.ts'
import { landingPullId } from '../names.ts'
import { newPull } from '../refinery/new-pull.ts'
import { askOpen } from '../refinery/refinery.ts'
import { perPart } from '../table.ts'
import type { Bead, Convoy, Leg, Pull, Town } from '../town.ts'
import { isLeaf, isPullOver, isSatisfied } from '../town.ts'
import { leavesByEpic } from './stage.ts'

/** A started convoy needs its branch in every rig before anything is dispatched there. */
export function makeBranches(d: Deliberation): void {
  for (const leg of [...d.town.legs.values()]) {
    const convoy = d.town.convoys.get(leg.convoyId)
    if (!convoy || !isRunning(convoy)) continue
    const due =
      leg.state === 'planned' || (leg.state === 'asked' && leg.wakeAt !== null && leg.wakeAt <= d.now)
    if (due) makeBranch(d, leg)
  }
}

function makeBranch(d: Deliberation, leg: Leg): void {
  if (leg.target === leg.base) {
    d.conclude('its beads go straight to the base', [
      { type: 'LegChanged', legId: leg.id, state: 'ready', wakeAt: null, why: null },
    ])
    return
  }
  const wakeAt = d.now + d.town.pace.recheckMs
  d.conclude(
    'the convoy needs its own branch',
    [{ type: 'LegChanged', legId: leg.id, state: 'asked', wakeAt, why: leg.why }],
    [{ do: 'EnsureBranch', rigId: leg.rigId, legId: leg.id, branch: leg.target, from: leg.base }],
  )
}

/** How far a convoy's tasks are. */
interface Tally {
  readonly tasks: number
  readonly closed: number
  /** Rigs in which something landed. */
  readonly landedIn: ReadonlySet<string>
}

/** When the last bead is over the convoy lands; when the last landing is merged it has landed. */
export function completeConvoys(d: Deliberation): void {
  for (const convoy of [...d.town.convoys.values()]) {
    const tally = tallyOf(d.town.beads.of(convoy.id))
    // 0 of 0 never lands.
    if (tally.tasks === 0 || !isRunning(convoy)) continue
    const allClosed = tally.closed === tally.tasks
    if (convoy.status === 'open' && allClosed) finish(d, convoy, tally)
    else if (convoy.status === 'landing' && !allClosed) reopen(d, convoy)
    else if (convoy.status === 'landing') land(d, convoy, tally)
  }
}

const tallyOf = perPart((beads: ReadonlyMap<string, Bead>): Tally => {
  const tasks = [...beads.values()].filter(isLeaf)
  return {
    tasks: tasks.length,
    closed: tasks.filter(bead => bead.status === 'closed').length,
    landedIn: new Set(tasks.filter(bead => bead.how === 'landed').map(bead => bead.rigId)),
  }
})

export const WITHOUT_CODE = 'every bead was closed without code: there is nothing to land'

function finish(d: Deliberation, convoy: Convoy, tally: Tally): void {
  if (tally.landedIn.size === 0) {
    d.conclude('an empty diff never lands', [
      { type: 'ConvoyClosed', convoyId: convoy.id, by: '', why: WITHOUT_CODE },
    ])
    return
  }
  d.conclude('its last bead is over', [{ type: 'ConvoyLanding', convoyId: convoy.id }])
  land(d, d.town.convoys.get(convoy.id)!, tally)
}

function reopen(d: Deliberation, convoy: Convoy): void {
  const landed = legsOf(d.town, convoy).filter(leg => leg.state === 'landed')
  d.conclude('one of its beads is open again', [
    { type: 'ConvoyReopened', convoyId: convoy.id },
    ...landed.map(
      leg => ({ type: 'LegChanged', legId: leg.id, state: 'planned', wakeAt: null, why: null }) as const,
    ),
  ])
}

function land(d: Deliberation, convoy: Convoy, tally: Tally): void {
  for (const leg of legsOf(d.town, convoy))
    if (leg.state !== 'landed') landLeg(d, convoy, leg, tally.landedIn.has(leg.rigId))
  if (legsOf(d.town, convoy).every(leg => leg.state === 'landed')) {
    d.conclude('everything it made is on the default branch', [{ type: 'ConvoyLanded', convoyId: convoy.id }])
  }
}

function landLeg(d: Deliberation, convoy: Convoy, leg: Leg, hasLanded: boolean): void {
  const pulls = [...d.town.pulls.of(convoy.id).rows.values()].filter(
    pull => pull.kind === 'landing' && pull.rigId === leg.rigId,
  )
  const open = pulls.find(pull => !isPullOver(pull))
  const mergedNow = pulls.at(-1)?.state === 'merged' && !isNewerBead(d.town, convoy, leg, pulls.at(-1)!)
  if (!MERGE_MODES[leg.mergeMode].lands || !hasLanded || mergedNow) {
    d.conclude('nothing of it is left to land here', [
      { type: 'LegChanged', legId: leg.id, state: 'landed', wakeAt: null, why: null },
    ])
  } else if (!open) {
    askOpen(
      d,
      landingPull(d, convoy, leg, pulls.length + 1),
      null,
      'all beads are on the convoy branch: land it',
    )
  }
}

/** Has something landed on the convoy's branch since that landing was asked for? */
function isNewerBead(town: Town, convoy: Convoy, leg: Leg, landing: Pull): boolean {
  const beads = [...town.beads.of(convoy.id).rows.values()].filter(bead => bead.rigId === leg.rigId)
  return beads.some(bead => bead.how === 'landed' && (bead.closedAt ?? 0) > landing.queuedAt)
}

function landingPull(d: Deliberation, convoy: Convoy, leg: Leg, nth: number): Pull {
  const { rigId, target, base } = leg
  const id = landingPullId(leg.id, nth)
  const subject = {
    id,
    kind: 'landing',
    rigId,
    convoyId: convoy.id,
    beadId: null,
    head: target,
    base,
  } as const
  return newPull({ ...subject, title: convoy.title, headSha: null, wakeAt: null }, d.now)
}

/** In the order in which the store reads them: a town that was loaded shows the same as one in memory. */
export function legsOf(town: Town, convoy: Convoy): Leg[] {
  return [...town.legs.of(convoy.id).rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** An epic inside the tree is over when everything under it is; one without leaves never is. */
export function rollUpEpics(d: Deliberation): void {
  for (const { epic, under } of [...d.town.beads.parts()].flatMap(epicsThatAreOver)) {
    const how = under.some(isSatisfied) ? 'done' : 'cancelled'
    d.conclude('everything under the epic is over', [
      {
        type: 'BeadClosed',
        beadId: epic.id,
        how,
        sha: null,
        why: null,
        closes: how === 'done' ? 'completed' : null,
      },
    ])
  }
}

/** Not closed, though all its leaves are. An epic and what is under it are of one convoy. */
const epicsThatAreOver = perPart((beads: ReadonlyMap<string, Bead>) => {
  const epics = [...beads.values()].filter(bead => bead.kind === 'epic' && bead.status !== 'closed')
  if (epics.length === 0) return []
  const leaves = leavesByEpic(beads)
  return epics
    .map(epic => ({ epic, under: leaves.get(epic.id) ?? [] }))
    .filter(({ under }) => under.length > 0 && under.every(leaf => leaf.status === 'closed'))
})
