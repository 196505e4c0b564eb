import { pino } from 'pino'
import { repoOf } from './core/rig.ts'
import type { Bead, Convoy, Town } from './core/town.ts'
import { isLeaf, isPullOver } from './core/town.ts'
import { readEnv } from './env.ts'
import type { TownRecovered } from './github/recover/recover.ts'
import type { Store } from './ports.ts'
import { openGround } from './townhall.ts'

/**
 * `npm run rebuild`: an empty database becomes whole from GitHub alone. Reads the same environment as `npm start`,
 * changes nothing on GitHub, and is safe to run again when it was interrupted. Start Townhall when it has said that
 * it is done.
 */
async function main(): Promise<void> {
  const env = readEnv()
  const log = pino({ level: env.LOG_LEVEL, base: null }, pino.destination(2))
  const closers: (() => Promise<void>)[] = []
  try {
    const { store, github } = await openGround(env, log, closers)
    const towns = await github.towns()
    await refuseKnown(store, towns)
    for (const townId of towns) {
      const recovered = await github.recover(townId)
      // One statement: a town is there as a whole or not at all.
      await store.append(recovered.news)
      process.stdout.write(`${summaryOf(recovered)}\n`)
    }
    process.stdout.write(`Rebuilt ${count(towns.length, 'town')}. Townhall can be started now.\n`)
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** What somebody has thought about already is truer than what can be seen from outside. */
async function refuseKnown(store: Store, installed: readonly string[]): Promise<void> {
  const ids = new Set([...installed, ...(await store.sweepable()).map(town => town.townId)])
  const known: string[] = []
  for (const id of ids) {
    const town = await store.snapshot(id)
    if (town && town.rigs.size > 0) known.push(`${town.login} (installation ${id})`)
  }
  if (known.length > 0)
    throw new Error(
      `this database knows ${known.join(', ')} already. Only an empty database is rebuilt: point DATABASE_URL at a new one`,
    )
}

function summaryOf({ login, rigs, town, lost }: TownRecovered): string {
  const convoys = [...town.convoys.values()]
  return [
    `${login}: ${count(rigs, 'repository', 'repositories')}, ${count(convoys.length, 'convoy')}`,
    ...convoys.map(convoy => `  ${convoyLine(town, convoy)}`),
    ...lost.map(why => `  not recovered: ${why}`),
    ...(town.suspended ? ['  not recovered: the App is suspended there, so nothing of it can be read'] : []),
  ].join('\n')
}

function convoyLine(town: Town, convoy: Convoy): string {
  const rig = town.rigs.get(convoy.rigId)
  const leaves = [...town.beads.of(convoy.id).rows.values()].filter(isLeaf)
  const pulls = [...town.pulls.of(convoy.id).rows.values()].filter(pull => !isPullOver(pull))
  const status = `${convoy.status}${convoy.paused ? ' (paused)' : ''}`
  return [
    `${rig ? repoOf(rig) : convoy.rigId}#${convoy.number} ${printable(convoy.title)}: ${status}`,
    `${count(leaves.length, 'bead')} (${standings(leaves)})`,
    count(pulls.length, 'open pull request'),
  ].join(', ')
}

function standings(beads: readonly Bead[]): string {
  const counts = new Map<string, number>()
  for (const { status, how, held } of beads) {
    const word = held ? 'held' : (how ?? status.replace('_', ' '))
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts].map(([word, times]) => `${times} ${word}`).join(', ') || 'none'
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** A title is somebody's: nothing in it may steer the terminal. */
const printable = (title: string): string => title.replace(/[\p{Cc}\p{Cf}]/gu, '')

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`Townhall cannot rebuild: ${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
