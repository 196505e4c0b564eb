import type { Fact } from '../core/events.ts'
import type { Pace, Time } from '../core/town.ts'
import type { Arrival, Clock, Delivery, News } from '../ports.ts'
import { jsonOf, mend, type Query, run, type Sql } from './connection.ts'

/** GitHub sends a delivery again for three days at most; a week later nobody asks any more. */
const KEPT_MS = 7 * 24 * 3_600_000

/** True when it was not known. This is all that a webhook waits for. */
export async function keepDelivery(sql: Sql, clock: Clock, arrival: Arrival): Promise<boolean> {
  const { id, event, action, townId, payload } = arrival
  const kept = await run(sql, KEEP, [id, event, action, townId, payload, clock.now()])
  return kept.count === 1
}

const KEEP = `
  insert into deliveries (id, event, action, town_id, payload, received_at, due_at)
  values ($1, $2, $3, $4, $5, $6, $6) on conflict (id) do nothing`

export async function findDelivery(sql: Sql, id: string): Promise<Delivery | null> {
  const [found] = await run<{ event: string; action: string | null; townId: string | null; payload: string }>(
    sql,
    'select event, action, town_id as "townId", payload from deliveries where id = $1',
    [id],
  )
  return found ? { id, ...found, payload: JSON.parse(found.payload) } : null
}

/** Facts come in; their towns are made if need be. Returns the towns that have something new. */
export async function append(query: Query, now: Time, news: readonly News[]): Promise<string[]> {
  if (news.length === 0) return []
  const rows = news.map(({ townId, fact, dedupe }) => ({ townId, type: fact.type, data: fact, dedupe }))
  const added = await run<{ townId: string }>(query, APPEND, [jsonOf(rows), now])
  return [...new Set(added.map(row => row.townId))]
}

const APPEND = `
  with news as (
    select * from json_to_recordset($1::text::json) as r("townId" text, type text, data jsonb, dedupe text)
  ), found as (
    insert into towns (id) select distinct "townId" from news order by 1 on conflict do nothing
  )
  insert into events (town_id, at, source, type, data, dedupe, state)
  select "townId", $2::bigint, 'fact', type, data, dedupe, 'new' from news
  on conflict (town_id, dedupe) where dedupe is not null do nothing
  returning town_id as "townId"`

export const factsOf = (townId: string, facts: readonly Fact[]): News[] =>
  facts.map(fact => ({ townId, fact, dedupe: null }))

/** Whoever comes second with the same delivery changes nothing. */
export async function absorbed(sql: Sql, clock: Clock, id: string, news: readonly News[]): Promise<void> {
  await sql.begin(async query => {
    const marked = await run(query, ABSORBED, [id])
    if (marked.count === 1) await append(query, clock.now(), news)
  })
}

const ABSORBED = `update deliveries set state = 'absorbed', problem = null where id = $1 and state = 'new'`

/** Looked at again after a wait that doubles each time, unless `final`. */
export async function notAbsorbed(
  sql: Sql,
  clock: Clock,
  pace: Pace,
  id: string,
  why: string,
  final: boolean,
): Promise<void> {
  const state = final ? 'put aside' : 'new'
  await run(sql, NOT_ABSORBED, [id, mend(why), state, clock.now(), pace.backoffMs, pace.backoffMaxMs])
}

const NOT_ABSORBED = `
  update deliveries set attempts = attempts + 1, problem = $2, state = $3,
    due_at = $4::bigint + least($6::bigint, $5::bigint * (2 ^ least(attempts, 20))::bigint)
  where id = $1 and state = 'new'`

/** Deliveries that nobody needs any more. The event log is kept. */
export async function pruneDeliveries(sql: Sql, now: Time): Promise<number> {
  const old = `delete from deliveries where received_at < $1 and state <> 'new'`
  return (await run(sql, old, [now - KEPT_MS])).count
}
