// What lies between two commits: how far apart they are, and which files differ.
import { type Commit, countCommits, log } from './objects.ts'
import { git } from './run.ts'

export interface ChangedFile {
  /** Blob after the change; before it when the file was removed. */
  sha: string
  filename: string
  status: 'added' | 'removed' | 'modified' | 'renamed'
  additions: number
  deletions: number
  changes: number
  /** Unified hunks without file headers. Absent for binary files and for renames without a change. */
  patch?: string
  previous_filename?: string
}

export interface Comparison {
  status: 'identical' | 'ahead' | 'behind' | 'diverged'
  mergeBase: string
  ahead: number
  behind: number
  /** In head and not in base, oldest first. */
  commits: Commit[]
  /** From the merge base to head. */
  files: ChangedFile[]
}

/** The best common ancestor, undefined for histories that share nothing. */
export async function mergeBase(dir: string, one: string, other: string): Promise<string | undefined> {
  return (await git(dir, ['merge-base', one, other], { accept: [1] })).trim() || undefined
}

/** Compares as `base...head` does; undefined for histories that share nothing. */
export async function compare(dir: string, base: string, head: string): Promise<Comparison | undefined> {
  const shared = await mergeBase(dir, base, head)
  if (!shared) return undefined
  const [commits, behind, files] = await Promise.all([
    log(dir, head, { not: base, reverse: true }),
    countCommits(dir, base, head),
    changedFiles(dir, shared, head),
  ])
  const ahead = commits.length
  const status = ahead ? (behind ? 'diverged' : 'ahead') : behind ? 'behind' : 'identical'
  return { status, mergeBase: shared, ahead, behind, commits, files }
}

const DIFF = ['diff', '-M', '--no-color', '--no-ext-diff', '--no-textconv', '--submodule=short']

/** Files that differ between two commits or trees, with their patches. */
export async function changedFiles(dir: string, before: string, after: string): Promise<ChangedFile[]> {
  const [summary, patches] = await Promise.all([
    git(dir, [...DIFF, '--raw', '--numstat', '-z', '--no-abbrev', before, after, '--']),
    git(dir, [...DIFF, '-p', before, after, '--']),
  ])
  const files = parseSummary(summary)
  // All forms of one diff come in the same order, and inside a patch no line of content starts at the margin.
  const texts = patches.split(/^(?=diff --git )/m).filter(Boolean)
  return files.map((file, at) => {
    const hunks = texts[at]?.search(/^@@ /m) ?? -1
    return hunks < 0 ? file : { ...file, patch: (texts[at] ?? '').slice(hunks).replace(/\n$/, '') }
  })
}

/** The files that each of some commits touched against its first parent, by sha. Merges touch nothing of their own. */
export async function touchedFiles(dir: string, shas: readonly string[]): Promise<Map<string, Touched>> {
  if (shas.length === 0) return new Map()
  const args = ['diff-tree', '--stdin', '--root', '-r', '--no-renames', '--name-status', '-z']
  const words = (await git(dir, args, { input: shas.map(sha => `${sha}\n`).join('') })).split('\0')
  const touched = new Map(shas.map(sha => [sha, { added: [], removed: [], modified: [] } as Touched]))
  let current: Touched | undefined
  for (let at = 0; at < words.length - 1; at++) {
    const word = words[at] ?? ''
    if (/^[0-9a-f]{40}$/.test(word)) current = touched.get(word)
    else current?.[word === 'A' ? 'added' : word === 'D' ? 'removed' : 'modified'].push(words[++at] ?? '')
  }
  return touched
}

/** Paths, by what happened to them. */
export interface Touched {
  readonly added: string[]
  readonly removed: string[]
  readonly modified: string[]
}

/** The whole difference as one text, as `git diff` prints it. */
export function diffText(dir: string, before: string, after: string): Promise<string> {
  return git(dir, [...DIFF, '-p', before, after, '--'])
}

const STATUS: Record<string, ChangedFile['status']> = { A: 'added', D: 'removed', R: 'renamed' }

/** Reads `--raw --numstat -z`: first a raw record per file, then a count per file in the same order. */
function parseSummary(out: string): ChangedFile[] {
  const words = out.split('\0')
  const files: ChangedFile[] = []
  let at = 0
  for (; words[at]?.startsWith(':'); at++) {
    const [, , before = '', after = '', letter = ''] = (words[at] ?? '').split(' ')
    const status = STATUS[letter.charAt(0)] ?? 'modified'
    const file = {
      sha: status === 'removed' ? before : after,
      status,
      additions: 0,
      deletions: 0,
      changes: 0,
    }
    if (status === 'renamed')
      files.push({ ...file, previous_filename: words[++at] ?? '', filename: words[++at] ?? '' })
    else files.push({ ...file, filename: words[++at] ?? '' })
  }
  for (const file of files) {
    const [added = '0', deleted = '0'] = (words[at++] ?? '').split('\t')
    if (file.status === 'renamed') at += 2
    // A binary file counts as `-`.
    file.additions = Number(added) || 0
    file.deletions = Number(deleted) || 0
    file.changes = file.additions + file.deletions
  }
  return files
}
