import fc from 'fast-check'
import { lived, lives } from '../core/lives.ts'
import type { Lived } from './lives.ts'

/** `lives-worker.ts <lives> <seed>`: lives that many and tells its parent what became of them. */
const numRuns = Number(process.argv[2])
const seed = Number(process.argv[3])

let steps = 0
let broken = 0
let stuck = 0
let example: string | null = null
for (const given of fc.sample(lives, { numRuns, seed })) {
  const life = lived(given)
  steps += life.steps
  broken += life.broken.length
  if (!life.isOver) stuck++
  if (life.broken.length > 0 || !life.isOver)
    example ??= `${JSON.stringify(given)}: ${life.broken[0] ?? life.describe()}`
}
process.send!({ lives: numRuns, steps, broken, stuck, example } satisfies Lived, () => process.disconnect())
