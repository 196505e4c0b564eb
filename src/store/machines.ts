import { randomUUID } from 'node:crypto'
import type { Clock, Machine, MachineRegistry } from '../ports.ts'
import { run, type Sql } from './connection.ts'

export function openMachines(sql: Sql, clock: Clock): MachineRegistry {
  return {
    async register(townId, host, pid, tokenHash) {
      const id = `m${randomUUID()}`
      await run(sql, REGISTER, [id, townId, host, pid, tokenHash, clock.now()])
      return id
    },
    async find(tokenHash) {
      const [machine] = await run<{ id: string; townId: string }>(sql, FIND, [tokenHash])
      return machine ?? null
    },
    async seen(id, at) {
      await run(sql, SEEN, [id, at])
    },
    alive: (townId, since) => run<Machine>(sql, ALIVE, [townId, since]),
  }
}

const REGISTER = `
  insert into machines (id, town_id, host, pid, token_hash, started_at, seen_at)
  values ($1, $2, $3, $4, $5, $6, $6)`
const FIND = 'select id, town_id as "townId" from machines where token_hash = $1'
const SEEN = 'update machines set seen_at = greatest(seen_at, $2) where id = $1'
const ALIVE = `
  select id, host, pid, started_at as "startedAt", seen_at as "seenAt" from machines
  where town_id = $1 and seen_at >= $2 order by started_at, id`
