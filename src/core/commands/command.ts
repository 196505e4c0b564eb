/** A line of a comment that speaks to us, parsed but not yet judged. */
export interface Command {
  /** The line as it was written, trimmed, at most 200 characters. */
  readonly line: string
  /** A registered name such as `convoy stage`; null when there is no such command. */
  readonly name: string | null
  /** The registered name that is closest to what was written, when `name` is null and one is close. */
  readonly nearest: string | null
  /** `--start` → `start`. */
  readonly flags: readonly string[]
  /** `--title "One two"`, `--title=one` → `{ title: 'One two' }`; a flag that wants a value and has none: `''`. */
  readonly options: Readonly<Record<string, string>>
  readonly args: readonly string[]
}
