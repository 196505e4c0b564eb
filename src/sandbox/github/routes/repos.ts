import { rm } from 'node:fs/promises'
import { initRepository, repoDir } from '../code/repository.ts'
import type { Account, Repo } from '../documents.ts'
import { resolve, setDefaultBranch } from '../git/plumbing.ts'
import { departed } from '../issues/departed.ts'
import { unlink } from '../issues/links.ts'
import {
  actorAccount,
  atLeast,
  type Call,
  canSee,
  created,
  forbidden,
  invalid,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
} from '../kit.ts'
import { dropFromBoards } from '../projects/items.ts'
import { fullName, homeOf, nodeId } from '../render.ts'
import { installation } from '../render-app.ts'
import { fullRepository, repository } from '../render-repo.ts'
import { BLANK, Changing, Creating, settled } from './repo-settings.ts'

/** Repositories of the organization and of people. The App is installed on all of the organization's, so it hears of each that comes or goes. */

const nameTaken = () =>
  invalid({
    resource: 'Repository',
    code: 'custom',
    field: 'name',
    message: 'name already exists on this account',
  })

const taken = (call: Call, owner: number, name: string) =>
  call.world.repos.find('name', name.toLowerCase()).find(it => it.ownerId === owner)

/** Members who may push somewhere may make repositories. */
function createHere(call: Call) {
  const owner = organizationInPath(call)
  if (!atLeast(actorAccount(call.actor).role, 'write'))
    throw forbidden('You cannot create a repository in this organization.')
  return create(call, owner)
}

/** What people may do in the repositories of a person that the App is not installed on: nothing, unless they are let in. */
const rolesFor = ({ world }: Call, owner: Account): Repo['roles'] =>
  owner.id === homeOf(world).id
    ? {}
    : Object.fromEntries(
        world.accounts
          .all()
          .filter(it => it.type === 'User')
          .map(it => [it.login, it.id === owner.id ? 'admin' : 'none']),
      )

async function create(call: Call, owner: Account) {
  const { world, actor } = call
  const account = actorAccount(actor)
  const wanted = read(call, Creating, 'Repository')
  if (taken(call, owner.id, wanted.name) !== undefined) throw nameTaken()
  const now = world.now()
  const repo: Repo = {
    ...BLANK,
    ...settled(BLANK, wanted),
    roles: rolesFor(call, owner),
    id: world.next(),
    ownerId: owner.id,
    name: wanted.name,
    createdAt: now,
    updatedAt: now,
    pushedAt: wanted.auto_init ? now : null,
  }
  await initRepository(world, repo, account, wanted.auto_init)
  world.atomically(() => {
    // Somebody else may have taken the name while git was at work.
    if (taken(call, owner.id, repo.name) !== undefined) throw nameTaken()
    world.repos.put(repo)
    tellInstallation(call, repo, 'added')
    world.emit('repository', 'created', repo, {}, account)
  })
  return created(fullRepository(world, repo, actor))
}

function tellInstallation(call: Call, repo: Repo, what: 'added' | 'removed'): void {
  const { world, actor } = call
  if (repo.ownerId !== homeOf(world).id) return
  const lite = {
    id: repo.id,
    node_id: nodeId('repo', repo.id),
    name: repo.name,
    full_name: fullName(world, repo),
    private: repo.private,
  }
  const payload = {
    installation: installation(world),
    repository_selection: 'all',
    repositories_added: what === 'added' ? [lite] : [],
    repositories_removed: what === 'removed' ? [lite] : [],
    requester: null,
  }
  world.emit('installation_repositories', what, null, payload, actorAccount(actor))
}

function organizationInPath(call: Call) {
  const org = homeOf(call.world)
  if (org.type === 'User') throw notFound()
  if (call.params.org?.toLowerCase() !== org.login.toLowerCase()) throw notFound()
  return org
}

function list(call: Call) {
  const shown = call.world.repos.all().filter(it => canSee(call.actor, it))
  return page(call, shown, it => repository(call.world, it, call.actor))
}

function byId(call: Call) {
  const found = call.world.repos.get(numberIn(call, 'repository_id'))
  if (found === undefined || !canSee(call.actor, found)) throw notFound()
  return ok(fullRepository(call.world, found, call.actor))
}

async function update(call: Call) {
  const { world, repo, actor } = call
  const wanted = read(call, Changing, 'Repository')
  const other = wanted.name === undefined ? undefined : taken(call, repo.ownerId, wanted.name)
  if (other !== undefined && other.id !== repo.id) throw nameTaken()
  if (wanted.default_branch !== undefined && wanted.default_branch !== repo.defaultBranch) {
    const dir = repoDir(world, repo)
    if ((await resolve(dir, `refs/heads/${wanted.default_branch}`)) === undefined)
      throw invalid({ resource: 'Repository', field: 'default_branch', code: 'invalid' })
    await setDefaultBranch(dir, wanted.default_branch)
  }
  const changed = world.atomically(() => {
    const now = world.repos.get(repo.id) ?? repo
    const after = world.repos.put({
      ...now,
      ...settled(now, wanted),
      name: wanted.name ?? now.name,
      updatedAt: world.now(),
    })
    tellChanges(call, now, after)
    return after
  })
  return ok(fullRepository(world, changed, actor))
}

/** One event for each thing that changed, as on GitHub. */
function tellChanges({ world, actor }: Call, before: Repo, after: Repo): void {
  const sender = actorAccount(actor)
  const tell = (action: string, more = {}) => world.emit('repository', action, after, more, sender)
  if (before.name !== after.name)
    tell('renamed', { changes: { repository: { name: { from: before.name } } } })
  if (before.archived !== after.archived) tell(after.archived ? 'archived' : 'unarchived')
  if (before.private !== after.private) tell(after.private ? 'privatized' : 'publicized')
  const changes = {
    ...(before.description === after.description ? {} : { description: { from: before.description } }),
    ...(before.defaultBranch === after.defaultBranch
      ? {}
      : { default_branch: { from: before.defaultBranch } }),
  }
  if (Object.keys(changes).length > 0) tell('edited', { changes })
}

async function remove(call: Call) {
  const { world, repo, actor } = call
  world.atomically(() => {
    world.emit('repository', 'deleted', repo, {}, actorAccount(actor))
    tellInstallation(call, repo, 'removed')
    for (const issue of world.issues.find('repo', repo.id)) {
      unlink(world, issue.id)
      dropFromBoards(world, actor, issue)
      world.issues.remove(issue.id)
    }
    for (const left of departed(world).find('repo', repo.id)) departed(world).remove(left.id)
    for (const comment of world.comments.find('repo', repo.id)) world.comments.remove(comment.id)
    for (const label of world.labels.find('repo', repo.id)) world.labels.remove(label.id)
    world.repos.remove(repo.id)
  })
  await rm(repoDir(world, repo), { recursive: true, force: true })
  return noContent
}

const administering = { role: 'admin', permission: ['administration:write'] } as const

export const repoRoutes: readonly Route[] = [
  ['POST', '/orgs/{org}/repos', createHere, { who: 'user' }],
  ['POST', '/user/repos', call => create(call, actorAccount(call.actor)), { who: 'user' }],
  ['GET', '/orgs/{org}/repos', call => organizationInPath(call) && list(call)],
  ['GET', '/user/repos', list, { who: 'user' }],
  ['GET', '/repositories/{repository_id}', byId, { who: 'anyone' }],
  ['GET', '/repos/{owner}/{repo}', call => ok(fullRepository(call.world, call.repo, call.actor))],
  ['PATCH', '/repos/{owner}/{repo}', update, administering],
  ['DELETE', '/repos/{owner}/{repo}', remove, administering],
]
