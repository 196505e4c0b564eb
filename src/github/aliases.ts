import { type Refused, Unreachable } from '../ports.ts'
import { type GraphqlError, isGraphqlFailure, ofGraphql } from './errors.ts'
import type { Reach } from './reach.ts'

/** One mutation of a document. */
export interface Mutation {
  readonly field: string
  readonly input: Readonly<Record<string, unknown>>
  /** What it is asked to show of what it did. */
  readonly show: string
}

/** What became of one: its data, or why there is none. */
export type Outcome<T> =
  | { readonly data: T; readonly error: null }
  | { readonly data: null; readonly error: Unreachable | Refused }

/**
 * Many mutations in one request. GitHub runs them one after the other, and each may fail by itself; says what became
 * of each, in their order. Throws when the request as a whole was not answered: then any of them may have been done.
 */
export async function mutate<T>(
  reach: Reach,
  mutations: readonly Mutation[],
): Promise<readonly Outcome<T>[]> {
  const types = mutations.map(({ field }, nth) => `$i${nth}:${typeOf(field)}!`)
  const fields = mutations.map(({ field, show }, nth) => `m${nth}:${field}(input:$i${nth}){${show}}`)
  const variables = Object.fromEntries(mutations.map(({ input }, nth) => [`i${nth}`, input]))
  const document = `mutation(${types.join(',')}){${fields.join(' ')}}`
  const none = { errors: [], headers: {} }
  try {
    const data = (await reach.octokit.graphql(document, variables)) as Record<string, T>
    return mutations.map((_, nth) => outcome(data[`m${nth}`], `m${nth}`, none))
  } catch (error) {
    if (!isGraphqlFailure(error) || !error.data) throw error
    const data = error.data as Record<string, T | null>
    return mutations.map((_, nth) => outcome(data[`m${nth}`], `m${nth}`, error))
  }
}

const typeOf = (field: string) => `${field[0]!.toUpperCase()}${field.slice(1)}Input`

function outcome<T>(
  data: T | null | undefined,
  alias: string,
  failure: {
    readonly errors: readonly GraphqlError[]
    readonly headers: Readonly<Record<string, string | number | undefined>>
  },
): Outcome<T> {
  if (data) return { data, error: null }
  const own = failure.errors.filter(one => one.path?.[0] === alias)
  // An error that names no alias is about all that were not done.
  const errors = own.length > 0 ? own : failure.errors.filter(one => one.path === undefined)
  if (errors.length === 0)
    return { data: null, error: new Unreachable('GitHub did not say what became of it') }
  return { data: null, error: ofGraphql({ errors, headers: failure.headers }) }
}
