import type { BoardRow, BoardStatus } from '../../core/effects.ts'
import type { Mutation } from '../aliases.ts'
import type { Fields, KeptBoard, KeptCard, Shows } from './kept.ts'

/** A card in GitHub's words: what is read of an item, and how a value is written. */

type Key = keyof Shows
interface Kind {
  readonly type: string
  readonly reads: 'name' | 'number' | 'text'
}
const SELECT: Kind = { type: 'ProjectV2ItemFieldSingleSelectValue', reads: 'name' }
const NUMBER: Kind = { type: 'ProjectV2ItemFieldNumberValue', reads: 'number' }
const TEXT: Kind = { type: 'ProjectV2ItemFieldTextValue', reads: 'text' }

const KINDS: Readonly<Record<Key, Kind>> = {
  status: SELECT,
  wave: NUMBER,
  convoy: TEXT,
  polecat: TEXT,
  tries: NUMBER,
  cost: NUMBER,
}
const KEYS = Object.keys(KINDS) as Key[]

/** What a card is to show: of the columns only ours. */
export type Wanted = Shows & { readonly status: BoardStatus | null }

export const BLANK: Wanted = {
  status: null,
  wave: null,
  convoy: null,
  polecat: null,
  tries: null,
  cost: null,
}

/** An item as it was read with `itemWith`. */
export type ItemShown = { readonly id: string; readonly isArchived: boolean } & {
  readonly [K in Key]: { readonly name?: string; readonly number?: number; readonly text?: string } | null
}

export function itemWith(fields: Fields): string {
  const values = KEYS.map(key => {
    const { type, reads } = KINDS[key]
    return `${key}:fieldValueByName(name:${JSON.stringify(fields[key].name)}){...on ${type}{${reads}}}`
  })
  return `id isArchived ${values.join(' ')}`
}

/** What somebody archived is left alone, as they wished. */
export function cardOf(item: ItemShown): KeptCard {
  if (item.isArchived) return { item: null, shows: null }
  const values = KEYS.map(key => [key, item[key]?.[KINDS[key].reads] ?? null])
  return { item: item.id, shows: Object.fromEntries(values) as Shows }
}

/** What a row is to look like. No tries yet are no figure: most cards need no write for it. */
export const wantedBy = ({ status, wave, convoy, polecat, tries, cost }: BoardRow): Wanted => ({
  status,
  wave,
  convoy: convoy || null,
  polecat,
  tries: tries || null,
  cost,
})

export const differences = (shows: Shows, wanted: Shows): Key[] =>
  KEYS.filter(key => shows[key] !== wanted[key])

export function writing(
  { id: projectId, fields }: KeptBoard,
  itemId: string,
  key: Key,
  to: Wanted,
): Mutation {
  const input = { projectId, itemId, fieldId: fields[key].id }
  const show = 'projectV2Item{id}'
  const value = written(fields, key, to)
  return value === null
    ? { field: 'clearProjectV2ItemFieldValue', input, show }
    : { field: 'updateProjectV2ItemFieldValue', input: { ...input, value }, show }
}

function written(fields: Fields, key: Key, to: Wanted): Readonly<Record<string, unknown>> | null {
  if (key !== 'status') return to[key] === null ? null : { [KINDS[key].reads]: to[key] }
  return to.status === null ? null : { singleSelectOptionId: fields.status.options[to.status] }
}
