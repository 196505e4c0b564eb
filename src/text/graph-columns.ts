import { type Node as Step, wavesOf } from '../core/beads/dag.ts'
import type { CardBead } from '../core/shown/says.ts'
import { isFinished } from './standings.ts'

/** Beads that stand side by side in the picture. */
export interface Column {
  readonly kind: 'finished' | 'wave' | 'stuck'
  /** Of a wave its number; of finished work its depth among the finished. */
  readonly nth: number
  readonly beads: readonly CardBead[]
}

/** From left to right: what is over, the waves to come, and what no wave has because it is held up. */
export function columnsOf(beads: readonly CardBead[]): Column[] {
  const finished = beads.filter(bead => isFinished(bead.standing))
  const live = beads.filter(bead => !isFinished(bead.standing))
  const stuck = live.filter(bead => bead.wave === null)
  return [
    ...finishedColumns(finished),
    ...waveColumns(live),
    ...(stuck.length > 0 ? [{ kind: 'stuck' as const, nth: 0, beads: stuck }] : []),
  ]
}

/** Finished work has no wave any more: its place is its depth among the finished. */
function finishedColumns(finished: readonly CardBead[]): Column[] {
  const byId = new Map(finished.map(bead => [bead.id, bead]))
  const layers = wavesOf(finished.map(stepOf))
  const placed = new Set(layers.flat())
  // A circle of finished beads has no depth: they stand with the first.
  const [first = [], ...others] = layers
  const circles = finished.filter(bead => !placed.has(bead.id)).map(bead => bead.id)
  return [[...first, ...circles], ...others]
    .map((ids, nth) => ({ kind: 'finished' as const, nth, beads: ids.flatMap(id => byId.get(id) ?? []) }))
    .filter(column => column.beads.length > 0)
}

function waveColumns(live: readonly CardBead[]): Column[] {
  const waves = Map.groupBy(live, bead => bead.wave)
  return [...waves]
    .flatMap(([nth, beads]) => (nth === null ? [] : [{ kind: 'wave' as const, nth, beads }]))
    .sort((a, b) => a.nth - b.nth)
}

const stepOf = (bead: CardBead): Step => ({ id: bead.id, after: bead.blockers })
