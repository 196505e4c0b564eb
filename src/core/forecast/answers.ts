import type { Effect, OrderRun } from '../effects.ts'
import type { Fact, PullSeen } from '../events.ts'
import type { Leg, Pull, Run, Time, Town } from '../town.ts'
import { isLive } from '../town.ts'
import type { Span, SpanKind, Spans } from './spans.ts'

/** What comes of something, and after how long. */
export interface Coming {
  readonly inMs: number
  readonly fact: Fact
}

/** Of the gate runs that are not green, the share that meets a conflict; the others are red. */
const CONFLICTS = 1 / 3

/** What the world answers to an effect. Nothing comes of what is only shown, and the trees of a play stay as they are. */
export function answerTo(effect: Effect, spans: Spans): Coming | null {
  const inMs = spans.around.githubMs
  switch (effect.do) {
    case 'OrderRun':
      return reportOf(effect, spans)
    case 'EnsureBranch':
      return { inMs, fact: branchMade(effect.legId) }
    case 'OpenPull':
      return { inMs, fact: pullSeen(effect.pullId, effect.headSha ?? effect.head, false) }
    case 'MergePull':
      return { inMs, fact: pullSeen(effect.pullId, effect.headSha, true) }
    case 'LookAtPull':
      return { inMs, fact: pullSeen(effect.pullId, effect.headSha ?? '', false) }
    default:
      return null
  }
}

function reportOf(order: OrderRun, spans: Spans): Coming {
  const isGate = order.kind === 'gate'
  const span = spans.draw(isGate ? gateKind(order.gates.length > 0) : 'work')
  return {
    inMs: spans.around.claimMs + span.ms,
    fact: isGate ? gated(order.runId, order.headSha, span, spans) : worked(order.runId, span),
  }
}

const gateKind = (hasGates: boolean): SpanKind => (hasGates ? 'gate' : 'merge')

/** What is under way in a town already: runs at work, and what GitHub was asked for. */
export function underWay(town: Town, spans: Spans, now: Time): Coming[] {
  return [
    ...[...town.runs.values()].filter(isLive).map(run => restOf(town, run, spans, now)),
    ...[...town.legs.values()].flatMap(leg => legComing(leg, spans)),
    ...[...town.pulls.values()].flatMap(pull => pullComing(pull, spans)),
  ]
}

function restOf(town: Town, run: Run, spans: Spans, now: Time): Coming {
  const sinceMs = run.startedAt === null ? 0 : Math.max(0, now - run.startedAt)
  const claimMs = run.startedAt === null ? spans.around.claimMs : 0
  const isGate = run.kind === 'gate'
  const hasGates = (town.rigs.get(run.rigId)?.config.gates.length ?? 0) > 0
  const span = spans.rest(isGate ? gateKind(hasGates) : 'work', sinceMs)
  const head = (run.pullId && town.pulls.get(run.pullId)?.headSha) || null
  return {
    inMs: claimMs + span.ms,
    fact: isGate ? gated(run.id, head, span, spans) : worked(run.id, span),
  }
}

function legComing(leg: Leg, { around }: Spans): Coming[] {
  return leg.state === 'asked' ? [{ inMs: around.githubMs, fact: branchMade(leg.id) }] : []
}

function pullComing(pull: Pull, { around }: Spans): Coming[] {
  const isMerging = pull.state === 'merging'
  if (!isMerging && !(pull.state === 'opening' && pull.number === null)) return []
  return [{ inMs: around.githubMs, fact: pullSeen(pull.id, pull.headSha ?? pull.head, isMerging) }]
}

/** A run's own id will do for the commit that it made: nobody else made one by that name. */
function worked(runId: string, { ok }: Span): Fact {
  return ok
    ? { type: 'RunDone', runId, sha: runId, changed: true }
    : { type: 'RunFailed', runId, why: 'some tries fail', log: '', sha: null }
}

function gated(runId: string, headSha: string | null, { ok }: Span, spans: Spans): Fact {
  const notGreen = spans.is(CONFLICTS) ? 'conflict' : 'red'
  const outcome = ok ? 'green' : notGreen
  return {
    type: 'GateReported',
    runId,
    outcome,
    baseSha: 'base',
    headSha,
    results: [],
    files: [],
    why: null,
  }
}

const branchMade = (legId: string): Fact => ({ type: 'BranchMade', legId, sha: 'base' })

function pullSeen(pullId: string, headSha: string, merged: boolean): PullSeen {
  return {
    type: 'PullSeen',
    pullId,
    // Numbers are for people, and nobody reads these.
    number: 1,
    headSha,
    state: merged ? 'closed' : 'open',
    merged,
    mergeSha: merged ? `merged ${headSha}` : null,
    approved: true,
  }
}
