import type { Time } from '../core/town.ts'
import type { Store } from '../ports.ts'
import { run, type Sql } from './connection.ts'

/** Everything that should have been looked at by `now`, whatever became of the wake-ups. Cheap when there is nothing. */
export async function overdue(sql: Sql, now: Time): ReturnType<Store['overdue']> {
  const ids = async (statement: string) =>
    (await run<{ id: string }>(sql, statement, [now])).map(({ id }) => id)
  const [deliveries, towns, performs] = await Promise.all([ids(DELIVERIES), ids(TOWNS), ids(PERFORMS)])
  return { deliveries, towns, performs }
}

// As many as are looked at before asking again: a backlog must not fill the memory.
const DELIVERIES = `select id from deliveries where state = 'new' and due_at <= $1 order by due_at limit 1000`

const TOWNS = `
  select town_id as id from events where state = 'new' and at <= $1
  union select id from towns where wake_at <= $1`

// Orders are claimed by runners, and in a suspended town nothing is taken.
const PERFORMS = `
  select distinct o.town_id as id from outbox o join towns t on t.id = o.town_id and not t.suspended
  where o.state in ('due', 'taken') and o.kind <> 'OrderRun'
    and o.due_at <= $1 and coalesce(o.taken_until, 0) <= $1`

export async function isLive(sql: Sql, townId: string, runId: string): Promise<boolean> {
  return (await run(sql, LIVE_RUN, [townId, runId])).length > 0
}

const LIVE_RUN = `select id from runs where town_id = $1 and id = $2 and state in ('ordered', 'running')`

export async function sweepable(sql: Sql): ReturnType<Store['sweepable']> {
  return run<{ townId: string; sweptAt: Time }>(sql, SWEEPABLE, [])
}

const SWEEPABLE = `select id as "townId", swept_at as "sweptAt" from towns where not suspended order by swept_at, id`

export async function swept(sql: Sql, townId: string, at: Time): Promise<void> {
  await run(sql, 'update towns set swept_at = greatest(swept_at, $2) where id = $1', [townId, at])
}
