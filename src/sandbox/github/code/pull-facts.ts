import type { Repo } from '../documents.ts'
import { type Comparison, compare } from '../git/compare.ts'
import { type Merged, mergeTrees } from '../git/merge.ts'
import { readRef } from '../git/plumbing.ts'
import type { World } from '../world.ts'
import { overall } from './check-state.ts'
import type { Pull, PullSize } from './documents.ts'
import { mergeObstacle } from './protection.ts'
import { repoDir } from './repository.ts'

/** What git knows about a pull request: how large it is, and whether it can be merged. */

export type MergeableState = 'clean' | 'dirty' | 'blocked' | 'behind' | 'draft' | 'unstable' | 'unknown'

export interface PullFacts {
  readonly size: PullSize
  /** null for a pull request that is not open, or whose base branch is gone. */
  readonly mergeable: boolean | null
  readonly mergeableState: MergeableState
}

const REMEMBERED = 300

/** Remembers the last few hundred answers about two commits: what lies between two shas never changes. */
function remembering<T>(ask: (dir: string, base: string, head: string) => Promise<T>): typeof ask {
  const answers = new Map<string, Promise<T>>()
  return (dir, base, head) => {
    const key = `${dir} ${base} ${head}`
    const known = answers.get(key)
    if (known !== undefined) return known
    const fresh = ask(dir, base, head)
    // An answer that failed is not one to remember.
    fresh.catch(() => answers.delete(key))
    answers.set(key, fresh)
    if (answers.size > REMEMBERED) answers.delete(answers.keys().next().value ?? '')
    return fresh
  }
}

/** `compare` from memory. */
export const compared = remembering<Comparison | undefined>(compare)
const merged = remembering<Merged>(mergeTrees)

/** Where the base of a pull request is to be measured: the branch while it is open, the last known commit after. */
async function baseTip(world: World, repo: Repo, pull: Pull): Promise<string> {
  if (world.issues.get(pull.issueId)?.state !== 'open') return pull.baseSha
  return (await readRef(repoDir(world, repo), `refs/heads/${pull.baseRef}`)) ?? pull.baseSha
}

/** Commits and files of a pull request. */
export async function pullComparison(world: World, repo: Repo, pull: Pull): Promise<Comparison | undefined> {
  return compared(repoDir(world, repo), await baseTip(world, repo, pull), pull.headSha)
}

/** Facts for those who must not wait for git: the size as it was last seen, and nothing about mergeability. */
export const lastFacts = (pull: Pull): PullFacts => ({
  size: pull.size,
  mergeable: null,
  mergeableState: 'unknown',
})

export async function pullFacts(world: World, repo: Repo, pull: Pull): Promise<PullFacts> {
  const between = await pullComparison(world, repo, pull)
  const mergeable = await isMergeable(world, repo, pull)
  const behind = (between?.behind ?? 0) > 0
  return {
    size: sizeOf(between),
    mergeable,
    mergeableState: mergeableState(world, repo, pull, mergeable, behind),
  }
}

export function sizeOf(between: Comparison | undefined): PullSize {
  const files = between?.files ?? []
  return {
    commits: between?.ahead ?? 0,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  }
}

async function isMergeable(world: World, repo: Repo, pull: Pull): Promise<boolean | null> {
  if (world.issues.get(pull.issueId)?.state !== 'open') return null
  const dir = repoDir(world, repo)
  const base = await readRef(dir, `refs/heads/${pull.baseRef}`)
  return base === undefined ? null : (await merged(dir, base, pull.headSha)).clean
}

function mergeableState(
  world: World,
  repo: Repo,
  pull: Pull,
  mergeable: boolean | null,
  behind: boolean,
): MergeableState {
  if (mergeable === null) return 'unknown'
  if (!mergeable) return 'dirty'
  if (world.issues.get(pull.issueId)?.pull?.draft) return 'draft'
  if (mergeObstacle(world, repo, pull, false) !== undefined) return 'blocked'
  if (mergeObstacle(world, repo, pull, behind) !== undefined) return 'behind'
  return ['failure', 'pending'].includes(overall(world, repo, pull.headSha)) ? 'unstable' : 'clean'
}
