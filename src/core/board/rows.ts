import { beadsOf, standingOf } from '../beads/standing.ts'
import { leafNodes } from '../convoys/stage.ts'
import type { BoardRow, BoardStatus, ShowBoard } from '../effects.ts'
import { waveNumbers } from '../shown/route.ts'
import type { Standing } from '../shown/says.ts'
import type { Bead, Convoy, Time, Town } from '../town.ts'
import { isLeaf } from '../town.ts'
import { boardWanted, isWorthAsking } from './boards.ts'

/** Titles are longer than a column of a board is wide. */
const MOST_TITLE = 80

const COLUMN: Readonly<Record<Standing, BoardStatus>> = {
  planned: 'Planned',
  waiting: 'Waiting',
  parked: 'Waiting',
  asking: 'Waiting',
  deciding: 'Waiting',
  ready: 'Ready',
  working: 'Working',
  'in review': 'In review',
  landed: 'Landed',
  done: 'Landed',
  skipped: 'Landed',
  cancelled: 'Cancelled',
  held: 'Held',
  failed: 'Failed',
}

/**
 * What a convoy's cards on the board are to look like; null when there is no board for it. A move of a person counts
 * into it, so that it is asked for once more after each: the card is then not where we put it.
 */
export function boardShown(town: Town, convoy: Convoy, now: Time): ShowBoard | null {
  const board = boardWanted(town, convoy)
  if (board === undefined || convoy.status === 'publishing' || !isWorthAsking(town, board, now)) return null
  const beads = beadsOf(town, convoy.id)
  const waves = waveNumbers(town, beads, leafNodes(beads))
  const title = [...convoy.title].slice(0, MOST_TITLE).join('')
  const rows = beads
    .filter(isLeaf)
    .map(bead => rowOf(town, bead, { wave: waves.get(bead.id) ?? null, convoy: title }))
  if (rows.length === 0) return null
  return { do: 'ShowBoard', convoyId: convoy.id, board, moves: convoy.cardsMoved, rows }
}

function rowOf(town: Town, bead: Bead, more: Pick<BoardRow, 'wave' | 'convoy'>): BoardRow {
  const { id: issueId, rigId, number, polecat, tries } = bead
  return { issueId, rigId, number, status: columnOf(town, bead), polecat, tries, cost: null, ...more }
}

/**
 * Held work that is still being done is under Held as well: else a card that somebody moves there would jump back as if
 * it had not been obeyed.
 */
function columnOf(town: Town, bead: Bead): BoardStatus {
  return bead.held && bead.status !== 'closed' ? 'Held' : COLUMN[standingOf(town, bead)]
}
