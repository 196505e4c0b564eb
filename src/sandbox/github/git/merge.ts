// Merges without a work tree. git 2.39 has neither `merge-tree --merge-base` nor `replay`, so a commit is carried
// onto another by merging it with a stand-in that has the other's tree and the commit's own parent.
import { type Commit, log, readCommit, type Signature, writeCommit } from './objects.ts'
import { isAncestor, readRef, swapRef } from './plumbing.ts'
import { gitBytes } from './run.ts'

export type Merged = { clean: true; tree: string } | { clean: false; conflicts: string[] }

/** The tree of a three-way merge of two commits, or the files in which they conflict. */
export async function mergeTrees(dir: string, base: string, head: string): Promise<Merged> {
  const args = [
    'merge-tree',
    '--write-tree',
    '--allow-unrelated-histories',
    '--name-only',
    '--no-messages',
    '-z',
  ]
  const { code, bytes } = await gitBytes(dir, [...args, base, head], { accept: [1] })
  const [tree = '', ...names] = bytes.toString().split('\0')
  return code === 0 ? { clean: true, tree: tree.trim() } : { clean: false, conflicts: names.filter(Boolean) }
}

export type MergeMethod = 'merge' | 'squash' | 'rebase'

export interface MergeWish {
  base: string
  head: string
  method: MergeMethod
  message: string
  author: Signature
  committer: Signature
}

export type MergeMade = { done: true; sha: string } | { done: false; conflicts: string[] }

/** Makes the commits of a merge, which no reference holds yet: the caller moves the base branch by compare-and-swap. */
export async function makeMerge(dir: string, wish: MergeWish): Promise<MergeMade> {
  if (wish.method === 'rebase') return rebase(dir, wish)
  const merged = await mergeTrees(dir, wish.base, wish.head)
  if (!merged.clean) return { done: false, conflicts: merged.conflicts }
  const parents = wish.method === 'squash' ? [wish.base] : [wish.base, wish.head]
  const { message, author, committer } = wish
  return {
    done: true,
    sha: await writeCommit(dir, { tree: merged.tree, parents, message, author, committer }),
  }
}

async function rebase(dir: string, { base, head, committer }: MergeWish): Promise<MergeMade> {
  let onto = await readCommit(dir, base)
  for (const commit of await log(dir, head, { not: base, reverse: true, noMerges: true })) {
    const carried = await carry(dir, commit, onto, committer)
    if ('conflicts' in carried) return { done: false, conflicts: carried.conflicts }
    onto = carried
  }
  return { done: true, sha: onto.sha }
}

/** The change of one commit made again on top of another; the other itself when that has the change already. */
async function carry(
  dir: string,
  commit: Commit,
  onto: Commit,
  committer: Signature,
): Promise<Commit | { conflicts: string[] }> {
  const stranger = { ...onto, parents: commit.parents.slice(0, 1), committer, message: 'stand-in' }
  const standIn = await writeCommit(dir, stranger)
  const merged = await mergeTrees(dir, standIn, commit.sha)
  if (!merged.clean) return { conflicts: merged.conflicts }
  if (merged.tree === onto.tree) return onto
  const { author, message } = commit
  const sha = await writeCommit(dir, { tree: merged.tree, parents: [onto.sha], message, author, committer })
  return readCommit(dir, sha)
}

export type MergeLanded =
  | { done: true; before: string; sha: string }
  | { done: false; why: 'no_branch' | 'nothing_to_merge' | 'moved' }
  | { done: false; why: 'conflict'; conflicts: string[] }

/** Merges a commit into a branch and moves the branch, unless somebody else moved it in the meantime. */
export async function mergeInto(
  dir: string,
  branch: string,
  wish: Omit<MergeWish, 'base'>,
): Promise<MergeLanded> {
  const ref = `refs/heads/${branch}`
  const base = await readRef(dir, ref)
  if (!base) return { done: false, why: 'no_branch' }
  if (await isAncestor(dir, wish.head, base)) return { done: false, why: 'nothing_to_merge' }
  const made = await makeMerge(dir, { ...wish, base })
  if (!made.done) return { done: false, why: 'conflict', conflicts: made.conflicts }
  if (!(await swapRef(dir, ref, made.sha, base))) return { done: false, why: 'moved' }
  return { done: true, before: base, sha: made.sha }
}
