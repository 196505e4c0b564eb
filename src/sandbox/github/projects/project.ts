import type { Account, Repo } from '../documents.ts'
import { type Actor, actorAccount, unprocessable } from '../kit.ts'
import type { World } from '../world.ts'
import { demandAccess, demandCreation } from './access.ts'
import { type Project, projectFields, projectItems, projects } from './documents.ts'
import { addBuiltIn } from './fields.ts'

/** Making, changing and deleting boards. */

export function createProject(world: World, actor: Actor, owner: Account, title: string): Project {
  demandCreation(actor, owner)
  checkTitle(title)
  const now = world.now()
  const made = projects(world).put({
    id: world.next(),
    ownerId: owner.id,
    number: world.next(`projects of ${owner.id}`),
    title,
    shortDescription: null,
    readme: null,
    public: false,
    closedAt: null,
    creatorId: actorAccount(actor).id,
    fieldIds: [],
    itemIds: [],
    repositoryIds: [],
    done: null,
    createdAt: now,
    updatedAt: now,
  })
  return addBuiltIn(world, made)
}

export interface ProjectChange {
  readonly title?: string | undefined
  readonly shortDescription?: string | undefined
  readonly readme?: string | undefined
  readonly public?: boolean | undefined
  readonly closed?: boolean | undefined
}

export function updateProject(world: World, actor: Actor, project: Project, wanted: ProjectChange): Project {
  demandAccess(world, actor, project, 'admin')
  if (wanted.title !== undefined) checkTitle(wanted.title)
  const closed = wanted.closed ?? project.closedAt !== null
  return projects(world).change(project.id, {
    title: wanted.title ?? project.title,
    shortDescription: wanted.shortDescription ?? project.shortDescription,
    readme: wanted.readme ?? project.readme,
    public: wanted.public ?? project.public,
    closedAt: closed ? (project.closedAt ?? world.now()) : null,
    updatedAt: world.now(),
  })
}

/** Deletes a board with its fields and items; the issues stay. The items' own events do not tell of it. */
export function deleteProject(world: World, actor: Actor, project: Project): void {
  demandAccess(world, actor, project, 'admin')
  for (const item of projectItems(world).find('project', project.id)) projectItems(world).remove(item.id)
  for (const field of projectFields(world).find('project', project.id)) projectFields(world).remove(field.id)
  projects(world).remove(project.id)
}

/** Shows the board on the repository's page; both must have the same owner. */
export function linkRepository(world: World, actor: Actor, project: Project, repo: Repo): Project {
  demandAccess(world, actor, project, 'write')
  if (repo.ownerId !== project.ownerId)
    throw unprocessable('The repository must be owned by the same owner as the project.')
  if (project.repositoryIds.includes(repo.id)) return project
  return projects(world).change(project.id, { repositoryIds: [...project.repositoryIds, repo.id] })
}

function checkTitle(title: string): void {
  if (title.trim() === '') throw unprocessable("Title can't be blank")
  if (title.length > 256) throw unprocessable('Title is too long (maximum is 256 characters)')
}
