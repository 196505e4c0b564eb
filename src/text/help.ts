import { code } from './markdown.ts'

/** What the registry of commands says of one. */
export interface CommandHelp {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly permission: string
}

/** The table of all commands; the README holds the same one. */
export function commandTable(commands: readonly CommandHelp[]): string {
  const rows = commands.map(
    ({ usage, summary, permission }) =>
      `| ${code(usage)} | ${summary.replaceAll('|', '\\|')} | ${permission} |`,
  )
  return ['| Command | What it does | Who may |', '| --- | --- | --- |', ...rows].join('\n')
}

export function renderHelp(commands: readonly CommandHelp[]): string {
  return [
    commandTable(commands),
    'A command stands at the beginning of a line in a new comment. It is not obeyed in quotes, code or edited comments. "Who may" is the least role in this repository.',
  ].join('\n\n')
}
