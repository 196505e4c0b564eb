// Bare repositories and their references. Names are full (`refs/heads/main`), shas are 40 hexadecimal digits;
// what a client may write loosely (`main`, `heads/main`, `a1b2c3d`) goes through `resolve` first.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { GitFailed, git } from './run.ts'

export const ZERO_SHA = '0'.repeat(40)
const SHA = /^[0-9a-f]{40}$/
const SHORT_SHA = /^[0-9a-f]{7,39}$/

export interface Ref {
  /** Full name, `refs/…`. */
  ref: string
  sha: string
}

/** Where the bare repository with this number lives. */
export function repositoryDir(root: string, id: number): string {
  return path.join(root, `${id}.git`)
}

/** Makes an empty bare repository, or leaves the one that is there. */
export async function createRepository(root: string, id: number, defaultBranch = 'main'): Promise<string> {
  const dir = repositoryDir(root, id)
  await mkdir(root, { recursive: true })
  await git(dir, ['init', '--quiet', '--bare', '-b', defaultBranch])
  await writeFile(path.join(dir, 'config'), CONFIG)
  return dir
}

// `refs/pull` is ours to write, as on GitHub: a push to it is refused. Collection of garbage is off because an object
// that an API call has made is reachable only after a later call.
const CONFIG = `[core]
	repositoryformatversion = 0
	bare = true
[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	hideRefs = refs/pull
	autogc = false
[gc]
	auto = 0
[merge]
	renames = true
`

/** Points HEAD at a branch, so that a clone checks it out. */
export async function setDefaultBranch(dir: string, branch: string): Promise<void> {
  await git(dir, ['symbolic-ref', 'HEAD', `refs/heads/${branch}`])
}

/** Whether git allows this as the full name of a reference. */
export async function isRefName(name: string): Promise<boolean> {
  if (!name.startsWith('refs/') || name.split('/').length < 3) return false
  try {
    await git('.', ['check-ref-format', name])
    return true
  } catch (error) {
    if (error instanceof GitFailed && error.code === 1) return false
    throw error
  }
}

/** The sha at which a reference stands; undefined when there is none. Takes the full name only. */
export async function readRef(dir: string, ref: string): Promise<string | undefined> {
  if (!ref.startsWith('refs/') || ref.includes('..')) return undefined
  // git keeps a reference that changed lately in a file of its own; reading that is a hundred times faster than asking.
  const loose = await readFile(path.join(dir, ref), 'utf8').catch(() => '')
  if (SHA.test(loose.trim())) return loose.trim()
  const out = await git(dir, ['show-ref', '--verify', '--hash', '--', ref], { accept: [1, 128] })
  return out.trim() || undefined
}

/** References whose full name begins with the given letters, in order of name. */
export async function listRefs(dir: string, prefix = 'refs/'): Promise<Ref[]> {
  const out = await git(dir, ['for-each-ref', '--format=%(objectname) %(refname)', '--sort=refname'])
  return out
    .split('\n')
    .filter(Boolean)
    .map(line => ({ sha: line.slice(0, 40), ref: line.slice(41) }))
    .filter(({ ref }) => ref.startsWith(prefix))
}

/** Whether the repository has no branch yet. */
export async function isEmpty(dir: string): Promise<boolean> {
  return (await git(dir, ['for-each-ref', '--count=1', 'refs/heads'])) === ''
}

/** `exists` also stands for a name that collides with another (`a` beside `a/b`). */
export type RefCreated = 'created' | 'exists' | 'no_object'

export async function createRef(dir: string, ref: string, sha: string): Promise<RefCreated> {
  if (!(await objectType(dir, sha))) return 'no_object'
  return (await swapRef(dir, ref, sha, ZERO_SHA)) ? 'created' : 'exists'
}

export type RefUpdated = 'updated' | 'missing' | 'moved' | 'no_object' | 'not_fast_forward'

/**
 * Moves a reference. `expected` is where the caller believes it to stand (a compare-and-swap: `moved` when it does
 * not); without it, where it stands now. Unless forced, only forward.
 */
export async function updateRef(
  dir: string,
  ref: string,
  sha: string,
  { expected, force = false }: { expected?: string; force?: boolean } = {},
): Promise<RefUpdated> {
  const now = await readRef(dir, ref)
  if (!now) return 'missing'
  if (expected && now !== expected) return 'moved'
  if (!(await objectType(dir, sha))) return 'no_object'
  if (!force && !(await isAncestor(dir, now, sha))) return 'not_fast_forward'
  return (await swapRef(dir, ref, sha, now)) ? 'updated' : 'moved'
}

/** False when the reference is not there. */
export async function deleteRef(dir: string, ref: string): Promise<boolean> {
  const now = await readRef(dir, ref)
  if (!now) return false
  await git(dir, ['update-ref', '-d', ref, now])
  return true
}

/** Sets a reference of our own (`refs/pull/…`) wherever it stood before. */
export async function setRef(dir: string, ref: string, sha: string): Promise<void> {
  await git(dir, ['update-ref', ref, sha])
}

/** git's own compare-and-swap; false when the reference did not stand at `from` (zeros: was there already). */
export async function swapRef(dir: string, ref: string, to: string, from: string): Promise<boolean> {
  try {
    await git(dir, ['update-ref', ref, to, from])
    return true
  } catch (error) {
    if (error instanceof GitFailed && /cannot lock ref|reference already exists/.test(error.stderr))
      return false
    throw error
  }
}

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** Kind of the object with this sha, undefined when the repository does not have it. */
export async function objectType(dir: string, sha: string): Promise<ObjectType | undefined> {
  if (!SHA.test(sha)) return undefined
  const out = await git(dir, ['cat-file', '-t', sha], { accept: [1, 128] })
  return (out.trim() as ObjectType) || undefined
}

/**
 * The commit that a client's words mean: a branch, a tag, `heads/x`, `refs/heads/x`, `HEAD`, a whole sha or at least
 * seven digits of one. A branch wins over a tag, and both over digits, as on GitHub.
 */
export async function resolve(dir: string, rev: string): Promise<string | undefined> {
  // `rev-parse` would also follow `^`, `~`, `@{…}` and `:path`, which no name can contain.
  if (/[\s~^:?*[\\]|@\{|\.\./.test(rev)) return undefined
  if (SHA.test(rev)) return verified(dir, rev)
  if (rev.startsWith('refs/')) return verified(dir, rev)
  const branch = await readRef(dir, `refs/heads/${rev}`)
  if (branch !== undefined) return branch
  const names = [`refs/tags/${rev}`, `refs/${rev}`, ...(rev === 'HEAD' || SHORT_SHA.test(rev) ? [rev] : [])]
  for (const name of names) {
    const found = await verified(dir, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The commit under a full name or digits. */
async function verified(dir: string, name: string): Promise<string | undefined> {
  const out = await git(dir, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], { accept: [1, 128] })
  return out.trim() || undefined
}

/** Whether `older` is `newer` or one of its ancestors. */
export async function isAncestor(dir: string, older: string, newer: string): Promise<boolean> {
  try {
    await git(dir, ['merge-base', '--is-ancestor', older, newer])
    return true
  } catch (error) {
    if (error instanceof GitFailed && error.code === 1) return false
    throw error
  }
}
