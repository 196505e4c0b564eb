import postgres from 'postgres'
import { PACE } from '../../src/core/town.ts'
import { openStore } from '../../src/store/store.ts'
import { luckOf } from '../core/lives.ts'
import { quietLog } from '../support/log.ts'
import { BenchTown, type Plan, RIGS } from './bench-town.ts'
import { withDatabase } from './database.ts'
import { type Figure, load, ms, type Part, percentile, short } from './figures.ts'

const SIZES = [100, 1_000, 10_000] as const
const BEADS = 100
const EDGES = 190
/** A front of ten waits for each hub, one bead for each other root. */
const HUBS = 5
const SINGLES = 5
const FAN = 10
/** Of each size: with the two numbers above 60 landings of either kind. */
const ROUNDS = 12
const COLD_LOADS = 5

/** Milliseconds of the landings that released so many beads. */
interface Landings {
  readonly one: number[]
  readonly ten: number[]
  readonly deciding: number[]
  cold: number[]
  /** Landings whose dispatches all came from one transaction. */
  whole: number
}

/** How long from the fact that a bead landed to the commit that dispatches the next ones, by the size of the town. */
export const towns: Part = say =>
  withDatabase(async url => {
    const store = await openStore({ url, pace: PACE, log: quietLog })
    const sql = postgres(url, { max: 1 })
    const built: { size: number; town: BenchTown; landings: Landings }[] = []
    for (const size of SIZES) {
      const from = performance.now()
      const town = await BenchTown.begin(store, `town-${size}`)
      for (let nth = 1; nth < size / BEADS; nth++) await town.start(standingPlan(nth), nth % RIGS)
      const landings = { one: [], ten: [], deciding: [], cold: [], whole: 0 }
      built.push({ size, town, landings })
      say(`a town of ${short(size)} beads stands after ${ms(performance.now() - from)}`)
    }
    await sql`analyze`
    // The first round is practice: connections prepare their statements, code gets warm.
    for (const { town } of built) await landConvoy(town, 0, sql, emptyLandings())
    for (let round = 0; round < ROUNDS; round++)
      for (const { town, landings } of built) await landConvoy(town, round % RIGS, sql, landings)
    for (const { town, landings } of built) landings.cold = await coldLoads(url, town.id)
    await sql.end()
    await store.close()
    return figuresOf(built)
  })

const emptyLandings = (): Landings => ({ one: [], ten: [], deciding: [], cold: [], whole: 0 })

/** One root, and every other bead waits for one to three earlier ones. The same plan for the same seed. */
function standingPlan(seed: number): Plan {
  const luck = luckOf(seed)
  const plan = Array.from({ length: BEADS }, (_, nth) =>
    nth === 0 ? new Set<number>() : new Set([Math.floor(luck() * nth)]),
  )
  for (let edges = BEADS - 1; edges < EDGES; ) {
    const nth = 2 + Math.floor(luck() * (BEADS - 2))
    const before = plan[nth]!.size
    edges += plan[nth]!.add(Math.floor(luck() * nth)).size - before
  }
  return plan.map(after => [...after])
}

/** Hubs with a front of ten behind each, roots with one bead behind each, and the rest behind those fronts. */
function landingPlan(): Plan {
  const plan: number[][] = Array.from({ length: HUBS + SINGLES }, () => [])
  for (let hub = 0; hub < HUBS; hub++) for (let nth = 0; nth < FAN; nth++) plan.push([hub])
  for (let single = 0; single < SINGLES; single++) plan.push([HUBS + single])
  const fronts = plan.length - HUBS - SINGLES
  const rest = BEADS - plan.length
  for (let nth = 0; nth < rest; nth++) {
    const share =
      Math.floor(((EDGES - fronts) * (nth + 1)) / rest) - Math.floor(((EDGES - fronts) * nth) / rest)
    plan.push(Array.from({ length: share }, (_, edge) => HUBS + SINGLES + ((nth * 4 + edge * 7) % fronts)))
  }
  return plan
}

/** A convoy comes, its roots land one after the other, and it goes: the town has as many open beads as before. */
async function landConvoy(town: BenchTown, rig: number, sql: postgres.Sql, into: Landings): Promise<void> {
  const convoyId = await town.start(landingPlan(), rig)
  await town.finishWork(convoyId)
  for (let nth = 0; nth < HUBS + SINGLES; nth++) {
    const pull = await town.pass(convoyId)
    const place = town.beads(convoyId).findIndex(bead => bead.id === pull.beadId)
    const [{ seq }] = await sql<[{ seq: number }]>`select coalesce(max(seq), 0)::int as seq from outbox`
    const took = await town.land(pull)
    const released = place < HUBS ? FAN : 1
    if ((await dispatchedSince(sql, town.id, seq, released)) === 1) into.whole++
    ;(released === FAN ? into.ten : into.one).push(took)
    into.deciding.push(town.decideMs)
    // Their seats are needed for the next front.
    await town.finishWork(convoyId)
  }
  await town.close(convoyId)
}

/** In how many transactions the orders were written that the landing had to lead to. */
async function dispatchedSince(
  sql: postgres.Sql,
  townId: string,
  seq: number,
  wanted: number,
): Promise<number> {
  const orders = await sql<{ xmin: string }[]>`
    select xmin::text from outbox
    where town_id = ${townId} and seq > ${seq} and kind = 'OrderRun' and effect->>'kind' = 'work'`
  if (orders.length !== wanted) throw new Error(`${orders.length} beads were dispatched instead of ${wanted}`)
  return new Set(orders.map(order => order.xmin)).size
}

/** A process that has never seen the town reads all of it. */
async function coldLoads(url: string, townId: string): Promise<number[]> {
  const times: number[] = []
  for (let nth = 0; nth < COLD_LOADS; nth++) {
    const store = await openStore({ url, pace: PACE, log: quietLog })
    const from = performance.now()
    await store.inTown(townId, 0, town => ({ town, decisions: [], wakeAt: null }))
    times.push(performance.now() - from)
    await store.close()
  }
  return times
}

function figuresOf(built: readonly { size: number; landings: Landings }[]): Figure[] {
  const least = built[0]!.landings
  return built.flatMap(({ size, landings }) => {
    const town = `${short(size)} open beads`
    return [
      landed(`landed → next bead dispatched, ${town}`, landings.one, least.one, size),
      landed(`landed → front of ${FAN} dispatched, ${town}`, landings.ten, least.ten, size),
      oneTransaction(town, landings),
      plain(`of that, deciding, ${town}`, landings.deciding, least.deciding),
      plain(`a cold process loads the town, ${town}`, landings.cold, least.cold),
    ]
  })
}

function landed(what: string, times: readonly number[], least: readonly number[], size: number): Figure {
  const p95 = percentile(times, 0.95)
  const ratio = p95 / percentile(least, 0.95)
  const isLargest = size === SIZES.at(-1)
  return {
    what,
    figure: `p50 ${ms(percentile(times, 0.5))}, p95 ${ms(p95)} (n=${times.length}, ${load()})`,
    ratio: `${short(ratio)}× of 100`,
    aim: isLargest ? 'p95 ≤ 50 ms, ≤ 2×' : '',
    met: isLargest ? p95 <= 50 && ratio <= 2 : null,
  }
}

function oneTransaction(town: string, { whole, one, ten }: Landings): Figure {
  const all = one.length + ten.length
  return {
    what: `whole front in one transaction, ${town}`,
    figure: `${whole} of ${all} landings`,
    ratio: '',
    aim: 'all',
    met: whole === all,
  }
}

function plain(what: string, times: readonly number[], least: readonly number[]): Figure {
  return {
    what,
    figure: `p50 ${ms(percentile(times, 0.5))}, p95 ${ms(percentile(times, 0.95))}`,
    ratio: `${short(percentile(times, 0.5) / percentile(least, 0.5))}× of 100`,
    aim: '',
    met: null,
  }
}
