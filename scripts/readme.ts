// Writes the table of commands into README.md, from the registry: `node scripts/with-node.mjs scripts/readme.ts`.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMMANDS } from '../src/core/commands/registry.ts'
import { commandTable } from '../src/text/help.ts'

const BETWEEN = /(<!-- commands -->\n)[\s\S]*?(<!-- \/commands -->)/

/** The README with the table as the registry has it now. */
export function withCommands(readme: string): string {
  if (!BETWEEN.test(readme)) throw new Error('README.md has no place for the commands: <!-- commands -->')
  return readme.replace(BETWEEN, (_whole, start, end) => `${start}\n${commandTable(COMMANDS)}\n\n${end}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = resolve(import.meta.dirname, '..', 'README.md')
  writeFileSync(file, withCommands(readFileSync(file, 'utf8')))
}
