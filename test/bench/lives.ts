import { availableParallelism } from 'node:os'
import { start } from './child.ts'
import type { Figure, Part } from './figures.ts'
import { load, short } from './figures.ts'

const LIVES = 10_000

/** What one process has seen. */
export interface Lived {
  readonly lives: number
  readonly steps: number
  readonly broken: number
  readonly stuck: number
  /** The first life that went wrong, so that it can be lived again. */
  readonly example: string | null
}

/** Random convoy lives with random faults, over all cores. */
export const lives: Part = async say => {
  const from = performance.now()
  const cores = availableParallelism()
  const shares = Array.from({ length: cores }, (_, nth) => Math.floor((LIVES + nth) / cores))
  const lived = await Promise.all(shares.map((share, nth) => live(share, seedOf(nth))))
  const sum = (key: 'lives' | 'steps' | 'broken' | 'stuck') => lived.reduce((all, it) => all + it[key], 0)
  for (const { example } of lived) if (example) say(example)
  const seconds = (performance.now() - from) / 1000
  const took = `of ${short(sum('lives'))} lives, ${short(sum('steps'))} steps, ${short(seconds)} s, ${load()}`
  return [
    aim('random lives with faults: invariants broken', sum('broken'), took),
    aim('random lives with faults: stuck', sum('stuck'), took),
  ]
}

const aim = (what: string, count: number, took: string): Figure => ({
  what,
  figure: `${count} ${took}`,
  ratio: '',
  aim: '0',
  met: count === 0,
})

/** Other lives each time; the seed is in the example when one goes wrong. */
const seedOf = (nth: number): number => (Date.now() + nth * 7_919) % 0x7fff_ffff

async function live(share: number, seed: number): Promise<Lived> {
  const child = start<Lived>('lives-worker.ts', [String(share), String(seed)])
  try {
    return await child.told()
  } finally {
    await child.stop()
  }
}
