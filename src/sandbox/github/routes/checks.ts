import { z } from 'zod'
import { createRun, type RunFields, simpleCommit, updateRun } from '../code/check-life.ts'
import { latestRuns } from '../code/check-state.ts'
import {
  CHECK_STATUSES,
  type CheckRun,
  CONCLUSIONS,
  checkRuns,
  checkSuites,
  keyOf,
  statuses,
} from '../code/documents.ts'
import { checkRun, checkSuite, combinedStatus, status } from '../code/render-check.ts'
import { commit } from '../code/render-code.ts'
import { repoDir } from '../code/repository.ts'
import { readCommit } from '../git/objects.ts'
import { listRefs, objectType } from '../git/plumbing.ts'
import {
  actorAccount,
  type Call,
  created,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
  unprocessable,
} from '../kit.ts'
import { fullName, repoUrl } from '../render.ts'
import { commitIn } from './commits.ts'
import { SHA } from './git-refs.ts'

/** Check runs, check suites and commit statuses. */

const TIME = z.iso.datetime({ offset: true })
const TEXT_LIMIT = 65_535

const OUTPUT = z.object({
  title: z.string(),
  summary: z.string().max(TEXT_LIMIT),
  text: z.string().max(TEXT_LIMIT).optional(),
  annotations: z.array(z.record(z.string(), z.unknown())).max(50).optional(),
})

const FIELDS = {
  status: z.enum(CHECK_STATUSES).optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  started_at: TIME.optional(),
  completed_at: TIME.optional(),
}

const CREATE = z.object({ ...FIELDS, name: z.string().min(1), head_sha: SHA, output: OUTPUT.optional() })
// GitHub lets the title stand in an update that only brings a new summary.
const UPDATE = z.object({
  ...FIELDS,
  name: z.string().min(1).optional(),
  output: OUTPUT.partial({ title: true }).optional(),
})

function fieldsOf(wanted: z.infer<typeof UPDATE>, before?: CheckRun): RunFields {
  if (wanted.status === 'completed' && wanted.conclusion === undefined && !before?.conclusion) {
    throw unprocessable('A conclusion is required when the status is completed.')
  }
  const { output } = wanted
  const old = before?.output
  const annotations = [...(old?.annotations ?? []), ...(output?.annotations ?? [])]
  return {
    ...(wanted.name === undefined ? {} : { name: wanted.name }),
    ...(wanted.status === undefined ? {} : { status: wanted.status, ...reopened(wanted.status) }),
    ...(wanted.conclusion === undefined ? {} : { conclusion: wanted.conclusion }),
    ...(wanted.details_url === undefined ? {} : { detailsUrl: wanted.details_url }),
    ...(wanted.external_id === undefined ? {} : { externalId: wanted.external_id }),
    ...(wanted.started_at === undefined ? {} : { startedAt: wanted.started_at }),
    ...(wanted.completed_at === undefined ? {} : { completedAt: wanted.completed_at }),
    ...(output === undefined
      ? {}
      : {
          output: {
            title: output.title ?? old?.title ?? null,
            summary: output.summary,
            text: output.text ?? null,
            annotations,
          },
        }),
  }
}

/** A run that is started again has no conclusion any more. */
const reopened = (status: CheckRun['status']) => (status === 'completed' ? {} : { conclusion: null })

async function create(call: Call) {
  const { world, repo } = call
  const wanted = read(call, CREATE, 'CheckRun')
  if ((await objectType(repoDir(world, repo), wanted.head_sha)) !== 'commit') {
    throw unprocessable(`No commit found for SHA: ${wanted.head_sha}`)
  }
  const fields = { ...fieldsOf(wanted), name: wanted.name, headSha: wanted.head_sha }
  return created(checkRun(world, await createRun(world, repo, actorAccount(call.actor), fields)))
}

function runIn(call: Call): CheckRun {
  const run = checkRuns(call.world).get(numberIn(call, 'check_run_id'))
  if (run?.repoId !== call.repo.id) throw notFound()
  return run
}

async function update(call: Call) {
  const { world, repo } = call
  const run = runIn(call)
  const fields = fieldsOf(read(call, UPDATE, 'CheckRun'), run)
  return ok(checkRun(world, await updateRun(world, repo, actorAccount(call.actor), run, fields)))
}

async function runs(call: Call) {
  const { world, repo, query } = call
  const sha = await commitIn(call)
  const all =
    query.get('filter') === 'all'
      ? checkRuns(world).find('sha', keyOf(repo.id, sha))
      : latestRuns(world, repo, sha)
  const wanted = all.filter(
    it =>
      (query.get('check_name') ?? it.name) === it.name &&
      (query.get('status') ?? it.status) === it.status &&
      (query.get('app_id') ?? String(world.app.id)) === String(world.app.id),
  )
  return page(
    call,
    wanted,
    it => checkRun(world, it),
    (check_runs, total_count) => ({ total_count, check_runs }),
  )
}

async function suites(call: Call) {
  const { world, repo } = call
  const sha = await commitIn(call)
  const head = simpleCommit(world, await readCommit(repoDir(world, repo), sha))
  const found = checkSuites(world).find('sha', keyOf(repo.id, sha))
  const wrap = (check_suites: unknown[], total_count: number) => ({ total_count, check_suites })
  return page(call, found, it => checkSuite(world, it, head), wrap)
}

const STATUS = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().min(1).default('default'),
  description: z.string().max(140).nullish(),
  target_url: z.string().nullish(),
})

async function createStatus(call: Call) {
  const { world, repo } = call
  const wanted = read(call, STATUS, 'Status')
  const sha = await commitIn(call, 'sha')
  const dir = repoDir(world, repo)
  const at = await readCommit(dir, sha)
  const branches = (await listRefs(dir, 'refs/heads/')).filter(it => it.sha === sha)
  const creator = actorAccount(call.actor)
  return world.atomically(() => {
    const made = statuses(world).put({
      id: world.next(),
      repoId: repo.id,
      sha,
      state: wanted.state,
      context: wanted.context,
      description: wanted.description ?? null,
      targetUrl: wanted.target_url ?? null,
      creatorId: creator.id,
      createdAt: world.now(),
    })
    const shown = status(world, made)
    const payload = {
      ...{ id: made.id, sha, name: fullName(world, repo), context: made.context, state: made.state },
      ...{ description: made.description, target_url: made.targetUrl, avatar_url: shown.avatar_url },
      ...{ created_at: made.createdAt, updated_at: made.createdAt, commit: commit(world, repo, at) },
      branches: branches.map(({ ref }) => ({
        name: ref.slice('refs/heads/'.length),
        commit: { sha, url: `${repoUrl(world, repo)}/commits/${sha}` },
        protected: false,
      })),
    }
    world.emit('status', null, repo, payload, creator)
    return created(shown)
  })
}

async function listStatuses(call: Call) {
  const sha = await commitIn(call)
  const all = statuses(call.world).find('sha', keyOf(call.repo.id, sha)).toReversed()
  return page(call, all, it => status(call.world, it))
}

const byApp = { who: 'installation', permission: ['checks:write'] } as const
const seen = { permission: ['checks:read'] } as const
const statusesSeen = { permission: ['statuses:read'] } as const

export const checkRoutes: readonly Route[] = [
  ['POST', '/repos/{owner}/{repo}/check-runs', create, byApp],
  [
    'GET',
    '/repos/{owner}/{repo}/check-runs/{check_run_id}',
    call => ok(checkRun(call.world, runIn(call))),
    seen,
  ],
  ['PATCH', '/repos/{owner}/{repo}/check-runs/{check_run_id}', update, byApp],
  [
    'GET',
    '/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations',
    call => ok(runIn(call).output.annotations),
    seen,
  ],
  ['GET', '/repos/{owner}/{repo}/commits/{ref}/check-runs', runs, seen],
  ['GET', '/repos/{owner}/{repo}/commits/{ref}/check-suites', suites, seen],
  [
    'POST',
    '/repos/{owner}/{repo}/statuses/{sha}',
    createStatus,
    { permission: ['statuses:write'], role: 'write' },
  ],
  ['GET', '/repos/{owner}/{repo}/commits/{ref}/statuses', listStatuses, statusesSeen],
  [
    'GET',
    '/repos/{owner}/{repo}/commits/{ref}/status',
    async call => ok(combinedStatus(call.world, call.repo, await commitIn(call))),
    statusesSeen,
  ],
]
