import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Access } from '../src/agents/protocol.ts'
import { type GitAnswer, GitFailed, git } from './git.ts'

/** How a run reaches its repository. */
export interface Way {
  /** `again`: what was given last did not let us in. */
  access(again: boolean): Promise<Access>
  /** When it fires, git is ended. */
  readonly signal: AbortSignal
}

/** The network's fault, or the server's: worth another try. */
const PASSING =
  /could not resolve|failed to connect|couldn't connect|connection (was )?(refused|reset)|timed out|early eof|hung up|unexpected disconnect|rpc failed|error: (5\d\d|429)|empty reply|recv failure|cannot lock ref/i
const NOT_LET_IN = /authentication failed|could not read username|error: 40[13]|invalid username or token/i
const TRY_FOR_MS = 60_000
/** A first clone of a large repository takes its time. One that stands still is ended sooner, by git itself. */
const TRANSFER_MS = 30 * 60_000

/**
 * A bare copy of one repository, from which runs get their clones. The only place where git is run with a token,
 * and nothing but the runner writes into it: agents' clones are never talked to the remote from.
 */
export class RigCache {
  readonly dir: string
  /** Commits that are known to be here with all that they stand on. */
  readonly #whole = new Set<string>()
  #made: Promise<unknown> | null = null
  #fetching: Promise<unknown> = Promise.resolve()

  constructor(dir: string) {
    this.dir = path.resolve(dir)
  }

  /** Looks where branches are on the remote now, and has their commits here. A branch that is not there is left out. */
  async bring(branches: readonly string[], way: Way): Promise<ReadonlyMap<string, string>> {
    await this.#make()
    const tips = await this.#tips(branches, way)
    const missing = [...tips].filter(([, sha]) => !this.#whole.has(sha))
    if (missing.length === 0) return tips
    const fetched = this.#fetching.then(() => this.#fetch(missing, way))
    this.#fetching = fetched.catch(() => undefined)
    await fetched
    return tips
  }

  async has(sha: string): Promise<boolean> {
    const args = [`--git-dir=${this.dir}`, 'cat-file', '-e', `${sha}^{commit}`]
    return (await git(args, { accept: [1, 128] })).code === 0
  }

  /** Moves the branch on the remote forward to the commit, or makes it there. Throws what the remote said. */
  async push(sha: string, branch: string, way: Way): Promise<void> {
    await this.#remotely(url => ['push', '--quiet', url, `${sha}:refs/heads/${branch}`], way)
  }

  async #tips(branches: readonly string[], way: Way): Promise<ReadonlyMap<string, string>> {
    const refs = branches.map(branch => `refs/heads/${branch}`)
    const { out } = await this.#remotely(url => ['ls-remote', url, ...refs], way)
    const lines = out.split('\n').map(line => line.split('\t') as [string, string | undefined])
    return new Map(
      lines.flatMap(([sha, ref]) =>
        ref !== undefined && refs.includes(ref) ? [[ref.slice('refs/heads/'.length), sha] as const] : [],
      ),
    )
  }

  async #fetch(tips: readonly (readonly [string, string])[], way: Way): Promise<void> {
    const specs = tips.map(([branch]) => `+refs/heads/${branch}:${keptAs(branch)}`)
    const options = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head']
    await this.#remotely(url => [...options, url, ...specs], way)
    for (const [branch, sha] of tips) {
      if (!(await this.has(sha))) throw new Error(`The branch ${branch} was moved while it was fetched.`)
      this.#whole.add(sha)
    }
  }

  #make(): Promise<unknown> {
    this.#made ??= mkdir(this.dir, { recursive: true })
      .then(() => git(['init', '--quiet', '--bare', '--template=', this.dir]))
      .catch(error => {
        this.#made = null
        throw error
      })
    return this.#made
  }

  /** Runs git against the remote, again and again while the fault is the network's. */
  async #remotely(args: (url: string) => string[], way: Way): Promise<GitAnswer> {
    const until = Date.now() + TRY_FOR_MS
    let again = false
    for (let wait = 250; ; wait = Math.min(2 * wait, 5000)) {
      const access = await way.access(again)
      try {
        return await git([`--git-dir=${this.dir}`, ...args(access.cloneUrl)], {
          settings: credentials(access),
          signal: way.signal,
          timeoutMs: TRANSFER_MS,
        })
      } catch (error) {
        if (!(error instanceof GitFailed) || way.signal.aborted) throw error
        const refused: boolean = NOT_LET_IN.test(error.said) && !again
        if (!refused && (!PASSING.test(error.said) || Date.now() > until)) throw hidden(error, access)
        again = refused
      }
      await pause(wait, undefined, { signal: way.signal })
    }
  }
}

/** Names in one flat list: a branch `a` that made place for `a/b` must not stand in its way here. */
const keptAs = (branch: string): string => `refs/tips/${createHash('sha1').update(branch).digest('hex')}`

function credentials({ cloneUrl, gitToken }: Access): [string, string][] {
  const basic = Buffer.from(`x-access-token:${gitToken}`).toString('base64')
  return [[`http.${cloneUrl}.extraHeader`, `Authorization: Basic ${basic}`]]
}

// git does not print headers; a server might send back what it got.
function hidden(error: GitFailed, { gitToken }: Access): GitFailed {
  const said = gitToken === '' ? error.said : error.said.replaceAll(gitToken, '***')
  return new GitFailed(['with the remote'], error.code, said)
}
