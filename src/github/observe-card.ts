import type { BoardMove, Fact } from '../core/events.ts'
import { oursFor } from './board/fields.ts'
import { convoyOfCard, idsOf, type KeptBoard, keptBoard, keptCards } from './board/kept.ts'
import { queryWithHoles } from './holes.ts'
import { permissionOf } from './permission.ts'
import type { Reach } from './reach.ts'

type CardMoved = Extract<Fact, { type: 'CardMoved' }>

const COLUMN = '...on ProjectV2ItemFieldSingleSelectValue{name creator{__typename login}}'
const ITEM = `project{id number}
  content{...on Issue{fullDatabaseId repository{name owner{login}}}}
  status:fieldValueByName(name:"Status"){${COLUMN}}
  ours:fieldValueByName(name:"${oursFor('Status')}"){${COLUMN}}`
const ONE = `query($id:ID!){node(id:$id){...on ProjectV2Item{${ITEM}}}}`
const MANY = `query($ids:[ID!]!){nodes(ids:$ids){...on ProjectV2Item{${ITEM}}}}`

interface Column {
  readonly name?: string
  readonly creator?: { readonly __typename: string; readonly login: string } | null
}
interface Item {
  readonly project: { readonly id: string; readonly number: number }
  readonly content: {
    readonly fullDatabaseId?: string | number
    readonly repository?: { readonly name: string; readonly owner: { readonly login: string } }
  } | null
  readonly status: Column | null
  readonly ours: Column | null
}

/** The columns that do something. A card that is moved anywhere else is put back. */
const MOVES: ReadonlySet<string> = new Set<BoardMove>(['Held', 'Ready', 'Cancelled'])
/** GitHub lists no more nodes at once. */
const MOST_NODES = 100
/** GitHub's own name for accounts that are no more. */
const NOBODY = 'ghost'

/**
 * Where a card stands now that somebody did something with it. Null: it is on no board of ours, or where we put it.
 * Automations move cards too; what they move is not put back, or we and they would go on for ever.
 */
export async function observeCard(
  reach: Reach,
  { itemNodeId, by }: { readonly itemNodeId: string; readonly by: string },
): Promise<CardMoved | null> {
  if (by.endsWith('[bot]')) return null
  const { node } = await queryWithHoles<{ readonly node: Item | null }>(reach, ONE, { id: itemNodeId })
  const board = node?.project ? await boardWith(reach, node.project) : null
  if (!node?.content?.fullDatabaseId || !board) return null
  const issueId = String(node.content.fullDatabaseId)
  const convoyId = await convoyOfCard(reach, issueId)
  if (convoyId === null) return null
  const written = (await keptCards(reach, convoyId))?.cards[issueId]?.shows?.status ?? null
  return moveOf(reach, node, { issueId, board, written }, by)
}

/**
 * Moves of which no webhook told us: cards of these convoys that do not stand where we put them. Whoever wrote a card's
 * column last is who moved it; of an empty one nobody knows.
 */
export async function sweepCards(reach: Reach, convoyIds: readonly string[]): Promise<readonly CardMoved[]> {
  const cards = (await Promise.all(convoyIds.map(id => placedIn(reach, id)))).flat()
  const found: CardMoved[] = []
  for (let at = 0; at < cards.length; at += MOST_NODES) {
    const some = cards.slice(at, at + MOST_NODES)
    const ids = some.map(({ item }) => item)
    const { nodes } = await queryWithHoles<{ readonly nodes: readonly (Item | null)[] }>(reach, MANY, { ids })
    for (const [n, placed] of some.entries()) {
      const item = nodes[n]
      const mover = item ? columnOf(placed.board, item)?.creator : null
      if (!item?.project || mover?.__typename === 'Bot') continue
      const moved = await moveOf(reach, item, placed, mover?.login ?? NOBODY)
      if (moved) found.push(moved)
    }
  }
  return found
}

/** A card where we put it. */
interface Placed {
  readonly issueId: string
  readonly board: KeptBoard
  /** The column that we wrote last. */
  readonly written: string | null
}

async function placedIn(reach: Reach, convoyId: string): Promise<readonly (Placed & { item: string })[]> {
  const deck = await keptCards(reach, convoyId)
  const board = deck && (await keptBoard(reach, deck.board))
  if (!board || deck.of !== idsOf(board)) return []
  return Object.entries(deck.cards).flatMap(([issueId, { item, shows }]) =>
    item === null ? [] : [{ item, issueId, board, written: shows.status }],
  )
}

const columnOf = (board: KeptBoard, { status, ours }: Item): Column | null =>
  board.fields.status.name === 'Status' ? status : ours

async function moveOf(
  reach: Reach,
  item: Item,
  { issueId, board, written }: Placed,
  by: string,
): Promise<CardMoved | null> {
  const column = columnOf(board, item)?.name ?? null
  if (column === written || !item.content?.repository) return null
  const { name: repo, owner } = item.content.repository
  const permission = await permissionOf(reach, { owner: owner.login, repo }, by)
  const to = column !== null && MOVES.has(column) ? (column as BoardMove) : 'other'
  return { type: 'CardMoved', issueId, to, by, permission }
}

async function boardWith(reach: Reach, project: Item['project']): Promise<KeptBoard | null> {
  for (const number of [null, project.number]) {
    const board = await keptBoard(reach, number)
    if (board?.id === project.id) return board
  }
  return null
}
