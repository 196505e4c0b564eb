import { encodePath, commit as renderCommit } from '../code/render-code.ts'
import { accountOf, repoDir } from '../code/repository.ts'
import { changedFiles, compare as compareCommits } from '../git/compare.ts'
import { EMPTY_TREE, entryAt, log, readBlob, readCommit, readTree, type TreeEntry } from '../git/objects.ts'
import { listRefs, readRef, resolve } from '../git/plumbing.ts'
import { notFound } from '../kit.ts'
import { diff } from './diff.ts'
import { type Html, html } from './html.ts'
import { markdown } from './markdown.ts'
import { branchLink, repoPath, time } from './parts.ts'
import type { Page, Shown, Visit } from './visit.ts'

/** Branches, files and commits, for looking. */

interface Spot {
  readonly ref: string
  readonly commit: string
  readonly path: string
}

/** Tells where the branch's name ends and the file's begins: both may have slashes, and branches win. */
async function spotOf({ world, repo, params }: Visit): Promise<Spot> {
  const dir = repoDir(world, repo)
  const parts = (params.rest ?? '').split('/').filter(Boolean)
  for (let at = 1; at <= parts.length; at++) {
    const ref = parts.slice(0, at).join('/')
    const commit = await readRef(dir, `refs/heads/${ref}`)
    if (commit !== undefined) return { ref, commit, path: parts.slice(at).join('/') }
  }
  const ref = parts[0] ?? repo.defaultBranch
  const commit = await resolve(dir, ref)
  if (commit === undefined) throw notFound()
  return { ref, commit, path: parts.slice(1).join('/') }
}

async function tree(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const dir = repoDir(world, repo)
  if ((await resolve(dir, repo.defaultBranch)) === undefined) return empty(visit)
  const spot = await spotOf(visit)
  const at = spot.path === '' ? undefined : await entryAt(dir, spot.commit, spot.path)
  if (spot.path !== '' && at?.type !== 'tree') throw notFound()
  const entries = await readTree(dir, at?.sha ?? spot.commit)
  const readme = entries.find(it => /^readme(\.md)?$/i.test(it.path))
  const text = readme && markdown((await readBlob(dir, readme.sha)).toString(), repoPath(world, repo))
  const main = html`<div id="live">
    <p>${branchLink(world, repo, spot.ref)} <span class="soft mono">${spot.path}</span> ·
      <a href="${repoPath(world, repo)}/commits/${encodePath(spot.ref)}">commits</a> ·
      <a href="${repoPath(world, repo)}/branches">${(await listRefs(dir, 'refs/heads/')).length} branches</a></p>
    <div class="box">${[...entries].sort(directoriesFirst).map(it => entryRow(visit, spot, it))}</div>
    ${text && html`<div class="box"><div class="head">${readme.path}</div><div class="body markdown">${text}</div></div>`}
    <p class="soft">Clone it: <code>git clone ${world.urls.web}${repoPath(world, repo)}.git</code></p></div>`
  return { title: repo.name, main, tab: 'code' }
}

const directoriesFirst = (a: TreeEntry, b: TreeEntry): number =>
  Number(a.type !== 'tree') - Number(b.type !== 'tree') || a.path.localeCompare(b.path)

function entryRow({ world, repo }: Visit, { ref, path }: Spot, it: TreeEntry): Html {
  const full = path === '' ? it.path : `${path}/${it.path}`
  const href = `${repoPath(world, repo)}/${it.type === 'tree' ? 'tree' : 'blob'}/${encodePath(ref)}/${encodePath(full)}`
  return html`<div class="row">${it.type === 'tree' ? '📁' : '📄'} <a href="${href}">${it.path}</a></div>`
}

function empty({ world, repo }: Visit): Shown {
  const main = html`<div id="live"><div class="box"><div class="head">This repository is empty</div><div class="body">
    <p>Push something to it with anybody's token who may write:</p>
    <pre>git push http://wes:TOKEN@${new URL(world.urls.web).host}${repoPath(world, repo)}.git main</pre></div></div></div>`
  return { title: repo.name, main, tab: 'code' }
}

const BINARY_LOOK = 8000
const LONGEST = 512 * 1024

async function blob(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const spot = await spotOf(visit)
  const bytes = await fileAt(visit, spot)
  const isText = !bytes.subarray(0, BINARY_LOOK).includes(0) && bytes.length <= LONGEST
  const text = bytes.toString()
  const shown = !isText
    ? html`<p class="soft">${bytes.length} bytes, not shown.</p>`
    : spot.path.endsWith('.md')
      ? html`<div class="markdown">${markdown(text, repoPath(world, repo))}</div>`
      : html`<table class="diff">${text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, at) => html`<tr><td class="n">${at + 1}</td><td>${line}</td></tr>`)}</table>`
  const raw = `${repoPath(world, repo)}/raw/${encodePath(spot.ref)}/${encodePath(spot.path)}`
  const main = html`<div id="live"><p>${branchLink(world, repo, spot.ref)} <span class="mono">${spot.path}</span> · <a href="${raw}">raw</a></p>
    <div class="box"><div class="body">${shown}</div></div></div>`
  return { title: spot.path, main, tab: 'code' }
}

async function fileAt({ world, repo }: Visit, { commit, path }: Spot): Promise<Buffer> {
  const dir = repoDir(world, repo)
  const entry = path === '' ? undefined : await entryAt(dir, commit, path)
  if (entry?.type !== 'blob') throw notFound()
  return readBlob(dir, entry.sha)
}

/** As plain text, whatever it is: a browser must not run what somebody pushed. */
async function raw(visit: Visit): Promise<Shown> {
  return { bytes: await fileAt(visit, await spotOf(visit)), type: 'text/plain; charset=utf-8' }
}

async function branches(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const dir = repoDir(world, repo)
  const refs = await listRefs(dir, 'refs/heads/')
  const rows = refs.map(
    ({ ref, sha }) => html`
    <div class="row"><span class="grow">${branchLink(world, repo, ref.slice('refs/heads/'.length))}</span>
      <a class="mono" href="${repoPath(world, repo)}/commit/${sha}">${sha.slice(0, 7)}</a></div>`,
  )
  return {
    title: 'Branches',
    main: html`<div id="live"><h1>Branches</h1><div class="box">${rows}</div></div>`,
    tab: 'code',
  }
}

const LOG_LENGTH = 100

async function commits(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const { commit, ref } = await spotOf(visit)
  const all = await log(repoDir(world, repo), commit, { limit: LOG_LENGTH })
  const rows = all.map(
    it => html`
    <div class="row"><span class="grow"><a href="${repoPath(world, repo)}/commit/${it.sha}">${it.message.split('\n')[0]}</a>
      <span class="soft">${accountOf(world, it.author)?.login ?? it.author.name} ${time(it.author.date)}</span></span>
      <span class="mono soft">${it.parents.length > 1 ? 'merge ' : ''}${it.sha.slice(0, 7)}</span></div>`,
  )
  return {
    title: 'Commits',
    main: html`<div id="live"><h1>Commits <span class="number mono">${ref}</span></h1><div class="box">${rows}</div></div>`,
    tab: 'code',
  }
}

async function commit(visit: Visit): Promise<Shown> {
  const { world, repo, params } = visit
  const dir = repoDir(world, repo)
  const sha = await resolve(dir, params.rest ?? '')
  if (sha === undefined) throw notFound()
  const it = await readCommit(dir, sha)
  const files = await changedFiles(dir, it.parents[0] ?? EMPTY_TREE, sha)
  const author = renderCommit(world, repo, it).author?.login ?? it.author.name
  const [first = '', ...rest] = it.message.split('\n')
  const main = html`<h1>${first}</h1><p class="soft">${author} ${time(it.author.date)} · <span class="mono">${sha}</span></p>
    ${rest.join('\n').trim() && html`<pre>${rest.join('\n').trim()}</pre>`}${diff(files)}`
  return { title: first, main, tab: 'code' }
}

async function compare(visit: Visit): Promise<Shown> {
  const { world, repo, params } = visit
  const dir = repoDir(world, repo)
  const [base = '', head = ''] = (params.rest ?? '').split('...')
  const [from, to] = [await resolve(dir, base), await resolve(dir, head)]
  const between = from && to ? await compareCommits(dir, from, to) : undefined
  if (between === undefined) throw notFound()
  const main = html`<h1>${base} … ${head}</h1><p class="soft">${between.ahead} ahead, ${between.behind} behind</p>${diff(between.files)}`
  return { title: `${base}…${head}`, main, tab: 'code' }
}

export const codePages: readonly Page[] = [
  ['GET', /^\/?$/, tree],
  ['GET', /^\/tree\/(?<rest>.+)$/, tree],
  ['GET', /^\/blob\/(?<rest>.+)$/, blob],
  ['GET', /^\/raw\/(?<rest>.+)$/, raw],
  ['GET', /^\/branches$/, branches],
  ['GET', /^\/commits(\/(?<rest>.+))?$/, commits],
  ['GET', /^\/commit\/(?<rest>[0-9a-f]{7,40})$/, commit],
  ['GET', /^\/compare\/(?<rest>.+\.\.\..+)$/, compare],
]
