import type { Issue } from '../documents.ts'
import { type Actor, actorAccount, unprocessable } from '../kit.ts'
import type { World } from '../world.ts'
import { demandAccess } from './access.ts'
import {
  type FieldValue,
  type Project,
  type ProjectField,
  type ProjectItem,
  projectItems,
  projectOf,
  projects,
  type Written,
} from './documents.ts'
import { isCustom } from './fields.ts'
import { shownValue, tellItem } from './tell.ts'

/** The items of a board: issues and pull requests, their place, and what their fields say. */

/** Puts an issue or a pull request on the board, at the end; the item that is there already is found again. */
export function addItem(world: World, actor: Actor, project: Project, issue: Issue): ProjectItem {
  demandAccess(world, actor, project, 'write')
  const there = projectItems(world).one('content', `${project.id}/${issue.id}`)
  if (there !== undefined) return there
  const now = world.now()
  const made = projectItems(world).put({
    id: world.next(),
    projectId: project.id,
    issueId: issue.id,
    creatorId: actorAccount(actor).id,
    archivedAt: null,
    values: {},
    createdAt: now,
    updatedAt: now,
  })
  projects(world).change(project.id, { itemIds: [...project.itemIds, made.id], updatedAt: now })
  tellItem(world, actor, made, 'created')
  return made
}

/** A value as the API has it: one of the keys. */
export interface WantedValue {
  readonly text?: string | null | undefined
  readonly number?: number | null | undefined
  readonly date?: string | null | undefined
  readonly singleSelectOptionId?: string | null | undefined
}

/** Writes into a field of an item; the same value again changes nothing. */
export function setValue(
  world: World,
  actor: Actor,
  item: ProjectItem,
  field: ProjectField,
  wanted: WantedValue,
): ProjectItem {
  demandEditing(world, actor, item, field)
  return write(world, actor, item, field, checked(field, wanted))
}

/** Empties a field of an item. */
export function clearValue(world: World, actor: Actor, item: ProjectItem, field: ProjectField): ProjectItem {
  demandEditing(world, actor, item, field)
  return write(world, actor, item, field, undefined)
}

/** Writes without asking who may; undefined empties the field. */
export function write(
  world: World,
  actor: Actor,
  item: ProjectItem,
  field: ProjectField,
  wanted: Written | undefined,
): ProjectItem {
  const { [field.id]: before, ...others } = item.values
  const now = world.now()
  const stamp = { creatorId: actorAccount(actor).id, createdAt: before?.createdAt ?? now, updatedAt: now }
  const value: FieldValue | undefined = wanted === undefined ? undefined : { ...stamp, ...wanted }
  const from = shownValue(field, before)
  const to = shownValue(field, value)
  if (JSON.stringify(from) === JSON.stringify(to)) return item
  const values = value === undefined ? others : { ...others, [field.id]: value }
  const changed = projectItems(world).change(item.id, { values, updatedAt: now })
  tellItem(world, actor, changed, 'edited', { field, from, to })
  return changed
}

function checked(field: ProjectField, wanted: WantedValue): Written {
  const given = Object.values(wanted).filter(it => it !== null && it !== undefined)
  if (given.length !== 1) throw unprocessable('Exactly one value must be given to update a field')
  const missing = (what: string) =>
    unprocessable(`Did not receive a ${what} to update a field of type ${field.dataType.toLowerCase()}`)
  switch (field.dataType) {
    case 'TEXT':
      if (typeof wanted.text !== 'string') throw missing('text value')
      return { text: wanted.text }
    case 'NUMBER':
      if (typeof wanted.number !== 'number') throw missing('number value')
      return { number: wanted.number }
    case 'DATE':
      if (!/^\d{4}-\d\d-\d\d/.test(wanted.date ?? '')) throw missing('date value')
      return { date: wanted.date!.slice(0, 10) }
    default: {
      const optionId = wanted.singleSelectOptionId
      if (typeof optionId !== 'string') throw missing('single select option Id')
      if (!field.options.some(it => it.id === optionId))
        throw unprocessable('The single select option Id does not belong to the field')
      return { optionId }
    }
  }
}

function demandEditing(world: World, actor: Actor, item: ProjectItem, field: ProjectField): void {
  demandAccess(world, actor, projectOf(world, item), 'write')
  if (field.projectId !== item.projectId) throw unprocessable('The field does not belong to the project')
  if (!isCustom(field))
    throw unprocessable(`The field of type ${field.dataType.toLowerCase()} is currently not supported.`)
  if (item.archivedAt !== null) throw unprocessable('The item is archived and cannot be updated')
}

/** Puts an item away, or back on the board. */
export function setArchived(world: World, actor: Actor, item: ProjectItem, archived: boolean): ProjectItem {
  demandAccess(world, actor, projectOf(world, item), 'write')
  if ((item.archivedAt !== null) === archived) return item
  const archivedAt = archived ? world.now() : null
  const changed = projectItems(world).change(item.id, { archivedAt, updatedAt: world.now() })
  const changes = { archived_at: { from: item.archivedAt, to: archivedAt } }
  tellItem(world, actor, changed, archived ? 'archived' : 'restored', changes)
  return changed
}

export function deleteItem(world: World, actor: Actor, item: ProjectItem): void {
  demandAccess(world, actor, projectOf(world, item), 'write')
  removeItem(world, actor, item)
}

/** Takes an issue that is gone from all boards. */
export function dropFromBoards(world: World, actor: Actor, issue: Issue): void {
  for (const item of projectItems(world).find('issue', issue.id)) removeItem(world, actor, item)
}

function removeItem(world: World, actor: Actor, item: ProjectItem): void {
  const project = projectOf(world, item)
  tellItem(world, actor, item, 'deleted')
  projectItems(world).remove(item.id)
  projects(world).change(project.id, { itemIds: project.itemIds.filter(id => id !== item.id) })
}

/** Moves an item right after another one, or to the top. */
export function moveItem(
  world: World,
  actor: Actor,
  item: ProjectItem,
  after: ProjectItem | undefined,
): Project {
  const project = projectOf(world, item)
  demandAccess(world, actor, project, 'write')
  if (after !== undefined && after.projectId !== project.id)
    throw unprocessable('Both items must be on the same project.')
  const before = project.itemIds[project.itemIds.indexOf(item.id) - 1]
  const rest = project.itemIds.filter(id => id !== item.id)
  const at = after === undefined ? 0 : rest.indexOf(after.id) + 1
  const changed = projects(world).change(project.id, { itemIds: rest.toSpliced(at, 0, item.id) })
  const changes = {
    previous_projects_v2_item_node_id: { from: before, to: after?.id },
  }
  tellItem(world, actor, item, 'reordered', changes)
  return changed
}
