import { repoOf } from '../issues/issue.ts'
import { carried } from '../issues/labels.ts'
import type { Call } from '../kit.ts'
import type { FieldValue, ProjectField, ProjectItem } from '../projects/documents.ts'
import { connection, type PageArgs } from './connection.ts'
import { actorNode, authorOf, labelNode, repositoryNode } from './nodes.ts'

/** What the items of a board say in its fields, as GraphQL objects. */

/** A value that somebody wrote. */
export function writtenValue(call: Call, field: ProjectField, value: FieldValue) {
  const { createdAt, updatedAt } = value
  const common = { createdAt, updatedAt, creator: () => authorOf(call, value.creatorId) }
  if ('text' in value) return { ...common, __typename: 'ProjectV2ItemFieldTextValue', text: value.text }
  if ('number' in value)
    return { ...common, __typename: 'ProjectV2ItemFieldNumberValue', number: value.number }
  if ('date' in value) return { ...common, __typename: 'ProjectV2ItemFieldDateValue', date: value.date }
  const { name, color, description } = field.options.find(it => it.id === value.optionId)!
  return {
    ...common,
    __typename: 'ProjectV2ItemFieldSingleSelectValue',
    optionId: value.optionId,
    name,
    color,
    description,
  }
}

/** The fields that GitHub fills from the issue. */
export function contentValue(
  call: Call,
  item: ProjectItem,
  field: ProjectField,
  common: { readonly id: string },
) {
  const { world } = call
  const issue = world.issues.get(item.issueId)!
  const people = issue.assigneeIds.flatMap(id => world.accounts.get(id) ?? [])
  const times = { createdAt: item.createdAt, updatedAt: item.updatedAt }
  switch (field.dataType) {
    case 'TITLE':
      return { ...common, ...times, __typename: 'ProjectV2ItemFieldTextValue', text: issue.title }
    case 'REPOSITORY':
      return {
        ...common,
        __typename: 'ProjectV2ItemFieldRepositoryValue',
        repository: () => repositoryNode(call, repoOf(world, issue)),
      }
    case 'LABELS':
      return issue.labelIds.length === 0
        ? null
        : {
            ...common,
            __typename: 'ProjectV2ItemFieldLabelValue',
            labels: (args: PageArgs) =>
              connection('labels', carried(world, issue), args, it => labelNode(call, it)),
          }
    case 'ASSIGNEES':
      return people.length === 0
        ? null
        : {
            ...common,
            __typename: 'ProjectV2ItemFieldUserValue',
            users: (args: PageArgs) => connection('users', people, args, it => actorNode(call, it)),
          }
    default:
      return null
  }
}
