import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { initRepository, repoDir } from '../code/repository.ts'
import type { Repo } from '../documents.ts'
import { resolve, setDefaultBranch } from '../git/plumbing.ts'
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
import { fullName, nodeId, organizationOf } from '../render.ts'
import { installation } from '../render-app.ts'
import { fullRepository, repository } from '../render-repo.ts'

/** Repositories of the organization. The App is installed on all of them, so it hears of each that comes or goes. */

const Name = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,100}$/, 'may hold letters, digits, dots, dashes and underscores')
  .refine(it => it !== '.' && it !== '..' && !it.endsWith('.git'), 'is reserved')

const settings = {
  description: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  has_issues: z.boolean().optional(),
  allow_merge_commit: z.boolean().optional(),
  allow_squash_merge: z.boolean().optional(),
  allow_rebase_merge: z.boolean().optional(),
  allow_auto_merge: z.boolean().optional(),
  delete_branch_on_merge: z.boolean().optional(),
}
const Creating = z.object({ ...settings, name: Name, auto_init: z.boolean().default(false) })
const Changing = z.object({
  ...settings,
  name: Name.optional(),
  default_branch: z.string().min(1).optional(),
  archived: z.boolean().optional(),
})
type Settings = z.infer<typeof Changing>

const BLANK = {
  description: null,
  private: false,
  defaultBranch: 'main',
  hasIssues: true,
  archived: false,
  allow: { merge: true, squash: true, rebase: true, auto: false },
  deleteBranchOnMerge: false,
  roles: {},
  pushedAt: null,
} as const

/** What is wanted over what is there. */
const settled = (
  was: Omit<Repo, 'id' | 'ownerId' | 'name' | 'createdAt' | 'updatedAt'>,
  wanted: Settings,
) => ({
  description: wanted.description === undefined ? was.description : wanted.description,
  private:
    wanted.visibility === undefined ? (wanted.private ?? was.private) : wanted.visibility === 'private',
  defaultBranch: wanted.default_branch ?? was.defaultBranch,
  hasIssues: wanted.has_issues ?? was.hasIssues,
  archived: wanted.archived ?? was.archived,
  allow: {
    merge: wanted.allow_merge_commit ?? was.allow.merge,
    squash: wanted.allow_squash_merge ?? was.allow.squash,
    rebase: wanted.allow_rebase_merge ?? was.allow.rebase,
    auto: wanted.allow_auto_merge ?? was.allow.auto,
  },
  deleteBranchOnMerge: wanted.delete_branch_on_merge ?? was.deleteBranchOnMerge,
})

const nameTaken = () =>
  invalid({
    resource: 'Repository',
    code: 'custom',
    field: 'name',
    message: 'name already exists on this account',
  })

const taken = (call: Call, name: string) => call.world.repos.one('name', name.toLowerCase())

/** Members who may push somewhere may make repositories. */
async function create(call: Call) {
  const { world, actor } = call
  const owner = organizationInPath(call)
  const account = actorAccount(actor)
  if (!atLeast(account.role, 'write')) throw forbidden('You cannot create a repository in this organization.')
  const wanted = read(call, Creating, 'Repository')
  if (taken(call, wanted.name) !== undefined) throw nameTaken()
  const now = world.now()
  const repo: Repo = {
    ...BLANK,
    ...settled(BLANK, wanted),
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
    if (taken(call, repo.name) !== undefined) throw nameTaken()
    world.repos.put(repo)
    tellInstallation(call, repo, 'added')
    world.emit('repository', 'created', repo, {}, account)
  })
  return created(fullRepository(world, repo, actor))
}

function tellInstallation(call: Call, repo: Repo, what: 'added' | 'removed'): void {
  const { world, actor } = call
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
  const org = organizationOf(call.world)
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
  const other = wanted.name === undefined ? undefined : taken(call, wanted.name)
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
      unlink(call, issue.id)
      world.issues.remove(issue.id)
    }
    for (const comment of world.comments.find('repo', repo.id)) world.comments.remove(comment.id)
    for (const label of world.labels.find('repo', repo.id)) world.labels.remove(label.id)
    world.repos.remove(repo.id)
  })
  await rm(repoDir(world, repo), { recursive: true, force: true })
  return noContent
}

/** Takes an issue that goes away out of the links of others, which may be in other repositories. */
function unlink({ world }: Call, id: number): void {
  const { parentId, childIds, blockedByIds, blockingIds } = world.issues.get(id)!
  const without = (ids: readonly number[]) => ids.filter(it => it !== id)
  for (const near of [parentId, ...childIds, ...blockedByIds, ...blockingIds]) {
    const other = near === null ? undefined : world.issues.get(near)
    if (other === undefined) continue
    world.issues.change(other.id, {
      parentId: other.parentId === id ? null : other.parentId,
      childIds: without(other.childIds),
      blockedByIds: without(other.blockedByIds),
      blockingIds: without(other.blockingIds),
    })
  }
}

const administering = { role: 'admin', permission: ['administration:write'] } as const

export const repoRoutes: readonly Route[] = [
  ['POST', '/orgs/{org}/repos', create, { who: 'user' }],
  ['GET', '/orgs/{org}/repos', call => organizationInPath(call) && list(call)],
  ['GET', '/user/repos', list, { who: 'user' }],
  ['GET', '/repositories/{repository_id}', byId, { who: 'anyone' }],
  ['GET', '/repos/{owner}/{repo}', call => ok(fullRepository(call.world, call.repo, call.actor))],
  ['PATCH', '/repos/{owner}/{repo}', update, administering],
  ['DELETE', '/repos/{owner}/{repo}', remove, administering],
]
