// Runs the git program for the sandbox, the same on every machine: no configuration of the user or of the system
// is read, nothing is asked on a terminal, messages are in English, and no shell ever sees an argument.
import { spawn } from 'node:child_process'

/** Surroundings in which every git process of the sandbox runs. */
export function neutralEnv(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}

/** git ended with a code that the caller did not say it accepts, or could not be started (code -1). */
export class GitFailed extends Error {
  readonly code: number
  readonly stderr: string

  constructor(args: readonly string[], code: number, stderr: string) {
    super(`git ${args.slice(0, 3).join(' ')} ended with ${code}: ${stderr.trim()}`)
    this.name = 'GitFailed'
    this.code = code
    this.stderr = stderr
  }
}

export interface GitOptions {
  /** Written to standard input. */
  input?: string | Buffer
  /** Added to the neutral environment. */
  env?: Record<string, string>
  /** Exit codes beside 0 that are answers and not failures. */
  accept?: readonly number[]
}

export interface GitAnswer {
  code: number
  bytes: Buffer
}

/** Runs `git --git-dir=<dir> <args>` and gives its standard output as bytes. */
export function gitBytes(dir: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [`--git-dir=${dir}`, ...args], { env: { ...neutralEnv(), ...options.env } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', cause => reject(new GitFailed(args, -1, cause.message)))
    child.on('close', code => {
      const ended = code ?? -1
      if (ended === 0 || options.accept?.includes(ended)) resolve({ code: ended, bytes: Buffer.concat(out) })
      else reject(new GitFailed(args, ended, Buffer.concat(err).toString()))
    })
    // git may refuse and leave before it has read everything; its exit code tells, a broken pipe adds nothing.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input)
  })
}

/** As `gitBytes`, for output that is text. */
export async function git(dir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(dir, args, options)).bytes.toString()
}
