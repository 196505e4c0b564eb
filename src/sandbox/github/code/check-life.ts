import type { Account, Repo } from '../documents.ts'
import { type Commit, readCommit } from '../git/objects.ts'
import type { World } from '../world.ts'
import { type CheckRun, type CheckSuite, checkRuns, checkSuites, keyOf } from './documents.ts'
import { checkRunEvent, checkSuite, suiteState } from './render-check.ts'
import { accountOf, repoDir } from './repository.ts'

/** Check suites come with pushes, check runs from the App; both are told of. */

/** `simple-commit`. */
export const simpleCommit = (world: World, it: Commit) => {
  const person = ({ name, email }: Commit['author']) => ({
    name: accountOf(world, { email })?.login ?? name,
    email,
  })
  return {
    id: it.sha,
    tree_id: it.tree,
    message: it.message,
    timestamp: it.committer.date,
    author: person(it.author),
    committer: person(it.committer),
  }
}

/** The suite of a commit, made when there is none. */
function suiteOf(
  world: World,
  repo: Repo,
  sha: string,
  branch: string | null,
  before: string | null,
): CheckSuite {
  const found = checkSuites(world).one('sha', keyOf(repo.id, sha))
  if (found !== undefined) return found
  const now = world.now()
  const made = { id: world.next(), repoId: repo.id, headSha: sha, headBranch: branch, before }
  return checkSuites(world).put({ ...made, createdAt: now, updatedAt: now })
}

/** A branch got a new head: the App is asked to check it, once for each commit. */
export function requestSuite(
  world: World,
  repo: Repo,
  sender: Account,
  head: Commit,
  branch: string,
  before: string,
): void {
  if (checkSuites(world).one('sha', keyOf(repo.id, head.sha)) !== undefined) return
  const suite = suiteOf(world, repo, head.sha, branch, before)
  world.emit(
    'check_suite',
    'requested',
    repo,
    { check_suite: checkSuite(world, suite, simpleCommit(world, head)) },
    sender,
  )
}

export type RunFields = Partial<Omit<CheckRun, 'id' | 'repoId' | 'suiteId' | 'headSha'>>

const NO_OUTPUT = { title: null, summary: null, text: null, annotations: [] }

/** Makes a check run. A conclusion makes it completed, whatever its status says. */
export async function createRun(
  world: World,
  repo: Repo,
  by: Account,
  wanted: RunFields & { name: string; headSha: string },
): Promise<CheckRun> {
  const head = await readCommit(repoDir(world, repo), wanted.headSha)
  return world.atomically(() => {
    const suite = suiteOf(world, repo, wanted.headSha, null, null)
    const blank = {
      detailsUrl: null,
      externalId: null,
      startedAt: world.now(),
      completedAt: null,
      output: NO_OUTPUT,
    }
    const base = {
      id: world.next(),
      repoId: repo.id,
      suiteId: suite.id,
      status: 'queued',
      conclusion: null,
    } as const
    const run = checkRuns(world).put(settled(world, { ...base, ...blank, ...wanted }))
    tellRun(world, repo, by, run, 'created')
    if (run.status === 'completed') tellCompleted(world, repo, by, run, head)
    return run
  })
}

export async function updateRun(
  world: World,
  repo: Repo,
  by: Account,
  run: CheckRun,
  fields: RunFields,
): Promise<CheckRun> {
  const head = await readCommit(repoDir(world, repo), run.headSha)
  return world.atomically(() => {
    const before = checkRuns(world).get(run.id)!
    const changed = checkRuns(world).put(settled(world, { ...before, ...fields }))
    if (changed.status === 'completed' && before.status !== 'completed')
      tellCompleted(world, repo, by, changed, head)
    return changed
  })
}

/** Status, conclusion and end of a run agree with one another. */
function settled(world: World, run: CheckRun): CheckRun {
  if (run.conclusion === null && run.status !== 'completed') return { ...run, completedAt: null }
  if (run.status !== 'completed' && run.conclusion !== null)
    return settled(world, { ...run, status: 'completed' })
  return { ...run, completedAt: run.completedAt ?? world.now() }
}

function tellRun(
  world: World,
  repo: Repo,
  by: Account,
  run: CheckRun,
  action: 'created' | 'completed',
): void {
  world.emit('check_run', action, repo, { check_run: checkRunEvent(world, run) }, by)
}

function tellCompleted(world: World, repo: Repo, by: Account, run: CheckRun, head: Commit): void {
  tellRun(world, repo, by, run, 'completed')
  const suite = checkSuites(world).change(run.suiteId, { updatedAt: world.now() })
  if (suiteState(world, suite).status !== 'completed') return
  world.emit(
    'check_suite',
    'completed',
    repo,
    { check_suite: checkSuite(world, suite, simpleCommit(world, head)) },
    by,
  )
}
