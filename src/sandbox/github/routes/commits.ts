import { pulls } from '../code/documents.ts'
import { protectionOf } from '../code/protection.ts'
import { compared } from '../code/pull-facts.ts'
import { protection as renderProtection } from '../code/render-check.ts'
import { commit, commitWithFiles, diffEntry, repoHtml } from '../code/render-code.ts'
import { pullSimple } from '../code/render-pull.ts'
import { accountOf, demandCommits, repoDir } from '../code/repository.ts'
import { changedFiles, diffText } from '../git/compare.ts'
import { type Commit, EMPTY_TREE, log, readCommit } from '../git/objects.ts'
import { isAncestor, listRefs, type Ref, readRef, resolve } from '../git/plumbing.ts'
import { type Call, notFound, ok, page, Refusal, type Route, unprocessable } from '../kit.ts'
import { repoUrl } from '../render.ts'
import { reading } from './git-refs.ts'

/** Branches, commits and comparisons, all for reading. */

const HEADS = 'refs/heads/'

function shortBranch(call: Call, { ref, sha }: Ref) {
  const { world, repo } = call
  const name = ref.slice(HEADS.length)
  const url = `${repoUrl(world, repo)}/branches/${encodeURIComponent(name)}/protection`
  return {
    name,
    commit: { sha, url: `${repoUrl(world, repo)}/commits/${sha}` },
    protected: protectionOf(world, repo, name) !== undefined,
    protection_url: url,
  }
}

async function branches(call: Call) {
  const refs = await listRefs(repoDir(call.world, call.repo), HEADS)
  const wanted = call.query.get('protected')
  const shown = refs.map(it => shortBranch(call, it))
  return page(
    call,
    wanted === null ? shown : shown.filter(it => it.protected === (wanted === 'true')),
    it => it,
  )
}

async function branch(call: Call) {
  const { world, repo } = call
  const dir = repoDir(world, repo)
  const name = call.params.branch ?? ''
  const sha = await readRef(dir, HEADS + name)
  if (sha === undefined) throw new Refusal(404, 'Branch not found')
  const short = shortBranch(call, { ref: HEADS + name, sha })
  const rule = protectionOf(world, repo, name)
  return ok({
    ...short,
    commit: commit(world, repo, await readCommit(dir, sha)),
    _links: {
      self: `${repoUrl(world, repo)}/branches/${encodeURIComponent(name)}`,
      html: `${repoHtml(world, repo)}/tree/${name}`,
    },
    protection:
      rule === undefined ? { enabled: false } : { enabled: true, ...renderProtection(world, repo, rule) },
  })
}

async function commits(call: Call) {
  const { world, repo, query } = call
  const dir = await demandCommits(world, repo)
  const from = await resolve(dir, query.get('sha') || repo.defaultBranch)
  if (from === undefined) throw notFound()
  const path = query.get('path')
  const author = query.get('author')?.toLowerCase()
  const [since, until] = [query.get('since'), query.get('until')].map(it =>
    it === null ? undefined : Date.parse(it),
  )
  const all = await log(dir, from, path ? { path } : {})
  const found = all.filter(
    it =>
      (author === undefined || [it.author.email, accountOf(world, it.author)?.login].includes(author)) &&
      (since === undefined || Date.parse(it.committer.date) >= since) &&
      (until === undefined || Date.parse(it.committer.date) <= until),
  )
  return page(call, found, it => commit(world, repo, it))
}

/** The commit that a ref in the path means. */
export async function commitIn(call: Call, name = 'ref'): Promise<string> {
  const dir = await demandCommits(call.world, call.repo)
  const wanted = call.params[name] ?? ''
  const sha = await resolve(dir, wanted)
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${wanted}`)
  return sha
}

const asText = (text: string) => ({
  status: 200,
  body: text,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
})

export const wants = (call: Call, kind: 'diff' | 'sha' | 'raw'): boolean =>
  new RegExp(`application/vnd\\.github\\.(v3\\.)?${kind}\\b`).test(call.headers.accept ?? '')

async function oneCommit(call: Call) {
  const { world, repo } = call
  const sha = await commitIn(call)
  if (wants(call, 'sha')) return asText(sha)
  const dir = repoDir(world, repo)
  const it = await readCommit(dir, sha)
  const before = it.parents[0] ?? EMPTY_TREE
  if (wants(call, 'diff')) return asText(await diffText(dir, before, sha))
  return ok(commitWithFiles(world, repo, it, await changedFiles(dir, before, sha)))
}

/** Pull requests that hold the commit: open ones that would bring it, merged ones that brought it. */
async function pullsOfCommit(call: Call) {
  const { world, repo } = call
  const sha = await commitIn(call, 'commit_sha')
  const dir = repoDir(world, repo)
  const holding = []
  for (const pull of pulls(world).find('repo', repo.id)) {
    const inHead = pull.mergeCommitSha === sha || (await isAncestor(dir, sha, pull.headSha))
    if (inHead && !(await isAncestor(dir, sha, pull.baseSha))) holding.push(pull)
  }
  return page(call, holding, it => pullSimple(world, it))
}

const COMPARE_COMMITS = 250
const COMPARE_FILES = 300

async function comparison(call: Call) {
  const { world, repo, query } = call
  const dir = await demandCommits(world, repo)
  const [base = '', head = ''] = (call.params.basehead ?? '')
    .split('...')
    .map(it => it.replace(/^[^:/]+:/, ''))
  const [from, to] = [await resolve(dir, base), await resolve(dir, head)]
  if (from === undefined || to === undefined) throw notFound()
  const between = await compared(dir, from, to)
  if (between === undefined) throw new Refusal(404, `No common ancestor between ${base} and ${head}.`)
  if (wants(call, 'diff')) return asText(await diffText(dir, between.mergeBase, to))
  const ends = {
    base_commit: commit(world, repo, await readCommit(dir, from)),
    merge_base_commit: commit(world, repo, await readCommit(dir, between.mergeBase)),
  }
  // Files come with the first page only.
  const files = (query.get('page') ?? '1') === '1' ? between.files.slice(0, COMPARE_FILES) : []
  const shown = {
    ...comparisonLinks(call, { base, head, from, to }),
    ...ends,
    status: between.status,
    ahead_by: between.ahead,
    behind_by: between.behind,
    total_commits: between.ahead,
    files: files.map(it => diffEntry(world, repo, it, to)),
  }
  const render = (it: Commit) => commit(world, repo, it)
  if (query.has('per_page') || query.has('page')) {
    return page(call, between.commits, render, commits => ({ ...shown, commits }))
  }
  return ok({ ...shown, commits: between.commits.slice(-COMPARE_COMMITS).map(render) })
}

function comparisonLinks(
  { world, repo }: Call,
  it: { base: string; head: string; from: string; to: string },
) {
  const html = `${repoHtml(world, repo)}/compare`
  const named = `${encodeURIComponent(it.base)}...${encodeURIComponent(it.head)}`
  return {
    url: `${repoUrl(world, repo)}/compare/${named}`,
    html_url: `${html}/${named}`,
    permalink_url: `${html}/${it.from.slice(0, 12)}...${it.to.slice(0, 12)}`,
    diff_url: `${html}/${named}.diff`,
    patch_url: `${html}/${named}.patch`,
  }
}

export const commitRoutes: readonly Route[] = [
  ['GET', '/repos/{owner}/{repo}/branches', branches, reading],
  ['GET', '/repos/{owner}/{repo}/branches/{branch}', branch, reading],
  ['GET', '/repos/{owner}/{repo}/commits', commits, reading],
  ['GET', '/repos/{owner}/{repo}/commits/{ref}', oneCommit, reading],
  [
    'GET',
    '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    pullsOfCommit,
    { permission: ['pull_requests:read', 'contents:read'] },
  ],
  ['GET', '/repos/{owner}/{repo}/compare/{+basehead}', comparison, reading],
]
