import type { Folds } from '../folds.ts'
import type { Convoy, Time, Town } from '../town.ts'

type ConvoyEvent =
  | 'ConvoyStaged'
  | 'ConvoyNoted'
  | 'ConvoyStarted'
  | 'ConvoyPaused'
  | 'ConvoyResumed'
  | 'ConvoyLanding'
  | 'ConvoyReopened'
  | 'ConvoyLanded'
  | 'ConvoyClosed'
  | 'LegChanged'
  | 'BranchMade'
  | 'Shown'

export const CONVOY_EVENTS: Folds<ConvoyEvent> = {
  ConvoyStaged(town, event) {
    town.convoys.put(event.convoy)
    for (const leg of event.legs) town.legs.put(leg)
    for (const bead of event.beads) town.beads.put(bead)
  },
  ConvoyNoted(town, event) {
    town.convoys.patch(event.convoyId, { findings: event.findings })
  },
  ConvoyStarted(town, event, at) {
    town.convoys.patch(event.convoyId, { status: 'open', startedAt: at })
  },
  ConvoyPaused(town, event) {
    town.convoys.patch(event.convoyId, { paused: true })
  },
  ConvoyResumed(town, event) {
    town.convoys.patch(event.convoyId, { paused: false })
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
  LegChanged(town, event) {
    town.legs.patch(event.legId, { state: event.state, wakeAt: event.wakeAt, why: event.why })
  },
  BranchMade(town, event) {
    const leg = town.legs.get(event.legId)
    if (leg && leg.state !== 'landed') town.legs.put({ ...leg, state: 'ready', wakeAt: null, why: null })
  },
  Shown(town, event) {
    const table = { convoy: town.convoys, bead: town.beads, pull: town.pulls }[event.what]
    table.patch(event.id, { shown: event.hash })
  },
}

function end(town: Town, convoyId: string, at: Time, fields: Partial<Convoy>): void {
  town.convoys.patch(convoyId, { ...fields, paused: false, endedAt: at })
}
