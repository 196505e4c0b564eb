import type { Repo } from '../documents.ts'
import type { ChangedFile, Touched } from '../git/compare.ts'
import type { Commit, TreeEntry } from '../git/objects.ts'
import type { Ref } from '../git/plumbing.ts'
import { fullName, repoUrl, user } from '../render.ts'
import type { World } from '../world.ts'
import { accountOf } from './repository.ts'

/** Git's objects in the words of GitHub's REST API. */

const opaque = (prefix: string, repo: Repo, name: string) =>
  `${prefix}_kw${Buffer.from(`${repo.id}:${name}`).toString('base64url')}`

export const repoHtml = (world: World, repo: Repo): string => `${world.urls.web}/${fullName(world, repo)}`

/** A path with its slashes kept and the rest encoded. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null }

/** `git-ref`. */
export const gitRef = (world: World, repo: Repo, { ref, sha }: Ref, type = 'commit') => ({
  ref,
  node_id: opaque('REF', repo, ref),
  url: `${repoUrl(world, repo)}/git/${encodePath(ref)}`,
  object: { sha, type, url: `${repoUrl(world, repo)}/git/${type}s/${sha}` },
})

const parentsOf = (world: World, repo: Repo, it: Commit, kind: 'commits' | 'git/commits') =>
  it.parents.map(sha => ({
    sha,
    url: `${repoUrl(world, repo)}/${kind}/${sha}`,
    html_url: `${repoHtml(world, repo)}/commit/${sha}`,
  }))

/** `git-commit`, and the commit of a `file-commit`. */
export const gitCommit = (world: World, repo: Repo, it: Commit) => ({
  sha: it.sha,
  node_id: opaque('C', repo, it.sha),
  url: `${repoUrl(world, repo)}/git/commits/${it.sha}`,
  html_url: `${repoHtml(world, repo)}/commit/${it.sha}`,
  author: it.author,
  committer: it.committer,
  tree: { sha: it.tree, url: `${repoUrl(world, repo)}/git/trees/${it.tree}` },
  message: it.message,
  parents: parentsOf(world, repo, it, 'git/commits'),
  verification: UNSIGNED,
})

/** `commit`, as lists give it. */
export function commit(world: World, repo: Repo, it: Commit) {
  const url = `${repoUrl(world, repo)}/commits/${it.sha}`
  const author = accountOf(world, it.author)
  const committer = accountOf(world, it.committer)
  return {
    sha: it.sha,
    node_id: opaque('C', repo, it.sha),
    commit: {
      author: it.author,
      committer: it.committer,
      message: it.message,
      tree: { sha: it.tree, url: `${repoUrl(world, repo)}/git/trees/${it.tree}` },
      url: `${repoUrl(world, repo)}/git/commits/${it.sha}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url,
    html_url: `${repoHtml(world, repo)}/commit/${it.sha}`,
    comments_url: `${url}/comments`,
    author: author === undefined ? null : user(world, author),
    committer: committer === undefined ? null : user(world, committer),
    parents: parentsOf(world, repo, it, 'commits'),
  }
}

/** The same with its files, as the commit's own address gives it. */
export const commitWithFiles = (world: World, repo: Repo, it: Commit, files: readonly ChangedFile[]) => {
  const sum = (of: (file: ChangedFile) => number) => files.reduce((total, file) => total + of(file), 0)
  const stats = {
    total: sum(it => it.changes),
    additions: sum(it => it.additions),
    deletions: sum(it => it.deletions),
  }
  return { ...commit(world, repo, it), stats, files: files.map(file => diffEntry(world, repo, file, it.sha)) }
}

/** The commit of a `push` webhook. */
export const pushCommit = (world: World, repo: Repo, it: Commit, touched: Touched) => {
  const named = (person: Commit['author']) => {
    const login = accountOf(world, person)?.login
    return { ...person, ...(login === undefined ? {} : { username: login }) }
  }
  return {
    id: it.sha,
    tree_id: it.tree,
    distinct: true,
    message: it.message,
    timestamp: it.committer.date,
    url: `${repoHtml(world, repo)}/commit/${it.sha}`,
    author: named(it.author),
    committer: named(it.committer),
    ...touched,
  }
}

/** `diff-entry`. */
export const diffEntry = (world: World, repo: Repo, it: ChangedFile, sha: string) => ({
  ...it,
  blob_url: `${repoHtml(world, repo)}/blob/${sha}/${encodePath(it.filename)}`,
  raw_url: `${repoHtml(world, repo)}/raw/${sha}/${encodePath(it.filename)}`,
  contents_url: `${repoUrl(world, repo)}/contents/${encodePath(it.filename)}?ref=${sha}`,
})

const KIND = { blob: 'file', tree: 'dir', commit: 'submodule' } as const

/** An entry of a directory, as the contents address gives it; `content-file` adds the content to it. */
export function content(world: World, repo: Repo, it: TreeEntry, ref: string) {
  const path = encodePath(it.path)
  const self = `${repoUrl(world, repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`
  const git = `${repoUrl(world, repo)}/git/${it.type === 'tree' ? 'trees' : 'blobs'}/${it.sha}`
  const html = `${repoHtml(world, repo)}/${it.type === 'tree' ? 'tree' : 'blob'}/${encodePath(ref)}/${path}`
  const download = it.type === 'blob' ? `${repoHtml(world, repo)}/raw/${encodePath(ref)}/${path}` : null
  return {
    name: it.path.slice(it.path.lastIndexOf('/') + 1),
    path: it.path,
    sha: it.sha,
    size: it.size ?? 0,
    url: self,
    html_url: html,
    git_url: git,
    download_url: download,
    type: it.mode === '120000' ? 'symlink' : KIND[it.type],
    _links: { self, git, html },
  }
}

/** An entry of a `git-tree`. */
export const treeEntry = (world: World, repo: Repo, it: TreeEntry) => ({
  path: it.path,
  mode: it.mode,
  type: it.type,
  sha: it.sha,
  ...(it.size === undefined ? {} : { size: it.size }),
  ...(it.type === 'commit' ? {} : { url: `${repoUrl(world, repo)}/git/${it.type}s/${it.sha}` }),
})

/** `blob`. */
export const blob = (world: World, repo: Repo, sha: string, bytes: Buffer) => ({
  sha,
  node_id: opaque('B', repo, sha),
  size: bytes.length,
  url: `${repoUrl(world, repo)}/git/blobs/${sha}`,
  content: base64Lines(bytes),
  encoding: 'base64',
})

/** base64 in lines of 60 letters, as GitHub sends it. */
export const base64Lines = (bytes: Buffer): string => bytes.toString('base64').replace(/.{1,60}/g, '$&\n')
