import { isReady } from '../../src/core/beads/standing.ts'
import { whyConvoy } from '../../src/core/shown/why-convoy.ts'
import { Table } from '../../src/core/table.ts'
import { isLive, isOver, isPullOver, newTown, type Pull, type Town } from '../../src/core/town.ts'
import { CADENCES } from '../../src/pace.ts'
import { loadTown, TOWN_ROW, type TownRow } from '../../src/store/load.ts'
import * as kinds from '../../src/store/rows.ts'
import { until } from '../support/until.ts'
import { patience } from './convoy.ts'
import type { Plot } from './plan-people.ts'

/** What Postgres says of a town. */

export interface Stored {
  /** As a process would load it. */
  readonly town: Town
  /** With all that is over. */
  readonly ever: Town
  /** Convoys of which a later one has beads now: what they had is not known any more. */
  readonly robbed: ReadonlySet<string>
}

const { pace } = CADENCES.sandbox

export async function stored({ sql, story }: Plot): Promise<Stored> {
  const townId = String(story.github.installationId)
  return sql.begin('isolation level repeatable read', async query => {
    const [row] = await query.unsafe<TownRow[]>(TOWN_ROW, [townId])
    const town = await loadTown(query, row!, pace)
    const all = async <Row extends { readonly id: string }>(kind: kinds.RowKind<Row>): Promise<Row[]> =>
      (await query.unsafe(
        `select ${kind.selected} from ${kind.name} t where town_id = $1 order by ${ORDER[kind.name] ?? 'id'}`,
        [townId],
      )) as unknown as Row[]
    const dependencies = (await query.unsafe(
      `select ${kinds.dependencies.selected} from dependencies t where town_id = $1 order by bead_id, position`,
      [townId],
    )) as unknown as kinds.Dependency[]
    const beads = (await all(kinds.beads)).map(bead => ({
      ...bead,
      blockers: dependencies
        .filter(it => it.beadId === bead.id)
        .map(({ blockerId, ref, outside, skipped }) => ({ id: blockerId, ref, outside, skipped })),
    }))
    const ever: Town = {
      ...newTown(townId, pace),
      ...{ login: town.login, boards: town.boards, appSlug: town.appSlug },
      rigs: town.rigs,
      convoys: new Table(await all(kinds.convoys)),
      legs: new Table(await all(kinds.legs)),
      beads: new Table(beads),
      pulls: new Table(await all(kinds.pulls)),
      runs: new Table(await all(kinds.runs)),
    }
    const had = await query<{ convoy: string; bead: string }[]>`
      select data->'convoy'->>'id' as convoy, jsonb_array_elements(data->'beads')->>'id' as bead
      from events where type = 'ConvoyStaged'
      union select data->'bead'->>'convoyId', data->'bead'->>'id' from events where type = 'BeadJoined'`
    const robbed = had.filter(({ convoy, bead }) => ever.beads.get(bead)?.convoyId !== convoy)
    return { town, ever, robbed: new Set(robbed.map(({ convoy }) => convoy)) }
  })
}

/** As in the store: what is shown follows this order. */
const ORDER: Readonly<Record<string, string>> = { pulls: 'queued_at, id', beads: 'convoy_id, position, id' }

/** Why it is not quiet yet; empty when nothing is left to be thought about or done. */
async function restless(plot: Plot): Promise<string[]> {
  const { sql } = plot
  const waiting = await sql<{ what: string }[]>`
    select 'event ' || type as what from events where state = 'new'
    union all select 'effect ' || kind from outbox where state in ('due', 'taken')
    union all select 'delivery ' || event from deliveries where state = 'new'`
  const { town } = await stored(plot)
  const now = Date.now()
  const rest = ['shut', 'waiting', 'returned']
  return [
    ...waiting.map(({ what }) => what),
    ...[...town.runs.values()].filter(isLive).map(run => `run ${run.id}`),
    ...[...town.pulls.values()]
      .filter(pull => !isPullOver(pull) && !rest.includes(pull.state) && !isKeptBack(town, pull))
      .map(pull => `pull ${pull.id} is ${pull.state}`),
    ...[...town.beads.values()]
      .filter(bead => isReady(town, { ...bead, wakeAt: null }, now))
      .map(bead => `bead #${bead.number} is ready`),
  ]
}

/** A person paused its convoy or holds its bead; or it is a landing, and a bead of the convoy is open again. */
function isKeptBack(town: Town, { kind, convoyId, beadId }: Pull): boolean {
  const convoy = town.convoys.get(convoyId)
  if (convoy?.paused) return true
  return kind === 'landing' ? convoy?.status === 'open' : town.beads.get(beadId!)?.held === true
}

/** What is unrest, and why the convoys stand as they do, for who has to understand it. */
async function told(plot: Plot): Promise<unknown> {
  const { town } = await stored(plot)
  const open = [...town.convoys.values()].filter(convoy => !isOver(convoy))
  return {
    unrest: await restless(plot),
    why: open.map(convoy => [convoy.number, convoy.status, whyConvoy(town, convoy, Date.now())]),
    last: await plot.sql`select because, type from events where because is not null order by seq desc limit 12`,
  }
}

/** Quiet before and after a whole sweep, with no news in between: whatever was lost has been found. */
export async function settled(plot: Plot): Promise<void> {
  const { sql } = plot
  let since = Number.POSITIVE_INFINITY
  let seen = ''
  const newest = async (): Promise<string> => {
    const [row] = await sql`select coalesce(max(seq), 0)::text as seq from events`
    return row!.seq as string
  }
  await until(
    'it is settled',
    async () => {
      const why = await restless(plot)
      const seq = await newest()
      if (why.length > 0 || seq !== seen) {
        seen = seq
        since = Date.now()
        return why.length > 0 ? why : ['news']
      }
      const [row] = await sql`select swept_at::text as swept from towns`
      return Number(row!.swept) > since ? [] : ['a sweep is to pass']
    },
    why => why.length === 0,
    { ...patience, explain: () => told(plot) },
  )
}
