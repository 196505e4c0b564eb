import type { Fact } from '../../core/events.ts'
import { Refused } from '../../ports.ts'
import { mutate } from '../aliases.ts'
import { knownRigs, showCards } from '../board/cards.ts'
import { ensureFields } from '../board/fields.ts'
import { type KeptBoard, keepBoard, keptBoard } from '../board/kept.ts'
import { NoBoard, whyNoBoard } from '../board/no-board.ts'
import { namedProject, ownProject } from '../board/project.ts'
import type { Reach } from '../reach.ts'
import { nodesOf, rigKey } from './issue-nodes.ts'
import type { Doing, Performer } from './performer.ts'

type Show = Doing<'ShowBoard'>

/**
 * Makes a convoy's cards on the board look as asked. The board, its fields and the cards are made where they are
 * missing; only what differs from what stands there is written. Where there can be no board that is what was learned:
 * asking again does not help until somebody changes something on GitHub.
 */
export const showBoard: Performer<'ShowBoard'> = async (reach, effect) => {
  const number = effect.board
  const [rig] = await reach.directory.rigs(reach.townId)
  const owner = rig?.owner ?? ''
  try {
    const { url, fields } = await shown(reach, effect, owner)
    const why = number === null || fields.status.name === 'Status' ? null : besides(fields.status.name)
    return [seen(number, { url, why })]
  } catch (error) {
    const why = whyNoBoard(error, owner, reach.log)
    if (why === null) throw error
    return [seen(number, { url: null, why })]
  }
}

const seen = (number: number | null, board: Extract<Fact, { type: 'BoardSeen' }>['board']): Fact => ({
  type: 'BoardSeen',
  number,
  board,
})

const besides = (name: string) =>
  `The board's own Status lacks columns that are needed: Townhall leaves it alone and uses a field of its own, ${name}.`

/** What somebody took away (the board, a field, a card) is made anew, once. */
async function shown(reach: Reach, effect: Show, owner: string): Promise<KeptBoard> {
  const remembered = await keptBoard(reach, effect.board)
  if (remembered && (await showCards({ reach, board: remembered, effect, isLast: false })))
    return linked(reach, effect, remembered)
  const board = await afresh(reach, effect.board, owner)
  await showCards({ reach, board, effect, isLast: true })
  return linked(reach, effect, board)
}

async function afresh(reach: Reach, number: number | null, owner: string): Promise<KeptBoard> {
  if (!owner) throw new NoBoard('the App is installed on no repository.')
  const isOwn = number === null
  const { id, url, fields } = isOwn
    ? await ownProject(reach, owner)
    : await namedProject(reach, owner, number)
  const there = fields.nodes.filter(field => field !== null)
  const board = { id, url, fields: await ensureFields(reach, id, there, isOwn), linked: [] }
  await keepBoard(reach, number, board)
  return board
}

/**
 * The town's own board is shown among the projects of each repository whose beads are on it. Comes after the cards:
 * with their issues the repositories' node ids were read.
 */
async function linked(reach: Reach, { board: number, rows }: Show, board: KeptBoard): Promise<KeptBoard> {
  const missing = [...new Set(rows.map(row => row.rigId))].filter(rigId => !board.linked.includes(rigId))
  if (number !== null || missing.length === 0) return board
  const rigIds = await knownRigs(reach, missing)
  const nodes = await nodesOf(reach, [], rigIds)
  const linking = rigIds.flatMap(rigId => nodes.get(rigKey(rigId)) ?? [])
  if (linking.length > 0) await link(reach, board, linking)
  const next = { ...board, linked: [...board.linked, ...missing] }
  await keepBoard(reach, number, next)
  return next
}

/** A repository that cannot be linked does without; without the permission there is no board at all. */
async function link(
  reach: Reach,
  { id: projectId, url }: KeptBoard,
  nodes: readonly string[],
): Promise<void> {
  const outcomes = await mutate(
    reach,
    nodes.map(repositoryId => ({
      field: 'linkProjectV2ToRepository',
      input: { projectId, repositoryId },
      show: 'repository{id}',
    })),
  )
  for (const { error } of outcomes) {
    if (error instanceof Refused && error.status === 403) throw error
    if (error) reach.log.warn({ board: url, why: error.message }, 'a board could not be linked')
  }
}
