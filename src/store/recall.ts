import type { CommentSeen } from '../core/events.ts'
import { forkTown, type Town } from '../core/town.ts'
import type { SeenFact } from '../ports.ts'
import { type Query, run } from './connection.ts'
import { withBlockers } from './load.ts'
import type { RowKind } from './rows.ts'
import * as kinds from './rows.ts'

/**
 * The town, with the convoys that a command asks about though they are over: they are not held in memory, and people
 * ask why long after the end. For this one step; `forget` drops them again.
 */
export async function recalled(query: Query, town: Town, news: readonly SeenFact[]): Promise<Town> {
  const asked = news.flatMap(({ fact }) =>
    fact.type === 'CommentSeen' && fact.commands.length > 0 && !isHeld(town, fact) ? [fact] : [],
  )
  if (asked.length === 0) return town
  const found = await Promise.all(
    asked.map(({ issueId, rigId, number }) =>
      run<{ id: string }>(query, LAST_CONVOY, [town.id, issueId, rigId, number]),
    ),
  )
  const ids = new Set(found.flatMap(rows => rows.map(row => row.id)))
  if (ids.size === 0) return town
  const fork = forkTown(town)
  for (const id of ids) await recall(query, fork, id)
  return fork
}

function isHeld(town: Town, { issueId, rigId, number }: CommentSeen): boolean {
  if (town.beads.has(issueId)) return true
  for (const convoy of town.convoys.values()) if (convoy.issueId === issueId) return true
  for (const pull of town.pulls.values()) if (pull.rigId === rigId && pull.number === number) return true
  return false
}

/** The last convoy of an issue, of a bead, or of a pull request. */
const LAST_CONVOY = `
  select id from convoys where town_id = $1 and (
    issue_id = $2 or id = (select convoy_id from beads where town_id = $1 and id = $2)
    or id in (select convoy_id from pulls where town_id = $1 and rig_id = $3 and number = $4))
  order by staged_at desc limit 1`

async function recall(query: Query, town: Town, convoyId: string): Promise<void> {
  const read = <Row extends object>(kind: RowKind<Row>, where: string, order: string) =>
    run<Row>(
      query,
      `select ${kind.selected} from ${kind.name} t where t.town_id = $1 and ${where} order by ${order}`,
      [town.id, convoyId],
    )
  const [convoys, legs, beads, dependencies, pulls] = await Promise.all([
    read(kinds.convoys, 't.id = $2', 't.id'),
    read(kinds.legs, 't.convoy_id = $2', 't.id'),
    read(kinds.beads, 't.convoy_id = $2', 't.position, t.id'),
    read(kinds.dependencies, OF_BEADS, 't.bead_id, t.position'),
    read(kinds.pulls, 't.convoy_id = $2', 't.queued_at, t.id'),
  ])
  town.convoys.recall(convoys)
  town.legs.recall(legs)
  town.beads.recall(withBlockers(beads, dependencies))
  town.pulls.recall(pulls)
}

const OF_BEADS = 't.bead_id = any(array(select id from beads where town_id = $1 and convoy_id = $2))'
