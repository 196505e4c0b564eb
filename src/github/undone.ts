import { Refused, Unreachable } from '../ports.ts'

/** Something that was not done, as people call it, and why. */
export interface Undone {
  /** `acme/web#3 cannot be put under acme/web#1` */
  readonly what: string
  readonly error: Unreachable | Refused
  /** Which of the issues is not there, when that is why. */
  readonly gone: string | null
}

/** How many are named; who has more trouble than that has one trouble. */
const MOST_NAMED = 3

/**
 * Throws for what was not done; nothing when all was. As long as some of it may still work it is `Unreachable`, and
 * the next try makes what is missing; only when all that is missing was refused is it `Refused`.
 */
export function throwUndone(undone: readonly Undone[]): void {
  if (undone.length === 0) return
  const named = undone
    .slice(0, MOST_NAMED)
    .map(({ what, error, gone }) => `${what}: ${reasonOf(error, gone)}`)
  const rest = undone.length - named.length
  const message = [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')
  const open = undone.flatMap(({ error }) => (error instanceof Unreachable ? [error.retryAfterMs] : []))
  if (open.length === 0) throw new Refused(message, (undone[0]!.error as Refused).status)
  const asked = open.filter(it => it !== null)
  throw new Unreachable(message, asked.length > 0 ? Math.max(...asked) : null)
}

/** What GitHub's no means, for people. It has many wordings; one that is not known is handed on as it is. */
const REASONS: readonly (readonly [said: RegExp, meaning: string])[] = [
  [/more than \d+ sub-?issues/i, 'an issue holds 100 sub-issues at most, closed ones included'],
  [/levels? deep|layers|nested/i, 'GitHub nests issues eight levels deep at most'],
  [/only have one parent/i, 'it is under another issue already'],
  [/circular/i, 'the one is above the other already'],
  [/same owner/i, 'GitHub links only issues of one owner'],
  [/\d+ dependenc/i, 'an issue waits for 50 others at most, and holds up 50 others at most'],
  [/disabled/i, 'issues are disabled in the repository'],
  [/archived|read-only/i, 'the repository is archived'],
  [/locked/i, 'it is locked'],
]

/** Why GitHub said no, in one clause. */
export function reasonOf(error: Unreachable | Refused, gone: string | null = null): string {
  const known = REASONS.find(([said]) => said.test(error.message))
  if (known) return known[1]
  if (error instanceof Refused && (error.status === 404 || error.status === 410))
    return `${gone ?? 'it'} is not there any more (deleted, moved or converted), or Townhall may not see it`
  return error.message
}
