import { randomBytes } from 'node:crypto'
import { type Actor, unprocessable } from '../kit.ts'
import type { World } from '../world.ts'
import { demandAccess } from './access.ts'
import {
  type CustomFieldType,
  type FieldOption,
  type FieldType,
  type Project,
  type ProjectField,
  projectFields,
  projectItems,
  projectOf,
  projects,
} from './documents.ts'

/** The fields of a board: those that every board has, and those that somebody adds. */

const MAX_OPTIONS = 50
const MAX_FIELDS = 50

export type NewOption = Omit<FieldOption, 'id'>

const STATUS: readonly NewOption[] = [
  { name: 'Todo', color: 'GREEN', description: "This item hasn't been started" },
  { name: 'In Progress', color: 'YELLOW', description: 'This is actively being worked on' },
  { name: 'Done', color: 'PURPLE', description: 'This has been completed' },
]

/** What a new board has, in GitHub's order. */
const BUILT_IN: readonly (readonly [name: string, type: FieldType])[] = [
  ['Title', 'TITLE'],
  ['Assignees', 'ASSIGNEES'],
  ['Status', 'SINGLE_SELECT'],
  ['Labels', 'LABELS'],
  ['Linked pull requests', 'LINKED_PULL_REQUESTS'],
  ['Milestone', 'MILESTONE'],
  ['Repository', 'REPOSITORY'],
  ['Reviewers', 'REVIEWERS'],
  ['Parent issue', 'PARENT_ISSUE'],
  ['Sub-issues progress', 'SUB_ISSUES_PROGRESS'],
]

const CUSTOM: readonly FieldType[] = ['TEXT', 'NUMBER', 'DATE', 'SINGLE_SELECT']
export const isCustom = (field: ProjectField): boolean => CUSTOM.includes(field.dataType)

export const fieldsOf = (world: World, project: Project): ProjectField[] =>
  project.fieldIds.flatMap(id => projectFields(world).get(id) ?? [])

/** GitHub looks for a field's name without case. */
export const fieldNamed = (world: World, project: Project, name: string): ProjectField | undefined =>
  fieldsOf(world, project).find(it => it.name.toLowerCase() === name.toLowerCase())

const withIds = (options: readonly NewOption[]): FieldOption[] =>
  options.map(({ name, color, description }) => ({
    id: randomBytes(4).toString('hex'),
    name,
    color,
    description,
  }))

export function addBuiltIn(world: World, project: Project): Project {
  const made = BUILT_IN.map(([name, type]) =>
    put(world, project, name, type, name === 'Status' ? STATUS : []),
  )
  const status = made.find(it => it.dataType === 'SINGLE_SELECT')!
  return projects(world).change(project.id, {
    fieldIds: made.map(it => it.id),
    done: { fieldId: status.id, optionId: status.options.find(it => it.name === 'Done')!.id },
  })
}

function put(
  world: World,
  project: Project,
  name: string,
  dataType: FieldType,
  options: readonly NewOption[],
): ProjectField {
  const now = world.now()
  return projectFields(world).put({
    id: world.next(),
    projectId: project.id,
    name,
    dataType,
    options: withIds(options),
    createdAt: now,
    updatedAt: now,
  })
}

export function createField(
  world: World,
  actor: Actor,
  project: Project,
  wanted: { name: string; dataType: CustomFieldType; options: readonly NewOption[] },
): ProjectField {
  demandAccess(world, actor, project, 'write')
  checkName(world, project, wanted.name)
  if (project.fieldIds.length >= MAX_FIELDS)
    throw unprocessable(`A project cannot have more than ${MAX_FIELDS} fields`)
  if (wanted.dataType === 'SINGLE_SELECT') checkOptions(wanted.options)
  else if (wanted.options.length > 0) throw unprocessable('Only a single select field can have options')
  const made = put(world, project, wanted.name.trim(), wanted.dataType, wanted.options)
  projects(world).change(project.id, { fieldIds: [...project.fieldIds, made.id], updatedAt: world.now() })
  return made
}

/** Renames a field, or writes its options anew: all of them get new ids, and values that had an old one are lost. */
export function updateField(
  world: World,
  actor: Actor,
  field: ProjectField,
  wanted: { name?: string | undefined; options: readonly NewOption[] },
): ProjectField {
  const project = projectOf(world, field)
  demandAccess(world, actor, project, 'write')
  if (!isCustom(field)) throw unprocessable('The field cannot be updated')
  const name = wanted.name?.trim() ?? field.name
  if (name.toLowerCase() !== field.name.toLowerCase()) checkName(world, project, name)
  const anew = wanted.options.length > 0
  if (anew && field.dataType !== 'SINGLE_SELECT')
    throw unprocessable('Only a single select field can have options')
  if (anew) checkOptions(wanted.options)
  if (anew) dropValues(world, field)
  return projectFields(world).change(field.id, {
    name,
    options: anew ? withIds(wanted.options) : field.options,
    updatedAt: world.now(),
  })
}

export function deleteField(world: World, actor: Actor, field: ProjectField): ProjectField {
  const project = projectOf(world, field)
  demandAccess(world, actor, project, 'write')
  if (!isCustom(field)) throw unprocessable('The field cannot be deleted')
  dropValues(world, field)
  projectFields(world).remove(field.id)
  projects(world).change(project.id, {
    fieldIds: project.fieldIds.filter(id => id !== field.id),
    updatedAt: world.now(),
  })
  return field
}

/** What the items have in the field goes without a word: no event tells of it. */
function dropValues(world: World, field: ProjectField): void {
  for (const item of projectItems(world).find('project', field.projectId)) {
    const { [field.id]: gone, ...values } = item.values
    if (gone !== undefined) projectItems(world).change(item.id, { values })
  }
}

function checkName(world: World, project: Project, name: string): void {
  if (name.trim() === '') throw unprocessable("Name can't be blank")
  if (fieldNamed(world, project, name.trim()) !== undefined)
    throw unprocessable('Name has already been taken')
}

function checkOptions(options: readonly NewOption[]): void {
  if (options.length === 0) throw unprocessable('Single select field must have at least one option')
  if (options.length > MAX_OPTIONS)
    throw unprocessable(`A single select field cannot have more than ${MAX_OPTIONS} options`)
  if (options.some(it => it.name.trim() === '')) throw unprocessable("Option name can't be blank")
  if (new Set(options.map(it => it.name.toLowerCase())).size < options.length)
    throw unprocessable('Option names must be unique')
}
