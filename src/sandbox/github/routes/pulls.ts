import { z } from 'zod'
import { type Pull, pulls } from '../code/documents.ts'
import { pullComparison, pullFacts } from '../code/pull-facts.ts'
import { isOpen, issueOf, openPull, pullNumbered, reopen, retarget } from '../code/pull-life.ts'
import { mergePull, updateBranch } from '../code/pull-merge.ts'
import { commit, diffEntry } from '../code/render-code.ts'
import { pullFull, pullSimple, pullUrl } from '../code/render-pull.ts'
import { repoDir, serially } from '../code/repository.ts'
import { setReviewers } from '../code/review-life.ts'
import { diffText } from '../git/compare.ts'
import { demandOver, editIssue, setState } from '../issues/issue.ts'
import {
  type Call,
  created,
  noContent,
  notFound,
  numberIn,
  ok,
  page,
  type Route,
  read,
  unprocessable,
} from '../kit.ts'
import { fullName, ownerOf, userById } from '../render.ts'
import { wants } from './commits.ts'
import { SHA } from './git-refs.ts'

/** Pull requests. */

/** The pull request of the number in the path. */
export function pullIn(call: Call): Pull {
  const found = pullNumbered(call.world, call.repo, numberIn(call, 'pull_number'))
  if (found === undefined) throw notFound()
  return found
}

const full = async (call: Call, pull: Pull) =>
  pullFull(call.world, pull, await pullFacts(call.world, call.repo, pull))

function list(call: Call) {
  const { world, repo, query } = call
  const state = query.get('state') ?? 'open'
  const base = query.get('base')
  // GitHub takes no notice of a head that does not name its owner.
  const [owner, head] = /^([^:]+):(.+)$/.exec(query.get('head') ?? '')?.slice(1) ?? []
  const own = owner?.toLowerCase() === ownerOf(world, repo).login.toLowerCase()
  const found = pulls(world)
    .find('repo', repo.id)
    .filter(
      it =>
        (state === 'all' || issueOf(world, it).state === state) &&
        (base === null || it.baseRef === base) &&
        (head === undefined || (own && it.headRef === head)),
    )
  const sort = query.get('sort') ?? 'created'
  if (sort === 'updated') {
    found.sort(
      (a, b) => issueOf(world, a).updatedAt.localeCompare(issueOf(world, b).updatedAt) || a.id - b.id,
    )
  }
  const direction = query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')
  return page(call, direction === 'desc' ? found.reverse() : found, it => pullSimple(world, it))
}

const CREATE = z.object({
  title: z.string().min(1),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
})

function create(call: Call) {
  const { world, repo, actor } = call
  const wanted = read(call, CREATE, 'PullRequest')
  return serially(world, repo, async () =>
    created(await full(call, await openPull(world, actor, repo, wanted))),
  )
}

async function get(call: Call) {
  const { world, repo } = call
  const pull = pullIn(call)
  if (!wants(call, 'diff')) return ok(await full(call, pull))
  const between = await pullComparison(world, repo, pull)
  const text =
    between === undefined ? '' : await diffText(repoDir(world, repo), between.mergeBase, pull.headSha)
  return {
    status: 200,
    body: text,
    headers: { 'content-type': 'application/vnd.github.v3.diff; charset=utf-8' },
  }
}

const UPDATE = z.object({
  title: z.string().min(1).optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
})

function update(call: Call) {
  const { world, repo, actor } = call
  const wanted = read(call, UPDATE, 'PullRequest')
  return serially(world, repo, async () => {
    const pull = pullIn(call)
    const issue = issueOf(world, pull)
    if (wanted.base !== undefined && wanted.base !== pull.baseRef) {
      demandOver(world, actor, issue, 'write')
      if (!isOpen(world, pull)) throw unprocessable('Cannot change the base branch of a closed pull request.')
      await retarget(world, actor, repo, pull, wanted.base)
    }
    world.atomically(() => {
      editIssue(world, actor, issueOf(world, pull), { title: wanted.title, body: wanted.body })
      if (wanted.state === 'closed') setState(world, actor, issueOf(world, pull), 'closed')
    })
    if (wanted.state === 'open') await reopen(world, actor, repo, pullIn(call))
    return ok(await full(call, pullIn(call)))
  })
}

async function files(call: Call) {
  const { world, repo } = call
  const pull = pullIn(call)
  const between = await pullComparison(world, repo, pull)
  return page(call, between?.files ?? [], it => diffEntry(world, repo, it, pull.headSha))
}

const COMMIT_LIMIT = 250

async function commits(call: Call) {
  const { world, repo } = call
  const between = await pullComparison(world, repo, pullIn(call))
  return page(call, between?.commits.slice(0, COMMIT_LIMIT) ?? [], it => commit(world, repo, it))
}

const MERGE = z.object({
  sha: SHA.optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
})

function merge(call: Call) {
  const { world, repo, actor } = call
  const { sha, merge_method: method, commit_title: title, commit_message: message } = read(call, MERGE)
  return serially(world, repo, async () => {
    const merged = await mergePull(world, actor, repo, pullIn(call), { sha, method, title, message })
    return ok({ sha: merged, merged: true, message: 'Pull Request successfully merged' })
  })
}

function isMerged(call: Call) {
  if (!issueOf(call.world, pullIn(call)).pull?.mergedAt) throw notFound()
  return noContent
}

function bringUpToDate(call: Call) {
  const { world, repo, actor } = call
  const { expected_head_sha } = read(call, z.object({ expected_head_sha: SHA.optional() }))
  return serially(world, repo, async () => {
    const pull = pullIn(call)
    await updateBranch(world, actor, repo, pull, expected_head_sha)
    return { status: 202, body: { message: 'Updating pull request branch.', url: pullUrl(world, pull) } }
  })
}

const REVIEWERS = z.object({ reviewers: z.array(z.string()).default([]) })

function reviewerIds(call: Call, pull: Pull): number[] {
  const { world, repo } = call
  return read(call, REVIEWERS).reviewers.map(login => {
    const found = world.accounts.one('login', login.toLowerCase())
    if (found !== undefined && found.id === issueOf(world, pull).authorId) {
      throw unprocessable('Review cannot be requested from pull request author.')
    }
    if (found === undefined || found.role === 'none') {
      const where = fullName(world, repo)
      throw unprocessable(
        `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${where} repository.`,
      )
    }
    return found.id
  })
}

function requestReviewers(call: Call) {
  const pull = pullIn(call)
  const wanted = new Set([...pull.requestedReviewerIds, ...reviewerIds(call, pull)])
  return created(pullSimple(call.world, setReviewers(call.world, call.actor, pull, [...wanted])))
}

function unrequestReviewers(call: Call) {
  const pull = pullIn(call)
  const gone = reviewerIds(call, pull)
  const left = pull.requestedReviewerIds.filter(id => !gone.includes(id))
  return ok(pullSimple(call.world, setReviewers(call.world, call.actor, pull, left)))
}

const requested = (call: Call) =>
  ok({ users: pullIn(call).requestedReviewerIds.map(id => userById(call.world, id)), teams: [] })

const PATH = '/repos/{owner}/{repo}/pulls'
export const reading = { permission: ['pull_requests:read'] } as const
/** Finer rules (one's own pull request, or write access) are checked where the change is made. */
export const writing = { permission: ['pull_requests:write'] } as const
const asking = { permission: ['pull_requests:write'], role: 'triage' } as const
const landing = { permission: ['contents:write'], role: 'write' } as const

export const pullRoutes: readonly Route[] = [
  ['GET', PATH, list, reading],
  ['POST', PATH, create, writing],
  ['GET', `${PATH}/{pull_number}`, get, reading],
  ['PATCH', `${PATH}/{pull_number}`, update, writing],
  ['GET', `${PATH}/{pull_number}/files`, files, reading],
  ['GET', `${PATH}/{pull_number}/commits`, commits, reading],
  ['GET', `${PATH}/{pull_number}/merge`, isMerged, reading],
  ['PUT', `${PATH}/{pull_number}/merge`, merge, landing],
  ['PUT', `${PATH}/{pull_number}/update-branch`, bringUpToDate, { ...asking, role: 'write' }],
  ['GET', `${PATH}/{pull_number}/requested_reviewers`, requested, reading],
  ['POST', `${PATH}/{pull_number}/requested_reviewers`, requestReviewers, asking],
  ['DELETE', `${PATH}/{pull_number}/requested_reviewers`, unrequestReviewers, asking],
]
