import { isOpen } from './beads/dispatch.ts'
import { isReady, isRunning, runOf, standingOf } from './beads/standing.ts'
import { legId } from './names.ts'
import type { Bead, Pull, Time, Town } from './town.ts'
import { isLeaf, isLive, isPullOver } from './town.ts'

/**
 * What must hold after every step, checked in one place: each broken rule as a sentence, none when all is well.
 * The database refuses some of these too; here they are said for people and for the property tests.
 */
export function invariants(town: Town, now: Time): string[] {
  return [...runRules(town), ...beadRules(town, now), ...pullRules(town, now), ...convoyRules(town)]
}

function runRules(town: Town): string[] {
  const broken: string[] = []
  const beads = new Set<string>()
  const names = new Set<string>()
  const seats = new Map<string, number>()
  for (const run of town.runs.values()) {
    if (!isLive(run)) continue
    if (run.beadId) {
      if (beads.has(run.beadId)) broken.push(`bead ${run.beadId} has two live runs`)
      beads.add(run.beadId)
      seats.set(run.rigId, (seats.get(run.rigId) ?? 0) + 1)
      if (town.beads.get(run.beadId)?.status !== 'in_progress') broken.push(`run ${run.id} works for nobody`)
    }
    const name = `${run.rigId}/${run.polecat}`
    if (run.polecat && names.has(name)) broken.push(`polecat ${name} is in two places`)
    names.add(name)
  }
  for (const [rigId, taken] of seats) {
    const most = Math.max(town.rigs.get(rigId)?.config.maxPolecats ?? 0, 0)
    if (taken > most) broken.push(`rig ${rigId} has ${taken} polecats at work, ${most} allowed`)
  }
  return broken
}

function beadRules(town: Town, now: Time): string[] {
  return [...town.beads.values()].flatMap(bead => beadRule(town, bead, now) ?? [])
}

/** No bead outside a final state is without a lease, a wake-up time, or a person or blocker that it waits for. */
function beadRule(town: Town, bead: Bead, now: Time): string | null {
  if (bead.kind === 'epic' || bead.kind === 'decision') return null
  const convoy = town.convoys.get(bead.convoyId)
  if (!convoy) return `bead ${bead.id} is in no convoy`
  const isFinal = bead.status === 'closed' || bead.status === 'failed'
  if (isFinal)
    return (bead.status === 'closed') === (bead.how === null)
      ? `bead ${bead.id} is closed and nobody knows how`
      : null
  if (bead.status === 'in_progress')
    return runOf(town, bead.id) ? null : `bead ${bead.id} is in progress without a run`
  if (bead.status === 'in_review')
    return hasOpenPull(town, bead) ? null : `bead ${bead.id} is in review without a pull`
  if (bead.question && (bead.wakeAt === null || bead.wakeAt <= now))
    return `nobody will be reminded of the question of bead ${bead.id}`
  if (standingOf(town, bead) === 'ready' && isReady(town, bead, now) && hasFreeSeat(town, bead))
    return `bead ${bead.id} is ready, a polecat is free, and nothing happens`
  return null
}

function hasOpenPull(town: Town, bead: Bead): boolean {
  for (const pull of town.pulls.values()) if (pull.beadId === bead.id && !isPullOver(pull)) return true
  return false
}

function hasFreeSeat(town: Town, bead: Bead): boolean {
  const rig = town.rigs.get(bead.rigId)
  if (!rig || !isOpen(rig) || town.suspended) return false
  let taken = 0
  for (const run of town.runs.values()) if (isLive(run) && run.beadId && run.rigId === bead.rigId) taken++
  return taken < rig.config.maxPolecats
}

function pullRules(town: Town, now: Time): string[] {
  const broken: string[] = []
  const writers = new Set<string>()
  const open = new Set<string>()
  for (const pull of town.pulls.values()) {
    if (isPullOver(pull)) continue
    const line = `${pull.rigId}:${pull.base}`
    if (pull.state === 'gating' || pull.state === 'merging') {
      if (writers.has(line)) broken.push(`two pulls are being merged into ${line}`)
      writers.add(line)
    }
    const subject = pull.beadId ?? legId(pull.convoyId, pull.rigId)
    if (open.has(subject)) broken.push(`${subject} has two open pulls`)
    open.add(subject)
    broken.push(...pullRule(town, pull, now))
  }
  return broken
}

/** States that end by looking at GitHub again: never without a time for it. */
const LOOKED_AT_AGAIN: readonly Pull['state'][] = ['opening', 'merging', 'waiting', 'doubted', 'shut']

function pullRule(town: Town, pull: Pull, now: Time): string[] {
  const isDue = pull.wakeAt === null || pull.wakeAt <= now
  if (LOOKED_AT_AGAIN.includes(pull.state) && isDue)
    return [`pull ${pull.id} is ${pull.state} and will never be looked at again`]
  if (pull.state === 'gating') {
    const run = pull.gateRunId ? town.runs.get(pull.gateRunId) : undefined
    if (!run || !isLive(run)) return [`pull ${pull.id} is being tested by nobody`]
  }
  if (pull.state === 'merging' && (pull.testedHead === null || pull.testedBase === null))
    return [`pull ${pull.id} is merged untested`]
  return []
}

function convoyRules(town: Town): string[] {
  const broken: string[] = []
  for (const convoy of town.convoys.values()) {
    const tasks = [...town.beads.values()].filter(bead => bead.convoyId === convoy.id && isLeaf(bead))
    if (convoy.status === 'landed' && !tasks.some(bead => bead.how === 'landed'))
      broken.push(`convoy ${convoy.id} landed nothing`)
    if (convoy.status === 'landed' && tasks.some(bead => bead.status !== 'closed'))
      broken.push(`convoy ${convoy.id} landed without all of its beads`)
    if (
      isRunning(convoy) &&
      convoy.status === 'open' &&
      tasks.length > 0 &&
      tasks.every(bead => bead.status === 'closed')
    )
      broken.push(`convoy ${convoy.id} is complete and nothing happens`)
  }
  return broken
}
