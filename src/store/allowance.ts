import type { Time } from '../core/town.ts'
import type { Allowance } from '../ports.ts'
import { run, type Sql } from './connection.ts'

/** What GitHub lets an App create (facts: "about" 80 a minute and 500 an hour, whatever it is). */
const MINUTE = { ms: 60_000, most: 80 } as const
const HOUR = { ms: 3_600_000, most: 500 } as const

export function openAllowance(sql: Sql): Allowance {
  return {
    async spend(townId, creations, now, share) {
      if (creations === 0) return 0
      const most = [MINUTE, HOUR].map(window => Math.floor(window.most * share))
      return sql.begin(async query => {
        const [, [answer]] = await Promise.all([
          run(query, IN_TURN, [ALLOWANCES, townId]),
          run<{ waitMs: number }>(query, SPEND, [townId, creations, now, ...most]),
        ])
        return answer!.waitMs
      })
    },
  }
}

// All processes count one after the other, town by town. Not under the town's own lock: whoever decides about a large
// town keeps that for long. The number is arbitrary ("allw" in ASCII) and sets these locks apart from others.
const ALLOWANCES = 0x616c6c77
const IN_TURN = 'select pg_advisory_xact_lock($1::integer, hashtext($2))'

/**
 * A creation stands in the way while it is in a window and together with all that came after it leaves too little
 * room; when the last such has left, it fits. More than a window ever holds fits when the window is empty.
 */
const SPEND = `
  with windows (ms, most) as (
    values (${MINUTE.ms}::bigint, $4::integer), (${HOUR.ms}::bigint, $5::integer)
  ), spent as (
    select at, sum(creations) over (order by at desc) as since from creations
    where town_id = $1 and at > $3::bigint - ${HOUR.ms}
  ), answer as (
    select coalesce(max(at + ms), $3::bigint) - $3::bigint as wait from spent cross join windows
    where at > $3::bigint - ms and since + $2::integer > most
  ), taken as (
    insert into creations (town_id, at, creations) select $1, $3::bigint, $2::integer from answer where wait = 0
    on conflict (town_id, at) do update set creations = creations.creations + excluded.creations)
  select wait as "waitMs" from answer`

/** Forgets what no window counts any more. */
export async function pruneCreations(sql: Sql, now: Time): Promise<void> {
  await run(sql, 'delete from creations where at <= $1', [now - HOUR.ms])
}
