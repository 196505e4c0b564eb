import type { Account, Issue, Repo } from '../documents.ts'
import { repoOf } from '../issues/issue.ts'
import { type Call, canSee } from '../kit.ts'
import { accessTo, demandProjects, reaches } from '../projects/access.ts'
import {
  type Project,
  type ProjectField,
  type ProjectItem,
  projectFields,
  projectItems,
  projectOf,
  projects,
} from '../projects/documents.ts'
import { fieldNamed, fieldsOf } from '../projects/fields.ts'
import { fieldNodeId } from '../projects/tell.ts'
import { nodeId } from '../render.ts'
import { connection, type PageArgs } from './connection.ts'
import { actorNode, authorOf, repositoryNode, subjectNode, unresolved } from './nodes.ts'
import { contentValue, writtenValue } from './project-values.ts'

/** Boards as GraphQL objects. */

type ProjectsArgs = PageArgs & { query?: string | null }

/** The boards that the caller may see; `query` is looked for in the titles, but for `is:open` and `is:closed`. */
function shownProjects(call: Call, all: readonly Project[], query: string | null | undefined): Project[] {
  const words = (query ?? '').toLowerCase().split(/\s+/)
  const text = words.filter(it => !it.startsWith('is:')).join(' ')
  return all
    .filter(it => accessTo(call.world, call.actor, it) !== 'none')
    .filter(it => it.title.toLowerCase().includes(text))
    .filter(it => !words.includes(it.closedAt === null ? 'is:closed' : 'is:open'))
    .sort((a, b) => b.number - a.number)
}

/** `projectsV2` and `projectV2` of an organization or a person. */
export const projectsOfOwner = (call: Call, owner: Account) => ({
  projectsV2: (args: ProjectsArgs) => {
    demandProjects(call.actor, owner)
    const all = reaches(call.actor, owner) ? projects(call.world).find('owner', owner.id) : []
    return connection('projectsV2', shownProjects(call, all, args.query), args, it => projectNode(call, it))
  },
  projectV2: ({ number }: { number: number }) => {
    demandProjects(call.actor, owner)
    const found = projects(call.world).one('number', `${owner.id}#${number}`)
    if (found === undefined || accessTo(call.world, call.actor, found) === 'none')
      throw unresolved(`a ProjectV2 with the number ${number}`)
    return projectNode(call, found)
  },
})

export const ownerNode = (call: Call, owner: Account) => ({
  ...actorNode(call, owner),
  ...projectsOfOwner(call, owner),
})

/** `projectsV2` of a repository: the boards that are linked to it. */
export const projectsOfRepository = (call: Call, repo: Repo) => (args: ProjectsArgs) => {
  const linked = projects(call.world)
    .find('owner', repo.ownerId)
    .filter(it => it.repositoryIds.includes(repo.id))
  return connection('projectsV2', shownProjects(call, linked, args.query), args, it => projectNode(call, it))
}

/** `projectItems` of an issue or a pull request. */
export const itemsOfIssue =
  (call: Call, issue: Issue) => (args: PageArgs & { includeArchived?: boolean | null }) => {
    const shown = projectItems(call.world)
      .find('issue', issue.id)
      .filter(it => accessTo(call.world, call.actor, projectOf(call.world, it)) !== 'none')
      .filter(it => args.includeArchived !== false || it.archivedAt === null)
    return connection('projectItems', shown, args, it => itemNode(call, it))
  }

export interface ProjectNode {
  readonly __typename: 'ProjectV2'
  readonly id: string
  readonly [field: string]: unknown
}

export function projectNode(call: Call, it: Project): ProjectNode {
  const { world } = call
  const owner = world.accounts.get(it.ownerId)!
  const path = `/${owner.type === 'Organization' ? 'orgs' : 'users'}/${owner.login}/projects/${it.number}`
  const manages = accessTo(world, call.actor, it) === 'admin'
  return {
    __typename: 'ProjectV2',
    id: nodeId('project', it.id),
    databaseId: it.id,
    fullDatabaseId: String(it.id),
    number: it.number,
    title: it.title,
    shortDescription: it.shortDescription,
    readme: it.readme,
    url: `${world.urls.web}${path}`,
    resourcePath: path,
    public: it.public,
    closed: it.closedAt !== null,
    closedAt: it.closedAt,
    template: false,
    createdAt: it.createdAt,
    updatedAt: it.updatedAt,
    creator: () => authorOf(call, it.creatorId),
    owner: () => ownerNode(call, owner),
    viewerCanUpdate: manages,
    viewerCanClose: manages,
    viewerCanReopen: manages,
    field: ({ name }: { name: string }) => {
      const found = fieldNamed(world, it, name)
      return found === undefined ? null : fieldNode(call, found)
    },
    fields: (args: PageArgs) => connection('fields', fieldsOf(world, it), args, one => fieldNode(call, one)),
    items: (args: PageArgs) => itemsOf(call, it, args),
    repositories: (args: PageArgs) => {
      const linked = it.repositoryIds.flatMap(id => world.repos.get(id) ?? [])
      const seen = linked.filter(one => canSee(call.actor, one))
      return connection('repositories', seen, args, one => repositoryNode(call, one))
    },
  }
}

export const itemsOf = (call: Call, project: Project, args: PageArgs) =>
  connection(
    'items',
    project.itemIds.flatMap(id => projectItems(call.world).get(id) ?? []),
    args,
    it => itemNode(call, it),
  )

export const fieldNode = (call: Call, it: ProjectField) => ({
  __typename: it.dataType === 'SINGLE_SELECT' ? 'ProjectV2SingleSelectField' : 'ProjectV2Field',
  id: fieldNodeId(it),
  databaseId: it.id,
  name: it.name,
  dataType: it.dataType,
  project: () => projectNode(call, projectOf(call.world, it)),
  createdAt: it.createdAt,
  updatedAt: it.updatedAt,
  options: ({ names }: { names?: readonly string[] | null }) =>
    it.options.filter(one => names?.includes(one.name) ?? true),
})

/** An item; what stands on it is REDACTED for those who cannot see the repository. */
export function itemNode(call: Call, it: ProjectItem): { readonly [field: string]: unknown } {
  const { world } = call
  const project = projectOf(world, it)
  const issue = world.issues.get(it.issueId)!
  const seen = canSee(call.actor, repoOf(world, issue))
  return {
    __typename: 'ProjectV2Item',
    id: nodeId('project_item', it.id),
    databaseId: it.id,
    fullDatabaseId: String(it.id),
    type: seen ? (issue.pull === null ? 'ISSUE' : 'PULL_REQUEST') : 'REDACTED',
    isArchived: it.archivedAt !== null,
    project: () => projectNode(call, project),
    content: () => (seen ? subjectNode(call, issue) : null),
    creator: () => authorOf(call, it.creatorId),
    createdAt: it.createdAt,
    updatedAt: it.updatedAt,
    fieldValueByName: ({ name }: { name: string }) => {
      const field = fieldNamed(world, project, name)
      return field === undefined ? null : valueNode(call, it, field, seen)
    },
    fieldValues: (args: PageArgs) => {
      const filled = fieldsOf(world, project).filter(field => valueNode(call, it, field, seen) !== null)
      return connection('fieldValues', filled, args, field => valueNode(call, it, field, seen))
    },
  }
}

/** What the item says in a field; null when it is empty, or not for the caller's eyes. */
function valueNode(call: Call, item: ProjectItem, field: ProjectField, seen: boolean) {
  const common = {
    id: `PVTFSV_kw${Buffer.from(`${item.id}/${field.id}`).toString('base64url')}`,
    databaseId: field.id,
    field: () => fieldNode(call, field),
    item: () => itemNode(call, item),
  }
  const value = item.values[field.id]
  if (value !== undefined) return { ...common, ...writtenValue(call, field, value) }
  return seen ? contentValue(call, item, field, common) : null
}

/** A board, an item or a field by its id, if the caller may see it. */
export function projectThing(call: Call, kind: string, id: number) {
  const field =
    kind === 'project_field' || kind === 'project_select' ? projectFields(call.world).get(id) : undefined
  const item = kind === 'project_item' ? projectItems(call.world).get(id) : undefined
  const whole = kind === 'project' ? id : (field ?? item)?.projectId
  const project = whole === undefined ? undefined : projects(call.world).get(whole)
  if (project === undefined) return undefined
  demandProjects(call.actor, call.world.accounts.get(project.ownerId)!)
  return accessTo(call.world, call.actor, project) === 'none' ? undefined : { project, item, field }
}
