import type { BoardStatus } from '../../core/effects.ts'
import type { Reach } from '../reach.ts'

/** What the mirror keeps of boards: node ids, and what was last written on each card. */

export interface KeptBoard {
  readonly id: string
  readonly url: string
  readonly fields: Fields
  /** Rigs whose repositories are linked to it. */
  readonly linked: readonly string[]
}

export interface Fields {
  /** Ours may have another name where a person's board has a field of that name already. */
  readonly status: {
    readonly id: string
    readonly name: string
    readonly options: Readonly<Record<BoardStatus, string>>
  }
  readonly wave: Field
  readonly convoy: Field
  readonly polecat: Field
  readonly tries: Field
  readonly cost: Field
}
export interface Field {
  readonly id: string
  readonly name: string
}

/** What stands on a card; null: nothing. */
export interface Shows {
  readonly status: string | null
  readonly wave: number | null
  readonly convoy: string | null
  readonly polecat: string | null
  readonly tries: number | null
  readonly cost: number | null
}

/** `item` null: GitHub would not let us put this issue on the board, so it is left out. */
export type KeptCard =
  | { readonly item: string; readonly shows: Shows }
  | { readonly item: null; readonly shows: null }

export interface KeptCards {
  /** The board that they are on, as the config names it; null: the town's own. */
  readonly board: number | null
  /** The board's node ids (`idsOf`): with others all that is remembered of the cards is worth nothing. */
  readonly of: string
  /** The moves by people that had been heard of when the cards were last read. */
  readonly moves: number
  readonly cards: Readonly<Record<string, KeptCard>>
}

/** Everything that a value of a card is written with. */
export const idsOf = ({ id, fields }: KeptBoard): string => {
  const { status, ...others } = fields
  const ids = [
    id,
    status.id,
    ...Object.values(status.options),
    ...Object.values(others).map(field => field.id),
  ]
  return ids.join(' ')
}

const boardSubject = (number: number | null) => `board:${number ?? 'own'}`
const cardsSubject = (convoyId: string) => `cards:${convoyId}`
const cardSubject = (issueId: string) => `card:${issueId}`

async function kept<T>(reach: Reach, subject: string): Promise<T | null> {
  return ((await reach.mirror.get(reach.townId, subject)) ?? null) as T | null
}

export const keptBoard = (reach: Reach, number: number | null) => kept<KeptBoard>(reach, boardSubject(number))
export const keepBoard = (reach: Reach, number: number | null, board: KeptBoard) =>
  reach.mirror.put(reach.townId, boardSubject(number), board)

export const keptCards = (reach: Reach, convoyId: string) => kept<KeptCards>(reach, cardsSubject(convoyId))
export const keepCards = (reach: Reach, convoyId: string, cards: KeptCards) =>
  reach.mirror.put(reach.townId, cardsSubject(convoyId), cards)

/** The convoy with which an issue was put on the board last. A card that somebody moved names its issue only. */
export const convoyOfCard = async (reach: Reach, issueId: string): Promise<string | null> =>
  (await kept<{ convoyId: string }>(reach, cardSubject(issueId)))?.convoyId ?? null
export const keepConvoyOfCard = (reach: Reach, issueId: string, convoyId: string) =>
  reach.mirror.put(reach.townId, cardSubject(issueId), { convoyId })
