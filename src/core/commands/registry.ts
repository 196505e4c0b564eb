import type { Permission } from '../events.ts'
import { beadHold, beadRelease, beadRetry } from './bead.ts'
import type { Command } from './command.ts'
import { convoyClose } from './convoy-close.ts'
import { convoyPause, convoyResume } from './convoy-pause.ts'
import { convoyStage } from './convoy-stage.ts'
import { convoyStart } from './convoy-start.ts'
import { convoyStatus } from './convoy-status.ts'
import { help } from './help.ts'
import type { CommandSpec } from './spec.ts'
import { why } from './why.ts'

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
