import { leave } from '../convoys/follow-bead.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { Fact } from '../events.ts'
import { beadPullId, legId } from '../names.ts'
import { newPull } from '../refinery/new-pull.ts'
import { openPullEffect } from '../refinery/pull-story.ts'
import { perPart } from '../table.ts'
import type { Bead, Feedback, Pull, Run, Time, Town } from '../town.ts'
import { isLive, isPullOver } from '../town.ts'

type RunFact<T extends Fact['type']> = Extract<Fact, { type: T }>

/** Conflicts and lost runs a bead may meet before a person is asked: nobody's fault, but not for ever. */
const MOST_SETBACKS = 8

/** A polecat says that it is done, and the branch is on the remote: on to the refinery. */
export function hearDone(d: Deliberation, fact: RunFact<'RunDone'>): void {
  const found = liveRunOf(d.town, fact.runId)
  if (!found) return
  const { run, bead } = found
  d.conclude('the polecat reported done', [{ type: 'RunEnded', runId: run.id, state: 'done', why: null }])
  if (!fact.changed)
    return comeBack(
      d,
      bead,
      { kind: 'failed', text: 'it was reported done, but nothing had changed', files: [] },
      'try',
      fact.sha,
    )
  const pull = pullFor(d.town, bead, fact.sha, d.now)
  d.conclude(
    'a finished branch goes to the refinery',
    [{ type: 'BeadSubmitted', beadId: bead.id, sha: fact.sha, pull }],
    submitEffects(d.town, bead, pull),
  )
}

/** The bead's open pull takes the new commit; without one, a new pull is opened by us, never by the agent. */
function pullFor(town: Town, bead: Bead, sha: string, now: Time): Pull {
  const leg = town.legs.get(legId(bead.convoyId, bead.rigId))!
  const mine = [...town.pulls.values()].filter(pull => pull.beadId === bead.id)
  const open = mine.find(pull => !isPullOver(pull))
  if (!open) {
    const { rigId, convoyId, id: beadId, branch: head, title } = bead
    const subject = {
      id: beadPullId(bead, mine.length + 1),
      kind: 'bead',
      rigId,
      convoyId,
      beadId,
      title,
    } as const
    const wakeAt = now + town.pace.recheckMs
    return newPull({ ...subject, head: head!, base: leg.target, headSha: sha, wakeAt }, now)
  }
  const untested = { testedHead: null, testedBase: null, gateRunId: null, why: null }
  const asked = { state: 'opening', wakeAt: now + town.pace.recheckMs } as const
  const next = open.number === null ? asked : ({ state: 'queued', wakeAt: null } as const)
  return { ...open, ...untested, ...next, headSha: sha, queuedAt: now }
}

function submitEffects(town: Town, bead: Bead, pull: Pull): Effect[] {
  return pull.number === null ? [openPullEffect(town, pull, bead)] : []
}

export function hearFailed(d: Deliberation, fact: RunFact<'RunFailed'>): void {
  const found = liveRunOf(d.town, fact.runId)
  if (!found) return
  d.conclude(`the try failed: ${fact.why}`, [
    { type: 'RunEnded', runId: fact.runId, state: 'failed', why: fact.why },
  ])
  const text = fact.log ? `${fact.why}\n${fact.log}` : fact.why
  comeBack(d, found.bead, { kind: 'failed', text, files: [] }, 'try', fact.sha)
}

/** A question ends the run: nobody is paid for waiting. The answer begins the next one where this one stopped. */
export function hearAsked(d: Deliberation, fact: RunFact<'RunAsked'>): void {
  const found = liveRunOf(d.town, fact.runId)
  if (!found) return
  const { run, bead } = found
  const question = { id: run.id, text: fact.question, askedAt: d.now }
  d.conclude(
    'the polecat has a question that a person must answer',
    [
      { type: 'RunEnded', runId: run.id, state: 'asked', why: null },
      {
        type: 'BeadAsked',
        beadId: bead.id,
        question,
        sha: fact.sha,
        checkpoint: fact.checkpoint,
        wakeAt: d.now + d.town.pace.remindMs,
      },
    ],
    [
      {
        do: 'Comment',
        rigId: bead.rigId,
        number: bead.number,
        key: `question:${run.id}`,
        say: { say: 'question', polecat: run.polecat, text: fact.question, reminder: 0 },
      },
    ],
  )
}

/**
 * Its machine had to stop: another one takes the work at once, from where it was pushed. Of a gate run nothing is
 * left to go on from; the refinery tests the pull again.
 */
export function hearReleased(d: Deliberation, fact: RunFact<'RunReleased'>): void {
  const run = d.town.runs.get(fact.runId)
  if (!run || !isLive(run)) return
  d.conclude('the machine had to stop', [
    { type: 'RunEnded', runId: run.id, state: 'lost', why: 'its machine stopped' },
  ])
  const bead = run.beadId ? d.town.beads.get(run.beadId) : undefined
  if (bead?.status === 'in_progress') comeBack(d, bead, bead.feedback, 'nothing', fact.sha)
}

/** The run and its bead, as long as somebody wants the result: a bead that was closed meanwhile stays closed. */
function liveRunOf(town: Town, id: string): { run: Run; bead: Bead } | null {
  const run = town.runs.get(id)
  const bead = run?.beadId ? town.beads.get(run.beadId) : undefined
  return run && isLive(run) && bead?.status === 'in_progress' ? { run, bead } : null
}

/**
 * Back to the pool with backoff, or to a person when the tries are spent; at once when it counts for nothing. The one
 * way back for a bead.
 */
export function comeBack(
  d: Deliberation,
  bead: Bead,
  feedback: Feedback | null,
  counts: 'try' | 'setback' | 'nothing',
  sha: string | null,
): void {
  const tries = bead.tries + (counts === 'try' ? 1 : 0)
  const setbacks = bead.setbacks + (counts === 'setback' ? 1 : 0)
  const most = d.town.rigs.get(bead.rigId)?.config.tries ?? 1
  // Nobody wants another try of what a person took out of the convoy.
  if (bead.leaving) return leave(d, { ...bead, status: 'open' })
  const waitMs = counts === 'nothing' ? 0 : backoff(d.town, counts === 'try' ? tries : setbacks)
  d.conclude('the bead comes back for another try', [
    { type: 'BeadReturned', beadId: bead.id, feedback, counts, sha, wakeAt: d.now + waitMs },
  ])
  if (counts === 'nothing') return
  if (tries >= most)
    fail(d, bead, `${tries} ${tries === 1 ? 'try' : 'tries'} failed; the last: ${firstLine(feedback)}`)
  else if (setbacks >= MOST_SETBACKS)
    fail(d, bead, `${setbacks} setbacks in a row; the last: ${firstLine(feedback)}`)
}

function fail(d: Deliberation, bead: Bead, why: string): void {
  d.conclude('its tries are spent: a person decides', [{ type: 'BeadFailed', beadId: bead.id, why }])
}

function firstLine(feedback: Feedback | null): string {
  return (feedback?.text.split('\n')[0] ?? 'the machine was lost').slice(0, 300)
}

/** Doubles from `backoffMs` up to the maximum: 30 s, 1 min, 2 min … */
function backoff(town: Town, nth: number): number {
  return Math.min(town.pace.backoffMaxMs, town.pace.backoffMs * 2 ** (nth - 1))
}

/** A run whose lease has passed is lost, whatever became of it: its work goes on from the last pushed commit. */
export function loseSilentRuns(d: Deliberation): void {
  for (const run of [...d.town.runs.values()]) {
    if (!isLive(run) || run.leaseUntil > d.now || !run.beadId) continue
    d.conclude('the run was silent for longer than its lease', [
      { type: 'RunEnded', runId: run.id, state: 'lost', why: 'no sign of life' },
    ])
    const bead = d.town.beads.get(run.beadId)
    if (bead?.status === 'in_progress') comeBack(d, bead, bead.feedback, 'setback', null)
  }
}

/** Nobody wants the result any more: the runner is told with its next heartbeat. */
export function stopUnwantedRuns(d: Deliberation): void {
  for (const run of [...d.town.runs.values()]) {
    if (isLive(run) && !isWanted(d.town, run)) {
      d.conclude('nobody waits for this run any more', [
        { type: 'RunEnded', runId: run.id, state: 'stopped', why: 'not wanted any more' },
      ])
    }
  }
}

function isWanted(town: Town, run: Run): boolean {
  if (run.beadId) return town.beads.get(run.beadId)?.status === 'in_progress'
  const pull = run.pullId ? town.pulls.get(run.pullId) : undefined
  return pull?.state === 'gating' && pull.gateRunId === run.id
}

const asking = perPart((beads: ReadonlyMap<string, Bead>) =>
  [...beads.values()].filter(bead => bead.question !== null && bead.status === 'open'),
)

/** An open question is raised again, and again. */
export function remind(d: Deliberation): void {
  for (const bead of [...d.town.beads.parts()].flatMap(asking)) {
    const { question, wakeAt } = bead
    if (!question || wakeAt === null || wakeAt > d.now) continue
    const nth = Math.max(1, Math.round((d.now - question.askedAt) / d.town.pace.remindMs))
    d.conclude(
      'the question is still open',
      [{ type: 'BeadReminded', beadId: bead.id, wakeAt: d.now + d.town.pace.remindMs }],
      [
        {
          do: 'Comment',
          rigId: bead.rigId,
          number: bead.number,
          key: `question:${question.id}:${nth}`,
          say: { say: 'question', polecat: bead.polecat, text: question.text, reminder: nth },
        },
      ],
    )
  }
}
