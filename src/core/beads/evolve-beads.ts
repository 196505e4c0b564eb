import type { Folds } from '../folds.ts'
import type { Bead, Run, Town } from '../town.ts'

type BeadEvent =
  | 'BeadJoined'
  | 'BeadEdited'
  | 'BeadWorded'
  | 'BeadEditRefused'
  | 'BeadPrioritised'
  | 'BeadLeaving'
  | 'BeadHeld'
  | 'BeadReleased'
  | 'BeadRetried'
  | 'BeadDispatched'
  | 'BeadAsked'
  | 'BeadAnswered'
  | 'BeadReminded'
  | 'BeadSubmitted'
  | 'BeadReturned'
  | 'BeadFailed'
  | 'BeadClosed'
  | 'BeadReopened'
  | 'IssueClosed'

export const BEAD_EVENTS: Folds<BeadEvent> = {
  BeadJoined(town, event) {
    town.beads.put(event.bead)
  },
  BeadEdited(town, event) {
    const { parentId, position, kind, blockers } = event
    town.beads.patch(event.beadId, { parentId, position, kind, blockers })
  },
  BeadWorded(town, event) {
    const { title, body } = event
    town.beads.patch(event.beadId, { title, body, trusted: true, edit: null })
  },
  BeadEditRefused(town, event) {
    const { by, hash } = event
    town.beads.patch(event.beadId, { edit: { by, hash } })
  },
  BeadPrioritised(town, event) {
    town.beads.patch(event.beadId, { priority: event.priority })
  },
  BeadLeaving(town, event) {
    town.beads.patch(event.beadId, { leaving: true })
  },
  BeadHeld(town, event) {
    town.beads.patch(event.beadId, { held: true })
  },
  BeadReleased(town, event) {
    const bead = town.beads.get(event.beadId)!
    const blockers = bead.blockers.map(b => (event.skip.includes(b.id) ? { ...b, skipped: true } : b))
    town.beads.put({ ...bead, held: false, trusted: true, blockers })
  },
  BeadRetried(town, event) {
    town.beads.patch(event.beadId, {
      ...AFRESH,
      status: 'open',
      tries: 0,
      setbacks: 0,
      feedback: null,
      checkpoint: null,
    })
  },
  BeadDispatched(town, event) {
    const { polecat } = event.run
    town.runs.put(event.run)
    const bead = town.beads.get(event.beadId)!
    town.beads.put({
      ...bead,
      status: 'in_progress',
      runs: bead.runs + 1,
      polecat,
      branch: event.branch,
      wakeAt: null,
    })
    if (polecat) countRun(town, event.run, polecat)
  },
  BeadAsked(town, event) {
    const { question, sha, checkpoint, wakeAt } = event
    const bead = town.beads.get(event.beadId)!
    town.beads.put({ ...bead, status: 'open', question, headSha: sha ?? bead.headSha, checkpoint, wakeAt })
  },
  BeadAnswered(town, event) {
    const bead = town.beads.get(event.beadId)!
    town.beads.put({ ...bead, question: null, answers: [...bead.answers, event.answer], wakeAt: null })
  },
  BeadReminded(town, event) {
    town.beads.patch(event.beadId, { wakeAt: event.wakeAt })
  },
  BeadSubmitted(town, event) {
    town.pulls.put(event.pull)
    town.beads.patch(event.beadId, {
      status: 'in_review',
      headSha: event.sha,
      checkpoint: null,
      feedback: null,
      wakeAt: null,
    })
  },
  BeadReturned(town, event) {
    const bead = town.beads.get(event.beadId)!
    const { feedback, sha, wakeAt } = event
    const tries = bead.tries + (event.counts === 'try' ? 1 : 0)
    const setbacks = bead.setbacks + (event.counts === 'setback' ? 1 : 0)
    town.beads.put({
      ...bead,
      status: 'open',
      tries,
      setbacks,
      feedback: feedback ?? bead.feedback,
      headSha: sha ?? bead.headSha,
      wakeAt,
    })
  },
  BeadFailed(town, event) {
    town.beads.patch(event.beadId, { status: 'failed', why: event.why, wakeAt: null })
  },
  BeadClosed(town, event, at) {
    const { how, sha, why, closes } = event
    const bead = town.beads.get(event.beadId)!
    town.beads.put({
      ...bead,
      status: 'closed',
      how,
      landedSha: sha,
      why,
      closes,
      closedAt: at,
      held: false,
      question: null,
      wakeAt: null,
    })
    if (how === 'landed') countLanded(town, bead)
  },
  BeadReopened(town, event) {
    town.beads.patch(event.beadId, {
      ...AFRESH,
      status: 'open',
      why: event.why,
      headSha: null,
      checkpoint: null,
      feedback: null,
      branch: null,
    })
  },
  IssueClosed(town, event) {
    const bead = town.beads.get(event.beadId)
    if (bead && bead.issueClosedAt !== event.at) town.beads.put({ ...bead, issueClosedAt: event.at })
  },
}

const AFRESH: Partial<Bead> = {
  how: null,
  closes: null,
  leaving: false,
  why: null,
  wakeAt: null,
  landedSha: null,
  closedAt: null,
  issueClosedAt: null,
  question: null,
}

function countRun(town: Town, run: Run, name: string): void {
  const id = `${run.rigId}/${name}`
  const record = town.polecats.get(id) ?? { id, rigId: run.rigId, name, runs: 0, landed: 0 }
  town.polecats.put({ ...record, runs: record.runs + 1 })
}

function countLanded(town: Town, bead: Bead): void {
  const record = bead.polecat ? town.polecats.get(`${bead.rigId}/${bead.polecat}`) : undefined
  if (record) town.polecats.put({ ...record, landed: record.landed + 1 })
}
