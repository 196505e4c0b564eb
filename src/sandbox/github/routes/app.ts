import { z } from 'zod'
import { demandUnsuspended, installationToken } from '../actors.ts'
import { findRepo } from '../api.ts'
import type { Level, Permissions, Repo } from '../documents.ts'
import {
  actorAccount,
  type Call,
  canSee,
  created,
  grants,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
  unprocessable,
} from '../kit.ts'
import { app, homeOf } from '../render.ts'
import { installation } from '../render-app.ts'
import { repository } from '../render-repo.ts'
import { setSuspended } from '../seed.ts'

/** The App, its installation, and installation tokens. */

function demandInstallation(call: Call): void {
  if (numberIn(call, 'installation_id') !== call.world.app.installationId) throw notFound()
}

const NamedLevel = z.enum(['read', 'write', 'admin'])
const Wanted = z.object({
  repositories: z.array(z.string()).max(500).optional(),
  repository_ids: z.array(z.number().int()).max(500).optional(),
  permissions: z.record(z.string(), NamedLevel).optional(),
})

/** A token for an hour, with no more than was granted; less when the body says so. */
function mint(call: Call) {
  demandInstallation(call)
  demandUnsuspended(call.world)
  const wanted = read(call, Wanted, 'InstallationToken')
  const permissions = permissionsFor(call, wanted.permissions)
  const repos = reposFor(call, wanted)
  const token = installationToken(call.world, permissions, repos === 'all' ? 'all' : repos.map(it => it.id))
  return created({
    token: token.token,
    expires_at: token.scope!.expiresAt,
    permissions,
    repository_selection: repos === 'all' ? 'all' : 'selected',
    ...(repos === 'all' ? {} : { repositories: repos.map(it => repository(call.world, it)) }),
  })
}

function permissionsFor(call: Call, wanted: { [name: string]: Level } | undefined): Permissions {
  const granted = call.world.app.permissions
  if (wanted === undefined || Object.keys(wanted).length === 0) return granted
  const tooMuch = Object.entries(wanted).some(([name, level]) => !grants(granted, `${name}:${level}`))
  if (tooMuch) throw unprocessable('The permissions requested are not granted to this installation.')
  // Metadata comes with every token.
  return { metadata: 'read', ...wanted }
}

function reposFor(call: Call, wanted: z.infer<typeof Wanted>): Repo[] | 'all' {
  if (wanted.repositories === undefined && wanted.repository_ids === undefined) return 'all'
  const home = homeOf(call.world).id
  const named = (name: string) =>
    call.world.repos.find('name', name.toLowerCase()).find(it => it.ownerId === home)
  const asked = (wanted.repositories ?? []).map(named)
  const numbered = (wanted.repository_ids ?? []).map(id => call.world.repos.get(id))
  const found = [...asked, ...numbered].flatMap(it => (it !== undefined && it.ownerId === home ? [it] : []))
  if (found.length < asked.length + numbered.length || found.length === 0)
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    )
  return [...new Set(found)]
}

function repositories(call: Call) {
  const shown = call.world.repos.all().filter(it => canSee(call.actor, it))
  const all = call.actor.kind === 'installation' && call.actor.repositoryIds === 'all'
  return page(
    call,
    shown,
    it => repository(call.world, it, call.actor),
    (list, total_count) => ({
      total_count,
      repository_selection: all ? 'all' : 'selected',
      repositories: list,
    }),
  )
}

function revoke(call: Call) {
  if (call.actor.kind === 'installation') call.world.tokens.remove(call.actor.token.id)
  return noContent
}

function ofRepository(call: Call) {
  const { owner = '', repo = '' } = call.params
  if (findRepo(call.world, owner, repo)?.ownerId !== homeOf(call.world).id) throw notFound()
  return ok(installation(call.world))
}

const ofAccount = (type: 'Organization' | 'User') => (call: Call) => {
  const home = homeOf(call.world)
  const login = call.params.org ?? call.params.username
  if (home.type !== type || login?.toLowerCase() !== home.login.toLowerCase()) throw notFound()
  return ok(installation(call.world))
}

function one(call: Call) {
  demandInstallation(call)
  return ok(installation(call.world))
}

function suspend(call: Call, at: string | null) {
  demandInstallation(call)
  if ((call.world.app.suspendedAt === null) !== (at === null))
    setSuspended(call.world, at, actorAccount(call.actor))
  return noContent
}

const jwt = { who: 'app' } as const

export const appRoutes: readonly Route[] = [
  ['GET', '/app', call => ok({ ...app(call.world), installations_count: 1 }), jwt],
  ['GET', '/app/installations', call => page(call, [installation(call.world)], it => it), jwt],
  ['GET', '/app/installations/{installation_id}', one, jwt],
  ['POST', '/app/installations/{installation_id}/access_tokens', mint, jwt],
  ['PUT', '/app/installations/{installation_id}/suspended', call => suspend(call, call.world.now()), jwt],
  ['DELETE', '/app/installations/{installation_id}/suspended', call => suspend(call, null), jwt],
  ['GET', '/repos/{owner}/{repo}/installation', ofRepository, jwt],
  ['GET', '/orgs/{org}/installation', ofAccount('Organization'), jwt],
  ['GET', '/users/{username}/installation', ofAccount('User'), jwt],
  ['GET', '/installation/repositories', repositories, { who: 'installation' }],
  ['DELETE', '/installation/token', revoke, { who: 'installation' }],
]
