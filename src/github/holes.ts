import { Refused, Unreachable } from '../ports.ts'
import { isGraphqlFailure, outcomeOf } from './errors.ts'
import type { Reach } from './reach.ts'

/** GitHub's words for: not there, or not for you. Any other error says nothing about what was asked for. */
const HOLES = new Set<string | undefined>(['NOT_FOUND', 'FORBIDDEN'])

/**
 * Asks a query whose answer may have holes: what is not there, and what the App must not see, come as null with an
 * error beside each, and the rest of the answer is good. An error of any other kind spoils it all, because a hole that
 * it left would be taken for something that is gone.
 */
export async function queryWithHoles<T>(
  reach: Reach,
  text: string,
  variables: Record<string, unknown>,
): Promise<T> {
  try {
    return (await reach.octokit.graphql(text, variables)) as T
  } catch (error) {
    if (!isGraphqlFailure(error)) throw error
    const isAllHoles = error.errors.every(one => HOLES.has(one.type))
    if (isAllHoles && error.data) return error.data as T
    const outcome = outcomeOf(error, reach.log)
    const isMixed = outcome instanceof Refused && !isAllHoles && error.errors.some(one => HOLES.has(one.type))
    throw isMixed ? new Unreachable(outcome.message) : outcome
  }
}
