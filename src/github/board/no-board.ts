import { type Log, Refused } from '../../ports.ts'
import { outcomeOf } from '../errors.ts'

/** There is no board to be had, and this is why, in at most 200 characters for people. */
export class NoBoard extends Error {}

/** Why there can be no board, when the error says so; null when it says anything else. */
export function whyNoBoard(error: unknown, owner: string, log: Log): string | null {
  if (error instanceof NoBoard) return error.message
  const outcome = outcomeOf(error, log)
  if (!(outcome instanceof Error)) return null
  const isForbidden =
    (outcome instanceof Refused && outcome.status === 403) ||
    /resource not accessible by integration/i.test(outcome.message)
  if (!isForbidden) return null
  return `the App was not given the organization permission "Projects: read and write" in ${owner}. Once an owner has accepted it, Townhall makes the board within a day.`
}
