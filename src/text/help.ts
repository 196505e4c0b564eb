import { MERGE_MODES } from '../core/merge-modes/registry.ts'
import { code } from './markdown.ts'

/** What the registry of commands says of one. */
export interface CommandHelp {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly permission: string
  readonly options?: readonly string[]
}

/** The table of all commands; the README holds the same one. */
export function commandTable(commands: readonly CommandHelp[]): string {
  const rows = commands.map(
    ({ usage, summary, permission }) =>
      `| ${code(usage)} | ${summary.replaceAll('|', '\\|')} | ${permission} |`,
  )
  return ['| Command | What it does | Who may |', '| --- | --- | --- |', ...rows].join('\n')
}

/** What the flags with a value take. */
const VALUES: Readonly<Record<string, string>> = {
  title: '`--title "One two"`: what the convoy is called, whatever its issue is',
  mode: `\`--mode ${Object.keys(MERGE_MODES).join('|')}\`: how its beads are merged`,
  base: '`--base <branch>`: where it lands, in every repository that has such a branch',
}

function valueLines(commands: readonly CommandHelp[]): string {
  const taken = new Set(commands.flatMap(({ options }) => options ?? []))
  return [...taken].flatMap(option => (VALUES[option] ? [`- ${VALUES[option]}`] : [])).join('\n')
}

export function renderHelp(commands: readonly CommandHelp[]): string {
  return [
    commandTable(commands),
    valueLines(commands),
    'A command stands at the beginning of a line in a new comment. It is not obeyed in quotes, code or edited comments. "Who may" is the least role in this repository.',
  ]
    .filter(Boolean)
    .join('\n\n')
}
