import type { CardBead, Standing } from '../core/shown/says.ts'
import { plural } from './markdown.ts'

/** How a standing is shown: a sign for tables, and colours that read on a light and on a dark page. */
interface Look {
  readonly sign: string
  readonly fill: string
  readonly stroke: string
  readonly ink: string
}

export const LOOKS: Readonly<Record<Standing, Look>> = {
  planned: { sign: '📝', fill: '#eaeef2', stroke: '#8c959f', ink: '#24292f' },
  waiting: { sign: '⏳', fill: '#d0d7de', stroke: '#6e7781', ink: '#24292f' },
  ready: { sign: '🟢', fill: '#ddf4ff', stroke: '#0969da', ink: '#0a3069' },
  working: { sign: '🔨', fill: '#fae17d', stroke: '#9a6700', ink: '#3b2300' },
  asking: { sign: '🙋', fill: '#ffb77c', stroke: '#bc4c00', ink: '#471700' },
  'in review': { sign: '🔎', fill: '#d8b9ff', stroke: '#8250df', ink: '#271052' },
  deciding: { sign: '⚖️', fill: '#ffdfb6', stroke: '#953800', ink: '#471700' },
  landed: { sign: '✅', fill: '#1a7f37', stroke: '#044f1e', ink: '#ffffff' },
  done: { sign: '☑️', fill: '#aceebb', stroke: '#1a7f37', ink: '#04260f' },
  skipped: { sign: '⏭️', fill: '#dafbe1', stroke: '#57606a', ink: '#04260f' },
  cancelled: { sign: '🚫', fill: '#afb8c1', stroke: '#57606a', ink: '#24292f' },
  failed: { sign: '❌', fill: '#cf222e', stroke: '#82071e', ink: '#ffffff' },
  held: { sign: '✋', fill: '#eac54f', stroke: '#633c01', ink: '#3b2300' },
  parked: { sign: '🅿️', fill: '#ffcecb', stroke: '#a40e26', ink: '#4c0a14' },
}

export const isFinished = (standing: Standing): boolean => satisfies(standing) || standing === 'cancelled'

/** What waits for such a bead may go on. */
export const satisfies = (standing: Standing): boolean =>
  standing === 'landed' || standing === 'done' || standing === 'skipped'

/** A person has to do something, or said that nothing shall be done. */
export const needsPerson = (standing: Standing): boolean => NEEDS_PERSON.includes(standing)

const NEEDS_PERSON: readonly Standing[] = ['asking', 'deciding', 'failed', 'parked', 'held']

export function inStanding(beads: readonly CardBead[], standing: Standing): CardBead[] {
  return beads.filter(bead => bead.standing === standing)
}

/** "3 working, 2 waiting", in the order of LOOKS. */
export function tally(beads: readonly CardBead[]): string {
  const counts = (Object.keys(LOOKS) as Standing[]).map(standing => ({
    standing,
    count: inStanding(beads, standing).length,
  }))
  return counts
    .filter(({ count }) => count > 0)
    .map(({ standing, count }) => `${count} ${standing}`)
    .join(', ')
}

export const beadsInWords = (count: number): string => plural(count, 'bead')
