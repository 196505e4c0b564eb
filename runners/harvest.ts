import { copyFile, lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { commitTree, type GitCall, GitFailed, git, gitLine, isAncestor, treeOf, type Who } from './git.ts'

interface Field {
  /** The cache's git directory. */
  readonly cache: string
  /** The run's clone. An agent had it in its hands: nothing in it is believed. */
  readonly dir: string
  /** Outside of the clone, for files of ours. */
  readonly desk: string
  readonly branch: string
  /** Where the branch stood when the agent got it. */
  readonly start: string
  /** The commit whose merge the agent was to finish; null: there was none. */
  readonly merging: string | null
  /** Of the commit for what the agent has left uncommitted. */
  readonly message: string
  readonly who: Who
}

/** Why nothing can be taken from a clone, for people. */
export class NoHarvest extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoHarvest'
  }
}

/**
 * Takes what an agent has made out of its clone into the cache, and gives the commit. Only the run's branch counts:
 * commits elsewhere stay behind, and what is not committed is committed on top if HEAD is on the branch. All of it
 * is done from the cache, with an index of our own, so that the clone's hooks, filters and settings have no say.
 */
export async function harvest(field: Field): Promise<string> {
  const { cache, dir, branch, start, merging, message, who } = field
  await wantDirectory(path.join(dir, '.git'))
  const tip = await fetchTip(cache, dir, branch)
  if (tip !== start && !(await isAncestor(cache, start, tip)))
    throw new NoHarvest(`The agent rewrote the history of ${branch}; what was there before must stay.`)
  const head = (await gitFile(dir, 'HEAD')).trim()
  const isAtHome = head === `ref: refs/heads/${branch}`
  if (!isAtHome && tip === start)
    throw new NoHarvest(`The agent left its branch ${branch} and made nothing on it; nothing else is taken.`)
  const tree = isAtHome ? await workTree(field, tip) : await treeOf(cache, tip)
  if (merging !== null && !(await isAncestor(cache, merging, tip))) {
    if (!isAtHome || (await gitFile(dir, 'MERGE_HEAD')).trim() !== merging)
      throw new NoHarvest('The agent gave up the merge that it was to finish.')
    return commitTree(cache, { tree, parents: [tip, merging], message, who })
  }
  if (tree === (await treeOf(cache, tip))) return tip
  return commitTree(cache, { tree, parents: [tip], message, who })
}

/** Has the commits of the agent's branch in the cache, under no name: nothing there is ever collected. */
async function fetchTip(cache: string, dir: string, branch: string): Promise<string> {
  const ref = `refs/heads/${branch}`
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', dir, ref]
  try {
    const tip = await gitLine([
      `--git-dir=${path.join(dir, '.git')}`,
      'rev-parse',
      '--verify',
      `${ref}^{commit}`,
    ])
    await git([`--git-dir=${cache}`, ...fetch])
    // Fails when a process that the agent has left behind moved the branch in between.
    await git([`--git-dir=${cache}`, 'cat-file', '-e', tip])
    return tip
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    throw new NoHarvest(`The branch ${branch} cannot be read from the agent's clone: ${error.said.trim()}`)
  }
}

const indexOn = (desk: string): string => path.join(desk, 'index')

/** Keeps the clone's index as it is before an agent gets it, for `harvest` to begin with. */
export async function keepIndex(dir: string, desk: string): Promise<void> {
  await copyFile(path.join(dir, '.git', 'index'), indexOn(desk))
}

/** The tree of all files in the clone that its own `.gitignore` files do not leave out. */
async function workTree({ cache, dir, desk }: Field, tip: string): Promise<string> {
  const call: GitCall = { dir, env: { GIT_DIR: cache, GIT_WORK_TREE: dir, GIT_INDEX_FILE: indexOn(desk) } }
  try {
    // Keeps what the index knows of unchanged files: only what the agent has touched is read and added.
    await git(['read-tree', '--reset', tip], call)
    await git(['add', '--all', '.'], call)
    return await gitLine(['write-tree'], call)
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    throw new NoHarvest(`The agent's files cannot be committed: ${error.said.trim()}`)
  }
}

async function wantDirectory(file: string): Promise<void> {
  const found = await lstat(file).catch(() => null)
  if (!found?.isDirectory()) throw new NoHarvest("The agent's clone has no git directory any more.")
}

/** A small file of the clone's git directory; empty when it is not an ordinary file. */
async function gitFile(dir: string, name: string): Promise<string> {
  const file = path.join(dir, '.git', name)
  const found = await lstat(file).catch(() => null)
  return found?.isFile() && found.size < 4096 ? readFile(file, 'utf8') : ''
}

/**
 * Files of a merge that the agent has not settled: markers are left, or git still calls them unmerged and they are
 * as the merge left them.
 */
export async function unsettled(dir: string, before: ReadonlyMap<string, string>): Promise<string[]> {
  const unmerged = await stillUnmerged(dir)
  const open: string[] = []
  for (const [file, was] of before) {
    const text = await contentOf(dir, file)
    if (MARKERS.test(text) || (unmerged.has(file) && text === was)) open.push(file)
  }
  return open
}

// One is enough: who took out only half of them has not settled it either.
const MARKERS = /^(?:<{7}|>{7}) /m

async function stillUnmerged(dir: string): Promise<ReadonlySet<string>> {
  const listed = await git(['ls-files', '--unmerged', '-z'], { dir, accept: [1, 128] })
  return new Set(listed.out.split('\0').map(line => line.slice(line.indexOf('\t') + 1)))
}

/** A file's text; empty when there is no such ordinary file. */
export async function contentOf(dir: string, file: string): Promise<string> {
  const found = await lstat(path.join(dir, file)).catch(() => null)
  return found?.isFile() ? readFile(path.join(dir, file), 'latin1') : ''
}
