// Commits, trees and blobs.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { git, gitBytes } from './run.ts'

/** Who wrote or recorded a commit, and when (ISO 8601, UTC, whole seconds, as GitHub prints it). */
export interface Signature {
  name: string
  email: string
  date: string
}

export interface Commit {
  sha: string
  tree: string
  parents: string[]
  author: Signature
  committer: Signature
  /** Without the newline at the end. */
  message: string
}

export interface NewCommit {
  tree: string
  parents: readonly string[]
  message: string
  author: Signature
  committer: Signature
}

/** The tree without entries, which git knows in every repository. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const FIELD = '\x1f'
const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'].join('%x1f')

/** `2026-01-31T12:00:00Z` */
export function gitDate(when: Date | number): string {
  return `${new Date(when).toISOString().slice(0, 19)}Z`
}

export interface LogOptions {
  /** Commits that are reachable from here are left out. */
  not?: string
  /** Only commits that changed this path. */
  path?: string
  skip?: number
  limit?: number
  /** Oldest first; the limit then counts from the oldest. */
  reverse?: boolean
  noMerges?: boolean
}

/** History from a commit, newest first unless reversed. */
export async function log(dir: string, from: string, options: LogOptions = {}): Promise<Commit[]> {
  const { not, skip = 0, limit, reverse, noMerges } = options
  const args = ['log', '-z', `--format=${FORMAT}`, '--topo-order']
  if (noMerges) args.push('--no-merges')
  if (!reverse && skip) args.push(`--skip=${skip}`)
  if (!reverse && limit !== undefined) args.push(`--max-count=${limit}`)
  args.push(from, ...(not ? [`^${not}`] : []), '--', ...(options.path ? [options.path] : []))
  const commits = parseCommits(await git(dir, args))
  // git cuts before it reverses; GitHub's lists of a pull request are cut after.
  return reverse ? commits.reverse().slice(skip, limit === undefined ? undefined : skip + limit) : commits
}

export async function countCommits(dir: string, from: string, not: string): Promise<number> {
  return Number(await git(dir, ['rev-list', '--count', from, `^${not}`]))
}

/** One commit by its sha. */
export async function readCommit(dir: string, sha: string): Promise<Commit> {
  const [commit] = parseCommits(await git(dir, ['log', '-z', '--max-count=1', `--format=${FORMAT}`, sha]))
  if (!commit) throw new Error(`${sha} is not a commit`)
  return commit
}

function parseCommits(out: string): Commit[] {
  return out
    .split('\0')
    .filter(Boolean)
    .map(record => {
      const [sha, tree, parents, an, ae, at, cn, ce, ct, ...message] = record.split(FIELD) as [
        string,
        ...string[],
      ]
      return {
        sha,
        tree: tree ?? '',
        parents: (parents ?? '').split(' ').filter(Boolean),
        author: { name: an ?? '', email: ae ?? '', date: gitDate(Number(at) * 1000) },
        committer: { name: cn ?? '', email: ce ?? '', date: gitDate(Number(ct) * 1000) },
        message: message.join(FIELD).replace(/\n+$/, ''),
      }
    })
}

/** Writes a commit object, which no reference holds yet; gives its sha. */
export async function writeCommit(dir: string, commit: NewCommit): Promise<string> {
  const { author, committer } = commit
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  }
  const args = ['commit-tree', commit.tree, ...commit.parents.flatMap(parent => ['-p', parent]), '-F', '-']
  return (await git(dir, args, { env, input: commit.message })).trim()
}

export async function writeBlob(dir: string, content: Buffer): Promise<string> {
  return (await git(dir, ['hash-object', '-w', '--stdin'], { input: content })).trim()
}

export async function readBlob(dir: string, sha: string): Promise<Buffer> {
  return (await gitBytes(dir, ['cat-file', 'blob', sha])).bytes
}

/** Those of some shas that the repository does not have. */
export async function missingObjects(dir: string, shas: readonly string[]): Promise<string[]> {
  if (shas.length === 0) return []
  const out = await git(dir, ['cat-file', '--batch-check'], { input: `${shas.join('\n')}\n` })
  return out
    .split('\n')
    .flatMap(line => (line.endsWith(' missing') ? [line.slice(0, -' missing'.length)] : []))
}

/** The tree of a commit or of a tree, by sha; undefined when there is no such object. */
export async function treeOf(dir: string, sha: string): Promise<string | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined
  const out = await git(dir, ['rev-parse', '--verify', '--quiet', `${sha}^{tree}`], { accept: [1, 128] })
  return out.trim() || undefined
}

export interface TreeEntry {
  mode: string
  type: 'blob' | 'tree' | 'commit'
  sha: string
  /** From the tree that was listed. */
  path: string
  /** Bytes; blobs only. */
  size?: number
}

/** Entries of a tree (or of a commit's), one level or all levels down with the trees between. */
export async function readTree(dir: string, tree: string, recursive = false): Promise<TreeEntry[]> {
  const out = await git(dir, ['ls-tree', '-z', '-l', '--full-tree', ...(recursive ? ['-r', '-t'] : []), tree])
  return parseEntries(out)
}

/** The entry at a path of a commit, undefined when there is none. */
export async function entryAt(dir: string, commit: string, at: string): Promise<TreeEntry | undefined> {
  // Pathspec magic is off: a file may well be called `:(top)x` or `*.md`.
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '-l', '--full-tree', commit, '--', at]
  return parseEntries(await git(dir, args))[0]
}

function parseEntries(out: string): TreeEntry[] {
  return out
    .split('\0')
    .filter(Boolean)
    .map(line => {
      const tab = line.indexOf('\t')
      const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/)
      const entry = { mode, type: type as TreeEntry['type'], sha, path: line.slice(tab + 1) }
      return size === '-' ? entry : { ...entry, size: Number(size) }
    })
}

export interface TreeChange {
  path: string
  mode: string
  /** null takes the path away. */
  sha: string | null
}

/** Writes the tree that a base (none: an empty tree) becomes by some changes; gives its sha. */
export async function writeTree(
  dir: string,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<string> {
  const index = path.join(dir, `index-${randomUUID()}`)
  const env = { GIT_INDEX_FILE: index }
  try {
    await git(dir, ['read-tree', ...(base ? [base] : ['--empty'])], { env })
    const trees = changes.filter(({ mode, sha }) => mode === '040000' && sha !== null)
    const lines = changes
      .filter(change => !trees.includes(change))
      .map(({ mode, path: at, sha }) =>
        sha === null ? `0 ${'0'.repeat(40)}\t${at}\0` : `${mode} ${sha}\t${at}\0`,
      )
    await git(dir, ['update-index', '--add', '--replace', '-z', '--index-info'], {
      env,
      input: lines.join(''),
    })
    for (const { path: at, sha } of trees)
      await git(dir, ['read-tree', `--prefix=${at}/`, sha as string], { env })
    return (await git(dir, ['write-tree'], { env })).trim()
  } finally {
    await rm(index, { force: true })
  }
}
