import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { git, gitLine, identityEnv, type Who } from './git.ts'

interface CloneWish {
  /** The cache's git directory: its objects are shared, nothing else. */
  readonly cache: string
  readonly dir: string
  /** null: no branch, HEAD is at `start`. */
  readonly branch: string | null
  readonly start: string
  readonly who: Who
}

/**
 * A clone for one run, of one commit and what it stands on. It knows no remote, no other branch and no credentials:
 * what is made in it is fetched from it afterwards, or is lost.
 */
export async function makeClone({ cache, dir, branch, start, who }: CloneWish): Promise<void> {
  await mkdir(dir, { recursive: true })
  await git(['init', '--quiet', '--template=', '-b', branch ?? 'detached', '.'], { dir })
  const gitDir = path.join(dir, '.git')
  await mkdir(path.join(gitDir, 'objects', 'info'), { recursive: true })
  await writeFile(path.join(gitDir, 'objects', 'info', 'alternates'), `${path.join(cache, 'objects')}\n`)
  const user = `[user]\n\tname = ${JSON.stringify(who.name)}\n\temail = ${JSON.stringify(who.email)}\n`
  await appendFile(path.join(gitDir, 'config'), `${user}[gc]\n\tauto = 0\n`)
  if (branch !== null) {
    await git(['update-ref', `refs/heads/${branch}`, start], { dir })
    await git(['reset', '--quiet', '--hard'], { dir })
  } else await git(['checkout', '--quiet', '--detach', start], { dir })
}

/**
 * Merges a commit into the clone's branch before an agent gets it, with everything in place but the commit.
 * Gives the files that conflict; they are left with their markers.
 */
export async function beginMerge(dir: string, sha: string, who: Who): Promise<string[]> {
  const args = ['merge', '--quiet', '--no-ff', '--no-commit', sha]
  const { code } = await git(args, { dir, env: identityEnv(who), accept: [1] })
  if (code === 0) return []
  const { out } = await git(['diff', '--name-only', '--diff-filter=U', '-z'], { dir })
  return out.split('\0').filter(Boolean)
}

/** Undoes a merge that was begun. */
export async function giveUpMerge(dir: string): Promise<void> {
  await git(['merge', '--abort'], { dir })
}

/** Commits a merge that was begun without conflicts, if there was anything to merge. */
export async function endMerge(dir: string, message: string, who: Who): Promise<void> {
  const pending = await gitLine(['rev-parse', '--verify', '--quiet', 'MERGE_HEAD'], { dir, accept: [1] })
  if (pending === '') return
  await git(['commit', '--quiet', '--no-verify', '-F', '-'], {
    dir,
    input: message,
    env: identityEnv(who),
  })
}
