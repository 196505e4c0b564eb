import type { RunHistory } from '../ports.ts'
import { run, type Sql } from './connection.ts'

/**
 * The last `limit` runs of each kind that ended by themselves, newest first. A gate run is well when it was green:
 * its own state says no more than whether it could be run, so its report is looked up.
 */
export async function history(sql: Sql, townId: string, limit: number): Promise<RunHistory> {
  const [work, gate] = await Promise.all([
    run<RunHistory['work'][number]>(sql, WORK, [townId, limit]),
    run<RunHistory['gate'][number]>(sql, GATE, [townId, limit]),
  ])
  return { work: [...work], gate: [...gate] }
}

// The conditions are those of the indexes.
const ENDED = `state in ('done', 'failed') and started_at is not null`

const WORK = `
  select ended_at - started_at as ms, state = 'done' as ok from runs
  where town_id = $1 and kind <> 'gate' and ${ENDED} order by ended_at desc limit $2`

const GATE = `
  select ended_at - started_at as ms, state = 'done' and exists (
    select from events where town_id = $1 and type = 'GateReported' and data->>'runId' = run.id
      and data->>'outcome' = 'green') as ok
  from runs run
  where town_id = $1 and kind = 'gate' and ${ENDED} order by ended_at desc limit $2`
