import { authenticate, installationToken } from '../actors.ts'
import { findRepo } from '../api.ts'
import type { Account, Repo } from '../documents.ts'
import { type GitDoor, gitServer } from '../git/http.ts'
import { isAncestor, readRef } from '../git/plumbing.ts'
import { type Actor, canSee, type Mount, may, Refusal, type Route } from '../kit.ts'
import { checkRoutes } from '../routes/checks.ts'
import { commitRoutes } from '../routes/commits.ts'
import { contentRoutes } from '../routes/contents.ts'
import { gitObjectRoutes } from '../routes/git-objects.ts'
import { gitRefRoutes } from '../routes/git-refs.ts'
import { mergeRoutes } from '../routes/merges.ts'
import { protectionRoutes } from '../routes/protection.ts'
import { pullRoutes } from '../routes/pulls.ts'
import { reviewRoutes } from '../routes/reviews.ts'
import type { World } from '../world.ts'
import { type Pull, protections, pulls, reviewComments, reviews } from './documents.ts'
import { judgePush } from './protection.ts'
import { closeDangling, isOpen, markMerged, syncPull, teachPulls } from './pull-life.ts'
import { refsMoved } from './pushes.ts'
import { repoDir, serially } from './repository.ts'

/** Everything about code: the routes of the API, and git over HTTP. */

export const codeRoutes: readonly Route[] = [
  ...gitRefRoutes,
  ...gitObjectRoutes,
  ...contentRoutes,
  ...commitRoutes,
  ...mergeRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...checkRoutes,
  ...protectionRoutes,
]

/** Makes a world's code side ready: catches up with what a killed process left behind. Gives the mount that serves git. */
export async function openCode(world: World): Promise<Mount> {
  teachPulls(world)
  world.onEvent(({ event, action, repo }) => {
    if (event === 'repository' && action === 'deleted' && repo !== null) forget(world, repo)
  })
  for (const repo of world.repos.all()) await catchUp(world, repo)
  return gitServer(doorOf(world))
}

function doorOf(world: World): GitDoor<Actor> {
  const repoAt = (dir: string) => world.repos.all().find(it => repoDir(world, it) === dir)!
  return {
    root: world.gitDir,
    identify: header => {
      try {
        return authenticate(world, header)
      } catch (error) {
        if (error instanceof Refusal) return undefined
        throw error
      }
    },
    access: (caller, owner, name) => {
      const actor = caller ?? { kind: 'anonymous' }
      const repo = findRepo(world, owner, name)
      const readable =
        repo !== undefined && (actor.kind !== 'installation' || may(actor, repo, 'read', ['contents:read']))
      if (!readable || !canSee(actor, repo)) return { may: caller === undefined ? 'identify' : 'not_found' }
      const writable = may(actor, repo, 'write', ['contents:write']) && !repo.archived
      return { may: writable ? 'write' : 'read', dir: repoDir(world, repo) }
    },
    judge: async (actor, dir, changes) => judgePush(world, repoAt(dir), actor, changes),
    pushed: (actor, dir, changes) => {
      const repo = repoAt(dir)
      return serially(world, repo, () => refsMoved(world, repo, actor, changes))
    },
  }
}

/** Pull requests of which git knows more than the world, because the process died between the two. */
async function catchUp(world: World, repo: Repo): Promise<void> {
  const dir = repoDir(world, repo)
  for (const pull of pulls(world)
    .find('repo', repo.id)
    .filter(it => isOpen(world, it))) {
    const head = await readRef(dir, `refs/heads/${pull.headRef}`)
    const base = await readRef(dir, `refs/heads/${pull.baseRef}`)
    const author = asActor(world, world.issues.get(pull.issueId)!.authorId)
    if (base !== undefined && (await hasLanded(dir, pull, base))) {
      const by = pull.merging === null ? author : asActor(world, pull.merging.byId)
      markMerged(world, by, pull, pull.merging?.sha ?? base, pull.baseSha)
    } else if (head === undefined || base === undefined) closeDangling(world, author, pull, 'ref_deleted')
    else await syncPull(world, author, repo, pull, head)
  }
}

const hasLanded = async (dir: string, { merging, headSha }: Pull, base: string): Promise<boolean> =>
  (merging !== null && (await isAncestor(dir, merging.sha, base))) || (await isAncestor(dir, headSha, base))

/** An account as the one who acts, for changes that it had begun. */
function asActor(world: World, id: number): Actor {
  const account = world.accounts.get(id) as Account
  const { permissions } = world.app
  const token = world.tokens.one('account', id) ?? installationToken(world, permissions, 'all')
  if (account.type === 'User') return { kind: 'user', account, token }
  return {
    kind: 'installation',
    account,
    token,
    permissions,
    repositoryIds: 'all',
    homeId: world.app.accountId,
  }
}

function forget(world: World, repo: Repo): void {
  for (const pull of pulls(world).find('repo', repo.id)) {
    for (const it of reviews(world).find('pull', pull.id)) reviews(world).remove(it.id)
    for (const it of reviewComments(world).find('pull', pull.id)) reviewComments(world).remove(it.id)
    pulls(world).remove(pull.id)
  }
  for (const it of protections(world).find('repo', repo.id)) protections(world).remove(it.id)
}
