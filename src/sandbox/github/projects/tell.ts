import { type Actor, actorAccount } from '../kit.ts'
import { nodeId, userById } from '../render.ts'
import type { World } from '../world.ts'
import { type FieldValue, type ProjectField, type ProjectItem, projectOf } from './documents.ts'

/** `projects_v2_item` events. They belong to the organization: they name no repository, and a person's board has none. */

export const fieldNodeId = (field: ProjectField): string =>
  nodeId(field.dataType === 'SINGLE_SELECT' ? 'project_select' : 'project_field', field.id)

/** A value as deliveries show it: a choice with its name and colour, text, a number, or null. */
export function shownValue(field: ProjectField, value: FieldValue | undefined) {
  if (value === undefined) return null
  if ('text' in value) return value.text
  if ('number' in value) return value.number
  if ('date' in value) return `${value.date}T00:00:00+00:00`
  return field.options.find(it => it.id === value.optionId) ?? null
}

/** `projects-v2-item`. */
function shownItem(world: World, it: ProjectItem) {
  const issue = world.issues.get(it.issueId)!
  return {
    id: it.id,
    node_id: nodeId('project_item', it.id),
    project_node_id: nodeId('project', it.projectId),
    content_node_id: issue.pull === null ? nodeId('issue', issue.id) : nodeId('pull', issue.pull.id),
    content_type: issue.pull === null ? 'Issue' : 'PullRequest',
    creator: userById(world, it.creatorId),
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    archived_at: it.archivedAt,
  }
}

/** What changed: a field's value, when the item was archived, or which item it came after. */
export type ItemChange =
  | { readonly field: ProjectField; readonly from: unknown; readonly to: unknown }
  | { readonly archived_at: { readonly from: string | null; readonly to: string | null } }
  | {
      readonly previous_projects_v2_item_node_id: {
        readonly from: number | undefined
        readonly to: number | undefined
      }
    }

export function tellItem(
  world: World,
  actor: Actor,
  item: ProjectItem,
  action: 'created' | 'edited' | 'archived' | 'restored' | 'deleted' | 'reordered',
  change?: ItemChange,
): void {
  const project = projectOf(world, item)
  if (world.accounts.get(project.ownerId)?.type !== 'Organization') return
  const changes = change === undefined ? {} : { changes: shownChange(project.number, change) }
  const payload = { projects_v2_item: shownItem(world, item), ...changes }
  world.emit('projects_v2_item', action, null, payload, actorAccount(actor))
}

function shownChange(project_number: number, change: ItemChange) {
  if ('archived_at' in change) return change
  if ('previous_projects_v2_item_node_id' in change) {
    const { from, to } = change.previous_projects_v2_item_node_id
    const node = (id: number | undefined) => (id === undefined ? null : nodeId('project_item', id))
    return { previous_projects_v2_item_node_id: { from: node(from), to: node(to) } }
  }
  const { field, from, to } = change
  return {
    field_value: {
      field_node_id: fieldNodeId(field),
      field_type: field.dataType.toLowerCase(),
      field_name: field.name,
      project_number,
      from,
      to,
    },
  }
}
