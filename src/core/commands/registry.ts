import type { Deliberation } from '../decision.ts'
import type { CommentSeen, Permission } from '../events.ts'
import type { Say } from '../says.ts'
import { beadHold, beadRelease, beadRetry } from './bead.ts'
import type { Command } from './command.ts'
import { convoyClose } from './convoy-close.ts'
import { convoyPause, convoyResume } from './convoy-pause.ts'
import { convoyStage } from './convoy-stage.ts'
import { convoyStart } from './convoy-start.ts'
import { convoyStatus } from './convoy-status.ts'
import { help } from './help.ts'
import type { CommandName } from './names.ts'
import { why } from './why.ts'

/** A command: one file, one line in the table below. Help and the README's table are made from it. */
export interface CommandSpec {
  readonly name: CommandName
  readonly usage: string
  readonly summary: string
  /** The least right that a person needs, checked at GitHub when the comment was read. */
  readonly permission: 'write' | 'read'
  readonly flags: readonly string[]
  /** Does it need the epic's tree as it is now? */
  readonly needsTree: boolean
  /** Conclude what it asks for, and say what came of it. A refusal concludes nothing. */
  readonly run: (d: Deliberation, given: Given) => Say
}

export interface Given {
  readonly comment: CommentSeen
  readonly command: Command
}

export const COMMANDS: readonly CommandSpec[] = [
  convoyStage,
  convoyStart,
  convoyStatus,
  convoyPause,
  convoyResume,
  convoyClose,
  beadRetry,
  beadHold,
  beadRelease,
  why,
  help,
]

export function specOf(command: Command): CommandSpec | undefined {
  return COMMANDS.find(spec => spec.name === command.name)
}

const RANK: Readonly<Record<Permission, number>> = {
  none: 0,
  read: 1,
  triage: 2,
  write: 3,
  maintain: 4,
  admin: 5,
}

/** Triage may label and close, not make agents act; `write` and above may. */
export function mayGive(spec: CommandSpec, permission: Permission): boolean {
  return RANK[permission] >= RANK[spec.permission]
}

export const maySteer = (permission: Permission): boolean => RANK[permission] >= RANK.write

/** Must the tree be read for these commands of a person with that right? Strangers cause no reading. */
export function needsTree(commands: readonly Command[], permission: Permission): boolean {
  return commands.some(command => {
    const spec = specOf(command)
    return spec?.needsTree === true && mayGive(spec, permission)
  })
}
