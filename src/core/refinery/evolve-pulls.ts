import type { PullSeen } from '../events.ts'
import type { Folds } from '../folds.ts'
import type { Pull, Town } from '../town.ts'

type PullEvent =
  | 'PullSeen'
  | 'PullWanted'
  | 'PullQueued'
  | 'GateOrdered'
  | 'PullTested'
  | 'MergeAsked'
  | 'PullWaiting'
  | 'PullMoved'
  | 'PullDoubted'
  | 'PullShut'
  | 'PullReturned'
  | 'PullMerged'
  | 'PullClosed'

export const PULL_EVENTS: Folds<PullEvent> = {
  PullSeen(town, event) {
    const pull = town.pulls.get(event.pullId)
    if (pull) put(town, seenAs(pull, event))
  },
  PullWanted(town, event) {
    town.pulls.put(event.pull)
  },
  PullQueued(town, event, at) {
    town.pulls.patch(event.pullId, {
      state: 'queued',
      queuedAt: at,
      why: event.why,
      wakeAt: null,
      gateRunId: null,
    })
  },
  GateOrdered(town, event) {
    town.runs.put(event.run)
    const gates = town.pulls.get(event.pullId)!.gates + 1
    town.pulls.patch(event.pullId, {
      state: 'gating',
      gates,
      gateRunId: event.run.id,
      testedHead: null,
      testedBase: null,
    })
  },
  PullTested(town, event) {
    town.pulls.patch(event.pullId, {
      testedHead: event.headSha,
      testedBase: event.baseSha,
      headSha: event.headSha,
    })
  },
  MergeAsked(town, event, at) {
    town.pulls.patch(event.pullId, { state: 'merging', why: null, wakeAt: at + town.pace.recheckMs })
  },
  PullWaiting(town, event) {
    town.pulls.patch(event.pullId, { state: 'waiting', why: event.why, wakeAt: event.wakeAt })
  },
  /** A new head takes the green of the old one with it: nothing untested is merged. */
  PullMoved(town, event) {
    town.pulls.patch(event.pullId, { headSha: event.headSha, testedHead: null, testedBase: null })
  },
  PullDoubted(town, event) {
    town.pulls.patch(event.pullId, { state: 'doubted', why: event.why, wakeAt: event.wakeAt })
  },
  PullShut(town, event) {
    town.pulls.patch(event.pullId, { state: 'shut', why: event.why, wakeAt: event.wakeAt })
  },
  PullReturned(town, event) {
    town.pulls.patch(event.pullId, { state: 'returned', why: event.why, wakeAt: null })
  },
  PullMerged(town, event) {
    town.pulls.patch(event.pullId, { state: 'merged', mergeSha: event.mergeSha, why: null, wakeAt: null })
  },
  PullClosed(town, event) {
    town.pulls.patch(event.pullId, { state: 'closed', why: event.why, wakeAt: null })
  },
}

/** The head of a landing is whatever its branch is at when it is seen first; later ones are heard (PullMoved). */
function seenAs(pull: Pull, seen: PullSeen): Pull {
  return { ...pull, number: seen.number, approved: seen.approved, headSha: pull.headSha ?? seen.headSha }
}

/** Looking again at what has not changed is no change. */
function put(town: Town, pull: Pull): void {
  if (JSON.stringify(town.pulls.get(pull.id)) !== JSON.stringify(pull)) town.pulls.put(pull)
}
