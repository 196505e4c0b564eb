import { addressOf } from '../core/address.ts'
import type { Effect, OrderRun } from '../core/effects.ts'
import type { Fact } from '../core/events.ts'
import type { Pace, Time } from '../core/town.ts'
import type { Clock, DueEffect } from '../ports.ts'
import { jsonOf, mend, type Query, run, type Sql } from './connection.ts'
import { append, factsOf } from './inbox.ts'

/** What of an effect is found in a row of the outbox. */
export interface Wished {
  readonly kind: Effect['do']
  readonly dueAt: Time
}

/** Effects are asked for, in this order. Returns those that are to be done, with when. */
export async function wish(
  query: Query,
  townId: string,
  now: Time,
  pace: Pace,
  effects: readonly Effect[],
): Promise<readonly Wished[]> {
  const rows = new Map<string, object>()
  for (const effect of effects) {
    const { key, lane, policy, paced } = addressOf(effect)
    const once = policy === 'once'
    if (once && rows.has(key)) continue
    rows.set(key, { key, lane, kind: effect.do, effect, once, paceMs: paced * pace.coalesceMs })
  }
  if (rows.size === 0) return []
  return run<Wished>(query, WISH, [townId, now, jsonOf([...rows.values()])])
}

/**
 * What waits keeps its place and, if that is sooner, its time. Somebody may be at the older wish just now:
 * `taken_until` stays, so that nobody begins with the newer one before.
 */
const WISH = `
  insert into outbox (town_id, key, lane, kind, effect, once, pace_ms, due_at, place)
  select $1::text, key, lane, kind, effect, once, "paceMs", $2::bigint, nextval('outbox_place')
  from json_to_recordset($3::text::json)
    as r(key text, lane text, kind text, effect jsonb, once boolean, "paceMs" integer)
  on conflict (town_id, key) do update set
    lane = excluded.lane, effect = excluded.effect, pace_ms = excluded.pace_ms,
    version = outbox.version + 1, state = 'due', attempts = 0, last_error = null,
    place = case when outbox.state in ('due', 'taken') then outbox.place else excluded.place end,
    due_at = least(
      case when outbox.state = 'due' then outbox.due_at end,
      greatest(excluded.due_at, case when excluded.pace_ms > 0 then outbox.done_at + excluded.pace_ms end))
  where not excluded.once
  returning kind, due_at as "dueAt"`

/**
 * The oldest of each lane, if it is due and nobody is at it. Nothing in a suspended town, where GitHub would refuse
 * all, and nothing while GitHub wants silence.
 */
export async function takeDue(
  sql: Sql,
  townId: string,
  now: Time,
  takenUntil: Time,
  limit: number,
): Promise<DueEffect[]> {
  const taken = await run<DueEffect & { place: number }>(sql, TAKE, [townId, now, takenUntil, limit])
  return [...taken].sort((a, b) => a.place - b.place).map(({ place: _, ...due }) => due)
}

const TAKE = `
  with first as materialized (
    select seq from outbox w
    where town_id = $1 and state in ('due', 'taken') and kind <> 'OrderRun'
      and due_at <= $2 and coalesce(taken_until, 0) <= $2
      and place = (select min(o.place) from outbox o where o.town_id = w.town_id and o.lane = w.lane
        and o.state in ('due', 'taken'))
      and not exists (select from towns where id = $1 and (suspended or held_until > $2))
    order by place limit $4 for update of w skip locked)
  update outbox set state = 'taken', taken_until = $3, taken_version = version, attempts = attempts + 1
  from first where outbox.seq = first.seq
  returning town_id as "townId", outbox.seq, version, effect, lane, attempts - 1 as attempt, place`

/** Done, and this was learned. If there is a newer wish it stays due, and may now be taken. */
export async function performed(
  sql: Sql,
  clock: Clock,
  due: DueEffect,
  learned: readonly Fact[],
): Promise<void> {
  await sql.begin(async query => {
    await Promise.all([
      run(query, DONE, [due.seq, due.version, clock.now()]),
      run(query, RELEASE, [due.seq, due.version, clock.now()]),
      append(query, clock.now(), factsOf(due.townId, learned)),
    ])
  })
}

const DONE = `
  update outbox set state = 'done', done_at = $3, taken_until = null, taken_version = null, last_error = null
  where seq = $1 and version = $2 and state in ('due', 'taken')`

/** An older wish was done just now: the newer one keeps the pace. */
const RELEASE = `
  update outbox set taken_until = null, taken_version = null, done_at = $3::bigint,
    due_at = case when pace_ms > 0 then greatest(due_at, $3::bigint + pace_ms) else due_at end
  where seq = $1 and taken_version = $2 and version <> $2`

export async function postpone(
  sql: Sql,
  due: DueEffect,
  until: Time,
  why: string,
  counts: boolean,
): Promise<void> {
  await sql.begin(async query => {
    await Promise.all([
      run(query, POSTPONE, [due.seq, due.version, due.attempt + 1, until, mend(why), counts ? 0 : 1]),
      run(query, LET_GO, [due.seq, due.version]),
    ])
  })
}

const POSTPONE = `
  update outbox set state = 'due', due_at = $4, taken_until = null, taken_version = null, last_error = $5,
    attempts = attempts - $6
  where seq = $1 and version = $2 and attempts = $3 and state = 'taken'`

/** It was not done, and there is a newer wish that need not wait. */
const LET_GO = `
  update outbox set taken_until = null, taken_version = null
  where seq = $1 and taken_version = $2 and version <> $2`

/** Two who are asked for silence at once keep the longer one. */
export async function hold(sql: Sql, townId: string, until: Time): Promise<void> {
  await run(sql, HOLD, [townId, until])
}

const HOLD = 'update towns set held_until = $2 where id = $1 and held_until < $2'

/** Not tried again. Nothing is said of a wish that has been replaced. */
export async function giveUp(
  sql: Sql,
  clock: Clock,
  due: DueEffect,
  why: string,
  refused: boolean,
): Promise<void> {
  await sql.begin(async query => {
    const [given] = await Promise.all([
      run(query, GIVE_UP, [due.seq, due.version, due.attempt + 1, clock.now(), mend(why)]),
      run(query, LET_GO, [due.seq, due.version]),
    ])
    if (given.count === 0) return
    const fact: Fact = { type: 'EffectGivenUp', effect: due.effect, why, refused }
    await append(query, clock.now(), factsOf(due.townId, [fact]))
  })
}

const GIVE_UP = `
  update outbox set state = 'given up', done_at = $4, taken_until = null, taken_version = null, last_error = $5
  where seq = $1 and version = $2 and attempts = $3 and state = 'taken'`

/** The oldest order that is still wanted. Orders that nobody wants any more are put away on the way. */
export async function claimOrder(
  sql: Sql,
  townId: string,
  machine: string,
  now: Time,
): Promise<OrderRun | null> {
  const [, claimed] = await Promise.all([
    run(sql, EXPIRE_ORDERS, [townId, now]),
    run<{ effect: OrderRun }>(sql, CLAIM, [townId, now, machine]),
  ])
  return claimed[0]?.effect ?? null
}

/** Asked for each order by itself and not as a join: see `ofHeld` in load. */
const WANTED = `
  (o.effect->>'until')::bigint > $2 and coalesce((
    select r.state in ('ordered', 'running') from runs r
    where r.town_id = o.town_id and r.id = o.effect->>'runId'), false)`

const EXPIRE_ORDERS = `
  update outbox o set state = 'given up', done_at = $2::bigint, last_error = 'nobody took it while it was wanted'
  where o.town_id = $1 and o.kind = 'OrderRun' and o.state = 'due' and not (${WANTED})`

const CLAIM = `
  with oldest as materialized (
    select o.seq from outbox o
    where o.town_id = $1 and o.kind = 'OrderRun' and o.state = 'due' and ${WANTED}
    order by o.place limit 1 for update of o skip locked)
  update outbox set state = 'done', done_at = $2::bigint, machine = $3
  from oldest where outbox.seq = oldest.seq
  returning outbox.effect`
