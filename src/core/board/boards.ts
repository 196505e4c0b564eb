import type { Folds } from '../folds.ts'
import type { Board, Convoy, KnownBoard, Time, Town } from '../town.ts'

/** A board that could not be made is asked for again after this time, when there is something to show on it. */
const ASK_AGAIN_MS = 24 * 3_600_000

/** Said where a board would be wanted: of a person's projects an App sees nothing. */
const OF_A_PERSON: Board = { url: null, why: 'GitHub shows no App the projects of a person; all else works.' }

/** The board that a convoy's cards belong on: a number, null for the town's own; undefined: none is wanted. */
export function boardWanted(town: Town, convoy: Convoy): number | null | undefined {
  const wanted = town.ownerType === 'Organization' && configured(town, convoy)
  return typeof wanted === 'number' ? wanted : wanted ? null : undefined
}

const configured = (town: Town, { rigId }: Convoy): boolean | number =>
  town.rigs.get(rigId)?.config.board ?? false

/** What is known of a convoy's board, for its card; null when none is wanted, or it was not seen yet. */
export function boardOf(town: Town, convoy: Convoy): Board | null {
  if (town.ownerType === 'User') return configured(town, convoy) === false ? null : OF_A_PERSON
  const wanted = boardWanted(town, convoy)
  const known = wanted === undefined ? undefined : boardKnown(town, wanted)
  return known ? { url: known.url, why: known.why } : null
}

/** Is it of use to ask for this board now? Where there is none to be had, nobody asks every few seconds. */
export function isWorthAsking(town: Town, number: number | null, now: Time): boolean {
  const known = boardKnown(town, number)
  return !isMissing(known) || now - known.seenAt >= ASK_AGAIN_MS
}

const boardKnown = (town: Town, number: number | null): KnownBoard | undefined =>
  town.boards.find(board => board.number === number)

const isMissing = (board: Board | undefined): board is Board => board !== undefined && board.url === null

export const BOARD_EVENTS: Folds<'BoardSeen' | 'CardMoved'> = {
  BoardSeen(town, { number, board }, at) {
    const before = boardKnown(town, number)
    const others = town.boards.filter(one => one.number !== number)
    town.boards = [...others, { ...board, number, seenAt: at }]
    const isSame = before?.url === board.url && before.why === board.why
    // What was asked for while there was no board was never shown.
    const forgets = isMissing(before) || isMissing(board)
    if (isSame && !forgets) return
    for (const convoy of [...town.convoys.values()])
      if (boardWanted(town, convoy) === number)
        town.convoys.patch(convoy.id, forgets ? { boardShown: null } : {})
  },
  /** Whatever comes of the move: the card is not where we put it, so what we remember of it holds no more. */
  CardMoved(town, { issueId }) {
    const bead = town.beads.get(issueId)
    const convoy = bead && town.convoys.get(bead.convoyId)
    if (convoy) town.convoys.patch(convoy.id, { cardsMoved: convoy.cardsMoved + 1 })
  },
}
