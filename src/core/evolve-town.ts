import type { RigSeen } from './events.ts'
import type { Folds } from './folds.ts'
import type { Rig } from './rig.ts'
import { DEFAULT_CONFIG } from './rig.ts'
import type { Town } from './town.ts'
import { isLive } from './town.ts'

type TownEvents = 'TownSeen' | 'RigsSeen' | 'RunStarted' | 'RunBeat' | 'RunEnded'

export const TOWN_EVENTS: Folds<TownEvents> = {
  TownSeen(town, event) {
    town.login = event.login
    town.ownerType = event.ownerType
    town.appSlug = event.appSlug
    town.suspended = event.suspended
  },
  RigsSeen(town, event) {
    for (const seen of event.rigs) putRig(town, rigOf(seen, town.rigs.get(seen.id)))
    if (!event.complete) return
    const present = new Set(event.rigs.map(rig => rig.id))
    for (const rig of [...town.rigs.values()]) if (!present.has(rig.id)) putRig(town, { ...rig, gone: true })
  },
  RunStarted(town, event, at) {
    const run = town.runs.get(event.runId)
    if (!run || !isLive(run)) return
    town.runs.put({
      ...run,
      state: 'running',
      startedAt: run.startedAt ?? at,
      leaseUntil: at + town.pace.leaseMs,
    })
  },
  RunBeat(town, event, at) {
    const run = town.runs.get(event.runId)
    if (run && isLive(run))
      town.runs.put({ ...run, leaseUntil: Math.max(run.leaseUntil, at + town.pace.leaseMs) })
  },
  RunEnded(town, event, at) {
    town.runs.patch(event.runId, { state: event.state, endedAt: at, why: event.why })
  },
}

/** A file that cannot be used never changes a running town: the last good config stays. */
function rigOf(seen: RigSeen, known: Rig | undefined): Rig {
  return {
    id: seen.id,
    owner: seen.owner,
    name: seen.name,
    defaultBranch: seen.defaultBranch,
    archived: seen.archived,
    gone: false,
    config: seen.config ?? known?.config ?? DEFAULT_CONFIG,
    configSha: seen.configSha,
    configProblem: seen.problem,
  }
}

/** Looking again at what has not changed is no change: nothing is written for it. */
function putRig(town: Town, rig: Rig): void {
  if (JSON.stringify(town.rigs.get(rig.id)) !== JSON.stringify(rig)) town.rigs.put(rig)
}
