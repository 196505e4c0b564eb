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

// Orders are claimed by runners, and nothing is taken in a suspended town or one that is to be silent.
const PERFORMS = `
  select distinct o.town_id as id from outbox o
  join towns t on t.id = o.town_id and not t.suspended and t.held_until <= $1
  where o.state in ('due', 'taken') and o.kind <> 'OrderRun'
    and o.due_at <= $1 and coalesce(o.taken_until, 0) <= $1`

export async function isLive(sql: Sql, townId: string, runId: string): Promise<boolean> {
  return (await run(sql, LIVE_RUN, [townId, runId])).length > 0
}

const LIVE_RUN = `select id from runs where town_id = $1 and id = $2 and state in ('ordered', 'running')`

export async function sweepable(sql: Sql): ReturnType<Store['sweepable']> {
  return run<{ townId: string; sweptAt: Time; openConvoys: number }>(sql, SWEEPABLE, [])
}

const SWEEPABLE = `
  select t.id as "townId", t.swept_at as "sweptAt", count(c.id)::int as "openConvoys"
  from towns t left join convoys c on c.town_id = t.id and c.status not in ('landed', 'closed')
  where not t.suspended group by t.id order by t.swept_at, t.id`

export async function swept(sql: Sql, townId: string, at: Time): Promise<void> {
  await run(sql, 'update towns set swept_at = greatest(swept_at, $2) where id = $1', [townId, at])
}
