import type { BoardStatus } from '../../core/effects.ts'
import { type Mutation, mutate } from '../aliases.ts'
import type { Reach } from '../reach.ts'
import type { Field, Fields } from './kept.ts'
import { NoBoard } from './no-board.ts'

type DataType = 'TEXT' | 'NUMBER' | 'SINGLE_SELECT'
type Color = 'BLUE' | 'GRAY' | 'GREEN' | 'ORANGE' | 'PINK' | 'PURPLE' | 'RED' | 'YELLOW'

interface Option {
  readonly name: string
  readonly color: Color
  readonly description: string
}

/** A field as a board shows it. What has neither id nor name is of a kind that is not read here. */
export interface FieldShown {
  readonly id?: string
  readonly name?: string
  readonly dataType?: string
  readonly options?: readonly (Option & { readonly id: string })[]
}

/** What is read of a field. */
export const FIELD =
  '...on ProjectV2FieldCommon{id name dataType} ...on ProjectV2SingleSelectField{options{id name color description}}'

/** The columns, in their order on the board. */
const COLUMNS: Readonly<Record<BoardStatus, Omit<Option, 'name'>>> = {
  Planned: { color: 'GRAY', description: 'In a plan that was not started yet' },
  Waiting: { color: 'PINK', description: 'Waits for other work, or for a person' },
  Ready: {
    color: 'BLUE',
    description: 'Nothing is in its way; a card moved here is released or tried again',
  },
  Working: { color: 'YELLOW', description: 'A polecat is at work on it' },
  'In review': { color: 'PURPLE', description: 'In the refinery: gates and merge' },
  Landed: { color: 'GREEN', description: 'Merged, done without code, or skipped' },
  Held: { color: 'ORANGE', description: 'Held by a person; a card moved here is held' },
  Failed: { color: 'RED', description: 'Its tries are spent: a person decides' },
  Cancelled: { color: 'GRAY', description: 'Not to be done; a card moved here is cancelled' },
}
const OPTIONS: readonly Option[] = Object.entries(COLUMNS).map(([name, more]) => ({ name, ...more }))
/** What GitHub gives a new board. */
const GIVEN = ['Todo', 'In Progress', 'Done']

const WANTED: readonly (readonly [key: keyof Fields, name: string, type: DataType])[] = [
  ['status', 'Status', 'SINGLE_SELECT'],
  ['wave', 'Wave', 'NUMBER'],
  ['convoy', 'Convoy', 'TEXT'],
  ['polecat', 'Polecat', 'TEXT'],
  ['tries', 'Tries', 'NUMBER'],
  ['cost', 'Cost', 'NUMBER'],
]

/**
 * The fields that cards are shown with, made where they are missing, in one request. On the town's own board the
 * options of Status are made ours. On a person's board nothing of theirs is changed: where a field has our name and is
 * not what we need, ours is called `Townhall status` and so on.
 */
export async function ensureFields(
  reach: Reach,
  projectId: string,
  shown: readonly FieldShown[],
  isOwn: boolean,
): Promise<Fields> {
  const found: Partial<Record<keyof Fields, FieldShown>> = {}
  const missing: (typeof WANTED)[number][] = []
  for (const wanted of WANTED) {
    const [key, name, type] = wanted
    const fit = shown.find(field => isNamed(field, name) && isFit(field, type))
    if (fit) found[key] = fit
    else missing.push(wanted)
  }
  const making = missing.map(([, name, type]) => makingOf(projectId, shown, [name, type], isOwn))
  const made = making.length > 0 ? await mutate<{ projectV2Field: FieldShown }>(reach, making) : []
  for (const [n, { data, error }] of made.entries()) {
    if (error) throw error
    found[missing[n]![0]] = data.projectV2Field
  }
  return fieldsOf(found)
}

/** What a field of ours is called where a person's board has one of that name already. */
export const oursFor = (name: string) => `Townhall ${name.toLowerCase()}`
const isNamed = (field: FieldShown, name: string) => field.name === name || field.name === oursFor(name)

function isFit({ dataType, options }: FieldShown, type: DataType): boolean {
  if (dataType !== type) return false
  return type !== 'SINGLE_SELECT' || OPTIONS.every(({ name }) => options?.some(one => one.name === name))
}

function makingOf(
  projectId: string,
  shown: readonly FieldShown[],
  [name, dataType]: readonly [string, DataType],
  isOwn: boolean,
): Mutation {
  const show = `projectV2Field{${FIELD}}`
  const mine = isOwn ? name : oursFor(name)
  const mendable = shown.find(field => field.name === mine && field.dataType === dataType)
  if (mendable)
    return {
      field: 'updateProjectV2Field',
      input: { fieldId: mendable.id, singleSelectOptions: optionsBeside(mendable) },
      show,
    }
  const isTaken = shown.some(field => field.name?.toLowerCase() === name.toLowerCase())
  const options = dataType === 'SINGLE_SELECT' ? { singleSelectOptions: OPTIONS } : {}
  const input = { projectId, name: isTaken ? oursFor(name) : name, dataType, ...options }
  return { field: 'createProjectV2Field', input, show }
}

/** A list of options replaces the old one: what people added to ours is kept, what GitHub gave it is not. */
function optionsBeside({ options = [] }: FieldShown): readonly Option[] {
  const others = options.filter(({ name }) => !(name in COLUMNS) && !GIVEN.includes(name))
  return [...OPTIONS, ...others.map(({ name, color, description }) => ({ name, color, description }))]
}

function fieldsOf(found: Partial<Record<keyof Fields, FieldShown>>): Fields {
  const field = (key: keyof Fields): Field => {
    const { id, name } = found[key] ?? {}
    if (!id || !name) throw new NoBoard(`GitHub refuses it the field for ${key}.`)
    return { id, name }
  }
  const ids = new Map(found.status?.options?.map(({ name, id }) => [name, id]))
  const options = Object.fromEntries(OPTIONS.map(({ name }) => [name, ids.get(name)!]))
  return {
    status: { ...field('status'), options: options as Record<BoardStatus, string> },
    wave: field('wave'),
    convoy: field('convoy'),
    polecat: field('polecat'),
    tries: field('tries'),
    cost: field('cost'),
  }
}
