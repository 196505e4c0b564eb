import type { BoardRow } from '../../core/effects.ts'
import { Paced, Refused, type Unreachable } from '../../ports.ts'
import { type Mutation, mutate } from '../aliases.ts'
import { queryWithHoles } from '../holes.ts'
import { nodesOf } from '../perform/issue-nodes.ts'
import type { Doing } from '../perform/performer.ts'
import type { Reach } from '../reach.ts'
import {
  BLANK,
  cardOf,
  differences,
  type ItemShown,
  itemWith,
  type Wanted,
  wantedBy,
  writing,
} from './card-values.ts'
import {
  convoyOfCard,
  idsOf,
  type KeptBoard,
  type KeptCard,
  keepCards,
  keepConvoyOfCard,
  keptCards,
} from './kept.ts'

export interface Showing {
  readonly reach: Reach
  readonly board: KeptBoard
  readonly effect: Doing<'ShowBoard'>
  /**
   * What GitHub does not know any more (a card, an issue, a field, the board) is left out now; else it is forgotten, and
   * the board is to be looked at again.
   */
  readonly isLast: boolean
}

/** GitHub lists no more nodes at once. */
const MOST_NODES = 100
/** Requests in a row. A large plan takes several turns: nobody else may think that this one has died. */
const MOST_REQUESTS = 10
const TURN_MS = 1_000

/** The cards of one convoy while they are being written; kept after every request, so that nothing is written twice. */
interface Deck extends Showing {
  readonly cards: Map<string, KeptCard>
  readonly stale: Set<string>
  requests: number
}

/** Makes the cards look as asked, writing what differs. False: something was not as remembered, look again. */
export async function showCards(showing: Showing): Promise<boolean> {
  const deck = await deckOf(showing)
  const wanted = new Map(deck.effect.rows.map(row => [row.issueId, wantedBy(row)]))
  await addMissing(deck)
  await blankForgotten(deck, wanted)
  await write(deck, wanted)
  await putAway(deck)
  return deck.stale.size === 0
}

/** Puts away what need not be remembered: cards that are stale, and those of beads that left the convoy. */
async function putAway(deck: Deck): Promise<void> {
  const asked = new Set(deck.effect.rows.map(row => row.issueId))
  const left = [...deck.cards.keys()].filter(issueId => !asked.has(issueId))
  for (const issueId of [...deck.stale, ...left]) {
    if (deck.isLast && asked.has(issueId)) deck.cards.set(issueId, LEFT_OUT)
    else deck.cards.delete(issueId)
  }
  if (deck.stale.size + left.length > 0) await keep(deck)
}

const LEFT_OUT: KeptCard = { item: null, shows: null }

async function deckOf(showing: Showing): Promise<Deck> {
  const { reach, board, effect } = showing
  const kept = await keptCards(reach, effect.convoyId)
  const cards = new Map(kept?.of === idsOf(board) ? Object.entries(kept.cards) : [])
  const deck = { ...showing, cards, stale: new Set<string>(), requests: 0 }
  if (cards.size > 0 && kept?.moves !== effect.moves) await readAgain(deck)
  return deck
}

const keep = ({ reach, board, effect, cards }: Deck) =>
  keepCards(reach, effect.convoyId, {
    board: effect.board,
    of: idsOf(board),
    moves: effect.moves,
    cards: Object.fromEntries(cards),
  })

/** Somebody moved a card: what we wrote last is not what stands there. */
async function readAgain(deck: Deck): Promise<void> {
  const query = `query($ids:[ID!]!){nodes(ids:$ids){...on ProjectV2Item{${itemWith(deck.board.fields)}}}}`
  for (const chunk of chunks([...deck.cards], MOST_NODES)) {
    for (const [issueId] of chunk) deck.cards.delete(issueId)
    const there = chunk.flatMap(([issueId, { item }]) => (item === null ? [] : [{ issueId, item }]))
    if (there.length === 0) continue
    const ids = there.map(({ item }) => item)
    const { nodes } = await queryWithHoles<{ nodes: readonly (ItemShown | null)[] }>(deck.reach, query, {
      ids,
    })
    for (const [n, { issueId }] of there.entries()) if (nodes[n]) deck.cards.set(issueId, cardOf(nodes[n]))
  }
  await keep(deck)
}

/** Puts issues on the board that are not there. GitHub hands back the card of one that is, with what stands on it. */
async function addMissing(deck: Deck): Promise<void> {
  const { reach, board, effect } = deck
  const missing = effect.rows.filter(({ issueId }) => !deck.cards.has(issueId))
  for (const some of chunks(missing, MOST_NODES)) {
    const known = await inKnownRigs(reach, some)
    const nodes = await nodesOf(reach, known)
    const gone = known.filter(({ issueId }) => !nodes.has(issueId))
    for (const { issueId } of gone) deck.cards.set(issueId, LEFT_OUT)
    if (gone.length > 0) await keep(deck)
    const show = `item{${itemWith(board.fields)}}`
    const adding = [...nodes].map(([issueId, contentId]) => ({
      issueId,
      mutation: { field: 'addProjectV2ItemById', input: { projectId: board.id, contentId }, show },
    }))
    await send<{ item: ItemShown }, (typeof adding)[number]>(deck, adding, async ({ issueId }, { item }) => {
      deck.cards.set(issueId, cardOf(item))
      await keepConvoyOfCard(reach, issueId, effect.convoyId)
    })
  }
}

async function inKnownRigs(reach: Reach, rows: readonly BoardRow[]): Promise<readonly BoardRow[]> {
  const known = new Set(await knownRigs(reach, [...new Set(rows.map(row => row.rigId))]))
  return rows.filter(row => known.has(row.rigId))
}

/** Those of them that the App is installed on. */
export async function knownRigs(reach: Reach, rigIds: readonly string[]): Promise<readonly string[]> {
  const rigs = await Promise.all(rigIds.map(rigId => reach.directory.rig(reach.townId, rigId)))
  return rigIds.filter((_, n) => rigs[n] !== null)
}

/** A bead that left the convoy, and is in no other, has nothing of ours on its card any more. */
async function blankForgotten(deck: Deck, wanted: Map<string, Wanted>): Promise<void> {
  for (const [issueId] of [...deck.cards].filter(([id]) => !wanted.has(id))) {
    if ((await convoyOfCard(deck.reach, issueId)) === deck.effect.convoyId) wanted.set(issueId, BLANK)
    else deck.cards.delete(issueId)
  }
}

async function write(deck: Deck, wanted: ReadonlyMap<string, Wanted>): Promise<void> {
  const writes = [...wanted].flatMap(([issueId, to]) => {
    const card = deck.cards.get(issueId)
    if (!card || card.item === null) return []
    return differences(card.shows, to).map(key => ({
      issueId,
      key,
      to,
      mutation: writing(deck.board, card.item, key, to),
    }))
  })
  await send(deck, writes, async ({ issueId, key, to }) => {
    const card = deck.cards.get(issueId)!
    if (card.item !== null) deck.cards.set(issueId, { ...card, shows: { ...card.shows, [key]: to[key] } })
  })
}

/** Cards and fields are light; so many of them are far from the ten seconds that GitHub gives a request. */
const AT_ONCE = 40

/** Sends mutations in as few requests as may be; what was done is noted, what is stale too, any other trouble is thrown. */
async function send<T, Sending extends { readonly issueId: string; readonly mutation: Mutation }>(
  deck: Deck,
  sending: readonly Sending[],
  note: (sent: Sending, data: T) => Promise<void>,
): Promise<void> {
  for (const chunk of chunks(sending, AT_ONCE)) {
    if (deck.requests++ >= MOST_REQUESTS) throw new Paced(TURN_MS)
    const outcomes = await mutate<T>(
      deck.reach,
      chunk.map(({ mutation }) => mutation),
    )
    let trouble: Unreachable | Refused | null = null
    for (const [n, sent] of chunk.entries()) {
      const { data, error } = outcomes[n]!
      if (error === null) await note(sent, data)
      else if (error instanceof Refused && error.status !== 403) deck.stale.add(sent.issueId)
      else trouble ??= error
    }
    await keep(deck)
    if (trouble) throw trouble
  }
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))
