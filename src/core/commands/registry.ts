import type { Permission } from '../events.ts'
import { hasAtLeast } from '../permission.ts'
import { beadCancel, beadHold, beadPriority, beadRelease, beadRetry, beadSkip } from './bead.ts'
import type { Command } from './command.ts'
import { convoyAdd } from './convoy-add.ts'
import { convoyClose } from './convoy-close.ts'
import { convoyPause, convoyResume } from './convoy-pause.ts'
import { convoyRemove } from './convoy-remove.ts'
import { convoySimulate } from './convoy-simulate.ts'
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
  convoyAdd,
  convoyRemove,
  convoySimulate,
  beadRetry,
  beadHold,
  beadRelease,
  beadPriority,
  beadSkip,
  beadCancel,
  why,
  help,
]

export function specOf(command: Command): CommandSpec | undefined {
  return COMMANDS.find(spec => spec.name === command.name)
}

export function mayGive(spec: CommandSpec, permission: Permission): boolean {
  return hasAtLeast(permission, spec.permission)
}

/** Must the issues that these commands name be read? */
export function needsIssues(commands: readonly Command[], permission: Permission): boolean {
  return commands.some(command => {
    const spec = specOf(command)
    return spec?.needsIssues === true && command.args.length > 0 && mayGive(spec, permission)
  })
}

/** Must the tree be read for these commands of a person with that right? Strangers cause no reading. */
export function needsTree(commands: readonly Command[], permission: Permission): boolean {
  return commands.some(command => {
    const spec = specOf(command)
    return spec?.needsTree === true && mayGive(spec, permission)
  })
}
