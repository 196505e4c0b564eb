import { expect } from 'vitest'
import type { BoardRow, BoardStatus, ShowBoard } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import { github, issue, rig, type Thing, town, us } from './github-town.ts'

/** The board as people see it and change it, over GraphQL. */

interface Value {
  readonly field: { readonly name: string }
  readonly name?: string
  readonly text?: string
  readonly number?: number
}
interface Card {
  readonly id: string
  readonly content: { readonly number: number }
  readonly fieldValues: { readonly nodes: readonly Partial<Value>[] }
}
export interface Board {
  readonly id: string
  readonly number: number
  readonly url: string
  readonly title: string
  readonly fields: {
    readonly nodes: readonly {
      readonly id: string
      readonly name: string
      readonly options?: readonly Option[]
    }[]
  }
  readonly repositories: { readonly nodes: readonly { readonly nameWithOwner: string }[] }
  readonly items: { readonly nodes: readonly Card[] }
}
interface Option {
  readonly id: string
  readonly name: string
}

/** A person asks GitHub in GraphQL; those who may do it see no errors. */
export async function graphql<T>(login: string, query: string, variables: object = {}): Promise<T> {
  const response = await fetch(github.graphql, {
    method: 'POST',
    headers: { authorization: `Bearer ${github.users[login]!.token}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

const BOARDS = `{organization(login:"acme"){projectsV2(first:20){nodes{id number url title
  fields(first:50){nodes{...on ProjectV2FieldCommon{id name} ...on ProjectV2SingleSelectField{options{id name}}}}
  repositories(first:20){nodes{nameWithOwner}}
  items(first:100){nodes{id content{...on Issue{number}} fieldValues(first:20){nodes{
    ...on ProjectV2ItemFieldSingleSelectValue{name field{...on ProjectV2FieldCommon{name}}}
    ...on ProjectV2ItemFieldTextValue{text field{...on ProjectV2FieldCommon{name}}}
    ...on ProjectV2ItemFieldNumberValue{number field{...on ProjectV2FieldCommon{name}}}
  }}}}
}}}}`

export async function boards(): Promise<readonly Board[]> {
  const { organization } = await graphql<{ organization: { projectsV2: { nodes: Board[] } } }>(
    'olivia',
    BOARDS,
  )
  return organization.projectsV2.nodes
}

export async function only(): Promise<Board> {
  const [board, ...more] = await boards()
  expect(more).toEqual([])
  return board!
}

const OURS = ['Status', 'Townhall status', 'Wave', 'Convoy', 'Polecat', 'Tries', 'Cost']

/** What stands on an issue's card in the fields that we keep; null: it has no card. */
export function shows(board: Board, { number }: Thing): Record<string, string | number> | null {
  const card = cardOf(board, number)
  if (!card) return null
  const values = card.fieldValues.nodes.filter(it => it.field && OURS.includes(it.field.name)) as Value[]
  return Object.fromEntries(values.map(it => [it.field.name, (it.name ?? it.text ?? it.number)!]))
}

export const cardOf = (board: Board, number: number) =>
  board.items.nodes.find(it => it.content.number === number)

/** A person drags a card into another column. */
export async function drag(
  login: string,
  board: Board,
  { number }: Thing,
  to: string,
  field = 'Status',
): Promise<string> {
  const itemId = cardOf(board, number)!.id
  const { id, options } = board.fields.nodes.find(it => it.name === field)!
  const value = { singleSelectOptionId: options!.find(it => it.name === to)!.id }
  const input = { projectId: board.id, itemId, fieldId: id, value }
  await graphql(
    login,
    'mutation($input:UpdateProjectV2ItemFieldValueInput!){updateProjectV2ItemFieldValue(input:$input){projectV2Item{id}}}',
    { input },
  )
  return itemId
}

export const look = (itemNodeId: string, by: string) => us.look(town, { look: 'card', itemNodeId, by })

let convoys = 0
/** Beads of a convoy in a repository of their own, and the effect that shows them. */
export async function convoy(count: number, board: number | null = null) {
  const { id: rigId, at, name } = await rig()
  const beads: Thing[] = []
  for (let n = 1; n <= count; n++) beads.push(await issue(at, `Bead ${n}`))
  const convoyId = `c${++convoys}`
  const row = (bead: Thing, more: Partial<BoardRow>): BoardRow => ({
    issueId: String(bead.id),
    rigId,
    number: bead.number,
    status: 'Ready',
    wave: 1,
    convoy: 'Dark mode',
    polecat: null,
    tries: 0,
    cost: null,
    ...more,
  })
  const showing = (rows: Partial<BoardRow>[], moves = 0): ShowBoard => ({
    do: 'ShowBoard',
    convoyId,
    board,
    moves,
    rows: rows.map((more, n) => row(beads[n]!, more)),
  })
  return { beads, name, rigId, convoyId, showing }
}

export const put = (effect: ShowBoard) => us.perform(town, effect, 0)
export const inColumns = (...columns: BoardStatus[]) => columns.map(status => ({ status }))
export const boardSeen = (facts: readonly Fact[]) => {
  expect(facts).toHaveLength(1)
  return facts[0]
}

/** So that each test begins without a board. */
export async function removeBoards(): Promise<void> {
  for (const { id } of await boards()) await graphql('olivia', REMOVE, { id })
}
export const REMOVE = 'mutation($id:ID!){deleteProjectV2(input:{projectId:$id}){projectV2{id}}}'
