import type { Repo } from '../documents.ts'
import type { World } from '../world.ts'
import { type CheckRun, type CommitStatus, checkRuns, keyOf, type Protection, statuses } from './documents.ts'

/** What checks and statuses say about a commit. */

export type Outcome = 'success' | 'failure' | 'pending' | 'missing'

/** The newest run of each name: a run that is made again under a name stands for the older ones. */
export function latestRuns(world: World, repo: Repo, sha: string): CheckRun[] {
  const byName = new Map(
    checkRuns(world)
      .find('sha', keyOf(repo.id, sha))
      .map(run => [run.name, run]),
  )
  return [...byName.values()]
}

/** The newest status of each context. */
export function latestStatuses(world: World, repo: Repo, sha: string): CommitStatus[] {
  const byContext = new Map(
    statuses(world)
      .find('sha', keyOf(repo.id, sha))
      .map(one => [one.context, one]),
  )
  return [...byContext.values()]
}

export function runOutcome(run: CheckRun): Outcome {
  if (run.status !== 'completed') return 'pending'
  return ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'success' : 'failure'
}

const statusOutcome = ({ state }: CommitStatus): Outcome => (state === 'error' ? 'failure' : state)

/** How a commit stands with one required check; a check that is pinned to an App is only met by a run of that App. */
function outcome(
  world: World,
  repo: Repo,
  sha: string,
  { context, appId }: Required['contexts'][number],
): Outcome {
  const run = latestRuns(world, repo, sha).find(it => it.name === context)
  const status = latestStatuses(world, repo, sha).find(it => it.context === context)
  const pinned = appId !== null && appId !== -1
  const outcomes = [
    ...(run !== undefined && (!pinned || appId === world.app.id) ? [runOutcome(run)] : []),
    ...(status !== undefined && !pinned ? [statusOutcome(status)] : []),
  ]
  return worst(outcomes)
}

const worst = (outcomes: readonly Outcome[]): Outcome =>
  (['failure', 'pending', 'success'] as const).find(it => outcomes.includes(it)) ?? 'missing'

type Required = NonNullable<Protection['checks']>

const SAID: Record<Exclude<Outcome, 'success'>, string> = {
  missing: 'is expected.',
  pending: 'is in progress.',
  failure: 'is failing.',
}

/** Why required checks do not let a commit in, in GitHub's words; undefined when they do. */
export function checksObstacle(
  world: World,
  repo: Repo,
  sha: string,
  required: Required,
): string | undefined {
  const unmet = required.contexts
    .map(one => ({ context: one.context, outcome: outcome(world, repo, sha, one) }))
    .flatMap(it => (it.outcome === 'success' ? [] : [`"${it.context}" ${SAID[it.outcome]}`]))
  if (unmet.length === 0) return undefined
  return unmet.length === 1
    ? `Required status check ${unmet[0]}`
    : `${unmet.length} of ${required.contexts.length} required status checks have not succeeded: ${unmet.join(' ')}`
}

/** Everything that was reported about a commit, together. */
export const overall = (world: World, repo: Repo, sha: string): Outcome =>
  worst([
    ...latestRuns(world, repo, sha).map(runOutcome),
    ...latestStatuses(world, repo, sha).map(statusOutcome),
  ])
