// A person's git: a clone in a folder of its own, with no configuration but this person's name.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface GitSaid {
  code: number
  /** Standard output and error together, as a person reads them. */
  said: string
}

/** Runs git in a folder. Does not throw: a refusal is an answer. */
export function runGit(cwd: string, args: readonly string[]): Promise<GitSaid> {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Wes',
    GIT_AUTHOR_EMAIL: 'wes@example.com',
    GIT_COMMITTER_NAME: 'Wes',
    GIT_COMMITTER_EMAIL: 'wes@example.com',
    LC_ALL: 'C',
  }
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env })
    let said = ''
    child.stdout.on('data', chunk => (said += chunk))
    child.stderr.on('data', chunk => (said += chunk))
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? -1, said }))
  })
}

export interface Clone {
  readonly dir: string
  git(...args: string[]): Promise<GitSaid>
  /** As `git`, and throws what git said when it failed. */
  must(...args: string[]): Promise<string>
  write(file: string, content: string): Promise<void>
  read(file: string): Promise<string>
  /** Writes files and commits them; gives the sha. */
  commit(message: string, files: Record<string, string>): Promise<string>
}

/** A temporary folder that goes away when the test's `await using` ends. */
export async function tempDir(): Promise<{ dir: string } & AsyncDisposable> {
  const dir = await mkdtemp(path.join(tmpdir(), 'git-client-'))
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

/** Clones `url` into a new folder under `parent`. */
export async function clone(parent: string, url: string, ...options: string[]): Promise<Clone> {
  const dir = await mkdtemp(path.join(parent, 'clone-'))
  const made = await runGit(parent, ['clone', '--quiet', ...options, url, dir])
  if (made.code !== 0) throw new Error(made.said)
  return workIn(dir)
}

/** A new repository of one's own under `parent`, with `url` as its origin. */
export async function begin(parent: string, url: string): Promise<Clone> {
  const dir = await mkdtemp(path.join(parent, 'begin-'))
  const here = workIn(dir)
  await here.must('init', '--quiet', '-b', 'main')
  await here.must('remote', 'add', 'origin', url)
  return here
}

function workIn(dir: string): Clone {
  const git = (...args: string[]) => runGit(dir, args)
  const must = async (...args: string[]) => {
    const { code, said } = await git(...args)
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${said}`)
    return said.trim()
  }
  const write = async (file: string, content: string) => {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true })
    await writeFile(path.join(dir, file), content)
  }
  return {
    dir,
    git,
    must,
    write,
    read: file => readFile(path.join(dir, file), 'utf8'),
    commit: async (message, files) => {
      for (const [file, content] of Object.entries(files)) await write(file, content)
      await must('add', '-A')
      await must('commit', '--quiet', '--allow-empty', '-m', message)
      return must('rev-parse', 'HEAD')
    },
  }
}
