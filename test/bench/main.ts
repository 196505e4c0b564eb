// `npm run bench -- [ingest] [towns] [requests] [publish] [card] [forecast] [lives]`: measures what DESIGN §7 asks for, on this machine, now.
// An aim that is missed is said in the table and is no failure; a part that could not measure is one.
import { availableParallelism } from 'node:os'
import { card } from './card.ts'
import { type Figure, load, type Part, tableOf } from './figures.ts'
import { forecast } from './forecast.ts'
import { ingest } from './ingest.ts'
import { lives } from './lives.ts'
import { publish } from './publish.ts'
import { requests } from './requests.ts'
import { towns } from './towns.ts'

const PARTS: Readonly<Record<string, Part>> = { ingest, towns, requests, publish, card, forecast, lives }

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !Object.hasOwn(PARTS, name))
if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const figures: Figure[] = []
const failed: string[] = []
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  say(`${name} (${load()})`)
  try {
    figures.push(...(await part(line => say(`  ${line}`))))
  } catch (error) {
    say(`  ${error instanceof Error ? error.stack : error}`)
    failed.push(name)
  }
}

const missed = figures.filter(it => it.met === false).map(it => it.what)
const lines = [
  '',
  `Node ${process.versions.node}, ${availableParallelism()} cores, ${load()} at the end.`,
  '',
  tableOf(figures),
  '',
  ...failed.map(name => `Could not be measured: ${name}.`),
  missed.length > 0 ? `Not met: ${missed.join('; ')}.` : 'Every aim that was measured is met.',
]
process.stdout.write(`${lines.join('\n')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0
