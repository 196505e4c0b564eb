import { Table } from '../core/table.ts'
import {
  type Bead,
  type Blocker,
  isLive,
  isOver,
  isPullOver,
  newTown,
  type Pace,
  type Town,
} from '../core/town.ts'
import { type Query, run } from './connection.ts'
import type { Dependency, RowKind } from './rows.ts'
import * as kinds from './rows.ts'

export interface TownRow {
  readonly id: string
  readonly login: string
  readonly ownerType: Town['ownerType']
  readonly boards: Town['boards']
  readonly appSlug: string
  readonly suspended: boolean
  readonly version: number
  readonly wakeAt: number | null
}

export const TOWN_ROW = `
  select id, login, owner_type as "ownerType", boards, app_slug as "appSlug", suspended, version, wake_at as "wakeAt"
  from towns where id = $1`

/**
 * Convoys that a town still holds: what is not over, and what is over while a run or a pull of it is not. `forget`
 * says the same about a town in memory: the two must agree, or a process that was restarted decides differently.
 */
const HELD = `
  with held as materialized (
    select id from convoys where town_id = $1 and status not in ('landed', 'closed')
    union select convoy_id from runs where town_id = $1 and state in ('ordered', 'running')
    union select convoy_id from pulls where town_id = $1 and state not in ('merged', 'closed'))`

/**
 * Rows of the held convoys, looked up convoy by convoy in an index. Asked as a join, a planner that has no
 * statistics yet (a young database, a town that was just staged) picks plans that take minutes: `offset 0` keeps it
 * from making a join of this.
 */
const ofHeld = (table: string, as = 't') =>
  `held cross join lateral (
    select * from ${table} r where r.town_id = $1 and r.convoy_id = held.id offset 0) ${as}`

const OF_BEADS = `${ofHeld('beads', 'bead')} cross join lateral (
    select * from dependencies r where r.town_id = $1 and r.bead_id = bead.id offset 0) t`

/** Once its plan is on GitHub, the tree there is the plan. */
const OF_PUBLISHING = `convoys c cross join lateral (
    select * from drafts r where r.town_id = $1 and r.convoy_id = c.id offset 0) t
    where c.town_id = $1 and c.status = 'publishing'`

const own = (table: string) => `${table} t where t.town_id = $1`

/**
 * Everything of the town that is not over. To be called under its lock or in a transaction that sees one moment:
 * its rows belong together.
 */
export async function loadTown(query: Query, row: TownRow, pace: Pace): Promise<Town> {
  const read = <Row extends object>(kind: RowKind<Row>, from: string, order: string) =>
    run<Row>(query, `${HELD} select ${kind.selected} from ${from} order by ${order}`, [row.id])
  const [rigs, polecats, convoys, legs, beads, dependencies, drafts, pulls, runs] = await Promise.all([
    read(kinds.rigs, own('rigs'), 't.id'),
    read(kinds.polecats, own('polecats'), 't.id'),
    read(kinds.convoys, `held join convoys t on t.town_id = $1 and t.id = held.id`, 't.staged_at, t.id'),
    read(kinds.legs, ofHeld('legs'), 't.convoy_id, t.id'),
    read(kinds.beads, ofHeld('beads'), 't.convoy_id, t.position, t.id'),
    read(kinds.dependencies, OF_BEADS, 't.bead_id, t.position'),
    read(kinds.drafts, OF_PUBLISHING, 't.convoy_id, t.nth'),
    read(kinds.pulls, ofHeld('pulls'), 't.queued_at, t.id'),
    read(kinds.runs, `${own('runs')} and t.state in ('ordered', 'running')`, 't.ordered_at, t.id'),
  ])
  const town = newTown(row.id, pace)
  town.login = row.login
  town.ownerType = row.ownerType
  town.boards = row.boards
  town.appSlug = row.appSlug
  town.suspended = row.suspended
  return {
    ...town,
    rigs: new Table(rigs),
    polecats: new Table(polecats),
    convoys: new Table(convoys),
    legs: new Table(legs),
    beads: new Table(withBlockers(beads, dependencies)),
    drafts: new Table(drafts),
    pulls: new Table(pulls),
    runs: new Table(runs),
  }
}

export function withBlockers(
  beads: readonly Omit<Bead, 'blockers'>[],
  dependencies: readonly Dependency[],
): Bead[] {
  const blockers = new Map<string, Blocker[]>()
  for (const { beadId, blockerId, ref, outside, skipped } of dependencies) {
    const ofBead = blockers.get(beadId) ?? []
    ofBead.push({ id: blockerId, ref, outside, skipped })
    blockers.set(beadId, ofBead)
  }
  return beads.map(bead => ({ ...bead, blockers: blockers.get(bead.id) ?? [] }))
}

/** Drops from memory what a fresh load would leave out, so that a town does not grow with its past. See HELD. */
export function forget(town: Town): void {
  for (const ended of [...town.runs.values()].filter(one => !isLive(one))) town.runs.drop(ended.id)
  for (const task of [...town.drafts.values()])
    if (town.convoys.get(task.convoyId)?.status !== 'publishing') town.drafts.drop(task.id)
  const over = new Set([...town.convoys.values()].filter(isOver).map(convoy => convoy.id))
  if (over.size === 0) return
  for (const live of town.runs.values()) over.delete(live.convoyId)
  for (const pull of town.pulls.values()) if (!isPullOver(pull)) over.delete(pull.convoyId)
  for (const id of over) town.convoys.drop(id)
  for (const table of [town.legs, town.beads, town.pulls]) {
    for (const row of [...table.values()]) if (over.has(row.convoyId)) table.drop(row.id)
  }
}
