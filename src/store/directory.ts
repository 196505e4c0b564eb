import type { Directory } from '../ports.ts'
import { run, type Sql } from './connection.ts'

type Answer<Question extends keyof Directory> = NonNullable<Awaited<ReturnType<Directory[Question]>>>

/** Addresses for adapters, straight from the rows. */
export function openDirectory(sql: Sql): Directory {
  return {
    async rig(townId, rigId) {
      const [rig] = await run<Answer<'rig'>>(sql, RIG, [townId, rigId])
      return rig ?? null
    },
    async isKnown(townId, dedupe) {
      return (await run(sql, KNOWN, [townId, dedupe])).count > 0
    },
    async pull(townId, rigId, number) {
      const [pull] = await run<Answer<'pull'>>(sql, PULL, [townId, rigId, number])
      return pull ?? null
    },
    openConvoys: townId => run<Answer<'openConvoys'>[number]>(sql, OPEN_CONVOYS, [townId]),
    rigs: townId => run<Answer<'rigs'>[number]>(sql, RIGS, [townId]),
  }
}

const RIG = `
  select owner, name, default_branch as "defaultBranch", config_sha as "configSha"
  from rigs where town_id = $1 and id = $2`

const KNOWN = 'select from events where town_id = $1 and dedupe = $2'

// A number is given once, but a pull of ours that was closed may share its number with a later row of the same one.
const PULL = `
  select id, head_sha as "headSha" from pulls where town_id = $1 and rig_id = $2 and number = $3
  order by queued_at desc limit 1`

// One that is being published may have no issue yet.
const OPEN_CONVOYS = `
  select id, rig_id as "rigId", issue_id as "issueId", number from convoys
  where town_id = $1 and status not in ('landed', 'closed') and number > 0 order by staged_at, id`

const RIGS = 'select id, owner, name from rigs where town_id = $1 and not gone order by id'
