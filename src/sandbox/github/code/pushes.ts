import type { Repo } from '../documents.ts'
import { touchedFiles } from '../git/compare.ts'
import { type Commit, log, readCommit } from '../git/objects.ts'
import type { WantedChange } from '../git/packets.ts'
import { isAncestor, objectType, readRef, setDefaultBranch, ZERO_SHA } from '../git/plumbing.ts'
import { type Actor, actorAccount } from '../kit.ts'
import type { World } from '../world.ts'
import { requestSuite } from './check-life.ts'
import { closeMentioned } from './closing.ts'
import { branchOf } from './protection.ts'
import { closeDangling, markMerged, openPullsOn, syncPull } from './pull-life.ts'
import { pushCommit, repoHtml } from './render-code.ts'
import { repoDir } from './repository.ts'

/** What follows when references moved, whoever moved them: webhooks, and pull requests that follow their branches. */

/** More commits than these are left out of a `push`, newest kept, as GitHub does from 2,048 on. */
const TOLD_COMMITS = 100

/** Call it inside `serially`, after git has made the changes. */
export async function refsMoved(
  world: World,
  repo: Repo,
  actor: Actor,
  changes: readonly WantedChange[],
): Promise<void> {
  for (const change of changes) {
    if (!/^refs\/(heads|tags)\//.test(change.ref)) continue
    await tellPush(world, repo, actor, change)
    const branch = branchOf(change.ref)
    if (branch === undefined) continue
    await adoptDefaultBranch(world, world.repos.get(repo.id)!, branch, change.after)
    await followHeads(world, repo, actor, branch, change.after)
    await followBases(world, repo, actor, branch, change)
  }
}

async function tellPush(world: World, repo: Repo, actor: Actor, change: WantedChange): Promise<void> {
  const { ref, before, after } = change
  const dir = repoDir(world, repo)
  const [born, gone] = [before === ZERO_SHA, after === ZERO_SHA]
  const branch = branchOf(ref)
  const commits = gone ? [] : await newCommits(world, repo, change)
  const head = gone ? undefined : (commits.at(-1) ?? (await headOf(dir, change)))
  const told = head === undefined || commits.length > 0 ? commits : [head]
  const touched = await touchedFiles(
    dir,
    told.map(it => it.sha),
  )
  const shown = told.map(it => pushCommit(world, repo, it, touched.get(it.sha)!))
  const sender = actorAccount(actor)
  const range = `${(born ? after : before).slice(0, 12)}...${after.slice(0, 12)}`
  const payload = {
    ref,
    before,
    after,
    base_ref: null,
    created: born,
    deleted: gone,
    forced: !born && !gone && !(await isAncestor(dir, before, after)),
    compare: `${repoHtml(world, repo)}/compare/${range}`,
    commits: commits.length === 0 ? [] : shown,
    head_commit: shown.at(-1) ?? null,
    pusher: { name: sender.login, email: `${sender.login}@users.noreply.github.com` },
  }
  world.atomically(() => {
    const pushed = world.repos.change(repo.id, { pushedAt: world.now() })
    world.emit('push', null, pushed, payload, sender)
    if (born || gone) tellRef(world, pushed, actor, ref, born)
    if (branch !== undefined && head !== undefined) requestSuite(world, pushed, sender, head, branch, before)
    const texts = commits.map(it => it.message)
    if (branch === repo.defaultBranch) closeMentioned(world, pushed, actor, texts)
  })
}

/** The commit at which a reference stands now; a tag may stand at something else. */
async function headOf(dir: string, { ref, after }: WantedChange): Promise<Commit | undefined> {
  if (branchOf(ref) === undefined && (await objectType(dir, after)) !== 'commit') return undefined
  return readCommit(dir, after)
}

/** What a change brought, oldest first: against where it stood, or for a new one against the default branch. */
async function newCommits(world: World, repo: Repo, { ref, before, after }: WantedChange): Promise<Commit[]> {
  const dir = repoDir(world, repo)
  if (branchOf(ref) === undefined) return []
  const main = `refs/heads/${repo.defaultBranch}`
  const not = before !== ZERO_SHA ? before : ref === main ? undefined : await readRef(dir, main)
  const commits = await log(dir, after, { ...(not === undefined ? {} : { not }), limit: TOLD_COMMITS })
  return commits.reverse()
}

/** Fires `create` or `delete`. */
function tellRef(world: World, repo: Repo, actor: Actor, ref: string, born: boolean): void {
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(ref)!
  const common = { ref: name, ref_type: kind === 'heads' ? 'branch' : 'tag', pusher_type: 'user' }
  const more = { master_branch: repo.defaultBranch, description: repo.description }
  if (born) world.emit('create', null, repo, { ...common, ...more }, actorAccount(actor))
  else world.emit('delete', null, repo, common, actorAccount(actor))
}

/** The first branch of a repository becomes its default branch when the one that was meant to be is not there. */
async function adoptDefaultBranch(world: World, repo: Repo, branch: string, after: string): Promise<void> {
  if (branch === repo.defaultBranch || after === ZERO_SHA) return
  const dir = repoDir(world, repo)
  if ((await readRef(dir, `refs/heads/${repo.defaultBranch}`)) !== undefined) return
  await setDefaultBranch(dir, branch)
  world.repos.change(repo.id, { defaultBranch: branch })
}

/** Pull requests from a branch get its new commits, and are closed when it goes. */
async function followHeads(
  world: World,
  repo: Repo,
  actor: Actor,
  branch: string,
  after: string,
): Promise<void> {
  for (const pull of openPullsOn(world, repo, 'head', branch)) {
    if (after !== ZERO_SHA) await syncPull(world, actor, repo, pull, after)
    else closeDangling(world, actor, pull, 'head_ref_deleted')
  }
}

/** Pull requests into a branch are merged when it has their commits, however they came, and closed when it goes. */
async function followBases(
  world: World,
  repo: Repo,
  actor: Actor,
  branch: string,
  { before, after }: WantedChange,
): Promise<void> {
  for (const pull of openPullsOn(world, repo, 'base', branch)) {
    if (after === ZERO_SHA) closeDangling(world, actor, pull, 'base_ref_deleted')
    else if (await isAncestor(repoDir(world, repo), pull.headSha, after))
      markMerged(world, actor, pull, after, before)
  }
}
