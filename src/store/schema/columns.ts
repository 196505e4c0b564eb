import { sql } from 'drizzle-orm'
import { bigint, check, json, text } from 'drizzle-orm/pg-core'

/** Milliseconds since the epoch. Times are numbers everywhere, so nothing depends on a time zone. */
export const time = () => bigint({ mode: 'number' })

/**
 * A nested value of a row. `json` and not `jsonb`: it comes back with its keys in the order in which they were
 * written, so that a hash made of it is the same before and after a restart.
 */
export const nested = <Value>() => json().$type<Value>()

/** One of a closed set of words; pair it with `oneOf`. */
export const word = <Word extends string>() => text().$type<Word>()

/** The database refuses a word that the type does not know. The record names each word of the type exactly once. */
export function oneOf<Word extends string>(table: string, column: string, words: Record<Word, true>) {
  return check(`${table}_${column}_known`, sql.raw(`${column} in (${wordList(words)})`))
}

export const wordList = (words: object): string =>
  Object.keys(words)
    .map(known => `'${known}'`)
    .join(', ')
