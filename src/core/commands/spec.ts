import type { Deliberation } from '../decision.ts'
import type { CommentSeen } from '../events.ts'
import type { Say } from '../shown/says.ts'
import type { Command } from './command.ts'
import type { CommandName } from './names.ts'

/** A command: one file, one line in the registry. Help and the README's table are made from it. */
export interface CommandSpec {
  readonly name: CommandName
  readonly usage: string
  readonly summary: string
  /** The least right that a person needs, checked at GitHub when the comment was read. */
  readonly permission: 'write' | 'read'
  readonly flags: readonly string[]
  /** Flags that take a value; each is in VALUED of `names.ts`. */
  readonly options?: readonly string[]
  /** Does it need the epic's tree as it is now? */
  readonly needsTree: boolean
  /** Does it name issues (`#12`, `owner/name#7`, an address) that it needs as they are now? */
  readonly needsIssues?: boolean
  /** Conclude what it asks for, and say what came of it. A refusal concludes nothing. */
  readonly run: (d: Deliberation, given: Given) => Say
}

export interface Given {
  readonly comment: CommentSeen
  readonly command: Command
}
