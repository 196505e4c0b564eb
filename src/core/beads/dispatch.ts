import type { Deliberation } from '../decision.ts'
import type { OrderRun } from '../effects.ts'
import { beadBranch, legId, POLECATS, runId } from '../names.ts'
import type { Rig } from '../rig.ts'
import type { Bead, Run, RunKind, Time, Town } from '../town.ts'
import { isLive } from '../town.ts'
import { newRun } from './new-run.ts'
import { isReady, mayBeReady } from './standing.ts'

/** Give every ready bead a polecat, as far as each rig's cap reaches: a whole front at once. */
export function dispatch(d: Deliberation): void {
  if (d.town.suspended) return
  const free = freeSeats(d.town)
  if (free.size === 0) return
  for (const bead of readyBeads(d.town, d.now, free)) {
    const seats = free.get(bead.rigId)!
    if (seats === 0) continue
    free.set(bead.rigId, seats - 1)
    begin(d, bead)
  }
}

/** Seats left per rig; a rig without any is not in it. */
function freeSeats(town: Town): Map<string, number> {
  const taken = new Map<string, number>()
  for (const run of town.runs.values()) {
    if (isLive(run) && run.beadId) taken.set(run.rigId, (taken.get(run.rigId) ?? 0) + 1)
  }
  const free = new Map<string, number>()
  for (const rig of town.rigs.values()) {
    const seats = rig.config.maxPolecats - (taken.get(rig.id) ?? 0)
    if (seats > 0 && isOpen(rig)) free.set(rig.id, seats)
  }
  return free
}

/** May anything new begin there? */
export const isOpen = (rig: Rig): boolean => !rig.gone && !rig.archived && !rig.config.parked

/** The most urgent first, then what was begun, then older convoys, then the order of the epic. */
function readyBeads(town: Town, now: Time, free: ReadonlyMap<string, number>): Bead[] {
  const ready: Bead[] = []
  for (const part of town.beads.parts()) {
    for (const bead of mayBeReady(part))
      if (free.has(bead.rigId) && isReady(town, bead, now)) ready.push(bead)
  }
  const started = (bead: Bead): number => town.convoys.get(bead.convoyId)?.startedAt ?? 0
  return ready.sort(
    (a, b) =>
      a.priority - b.priority ||
      Number(b.runs > 0) - Number(a.runs > 0) ||
      started(a) - started(b) ||
      a.position - b.position ||
      (a.id < b.id ? -1 : 1),
  )
}

function begin(d: Deliberation, bead: Bead): void {
  const { town, now } = d
  const rig = town.rigs.get(bead.rigId)!
  const leg = town.legs.get(legId(bead.convoyId, bead.rigId))!
  const polecat = polecatFor(town, bead)
  const branch = bead.branch ?? beadBranch(leg.target, polecat, bead)
  const { rigId, convoyId, id: beadId } = bead
  const number = bead.runs + 1
  const subject = {
    id: runId(bead, number),
    kind: kindOf(bead),
    rigId,
    convoyId,
    beadId,
    pullId: null,
    polecat,
    number,
  }
  const run = newRun(subject, now, town.pace.leaseMs)
  d.conclude(
    `${rig.name}#${bead.number} is ready and a polecat is free`,
    [{ type: 'BeadDispatched', beadId: bead.id, run, branch }],
    [orderOf(bead, run, branch, leg.target), { do: 'WakeMachine' }],
  )
}

function kindOf(bead: Bead): RunKind {
  if (bead.feedback?.kind === 'conflict') return 'conflict'
  return bead.feedback?.kind === 'gate' ? 'rework' : 'work'
}

function orderOf(bead: Bead, run: Run, branch: string, base: string): OrderRun {
  return {
    do: 'OrderRun',
    runId: run.id,
    kind: run.kind,
    rigId: bead.rigId,
    polecat: run.polecat,
    bead: { number: bead.number, title: bead.title, body: bead.body },
    branch,
    headSha: bead.headSha,
    base,
    attempt: bead.tries + 1,
    feedback: bead.feedback,
    answers: bead.answers,
    checkpoint: bead.checkpoint,
    gates: [],
    until: run.leaseUntil,
  }
}

/** The one who knows the bead if free, else the free one with the fewest runs: names keep a record of their own. */
function polecatFor(town: Town, bead: Bead): string {
  const busy = new Set<string>()
  for (const run of town.runs.values())
    if (isLive(run) && run.rigId === bead.rigId && run.polecat) busy.add(run.polecat)
  if (bead.polecat && !busy.has(bead.polecat)) return bead.polecat
  const record = (name: string): number => town.polecats.get(`${bead.rigId}/${name}`)?.runs ?? 0
  const free = POLECATS.filter(name => !busy.has(name)).sort((a, b) => record(a) - record(b))
  // A rig may seat as many polecats as there are names (see rig-config), so one is always free.
  return free[0]!
}
