import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lived, lives } from './lives.ts'

/** How many lives: TOWNHALL_LIVES=10000 for the figure in the README. */
const LIVES = Number(process.env.TOWNHALL_LIVES ?? 300)

describe('random lives under random faults', () => {
  it('are sound and quiet at every step, and settle once the faults stop', () => {
    let landed = 0
    fc.assert(
      fc.property(lives, given => {
        const life = lived(given)
        expect(life.broken).toEqual([])
        if (!life.isOver) throw new Error(`it never settles:\n${life.describe()}`)
        landed++
      }),
      { numRuns: LIVES },
    )
    expect(landed).toBeGreaterThanOrEqual(LIVES)
  }, 600_000)
})
