// One file changed by one commit on a branch, as the contents endpoints do it.
import {
  type Commit,
  entryAt,
  readCommit,
  type Signature,
  writeBlob,
  writeCommit,
  writeTree,
} from './objects.ts'
import { readRef, swapRef, ZERO_SHA } from './plumbing.ts'

export interface FileChange {
  /** Short name; it must exist, except in an empty repository, whose first commit makes it. */
  branch: string
  path: string
  /** Blob that the caller believes to be there; needed when there is one. */
  sha?: string
  message: string
  author: Signature
  committer: Signature
}

export type FileChanged =
  | { done: true; created: boolean; before: string; commit: Commit; blob: string | undefined }
  | {
      done: false
      why: 'no_branch' | 'no_file' | 'sha_missing' | 'sha_stale' | 'not_a_file' | 'moved'
      blob?: string
    }

/** Writes a file, or with `content` null takes it away. */
export async function changeFile(
  dir: string,
  change: FileChange,
  content: Buffer | null,
): Promise<FileChanged> {
  const ref = `refs/heads/${change.branch}`
  const head = await readRef(dir, ref)
  const present = head ? await entryAt(dir, head, change.path) : undefined
  if (!head && content === null) return { done: false, why: 'no_branch' }
  if (present && present.type !== 'blob') return { done: false, why: 'not_a_file' }
  if (!present && content === null) return { done: false, why: 'no_file' }
  if (present && change.sha === undefined) return { done: false, why: 'sha_missing', blob: present.sha }
  if (change.sha !== undefined && present?.sha !== change.sha) {
    return { done: false, why: 'sha_stale', ...(present ? { blob: present.sha } : {}) }
  }
  const blob = content === null ? undefined : await writeBlob(dir, content)
  const entry = { path: change.path, mode: present?.mode ?? '100644', sha: blob ?? null }
  const tree = await writeTree(dir, head, [entry])
  const { message, author, committer } = change
  const sha = await writeCommit(dir, { tree, parents: head ? [head] : [], message, author, committer })
  if (!(await swapRef(dir, ref, sha, head ?? ZERO_SHA))) return { done: false, why: 'moved' }
  return { done: true, created: !present, before: head ?? ZERO_SHA, commit: await readCommit(dir, sha), blob }
}
