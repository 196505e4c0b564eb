import { getTableColumns, getTableName } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Rig } from '../core/rig.ts'
import type { Bead, Blocker, Convoy, DraftTask, Leg, Polecat, Pull, Run } from '../core/town.ts'
import { isLive, isOver, isPullOver } from '../core/town.ts'
import { type Query, run, toJson } from './connection.ts'
import * as schema from './schema.ts'

/**
 * How rows of one kind are written and read. The statements are made from the schema once; a statement takes all
 * rows as one JSON parameter, so it is prepared once whatever their number.
 */
export interface RowKind<Row> {
  readonly name: string
  /** `id as "id", convoy_id as "convoyId", …` */
  readonly selected: string
  /** Insert or replace. $1 town, $2 rows as JSON. */
  readonly upsert: string
  /** Rows to write first: those that give up a place which another row of the same batch takes. */
  readonly first: (row: Row) => boolean
}

type WithoutTown<Table extends PgTable> = Omit<Table['$inferSelect'], 'townId'>
/** Compiles only while a table's columns and the core's row are the same thing. */
type Same<Table extends PgTable, Row> =
  WithoutTown<Table> extends Row ? (Row extends WithoutTown<Table> ? Table : never) : never

const none = () => false
const ended = (row: Run) => !isLive(row)

export const rigs = rowKind<Rig, typeof schema.rigs>(schema.rigs, none)
export const polecats = rowKind<Polecat, typeof schema.polecats>(schema.polecats, none)
export const convoys = rowKind<Convoy, typeof schema.convoys>(schema.convoys, isOver)
export const legs = rowKind<Leg, typeof schema.legs>(schema.legs, none)
export const beads = rowKind<Omit<Bead, 'blockers'>, typeof schema.beads>(schema.beads, none)
export const drafts = rowKind<DraftTask, typeof schema.drafts>(schema.drafts, none)
export const pulls = rowKind<Pull, typeof schema.pulls>(schema.pulls, isPullOver)
export const runs = rowKind<Run, typeof schema.runs>(schema.runs, ended)
export const dependencies = rowKind<Dependency, typeof schema.dependencies>(schema.dependencies, none)

export interface Dependency extends Omit<Blocker, 'id'> {
  readonly beadId: string
  readonly blockerId: string
  readonly position: number
}

/** Rows per statement: enough that a town of 10,000 beads is a handful, few enough that none is tens of megabytes. */
const CHUNK = 2_000

/** Statements that are on their way; `exact`: what is read back will be what was written (see `toJson`). */
export interface Written {
  readonly statements: readonly Promise<unknown>[]
  readonly exact: boolean
}

/** The statements go out together and in order; whoever calls awaits them. */
export function write<Row>(query: Query, kind: RowKind<Row>, townId: string, rows: readonly Row[]): Written {
  const ordered = [...rows.filter(kind.first), ...rows.filter(row => !kind.first(row))]
  const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, n) =>
    toJson(ordered.slice(n * CHUNK, (n + 1) * CHUNK)),
  )
  return {
    statements: chunks.map(({ json }) => run(query, kind.upsert, [townId, json])),
    exact: chunks.every(chunk => chunk.exact),
  }
}

function rowKind<Row, Table extends PgTable>(
  table: Same<Table, Row>,
  first: (row: Row) => boolean,
): RowKind<Row> {
  const name = getTableName(table)
  const all = Object.entries(getTableColumns(table)).filter(([key]) => key !== 'townId')
  const columns = all.map(([key, column]) => ({ key, name: toSnakeCase(key), type: column.getSQLType() }))
  const names = columns.map(column => `"${column.name}"`).join(', ')
  const record = columns.map(column => `"${column.key}" ${column.type}`).join(', ')
  const keys = columns.map(column => `"${column.key}"`).join(', ')
  const replaced = columns.map(column => `"${column.name}" = excluded."${column.name}"`).join(', ')
  const identity = 'id' in getTableColumns(table) ? 'town_id, id' : 'town_id, bead_id, blocker_id'
  return {
    name,
    first,
    selected: columns.map(column => `t."${column.name}" as "${column.key}"`).join(', '),
    upsert:
      `insert into ${name} (town_id, ${names}) ` +
      `select $1::text, ${keys} from json_to_recordset($2::text::json) as r(${record}) ` +
      `on conflict (${identity}) do update set ${replaced}`,
  }
}
