import type { Mirror } from '../ports.ts'
import { jsonOf, run, type Sql } from './connection.ts'

export function openMirror(sql: Sql): Mirror {
  return {
    async get(townId, subject) {
      const [row] = await run<{ written: unknown }>(sql, GET, [townId, subject])
      return row?.written ?? null
    },
    async put(townId, subject, written) {
      await run(sql, PUT, [townId, subject, jsonOf(written)])
    },
  }
}

const GET = 'select written from mirror where town_id = $1 and subject = $2'
// What is looked at before the first fact of a town came in may be remembered too.
const PUT = `
  with found as (insert into towns (id) values ($1) on conflict do nothing)
  insert into mirror (town_id, subject, written) values ($1, $2, $3::text::json)
  on conflict (town_id, subject) do update set written = excluded.written`
