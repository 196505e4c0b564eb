import type { Account } from '../documents.ts'
import { type Actor, forbidden, grants, notAccessible } from '../kit.ts'
import type { World } from '../world.ts'
import type { Project } from './documents.ts'

/** Who may see and change a board. */

const ACCESS = ['none', 'read', 'write', 'admin'] as const
export type Access = (typeof ACCESS)[number]

const ownerOf = (world: World, ownerId: number): Account => world.accounts.get(ownerId)!

/**
 * What the caller may do with a board. In an organization every member may see and edit it, as on GitHub by default;
 * its creator and the organization's owners administer it. An installation needs `organization_projects`; with `write`
 * it may do everything here, because GitHub does not say what takes `admin`. A person's board is no installation's.
 */
export function accessTo(world: World, actor: Actor, project: Project): Access {
  const owner = ownerOf(world, project.ownerId)
  if (actor.kind === 'installation') {
    if (owner.type !== 'Organization') return 'none'
    if (grants(actor.permissions, 'organization_projects:write')) return 'admin'
    return grants(actor.permissions, 'organization_projects:read') ? 'read' : 'none'
  }
  const open = project.public ? 'read' : 'none'
  if (actor.kind !== 'user') return open
  const { account } = actor
  if (account.id === project.creatorId || account.id === owner.id) return 'admin'
  if (owner.type !== 'Organization') return open
  if (account.role === 'admin') return 'admin'
  return account.role === 'none' ? open : 'write'
}

/** Refuses in the words that GitHub has for the kind of caller. */
export function demandAccess(world: World, actor: Actor, project: Project, least: Access): void {
  if (ACCESS.indexOf(accessTo(world, actor, project)) >= ACCESS.indexOf(least)) return
  throw actor.kind === 'user'
    ? forbidden(`${actor.account.login} does not have the correct permissions to change this project.`)
    : notAccessible()
}

/** Whether the owner's boards exist for the caller at all; an installation sees none of a person's. */
export const reaches = (actor: Actor, owner: Account): boolean =>
  actor.kind !== 'installation' || owner.type === 'Organization'

/** Refuses an installation that was not given the organization's projects. */
export function demandProjects(actor: Actor, owner: Account): void {
  if (actor.kind === 'installation' && owner.type === 'Organization')
    if (!grants(actor.permissions, 'organization_projects:read')) throw notAccessible()
}

/** Whether the caller may make a board there: members of the organization, people for themselves, an installation. */
export function demandCreation(actor: Actor, owner: Account): void {
  if (actor.kind === 'installation' && owner.type === 'Organization') {
    if (!grants(actor.permissions, 'organization_projects:write')) throw notAccessible()
    return
  }
  if (actor.kind === 'user') {
    if (owner.type === 'Organization' && actor.account.role !== 'none') return
    if (owner.id === actor.account.id) return
  }
  const login = actor.kind === 'anonymous' ? 'ghost' : actor.account.login
  throw forbidden(
    `${login} does not have permission to create projects on the ${owner.type.toLowerCase()} owner.`,
  )
}
