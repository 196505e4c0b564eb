import { newRun } from '../beads/new-run.ts'
import { comeBack } from '../beads/polecat.ts'
import { isRunning } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect, OrderRun } from '../effects.ts'
import { gateId } from '../names.ts'
import type { Feedback, Pull, Run, Town } from '../town.ts'
import { isLive, isPullOver } from '../town.ts'
import { openPullEffect } from './pull-story.ts'
import { lineOf, queueOrder } from './queue-order.ts'

/** The refinery's standing rules, in order: what GitHub opened is queued; the head of each line is tested. */
export function refine(d: Deliberation): void {
  for (const pull of [...d.town.pulls.values()]) {
    if (isPullOver(pull)) continue
    if (isMoot(d.town, pull)) drop(d, pull)
    else if (pull.state === 'opening' && pull.number !== null)
      queue(d, pull, null, 'the pull request is open')
    else if (pull.wakeAt !== null && pull.wakeAt <= d.now) wake(d, pull)
    else if (pull.state === 'gating') recoverGate(d, pull)
  }
  for (const pull of headsOfLines(d.town)) orderGate(d, pull)
}

/** Its bead is over without it, or its convoy is: nobody wants it merged any more. */
function isMoot(town: Town, pull: Pull): boolean {
  const convoy = town.convoys.get(pull.convoyId)
  if (!convoy || convoy.status === 'closed') return true
  return pull.beadId !== null && town.beads.get(pull.beadId)?.status === 'closed'
}

function drop(d: Deliberation, pull: Pull): void {
  const { id, rigId, number, head, base } = pull
  d.conclude(
    'its bead or its convoy is over without it',
    [{ type: 'PullClosed', pullId: id, why: 'not wanted any more' }],
    [{ do: 'ClosePull', rigId, pullId: id, number, head, base }],
  )
}

export function queue(
  d: Deliberation,
  pull: Pull,
  why: string | null,
  because: string,
  effects: readonly Effect[] = [],
): void {
  d.conclude(because, [{ type: 'PullQueued', pullId: pull.id, why }], effects)
}

export function wait(
  d: Deliberation,
  pull: Pull,
  why: string,
  because: string,
  effects: readonly Effect[] = [],
): void {
  d.conclude(
    because,
    [{ type: 'PullWaiting', pullId: pull.id, why, wakeAt: d.now + d.town.pace.recheckMs }],
    effects,
  )
}

/** What waits is looked at again after a while: nothing waits for one webhook. */
function wake(d: Deliberation, pull: Pull): void {
  if (pull.number === null) return askOpen(d, pull, pull.why, 'ask for the pull request again')
  if (pull.state === 'doubted') return doubt(d, pull, pull.why ?? '')
  if (pull.state === 'shut') return shut(d, pull)
  if (pull.state === 'merging' || waitsForPerson(d.town, pull)) {
    return wait(
      d,
      pull,
      pull.why ?? 'waits for GitHub to confirm the merge',
      'look at the pull request again',
      [lookAt(pull)],
    )
  }
  queue(d, pull, null, 'its time to try again has come')
}

/** Nothing to merge is what a merged pull looks like as well: ask GitHub before anybody is blamed for it. */
export function doubt(d: Deliberation, pull: Pull, why: string): void {
  const wakeAt = d.now + d.town.pace.recheckMs
  d.conclude(
    'was it merged already?',
    [{ type: 'PullDoubted', pullId: pull.id, why, wakeAt }],
    [lookAt(pull)],
  )
}

/** A landing that a person closed stays as it is, and is looked at in case its reopening was not heard. */
export function shut(d: Deliberation, pull: Pull): void {
  const why = 'a person closed the landing pull request: reopen it to go on'
  const wakeAt = d.now + d.town.pace.recheckMs
  const effects = pull.state === 'shut' ? [lookAt(pull)] : []
  d.conclude(
    'the landing pull request is closed',
    [{ type: 'PullShut', pullId: pull.id, why, wakeAt }],
    effects,
  )
}

/** To the polecat, with what is wrong with it; the pull request stays open for the next try. */
export function sendBack(d: Deliberation, pull: Pull, feedback: Feedback, counts: 'try' | 'setback'): void {
  d.conclude('back to a polecat', [
    { type: 'PullReturned', pullId: pull.id, why: feedback.text.split('\n')[0]! },
  ])
  const bead = d.town.beads.get(pull.beadId!)
  if (bead?.status === 'in_review') comeBack(d, bead, feedback, counts, pull.headSha)
}

/** Ask GitHub to open it; asked again after a while for as long as it is not there. */
export function askOpen(d: Deliberation, pull: Pull, why: string | null, because: string): void {
  const wanted: Pull = { ...pull, state: 'opening', why, wakeAt: d.now + d.town.pace.recheckMs }
  d.conclude(
    because,
    [{ type: 'PullWanted', pull: wanted }],
    [openPullEffect(d.town, wanted, pull.beadId ? d.town.beads.get(pull.beadId) : undefined)],
  )
}

export function lookAt(pull: Pull): Effect {
  return { do: 'LookAtPull', rigId: pull.rigId, pullId: pull.id, number: pull.number!, headSha: pull.headSha }
}

/** Its gate run was lost: test again. */
function recoverGate(d: Deliberation, pull: Pull): void {
  const run = pull.gateRunId ? d.town.runs.get(pull.gateRunId) : undefined
  if (run && isLive(run) && run.leaseUntil > d.now) return
  if (run && isLive(run))
    d.conclude('the gate run was silent for longer than its lease', [
      { type: 'RunEnded', runId: run.id, state: 'lost', why: 'no sign of life' },
    ])
  queue(d, d.town.pulls.get(pull.id)!, null, 'its gate run was lost')
}

/** One pull per line is tested and merged at a time; paused convoys and held beads let others pass. */
function headsOfLines(town: Town): Pull[] {
  const heads = new Map<string, Pull>()
  const busy = new Set<string>()
  for (const pull of town.pulls.values()) {
    if (pull.state === 'gating' || pull.state === 'merging') busy.add(lineOf(pull))
    if (pull.state !== 'queued' || !mayGoOn(town, pull)) continue
    const head = heads.get(lineOf(pull))
    if (!head || queueOrder(pull, head) < 0) heads.set(lineOf(pull), pull)
  }
  return [...heads].filter(([line]) => !busy.has(line)).map(([, pull]) => pull)
}

export function mayGoOn(town: Town, pull: Pull): boolean {
  const convoy = town.convoys.get(pull.convoyId)
  const rig = town.rigs.get(pull.rigId)
  if (town.suspended || !convoy || !rig || rig.gone || rig.archived || !isRunning(convoy)) return false
  if (pull.kind === 'landing') return convoy.status === 'landing'
  return !town.beads.get(pull.beadId!)?.held
}

function orderGate(d: Deliberation, pull: Pull): void {
  const { rigId, convoyId, id: pullId } = pull
  const number = pull.gates + 1
  const subject = {
    id: gateId(pullId, number),
    kind: 'gate',
    rigId,
    convoyId,
    beadId: null,
    pullId,
    polecat: null,
    number,
  } as const
  const run = newRun(subject, d.now, d.town.pace.leaseMs)
  d.conclude(
    'first in line: test the merged result',
    [{ type: 'GateOrdered', pullId: pull.id, run }],
    [gateOrder(d.town, pull, run), { do: 'WakeMachine' }],
  )
}

function gateOrder(town: Town, pull: Pull, run: Run): OrderRun {
  return {
    do: 'OrderRun',
    runId: run.id,
    kind: 'gate',
    rigId: pull.rigId,
    polecat: null,
    bead: null,
    branch: pull.head,
    headSha: pull.headSha,
    base: pull.base,
    attempt: run.number,
    feedback: null,
    answers: [],
    checkpoint: null,
    gates: town.rigs.get(pull.rigId)!.config.gates,
    until: run.leaseUntil,
  }
}

export function waitsForPerson(town: Town, pull: Pull): boolean {
  const landing = town.rigs.get(pull.rigId)?.config.landing
  if (pull.kind !== 'landing' || pull.testedHead === null || pull.testedHead !== pull.headSha) return false
  return landing === 'manual' || (landing === 'approve' && !pull.approved)
}
