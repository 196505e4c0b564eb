// `npm run bench -- [ingest] [towns] [requests] [lives]`: measures what DESIGN §7 asks for, on this machine, now.
import { type Figure, load, type Part, tableOf } from './figures.ts'
import { towns } from './towns.ts'

const PARTS: Readonly<Record<string, Part>> = { towns }

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !PARTS[name])
if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}

const figures: Figure[] = []
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  process.stderr.write(`${name} (${load()})\n`)
  figures.push(...(await part(line => process.stderr.write(`  ${line}\n`))))
}
const missed = figures.filter(it => it.met === false)
process.stdout.write(`\n${tableOf(figures)}\n\n`)
process.stdout.write(
  missed.length === 0 ? 'Every aim is met.\n' : `Not met: ${missed.map(it => it.what).join('; ')}.\n`,
)
