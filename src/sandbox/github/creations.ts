import { type DocumentNode, parse } from 'graphql'
import type { CreationLimit, Faults } from './faults.ts'
import { type Actor, Refusal, unprocessable } from './kit.ts'
import { actorName } from './metering.ts'

/**
 * Content that is created: GitHub lets everybody create so much of it in a minute and in an hour, whatever the other
 * limits say. A test can ask how much was created, and switch such a limit on (`PUT /sandbox/faults`, `creations`).
 */

const issue = 'POST /repos/{owner}/{repo}/issues/{issue_number}'
const pull = 'POST /repos/{owner}/{repo}/pulls/{pull_number}'

/** Routes that create content: what people are told about. */
const ROUTES: readonly string[] = [
  'POST /repos/{owner}/{repo}/issues',
  `${issue}/comments`,
  `${issue}/sub_issues`,
  `${issue}/dependencies/blocked_by`,
  'POST /repos/{owner}/{repo}/pulls',
  `${pull}/reviews`,
  `${pull}/comments`,
  `${pull}/comments/{comment_id}/replies`,
]

/** Mutations that do; each alias counts, because nobody knows that GitHub counts otherwise. */
export const MUTATIONS: readonly string[] = ['createIssue', 'addComment', 'addSubIssue', 'addBlockedBy']

/** Whether a request would create content, by its routing pattern, or by what its GraphQL document asks for. */
export function creates(route: string, body: unknown): boolean {
  if (route !== 'POST /graphql') return ROUTES.includes(route)
  const query = (body as { query?: unknown } | undefined)?.query
  return typeof query === 'string' && rootFields(query).some(name => MUTATIONS.includes(name))
}

function rootFields(query: string): string[] {
  const { definitions } = readable(query)
  return definitions
    .flatMap(it => (it.kind === 'OperationDefinition' ? it.selectionSet.selections : []))
    .flatMap(it => (it.kind === 'Field' ? it.name.value : []))
}

/** A document that cannot be read asks for nothing; the route says what is wrong with it. */
function readable(query: string): Pick<DocumentNode, 'definitions'> {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof Error && error.name === 'GraphQLError') return { definitions: [] }
    throw error
  }
}

/** What one caller created: the most in any minute and in any hour, and how often it was refused. */
export interface Created {
  readonly total: number
  readonly busiest_minute: number
  readonly busiest_hour: number
  readonly refused: number
  /** By route or mutation. */
  readonly kinds: { readonly [kind: string]: number }
}

export interface Creations {
  /** Refuses a request, before it does anything, when a limit is reached: 403 or 429 with `retry-after`. */
  admit(actor: Actor): void
  /** Refuses one mutation among others when a limit is reached meanwhile, in GitHub's words. */
  admitAlias(actor: Actor): void
  note(actor: Actor, kind: string): void
  counts(): { readonly [actor: string]: Created }
  reset(): void
}

interface Entry {
  /** Milliseconds, rising. */
  readonly times: number[]
  readonly kinds: { [kind: string]: number }
  refused: number
}

export function makeCreations(faults: Faults): Creations {
  const entries = new Map<string, Entry>()
  const entryOf = (actor: Actor): Entry => {
    const name = actorName(actor)
    if (!entries.has(name)) entries.set(name, { times: [], kinds: {}, refused: 0 })
    return entries.get(name)!
  }
  const reached = (entry: Entry) => faults.get().creations.find(limit => waitFor(entry.times, limit) > 0)
  return {
    admit: actor => {
      const entry = entryOf(actor)
      const limit = reached(entry)
      if (limit === undefined) return
      entry.refused += 1
      const seconds = Math.ceil(waitFor(entry.times, limit) / 1000)
      throw new Refusal(limit.status, BLOCKED, { headers: { 'retry-after': String(seconds) } })
    },
    admitAlias: actor => {
      const entry = entryOf(actor)
      if (reached(entry) === undefined) return
      entry.refused += 1
      throw unprocessable('was submitted too quickly')
    },
    note: (actor, kind) => {
      const entry = entryOf(actor)
      entry.times.push(Date.now())
      entry.kinds[kind] = (entry.kinds[kind] ?? 0) + 1
    },
    counts: () => Object.fromEntries([...entries].map(([name, entry]) => [name, countsOf(entry)])),
    reset: () => entries.clear(),
  }
}

const BLOCKED =
  'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.'

/** Milliseconds until one more fits below the limit; 0 when it does now. */
function waitFor(times: readonly number[], { limit, seconds }: CreationLimit): number {
  if (limit === 0) return seconds * 1000
  const oldest = times.at(-limit)
  return oldest === undefined ? 0 : Math.max(0, oldest + seconds * 1000 - Date.now())
}

const countsOf = ({ times, kinds, refused }: Entry): Created => ({
  total: times.length,
  busiest_minute: busiest(times, 60_000),
  busiest_hour: busiest(times, 3_600_000),
  refused,
  kinds,
})

/** The most of the times that lie within any stretch of `length` milliseconds. */
function busiest(times: readonly number[], length: number): number {
  let from = 0
  let most = 0
  for (const [at, time] of times.entries()) {
    while (times[from]! <= time - length) from += 1
    most = Math.max(most, at - from + 1)
  }
  return most
}
