import type { Folds } from '../folds.ts'
import { draftId } from '../names.ts'
import type { Convoy, DraftTask, Time, Town } from '../town.ts'
import { isStaged } from '../town.ts'

type ConvoyEvent =
  | 'ConvoyStaged'
  | 'ConvoyDrafted'
  | 'PublishingAsked'
  | 'PublishingStopped'
  | 'TreeSeen'
  | 'ConvoyIssueOpened'
  | 'IssuesPublished'
  | 'LinksPublished'
  | 'ForecastMade'
  | 'ConvoyRecovered'
  | 'ConvoyNoted'
  | 'ConvoyStarted'
  | 'ConvoyPaused'
  | 'ConvoyResumed'
  | 'ConvoyLanding'
  | 'ConvoyReopened'
  | 'ConvoyLanded'
  | 'ConvoyClosed'
  | 'LegAdded'
  | 'LegChanged'
  | 'BranchMade'
  | 'Shown'

export const CONVOY_EVENTS: Folds<ConvoyEvent> = {
  ConvoyStaged(town, event) {
    town.convoys.put(event.convoy)
    for (const leg of event.legs) town.legs.put(leg)
    for (const bead of event.beads) town.beads.put(bead)
  },
  ConvoyDrafted(town, event) {
    town.convoys.put(event.convoy)
    for (const task of event.tasks) town.drafts.put(task)
  },
  PublishingAsked(town, event) {
    for (const task of draftsOf(town, event.convoyId))
      if (event.nths.includes(task.nth)) town.drafts.put({ ...task, step: event.step })
  },
  PublishingStopped(town, event) {
    town.convoys.patch(event.convoyId, { why: event.why })
    for (const task of draftsOf(town, event.convoyId)) {
      const back = task.step === 'making' ? 'wanted' : task.step === 'linking' ? 'made' : task.step
      if (back !== task.step) town.drafts.put({ ...task, step: back })
    }
  },
  TreeSeen(town, { convoyId, tree }) {
    const convoy = town.convoys.get(convoyId)
    if (convoy && (convoy.readAt === null || convoy.readAt < tree.readAt))
      town.convoys.put({ ...convoy, readAt: tree.readAt })
  },
  ConvoyIssueOpened(town, event) {
    const { issueId, number } = event
    if (town.convoys.get(event.convoyId)) town.convoys.patch(event.convoyId, { issueId, number })
  },
  IssuesPublished(town, event) {
    for (const { nth, issueId, number } of event.issues) {
      const task = town.drafts.get(draftId(event.convoyId, nth))
      if (task && task.issueId === null)
        town.drafts.put({ ...task, issueId, number, step: task.after.length > 0 ? 'made' : 'done' })
    }
  },
  LinksPublished(town, event) {
    for (const nth of event.nths) {
      const task = town.drafts.get(draftId(event.convoyId, nth))
      if (task) town.drafts.put({ ...task, step: 'done' })
    }
  },
  ForecastMade(town, event) {
    const convoy = town.convoys.get(event.convoyId)
    // What is asked for on the way is an answer; what was foretold at the start is what the end is compared with.
    if (convoy && event.forecast && (isStaged(convoy) || convoy.forecast === null))
      town.convoys.put({ ...convoy, forecast: event.forecast })
  },
  ConvoyRecovered(town, event) {
    if (town.convoys.get(event.convoy.id)) return
    town.convoys.put(event.convoy)
    for (const leg of event.legs) town.legs.put(leg)
    for (const bead of event.beads) town.beads.put(bead)
    for (const pull of event.pulls) town.pulls.put(pull)
    for (const polecat of event.polecats) town.polecats.put(polecat)
  },
  ConvoyNoted(town, event) {
    town.convoys.patch(event.convoyId, { findings: event.findings })
  },
  ConvoyStarted(town, event, at) {
    town.convoys.patch(event.convoyId, { status: 'open', startedAt: at, why: null })
  },
  ConvoyPaused(town, event) {
    town.convoys.patch(event.convoyId, { paused: true })
  },
  ConvoyResumed(town, event) {
    town.convoys.patch(event.convoyId, { paused: false, why: null })
  },
  ConvoyLanding(town, event) {
    town.convoys.patch(event.convoyId, { status: 'landing' })
  },
  ConvoyReopened(town, event) {
    town.convoys.patch(event.convoyId, { status: 'open', endedAt: null, why: null })
  },
  ConvoyLanded(town, event, at) {
    end(town, event.convoyId, at, { status: 'landed' })
  },
  ConvoyClosed(town, event, at) {
    end(town, event.convoyId, at, { status: 'closed', why: event.why })
  },
  LegAdded(town, event) {
    if (!town.legs.has(event.leg.id)) town.legs.put(event.leg)
  },
  LegChanged(town, event) {
    town.legs.patch(event.legId, { state: event.state, wakeAt: event.wakeAt, why: event.why })
  },
  BranchMade(town, event) {
    const leg = town.legs.get(event.legId)
    if (leg && leg.state !== 'landed') town.legs.put({ ...leg, state: 'ready', wakeAt: null, why: null })
  },
  Shown(town, event) {
    if (event.what === 'board') {
      town.convoys.patch(event.id, { boardShown: event.hash })
      return
    }
    const table = { convoy: town.convoys, bead: town.beads, pull: town.pulls }[event.what]
    table.patch(event.id, { shown: event.hash })
  },
}

export function draftsOf(town: Town, convoyId: string): DraftTask[] {
  return [...town.drafts.of(convoyId).rows.values()]
}

function end(town: Town, convoyId: string, at: Time, fields: Partial<Convoy>): void {
  town.convoys.patch(convoyId, { ...fields, paused: false, endedAt: at })
}
