import { z } from 'zod'
import type { Account, Repo, Role } from '../documents.ts'
import { READING } from '../issues/issue.ts'
import {
  actorAccount,
  type Call,
  collaborates,
  noContent,
  notFound,
  ok,
  page,
  type Route,
  read,
  roleOf,
} from '../kit.ts'
import { homeOf, user } from '../render.ts'
import { fullOrganization } from '../render-app.ts'
import { rolePermissions } from '../render-repo.ts'
import type { World } from '../world.ts'

/** People, the organization, and who may do what in a repository. */

function accountInPath(call: Call): Account {
  const found = call.world.accounts.one('login', (call.params.username ?? '').toLowerCase())
  if (found === undefined) throw notFound()
  return found
}

/** `public-user`. */
const publicUser = (world: World, account: Account) => ({
  ...user(world, account),
  name: account.login,
  company: null,
  blog: '',
  location: null,
  email: null,
  hireable: null,
  bio: null,
  twitter_username: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: account.createdAt,
  updated_at: account.createdAt,
})

function organizationInPath(call: Call) {
  const home = homeOf(call.world)
  if (home.type === 'User' || call.params.org?.toLowerCase() !== home.login.toLowerCase()) throw notFound()
  return ok(fullOrganization(call.world))
}

const isMember = (account: Account) => account.type === 'User' && account.role !== 'none'

function members(call: Call) {
  organizationInPath(call)
  return page(call, call.world.accounts.all().filter(isMember), it => user(call.world, it))
}

function isMemberOf(call: Call) {
  organizationInPath(call)
  if (!isMember(accountInPath(call))) throw notFound()
  return noContent
}

/** `collaborator`. The App's bot and people without a role are not among them. */
const collaborator = (world: World, account: Account, repo: Repo) => ({
  ...user(world, account),
  permissions: rolePermissions(account, repo),
  role_name: roleOf(account, repo),
})

const collaborators = (call: Call) =>
  page(
    call,
    call.world.accounts.all().filter(it => collaborates(it, call.repo)),
    it => collaborator(call.world, it, call.repo),
  )

function isOne(call: Call) {
  if (!collaborates(accountInPath(call), call.repo)) throw notFound()
  return noContent
}

/** The coarse permission that goes with a role; `role_name` keeps the role itself. */
const PERMISSION = { none: 'none', read: 'read', triage: 'read', write: 'write', admin: 'admin' } as const

/** Anybody can read a public repository; on a private one, who is not a collaborator is not found. */
function permission(call: Call) {
  const account = accountInPath(call)
  const role = roleOf(account, call.repo)
  if (role === 'none' || account.type !== 'User') throw notFound()
  return ok({
    permission: PERMISSION[role],
    role_name: role,
    user: collaborator(call.world, account, call.repo),
  })
}

/** GitHub's names of the levels that can be given, and the sandbox's roles. */
const GIVEN = { pull: 'read', triage: 'triage', push: 'write', maintain: 'write', admin: 'admin' } as const

const setRole = (call: Call, role: Role) => {
  const { login } = accountInPath(call)
  call.world.repos.change(call.repo.id, { roles: { ...call.repo.roles, [login]: role } })
  return noContent
}

function give(call: Call) {
  const Wanted = z.object({
    permission: z.enum(['pull', 'triage', 'push', 'maintain', 'admin']).default('push'),
  })
  return setRole(call, GIVEN[read(call, Wanted, 'Collaborator').permission])
}

const administering = { role: 'admin', permission: ['administration:write'] } as const
const ofRepo = '/repos/{owner}/{repo}/collaborators'

export const peopleRoutes: readonly Route[] = [
  ['GET', '/user', call => ok(publicUser(call.world, actorAccount(call.actor))), { who: 'user' }],
  ['GET', '/users/{username}', call => ok(publicUser(call.world, accountInPath(call))), { who: 'anyone' }],
  ['GET', '/orgs/{org}', organizationInPath, { who: 'anyone' }],
  ['GET', '/orgs/{org}/members', members, { who: 'user' }],
  ['GET', '/orgs/{org}/members/{username}', isMemberOf, { who: 'user' }],
  ['GET', ofRepo, collaborators, { who: 'member' }],
  ['GET', `${ofRepo}/{username}`, isOne, { who: 'member' }],
  ['GET', `${ofRepo}/{username}/permission`, permission, { who: 'member' }],
  ['PUT', `${ofRepo}/{username}`, give, administering],
  ['DELETE', `${ofRepo}/{username}`, call => setRole(call, 'none'), administering],
  [
    'GET',
    '/repos/{owner}/{repo}/assignees',
    call =>
      page(
        call,
        call.world.accounts.all().filter(it => collaborates(it, call.repo)),
        it => user(call.world, it),
      ),
    { permission: READING },
  ],
]
