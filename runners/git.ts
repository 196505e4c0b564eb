import { spawn } from 'node:child_process'
import { killGroup } from './children.ts'

/** git ended with a code that the caller did not say it accepts, or could not be started (code -1). */
export class GitFailed extends Error {
  readonly code: number
  readonly said: string

  constructor(args: readonly string[], code: number, said: string) {
    super(`git ${args.find(arg => !arg.startsWith('-')) ?? ''} failed: ${said.trim().slice(-600) || code}`)
    this.name = 'GitFailed'
    this.code = code
    this.said = said
  }
}

export interface GitCall {
  readonly dir?: string
  readonly env?: Readonly<Record<string, string>>
  /** On top of SETTINGS. They reach git through the environment: no argument and no file ever holds a token. */
  readonly settings?: readonly (readonly [string, string])[]
  readonly input?: string
  /** Exit codes beside 0 that are answers and not failures. */
  readonly accept?: readonly number[]
  readonly signal?: AbortSignal
  /** git is ended after so long; five minutes, unless the network has a part in it. */
  readonly timeoutMs?: number
}

export interface GitAnswer {
  readonly code: number
  readonly out: string
}

/**
 * Settings from the environment are stronger than those in a repository. Agents can write into the configuration
 * of their clones: nothing in there may make git run a program for us.
 */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.pager', 'cat'],
  ['core.editor', 'false'],
  ['commit.gpgSign', 'false'],
  ['credential.helper', ''],
  ['protocol.ext.allow', 'never'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['core.quotePath', 'false'],
  ['advice.addEmbeddedRepo', 'false'],
  // Runners of one machine may share a cache: wait for the other one's lock instead of failing.
  ['core.filesRefLockTimeout', '5000'],
  ['core.packedRefsTimeout', '5000'],
  // A token goes to the address that it is for and to no other.
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
]

const PASSED_ON = [
  'PATH',
  'https_proxy',
  'http_proxy',
  'no_proxy',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
]

function gitEnv({ env, settings = [] }: GitCall): Record<string, string> {
  const all = [...SETTINGS, ...settings]
  const numbered = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    ...Object.fromEntries(PASSED_ON.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : []))),
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(numbered),
    ...env,
  }
}

/** Runs git without a shell, a terminal, hooks, or the configuration of user and system. */
export function git(args: readonly string[], call: GitCall = {}): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const { dir, signal, accept, input, timeoutMs = 300_000 } = call
    // In a group of its own: what git starts in turn may hang in files that an agent has prepared.
    const child = spawn('git', args, { cwd: dir, env: gitEnv(call), detached: true })
    const end = () => killGroup(child.pid)
    const timer = setTimeout(end, timeoutMs)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
    const out: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000)
    })
    child.on('error', cause => reject(new GitFailed(args, -1, cause.message)))
    child.on('close', (code, killed) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      const ended = code ?? -1
      if (killed !== null) said += `\nended by ${killed}`
      if (ended === 0 || accept?.includes(ended)) resolve({ code: ended, out: Buffer.concat(out).toString() })
      else reject(new GitFailed(args, ended, said))
    })
    // git may leave before it has read everything; its exit code tells.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

export async function gitLine(args: readonly string[], call: GitCall = {}): Promise<string> {
  return (await git(args, call)).out.trim()
}

export async function isAncestor(repo: string, old: string, young: string): Promise<boolean> {
  const call = { accept: [1] }
  return (await git([`--git-dir=${repo}`, 'merge-base', '--is-ancestor', old, young], call)).code === 0
}

export const treeOf = (repo: string, sha: string): Promise<string> =>
  gitLine([`--git-dir=${repo}`, 'rev-parse', '--verify', '--quiet', `${sha}^{tree}`])

/** As whom the runner commits for a polecat. */
export interface Who {
  readonly name: string
  readonly email: string
}

export const whoIs = (polecat: string | null): Who => ({
  name: `${polecat ?? 'refinery'} (townhall)`,
  email: `${polecat ?? 'refinery'}@townhall.invalid`,
})

export const identityEnv = ({ name, email }: Who): Record<string, string> => ({
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: email,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: email,
})

interface NewCommit {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly who: Who
}

export function commitTree(repo: string, { tree, parents, message, who }: NewCommit): Promise<string> {
  const args = [`--git-dir=${repo}`, 'commit-tree', tree, ...parents.flatMap(parent => ['-p', parent])]
  return gitLine(args, { input: message, env: identityEnv(who) })
}
