import type { CommandSpec } from './spec.ts'

export const help: CommandSpec = {
  name: 'help',
  usage: '/help',
  summary: 'list the commands',
  permission: 'read',
  flags: [],
  needsTree: false,
  run: () => ({ say: 'help' }),
}
