import type { Repo } from '../documents.ts'
import { type MergeMethod, makeMerge, mergeInto } from '../git/merge.ts'
import { isAncestor, readRef, swapRef } from '../git/plumbing.ts'
import { type Actor, actorAccount, conflict, demand, Refusal, unprocessable } from '../kit.ts'
import { ownerOf } from '../render.ts'
import type { World } from '../world.ts'
import { type Pull, pulls } from './documents.ts'
import { mergeObstacle } from './protection.ts'
import { compared, pullFacts } from './pull-facts.ts'
import { isOpen, issueOf, markMerged } from './pull-life.ts'
import { refsMoved } from './pushes.ts'
import { repoDir, signatureOf, webFlow } from './repository.ts'

/** Merging a pull request, and bringing its base into it. Call inside `serially`. */

export interface MergeWanted {
  /** Where the caller believes the head to be. */
  readonly sha?: string | undefined
  readonly method: MergeMethod
  readonly title?: string | undefined
  readonly message?: string | undefined
}

const notMergeable = (message = 'Pull Request is not mergeable') => new Refusal(405, message)

const METHOD_NAMES = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' } as const

/** Merges, or refuses as GitHub does: 409 when the head moved, 405 for everything that stands in the way. */
export async function mergePull(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  wanted: MergeWanted,
): Promise<string> {
  demand(actor, repo, 'write', ['contents:write'])
  if (!isOpen(world, pull)) throw notMergeable()
  if (wanted.sha !== undefined && wanted.sha !== pull.headSha) {
    throw conflict('Head branch was modified. Review and try the merge again.')
  }
  await demandMergeable(world, actor, repo, pull, wanted.method)
  const dir = repoDir(world, repo)
  const base = await readRef(dir, `refs/heads/${pull.baseRef}`)
  if (base === undefined) throw notMergeable()
  const message = await messageOf(world, repo, pull, wanted, base)
  const by = wanted.method === 'squash' ? issueOf(world, pull).authorId : actorAccount(actor).id
  const author = signatureOf(world, world.accounts.get(by)!)
  const wish = { base, head: pull.headSha, method: wanted.method, message, author, committer: webFlow(world) }
  const made = await makeMerge(dir, wish)
  if (!made.done) throw notMergeable()
  // Written down before the branch moves: a process killed in between finds out what became of it.
  pulls(world).change(pull.id, { merging: { sha: made.sha, byId: actorAccount(actor).id } })
  const ref = `refs/heads/${pull.baseRef}`
  if (!(await swapRef(dir, ref, made.sha, base))) {
    pulls(world).change(pull.id, { merging: null })
    throw notMergeable('Base branch was modified. Review and try the merge again.')
  }
  markMerged(world, actor, pulls(world).get(pull.id)!, made.sha, base)
  await refsMoved(world, repo, actor, [{ ref, before: base, after: made.sha }])
  return made.sha
}

async function demandMergeable(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  method: MergeMethod,
): Promise<void> {
  if (issueOf(world, pull).pull?.draft) throw notMergeable('Pull Request is still a draft')
  if (!repo.allow[method]) throw notMergeable(`${METHOD_NAMES[method]} are not allowed on this repository.`)
  const dir = repoDir(world, repo)
  const base = await readRef(dir, `refs/heads/${pull.baseRef}`)
  const behind = base !== undefined && !(await isAncestor(dir, base, pull.headSha))
  const why = mergeObstacle(world, repo, pull, behind, actor)
  if (why !== undefined) throw notMergeable(why)
  if ((await pullFacts(world, repo, pull)).mergeable !== true) throw notMergeable()
}

/** The message that was asked for, or the one that GitHub writes. */
async function messageOf(
  world: World,
  repo: Repo,
  pull: Pull,
  wanted: MergeWanted,
  base: string,
): Promise<string> {
  const { title, body } = issueOf(world, pull)
  if (wanted.method === 'merge') {
    const first =
      wanted.title ?? `Merge pull request #${pull.number} from ${ownerOf(world, repo).login}/${pull.headRef}`
    return joined(first, wanted.message ?? title)
  }
  const first = wanted.title ?? `${title} (#${pull.number})`
  if (wanted.message !== undefined) return joined(first, wanted.message)
  const commits = (await compared(repoDir(world, repo), base, pull.headSha))?.commits ?? []
  return joined(first, commits.length > 1 ? commits.map(it => `* ${it.message}`).join('\n\n') : (body ?? ''))
}

const joined = (first: string, rest: string): string => (rest.trim() === '' ? first : `${first}\n\n${rest}`)

/** Merges the base branch into the head branch of a pull request. */
export async function updateBranch(
  world: World,
  actor: Actor,
  repo: Repo,
  pull: Pull,
  expected: string | undefined,
): Promise<void> {
  demand(actor, repo, 'write', ['pull_requests:write'])
  if (!isOpen(world, pull)) throw unprocessable('The pull request is not open.')
  if (expected !== undefined && expected !== pull.headSha) {
    throw unprocessable("expected_head_sha didn't match current head ref.")
  }
  const dir = repoDir(world, repo)
  const base = await readRef(dir, `refs/heads/${pull.baseRef}`)
  if (base === undefined) throw unprocessable('The base branch does not exist.')
  const merged = await mergeInto(dir, pull.headRef, {
    head: base,
    method: 'merge',
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: signatureOf(world, actorAccount(actor)),
    committer: webFlow(world),
  })
  if (!merged.done && merged.why === 'nothing_to_merge') {
    throw unprocessable('There are no new commits on the base branch.')
  }
  if (!merged.done) throw unprocessable('merge conflict between base and head')
  const change = { ref: `refs/heads/${pull.headRef}`, before: merged.before, after: merged.sha }
  await refsMoved(world, repo, actor, [change])
}
