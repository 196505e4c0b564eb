import fc from 'fast-check'
import { Life, type Luck } from './life.ts'
import type { Sketch } from './world.ts'

/** What a random life is made of: an epic, what luck does, and how many steps of trouble there are. */
export interface LifeGiven {
  readonly sketch: Record<number, Sketch>
  readonly seed: number
  readonly steps: number
}

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

export const lives: fc.Arbitrary<LifeGiven> = fc.record({
  sketch: epics,
  seed: fc.nat(),
  steps: fc.integer({ min: 20, max: 200 }),
})

/** Lives it: trouble first, then people mend what only they can and nothing goes wrong any more. */
export function lived({ sketch, seed, steps }: LifeGiven): Life {
  const life = new Life(sketch, luckOf(seed))
  for (let i = 0; i < steps; i++) life.step(0.4)
  for (let i = 0; i < 4000 && !life.isOver; i++) {
    if (i % 20 === 0) life.mend()
    life.step(0)
  }
  return life
}

/** A small generator of our own: fast-check shrinks the seed and the epic, and a failing life can be lived again. */
export function luckOf(seed: number): Luck {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
