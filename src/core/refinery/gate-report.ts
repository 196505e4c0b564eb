import type { Deliberation } from '../decision.ts'
import type { GateReported } from '../events.ts'
import type { Pull } from '../town.ts'
import { isLive } from '../town.ts'
import { askMerge } from './merge.ts'
import { doubt, lookAt, queue, sendBack, wait, waitsForPerson } from './refinery.ts'

export function hearGate(d: Deliberation, fact: GateReported): void {
  const run = d.town.runs.get(fact.runId)
  const pull = run?.pullId ? d.town.pulls.get(run.pullId) : undefined
  if (!run || !isLive(run) || !pull) return
  d.conclude(`the gate run ended: ${fact.outcome}`, [
    { type: 'RunEnded', runId: run.id, state: fact.outcome === 'unable' ? 'failed' : 'done', why: fact.why },
  ])
  if (pull.state === 'gating' && pull.gateRunId === run.id) GATE_OUTCOMES[fact.outcome](d, pull, fact)
}

const GATE_OUTCOMES: Readonly<
  Record<GateReported['outcome'], (d: Deliberation, pull: Pull, fact: GateReported) => void>
> = {
  green(d, pull, fact) {
    // The head moved while it was tested: what was tested is not what would be merged.
    if (pull.headSha !== null && fact.headSha !== pull.headSha)
      return queue(d, pull, null, 'the branch moved during the gate')
    d.conclude('the merged result is green', [
      { type: 'PullTested', pullId: pull.id, headSha: fact.headSha!, baseSha: fact.baseSha! },
    ])
    mergeOrWait(d, d.town.pulls.get(pull.id)!)
  },
  red(d, pull, fact) {
    const failed = fact.results.find(result => !result.ok)
    // The first line says what; the rest is the log, for the check run and for the next polecat.
    const text = `gate ${failed?.name ?? ''} failed on the merged result\n${failed?.tail ?? ''}`
    if (pull.kind === 'landing') return wait(d, pull, text, 'the landing is red')
    sendBack(d, pull, { kind: 'gate', text, files: [] }, 'try')
  },
  conflict(d, pull, fact) {
    const why = `conflicts with ${pull.base} in ${fact.files.join(', ')}`
    if (pull.kind === 'landing')
      return wait(d, pull, `${why}: merge ${pull.base} into ${pull.head} and push`, 'the landing conflicts')
    sendBack(d, pull, { kind: 'conflict', text: why, files: fact.files }, 'setback')
  },
  empty(d, pull) {
    doubt(d, pull, `changes nothing on ${pull.base}`)
  },
  unable(d, pull, fact) {
    const why = fact.why ?? 'the gate could not be run'
    // The branch of a pull that a person merged is often gone: GitHub is asked how it stands.
    wait(d, pull, why, 'could not test: says nothing about the code', [lookAt(pull)])
  },
}

/** Tested is not enough where the rig wants a person to look before main changes. */
function mergeOrWait(d: Deliberation, pull: Pull): void {
  if (!waitsForPerson(d.town, pull)) return askMerge(d, pull)
  const manual = d.town.rigs.get(pull.rigId)!.config.landing === 'manual'
  wait(
    d,
    pull,
    manual ? 'tested: waits for a person to merge it' : "tested: waits for a person's approving review",
    'a person has the last word here',
  )
}
