import postgres from 'postgres'

/** Our own client, never handed to drizzle: drizzle changes how a client writes JSON. */
export type Sql = postgres.Sql<{ bigint: number }>
/** A client, or a transaction of one. */
export type Query = postgres.ISql<{ bigint: number }>

/** All our bigints are times and counters: far below 2^53. */
const bigint = { to: 20, from: [20], parse: Number, serialize: String }

export function connect(url: string, maxConnections: number): Sql {
  return postgres(url, {
    max: maxConnections,
    types: { bigint },
    // Array types are not used as parameters, so nothing need be asked at each connection.
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: 'townhall',
      // A process that freezes in the middle of a transaction must not keep a town to itself.
      idle_in_transaction_session_timeout: 60_000,
      // Everything we ask for has an index. Plans are kept with the connection, those of foreign keys too; one that
      // was made while a table was nearly empty would read the whole of it for each row, until statistics come.
      enable_seqscan: 'off',
      // Where a table is read whole all the same, its price (now beyond measure) would have the statement compiled.
      jit: 'off',
    },
  })
}

/** Sends one statement, prepared once per connection, and returns its rows. Parameters are text, numbers or null. */
export async function run<Row extends object>(
  query: Query,
  statement: string,
  parameters: (string | number | boolean | null)[],
): Promise<postgres.RowList<Row[]>> {
  return query.unsafe<Row[]>(statement, parameters, { prepare: true })
}

/**
 * JSON that Postgres takes: it has no NUL and no half of a surrogate pair, and people's texts may hold both (a
 * text that was cut may end in half an emoji). They become U+FFFD, and `exact` says whether any did.
 */
export function toJson(value: unknown): { readonly json: string; readonly exact: boolean } {
  const json = JSON.stringify(value)
  if (!mayOffend.test(json)) return { json, exact: true }
  const safe = JSON.stringify(value, (_key, part) => (typeof part === 'string' ? mend(part) : part))
  return { json: safe, exact: safe === json }
}

export const jsonOf = (value: unknown): string => toJson(value).json

// What JSON.stringify makes of the two. After an escaped backslash it means nothing, and only costs a second look.
const mayOffend = /\\u(0000|d[89a-f])/

/** See `toJson`. */
export const mend = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

/**
 * Will the same thing fail in the same way whenever it is tried? So for values and constraints that the database
 * refuses (classes 22, 23, 54), not for a connection that broke or a deadlock.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^(22|23|54)/.test(error.code)
}
