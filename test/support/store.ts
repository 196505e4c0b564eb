import type { Conclusion } from '../../src/core/conclusions.ts'
import type { Effect, OrderRun } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import { forkTown, PACE, type Pace, type Time, type Town } from '../../src/core/town.ts'
import type { Clock, DueEffect, Log, Outcome, ReconcileResult, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/store.ts'
import { quietLog } from './log.ts'
import { aBead, aConvoy, aRig } from './town-rows.ts'

/** A clock that stands still until it is set. */
export const handClock = (time: Time): Clock & { time: Time } => ({
  time,
  now() {
    return this.time
  },
})

export async function storeAt(
  url: string,
  options: { pace?: Pace; log?: Log; clock?: Clock; warmTowns?: number; maxConnections?: number } = {},
): Promise<Store> {
  return openStore({ url, pace: PACE, log: quietLog, ...options })
}

/** What `decide` hands back when it has changed the town so, and asks for that. */
export function outcome(
  town: Town,
  change: (town: Town) => void,
  asked: { effects?: Effect[]; events?: Conclusion[]; wakeAt?: Time | null } = {},
): Outcome {
  const fork = forkTown(town)
  change(fork)
  const { effects = [], events = [], wakeAt = null } = asked
  const decisions =
    effects.length + events.length > 0 ? [{ because: 'the test says so', events, effects }] : []
  return { town: fork, decisions, wakeAt }
}

export const nothing = (town: Town): Outcome => ({ town, decisions: [], wakeAt: null })

let towns = 0

/** A town of its own that has been seen, in which `change` has been saved. */
export async function aTown(store: Store, change: (town: Town) => void = () => {}): Promise<string> {
  const townId = `t${++towns}`
  const seen: Fact = {
    type: 'TownSeen',
    login: 'acme',
    ownerType: 'Organization',
    appSlug: 'townhall',
    suspended: false,
  }
  await store.append([{ townId, fact: seen, dedupe: null }])
  await store.inTown(townId, 0, town => outcome(town, change))
  return townId
}

/** With a rig, an open convoy and a bead. */
export const withWork = (town: Town): void => {
  town.rigs.put(aRig())
  town.convoys.put(aConvoy())
  town.beads.put(aBead())
}

/** These effects are asked for at that time. */
export async function ask(
  store: Store,
  townId: string,
  now: Time,
  effects: Effect[],
): Promise<ReconcileResult> {
  const result = await store.inTown(townId, now, town => outcome(town, () => {}, { effects }))
  if (!result) throw new Error('the town is not known')
  return result
}

/** The town as a process that has just started finds it. */
export async function freshlyLoaded(url: string, townId: string): Promise<Town> {
  const store = await storeAt(url)
  try {
    return await inMemory(store, townId)
  } finally {
    await store.close()
  }
}

/** The town as this store hands it to `decide`. */
export async function inMemory(store: Store, townId: string): Promise<Town> {
  const seen: Town[] = []
  await store.inTown(townId, 0, town => {
    // As it is at this moment: afterwards the store forgets what is over.
    seen.push(forkTown(town))
    return nothing(town)
  })
  if (!seen[0]) throw new Error('the town is not known')
  return seen[0]
}

/** Rows by id, each value as its exact JSON. The order of rows and of a row's fields means nothing. */
export function written(town: Town): unknown {
  const { rigs, convoys, legs, beads, drafts, runs, pulls, polecats, ...rest } = town
  const tables = Object.entries({ rigs, convoys, legs, beads, drafts, runs, pulls, polecats }).map(
    ([name, table]) => [
      name,
      Object.fromEntries(
        [...table.values()].map(row => [
          row.id,
          Object.fromEntries(Object.entries(row).map(([key, value]) => [key, JSON.stringify(value)])),
        ]),
      ),
    ],
  )
  return { ...rest, tables: Object.fromEntries(tables) }
}

export const reply = (commentId: string, number = 1): Effect => ({
  do: 'Reply',
  rigId: 'r1',
  number,
  commentId,
  says: [{ say: 'help' }],
})

/** Shows a convoy: a key that is paced. `mark` tells one wish from the next. */
export const card = (id: string, mark = 0): Effect => ({
  do: 'ShowIssue',
  what: 'convoy',
  id,
  rigId: 'r1',
  number: mark,
  issueId: '100',
  labels: [],
  say: { say: 'help' },
  memory: null,
  close: null,
})

export const lookAtPull = (pullId: string, number = 1): Effect => ({
  do: 'LookAtPull',
  rigId: 'r1',
  pullId,
  number,
  headSha: null,
})

export const closePull = (pullId: string): Effect => ({
  do: 'ClosePull',
  rigId: 'r1',
  pullId,
  number: 1,
  head: 'gt/amber/b1',
  base: 'main',
})

export const order = (runId: string, until: Time): OrderRun => ({
  do: 'OrderRun',
  runId,
  kind: 'work',
  rigId: 'r1',
  polecat: 'amber',
  bead: { number: 2, title: 'Count the coins', body: '' },
  branch: 'gt/amber/b1',
  headSha: null,
  base: 'main',
  attempt: 1,
  feedback: null,
  answers: [],
  checkpoint: null,
  gates: [],
  until,
})

/** The only effect that is due. */
export async function takeOne(store: Store, townId: string, now: Time): Promise<DueEffect> {
  const [due, ...more] = await store.takeDue(townId, now, 10)
  if (!due || more.length > 0) throw new Error(`expected one effect, got ${more.length + (due ? 1 : 0)}`)
  return due
}
