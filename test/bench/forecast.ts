import { foretell, playsFor } from '../../src/core/forecast/foretell.ts'
import type { Luck } from '../../src/core/forecast/luck.ts'
import { luckOf, normal } from '../../src/core/forecast/luck.ts'
import { Play } from '../../src/core/forecast/play.ts'
import { sceneOf } from '../../src/core/forecast/scene.ts'
import type { RunHistory } from '../../src/core/forecast/spans.ts'
import { Spans } from '../../src/core/forecast/spans.ts'
import type { Sketch } from '../core/world.ts'
import { tree, World } from '../core/world.ts'
import type { Figure, Part } from './figures.ts'
import { load, median, short } from './figures.ts'

const MINUTE = 60_000
const NO_HISTORY: RunHistory = { work: [], gate: [] }

/** What forecasts cost, and how often they are right. */
export const forecast: Part = async say => {
  const figures: Figure[] = []
  for (const beads of [100, 500]) {
    const made = Array.from({ length: 3 }, (_, seed) => cost(beads, seed))
    say(`${beads} beads: ${made.map(it => `${short(it.cpuMs)} ms`).join(', ')}`)
    const cpuMs = median(made.map(it => it.cpuMs))
    const stepMs = median(made.map(it => it.longestStepMs))
    const took = `${short(cpuMs)} ms of CPU, ${made[0]!.plays} plays, longest step ${short(stepMs)} ms, ${load()}`
    // The largest convoys take longer, in steps as short: a forecast of them is not waited for.
    const isAimed = beads === 100
    figures.push({
      what: `forecast of a convoy of ${beads} beads`,
      figure: took,
      ratio: '',
      aim: isAimed ? '≤ 1.5 s' : '',
      met: isAimed ? cpuMs <= 1_500 : null,
    })
  }
  for (const known of [8, 20, 100]) figures.push(rightness(known, say))
  return figures
}

interface Cost {
  readonly cpuMs: number
  readonly longestStepMs: number
  readonly plays: number
}

function cost(beads: number, seed: number): Cost {
  const world = staged(beads, 8, luckOf(5))
  const { town, now } = world
  const convoyId = world.convoy.id
  const plays = playsFor(town, convoyId)
  const before = process.cpuUsage()
  const steps = foretell({ town, convoyId, history: NO_HISTORY, seed, now, seatsPerMachine: 4, plays })
  let longestStepMs = 0
  for (let isDone = false; !isDone; ) {
    const from = performance.now()
    isDone = steps.next().done ?? false
    longestStepMs = Math.max(longestStepMs, performance.now() - from)
  }
  const { user, system } = process.cpuUsage(before)
  return { cpuMs: (user + system) / 1_000, longestStepMs, plays }
}

const CONVOYS = 100
/** Runs that say what is true so well that drawing from them is drawing from the truth. */
const TRUTH = 3_000

/**
 * Towns whose truth is known to us: the forecast is made from `known` runs of each kind, and what comes is one play
 * on the truth. The same on every machine.
 */
function rightness(known: number, say: (line: string) => void): Figure {
  const luck = luckOf(known)
  let under50 = 0
  let under90 = 0
  for (let nth = 0; nth < CONVOYS; nth++) {
    const world = staged(12, 4, luck)
    const runs = townOf(luck)
    const { town, now } = world
    const convoyId = world.convoy.id
    const given = { town, convoyId, now, seed: nth, seatsPerMachine: 4, plays: 60 }
    const made = toItsEnd(foretell({ ...given, history: runs(known) }))
    const scene = sceneOf(town, convoyId, now)
    if (!made || !scene) throw new Error(`convoy ${nth} was not foretold`)
    const spans = new Spans(runs(TRUTH), scene.pace, luck)
    const { ms } = toItsEnd(new Play(scene, convoyId, spans, now).toItsEnd())
    if (ms === null) throw new Error(`convoy ${nth} came to no end`)
    if (ms <= made.p50Ms) under50++
    if (ms <= made.p90Ms) under90++
  }
  say(`${known} runs known: ${under50} of ${CONVOYS} under P50, ${under90} under P90`)
  const share = under90 / CONVOYS
  return {
    what: `convoys that end within their P90, ${known} runs known`,
    figure: `${short(share * 100)} % of ${CONVOYS} (within P50: ${under50} %)`,
    ratio: '',
    aim: '90 % ± 8',
    met: Math.abs(share - 0.9) <= 0.08,
  }
}

/** A town by luck: how long its work and gates take, how skewed that is, and how often they fail. */
function townOf(luck: Luck): (runs: number) => RunHistory {
  const work = { medianMs: (4 + luck() * 20) * MINUTE, sigma: 0.5 + luck() * 0.7, fails: luck() * 0.25 }
  const gate = { medianMs: (1 + luck() * 4) * MINUTE, sigma: 0.4, fails: luck() * 0.12 }
  const span = ({ medianMs, sigma, fails }: typeof work) => ({
    ms: Math.round(medianMs * Math.exp(sigma * normal(luck))),
    ok: luck() >= fails,
  })
  return runs => ({
    work: Array.from({ length: runs }, () => span(work)),
    gate: Array.from({ length: runs }, () => span(gate)),
  })
}

/** A staged convoy; each bead waits for up to two of those shortly before it. */
function staged(beads: number, seats: number, luck: Luck): World {
  const sketch: Record<number, Sketch> = {}
  for (let number = 2; number < beads + 2; number++) {
    const after = new Set<number>()
    for (let edge = 0; edge < 2 && number > seats; edge++)
      if (luck() < 0.7) after.add(Math.max(2, number - 1 - Math.floor(luck() * 2 * seats)))
    sketch[number] = { after: [...after] }
  }
  const gates = [{ name: 'test', run: 'npm test', timeoutMs: MINUTE }]
  const world = new World({ maxPolecats: seats, gates })
  world.comment('/convoy stage --force', { tree: tree(sketch) })
  return world
}

function toItsEnd<Result>(steps: Generator<void, Result, void>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
