import type { Call } from '../kit.ts'
import type { CustomFieldType, Project, ProjectField, ProjectItem } from '../projects/documents.ts'
import { createField, deleteField, type NewOption, updateField } from '../projects/fields.ts'
import {
  addItem,
  clearValue,
  deleteItem,
  moveItem,
  setArchived,
  setValue,
  type WantedValue,
} from '../projects/items.ts'
import { createProject, deleteProject, linkRepository, updateProject } from '../projects/project.ts'
import { fromNodeId, nodeId } from '../render.ts'
import type { PageArgs } from './connection.ts'
import { noNode, ownerOfNode, repoOfNode, threadOfNode } from './lookup.ts'
import { repositoryNode } from './nodes.ts'
import { fieldNode, itemNode, itemsOf, projectNode, projectThing } from './project-nodes.ts'
import { type Mutation, rooted, type Text } from './rooted.ts'

/** The mutations of boards. */

const thing = (call: Call, id: string) => {
  const node = fromNodeId(id)
  return node === undefined ? undefined : projectThing(call, node.kind, node.id)
}

function projectOfNode(call: Call, id: string): Project {
  const found = fromNodeId(id)?.kind === 'project' ? thing(call, id) : undefined
  if (found === undefined) throw noNode(id)
  return found.project
}

function fieldOfNode(call: Call, id: string): ProjectField {
  const field = thing(call, id)?.field
  if (field === undefined) throw noNode(id)
  return field
}

/** An item of the named board. */
function itemOfNode(call: Call, projectId: string, id: string): ProjectItem {
  const item = thing(call, id)?.item
  if (item?.projectId !== projectOfNode(call, projectId).id) throw noNode(id)
  return item
}

const create: Mutation<{ ownerId: string; title: string; repositoryId: Text }> = (call, input) => {
  const repo = input.repositoryId ? repoOfNode(call, input.repositoryId) : undefined
  const made = createProject(call.world, call.actor, ownerOfNode(call, input.ownerId), input.title)
  const linked = repo === undefined ? made : linkRepository(call.world, call.actor, made, repo)
  return { projectV2: projectNode(call, linked) }
}

type Flag = boolean | null | undefined

const update: Mutation<{
  projectId: string
  title: Text
  shortDescription: Text
  readme: Text
  closed: Flag
  public: Flag
}> = (call, { projectId, ...input }) => {
  const changed = updateProject(call.world, call.actor, projectOfNode(call, projectId), {
    title: input.title ?? undefined,
    shortDescription: input.shortDescription ?? undefined,
    readme: input.readme ?? undefined,
    closed: input.closed ?? undefined,
    public: input.public ?? undefined,
  })
  return { projectV2: projectNode(call, changed) }
}

const remove: Mutation<{ projectId: string }> = (call, { projectId }) => {
  const project = projectOfNode(call, projectId)
  const projectV2 = projectNode(call, project)
  deleteProject(call.world, call.actor, project)
  return { projectV2 }
}

const link: Mutation<{ projectId: string; repositoryId: string }> = (call, input) => {
  const repo = repoOfNode(call, input.repositoryId)
  linkRepository(call.world, call.actor, projectOfNode(call, input.projectId), repo)
  return { repository: repositoryNode(call, repo) }
}

type Options = readonly NewOption[] | null | undefined

const addField: Mutation<{
  projectId: string
  name: string
  dataType: CustomFieldType
  singleSelectOptions: Options
}> = (call, input) => {
  const { name, dataType } = input
  const wanted = { name, dataType, options: input.singleSelectOptions ?? [] }
  const made = createField(call.world, call.actor, projectOfNode(call, input.projectId), wanted)
  return { projectV2Field: fieldNode(call, made) }
}

const changeField: Mutation<{ fieldId: string; name: Text; singleSelectOptions: Options }> = (
  call,
  input,
) => {
  const wanted = { name: input.name ?? undefined, options: input.singleSelectOptions ?? [] }
  const changed = updateField(call.world, call.actor, fieldOfNode(call, input.fieldId), wanted)
  return { projectV2Field: fieldNode(call, changed) }
}

const removeField: Mutation<{ fieldId: string }> = (call, { fieldId }) => ({
  projectV2Field: fieldNode(call, deleteField(call.world, call.actor, fieldOfNode(call, fieldId))),
})

const add: Mutation<{ projectId: string; contentId: string }> = (call, input) => {
  const project = projectOfNode(call, input.projectId)
  return {
    item: itemNode(call, addItem(call.world, call.actor, project, threadOfNode(call, input.contentId))),
  }
}

interface OfItem {
  readonly projectId: string
  readonly itemId: string
}

const write: Mutation<OfItem & { fieldId: string; value: WantedValue }> = (call, input) => {
  const item = itemOfNode(call, input.projectId, input.itemId)
  const field = fieldOfNode(call, input.fieldId)
  return { projectV2Item: itemNode(call, setValue(call.world, call.actor, item, field, { ...input.value })) }
}

const clear: Mutation<OfItem & { fieldId: string }> = (call, input) => {
  const item = itemOfNode(call, input.projectId, input.itemId)
  const field = fieldOfNode(call, input.fieldId)
  return { projectV2Item: itemNode(call, clearValue(call.world, call.actor, item, field)) }
}

const move: Mutation<OfItem & { afterId: Text }> = (call, input) => {
  const after = input.afterId ? itemOfNode(call, input.projectId, input.afterId) : undefined
  const item = itemOfNode(call, input.projectId, input.itemId)
  const project = moveItem(call.world, call.actor, item, after)
  return { items: (args: PageArgs) => itemsOf(call, project, args) }
}

const archiving =
  (archived: boolean): Mutation<OfItem> =>
  (call, input) => {
    const item = itemOfNode(call, input.projectId, input.itemId)
    return { item: itemNode(call, setArchived(call.world, call.actor, item, archived)) }
  }

const removeItem: Mutation<OfItem> = (call, input) => {
  const item = itemOfNode(call, input.projectId, input.itemId)
  deleteItem(call.world, call.actor, item)
  return { deletedItemId: nodeId('project_item', item.id) }
}

export const projectMutations = {
  createProjectV2: rooted(create),
  updateProjectV2: rooted(update),
  deleteProjectV2: rooted(remove),
  linkProjectV2ToRepository: rooted(link),
  createProjectV2Field: rooted(addField),
  updateProjectV2Field: rooted(changeField),
  deleteProjectV2Field: rooted(removeField),
  addProjectV2ItemById: rooted(add),
  updateProjectV2ItemFieldValue: rooted(write),
  clearProjectV2ItemFieldValue: rooted(clear),
  updateProjectV2ItemPosition: rooted(move),
  archiveProjectV2Item: rooted(archiving(true)),
  unarchiveProjectV2Item: rooted(archiving(false)),
  deleteProjectV2Item: rooted(removeItem),
}
