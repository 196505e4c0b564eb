import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Life } from './life.ts'
import type { Sketch } from './world.ts'

/** How many lives: TOWNHALL_LIVES=10000 for the figure in the README. */
const LIVES = Number(process.env.TOWNHALL_LIVES ?? 300)

/** Epics of up to nine beads; edges only go backwards, so that they can be worked at all. */
const epics = fc
  .array(fc.record({ after: fc.array(fc.nat(7), { maxLength: 3 }), epic: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  })
  .map(beads => {
    const sketch: Record<number, Sketch> = {}
    beads.forEach(({ after }, index) => {
      sketch[index + 2] = { after: [...new Set(after.filter(n => n < index).map(n => n + 2))] }
    })
    return sketch
  })

/** A small generator of our own: fast-check shrinks the seed and the epic, and a failing life can be lived again. */
function luckOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

describe('random lives under random faults', () => {
  it('are sound and quiet at every step, and settle once the faults stop', () => {
    let landed = 0
    fc.assert(
      fc.property(epics, fc.nat(), fc.integer({ min: 20, max: 200 }), (sketch, seed, steps) => {
        const life = new Life(sketch, luckOf(seed))
        for (let i = 0; i < steps; i++) life.step(0.4)
        for (let i = 0; i < 4000 && !life.isOver; i++) {
          if (i % 20 === 0) life.mend()
          life.step(0)
        }
        expect(life.broken).toEqual([])
        if (!life.isOver) throw new Error(`it never settles:\n${life.describe()}`)
        landed++
      }),
      { numRuns: LIVES },
    )
    expect(landed).toBeGreaterThanOrEqual(LIVES)
  }, 600_000)
})
