import type { Pace } from '../town.ts'
import { PACE } from '../town.ts'
import type { Luck } from './luck.ts'
import { normal, oneOf } from './luck.ts'

/** How one run went: how long it took from its start, in ms, and whether it did what it was for. */
export interface Span {
  readonly ms: number
  readonly ok: boolean
}

/** The last runs of a town that ended by themselves, newest first. */
export interface RunHistory {
  /** Tries of polecats; not ok: the try failed. */
  readonly work: readonly Span[]
  /** Gate runs; not ok: red, or a conflict. */
  readonly gate: readonly Span[]
}

/** `merge`: a gate run in a rig without gates, which only tries whether the branches merge. */
export type SpanKind = 'work' | 'gate' | 'merge'

interface Prior {
  readonly medianMs: number
  readonly p90Ms: number
  /** Share of runs that are not ok. */
  readonly fails: number
}

/**
 * What is assumed of a town that has no history yet. Work is skewed: most tries are short and some are very long.
 * Replaced run by run by what the town itself has seen.
 */
export const PRIORS: Readonly<Record<SpanKind, Prior>> = {
  work: { medianMs: 12 * 60_000, p90Ms: 40 * 60_000, fails: 0.12 },
  gate: { medianMs: 3 * 60_000, p90Ms: 8 * 60_000, fails: 0.05 },
  merge: { medianMs: 20_000, p90Ms: 60_000, fails: 0.02 },
}

/** From so many runs of a kind on, only they are drawn from; with n of them, n times out of so many. */
export const ENOUGH = 8

/** What the world around a run takes. Never measured town by town, because it hardly matters beside the work. */
const ASSUMED = {
  /** GitHub makes a branch, opens a pull request or merges one, and we hear of it. */
  githubMs: 3_000,
  /** From an order until a runner that is up has claimed it and begun. */
  claimMs: 5_000,
} as const

export type Around = { readonly [What in keyof typeof ASSUMED]: number }

/** A sandbox lives in seconds where real life takes minutes, and its pace says how much faster it is. */
const scaleOf = (pace: Pace): number => pace.backoffMs / PACE.backoffMs

export function aroundOf(pace: Pace): Around {
  const scale = scaleOf(pace)
  return { githubMs: Math.round(ASSUMED.githubMs * scale), claimMs: Math.round(ASSUMED.claimMs * scale) }
}

/** The share of 90 % of a standard normal distribution. */
const Z90 = 1.2816

/** Runs to draw from. */
interface Seen {
  readonly spans: readonly Span[]
  /** How far from a length that was seen another one may lie: a factor of e^(spread · a standard normal draw). */
  readonly spread: number
}

/**
 * Where the lengths of one play come from. Each play draws from a history of its own, drawn from the town's with
 * replacement: a few runs do not say how runs are in general, and plays that disagree about it say how little is
 * known. Between the lengths that were seen lie others, and the longest run is yet to come (Silverman's rule says how
 * far): without that a p90 from ten runs holds three times out of four.
 */
export class Spans {
  readonly around: Around
  readonly #luck: Luck
  readonly #scale: number
  readonly #seen: Readonly<Record<SpanKind, Seen>>

  constructor(history: RunHistory, pace: Pace, luck: Luck) {
    this.around = aroundOf(pace)
    this.#luck = luck
    this.#scale = scaleOf(pace)
    const gate = again(history.gate, luck)
    this.#seen = { work: again(history.work, luck), gate, merge: gate }
  }

  draw(kind: SpanKind): Span {
    const { spans, spread } = this.#seen[kind]
    if (this.#luck() * ENOUGH >= spans.length) return this.#assumed(PRIORS[kind])
    const { ms, ok } = oneOf(spans, this.#luck)
    return { ms: Math.round(ms * Math.exp(spread * normal(this.#luck))), ok }
  }

  /** The rest of a run that has been at it for `sinceMs`: of the lengths that are longer. */
  rest(kind: SpanKind, sinceMs: number): Span {
    for (let draw = 0; draw < DRAWS; draw++) {
      const { ms, ok } = this.draw(kind)
      if (ms > sinceMs) return { ms: ms - sinceMs, ok }
    }
    // Longer than any that we know: what took long so far takes long from here as well.
    return { ms: Math.round(sinceMs * this.#luck()), ok: this.draw(kind).ok }
  }

  /** True in this share of the cases. */
  is(share: number): boolean {
    return this.#luck() < share
  }

  #assumed({ medianMs, p90Ms, fails }: Prior): Span {
    const sigma = Math.log(p90Ms / medianMs) / Z90
    const ms = Math.round(this.#scale * medianMs * Math.exp(sigma * normal(this.#luck)))
    return { ms, ok: this.#luck() >= fails }
  }
}

/** Draws until one is longer than what has passed: beyond it, such lengths are as good as unheard of. */
const DRAWS = 64

const again = (seen: readonly Span[], luck: Luck): Seen => ({
  spans: seen.map(() => oneOf(seen, luck)),
  spread: spreadOf(seen),
})

/** Silverman's bandwidth, of logarithms because lengths are skewed; none when all are the same. */
function spreadOf(spans: readonly Span[]): number {
  if (spans.length < 2) return 0
  const logs = spans.map(({ ms }) => Math.log(Math.max(1, ms)))
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  return Math.sqrt(variance) * logs.length ** -0.2
}
