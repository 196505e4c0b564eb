import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm } from 'node:fs/promises'
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
  readonly #remembered = new Map<string, string>()
  #made: Promise<unknown> | null = null
  #fetching: Promise<unknown> = Promise.resolve()

  constructor(dir: string) {
    this.dir = path.resolve(dir)
  }

  /**
   * Looks where the base and the branch are on the remote now, and has their commits here. One that is not there is
   * left out.
   */
  async bring(base: string, branch: string, way: Way): Promise<ReadonlyMap<string, string>> {
    await this.#make()
    const tips = await this.#tips([base, branch], way)
    if ([...tips.values()].every(sha => this.#whole.has(sha))) return tips
    const fetched = this.#fetching.then(() => this.#fetch(tips, way))
    this.#fetching = fetched.catch(() => undefined)
    await fetched
    await this.#remember(base, tips.get(base))
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

  /**
   * Without references of our own for what is fetched: a runner that is killed while it moves one leaves a lock behind
   * that would stop all others.
   */
  async #fetch(tips: ReadonlyMap<string, string>, way: Way): Promise<void> {
    const missing = [...tips].filter(([, sha]) => !this.#whole.has(sha))
    if (missing.length === 0) return
    const refs = missing.map(([branch]) => `refs/heads/${branch}`)
    const options = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head']
    await this.#remotely(url => [...options, url, ...refs], way)
    for (const [branch, sha] of missing) {
      if (!(await this.has(sha))) throw new Error(`The branch ${branch} was moved while it was fetched.`)
      this.#whole.add(sha)
    }
  }

  /** Where a base was seen last is what the next runner tells the remote that we have. */
  async #remember(base: string, sha: string | undefined): Promise<void> {
    if (sha === undefined || this.#remembered.get(base) === sha) return
    this.#remembered.set(base, sha)
    const ref = `refs/bases/${createHash('sha1').update(base).digest('hex')}`
    // Somebody else may be at it, or have died at it. Then more is fetched than is needed, and that is all.
    await git([`--git-dir=${this.dir}`, 'update-ref', ref, sha], { accept: [1, 128] })
  }

  #make(): Promise<unknown> {
    this.#made ??= makeBare(this.dir).catch(error => {
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
      const reach = await way.access(again)
      try {
        return await git([`--git-dir=${this.dir}`, ...args(reach.cloneUrl)], {
          settings: credentials(reach),
          signal: way.signal,
          timeoutMs: TRANSFER_MS,
        })
      } catch (error) {
        if (!(error instanceof GitFailed) || way.signal.aborted) throw error
        const refused: boolean = NOT_LET_IN.test(error.said) && !again
        if (!refused && (!PASSING.test(error.said) || Date.now() > until)) throw hidden(error, reach)
        again = refused
      }
      await pause(wait, undefined, { signal: way.signal })
    }
  }
}

/** All at once or not at all: another runner may be about to do the same, or have died while it did. */
async function makeBare(dir: string): Promise<void> {
  if (await isThere(dir)) return
  const made = `${dir}.${randomUUID()}`
  await mkdir(made, { recursive: true })
  await git(['init', '--quiet', '--bare', '--template=', made])
  await rename(made, dir).catch(async error => {
    await rm(made, { recursive: true, force: true })
    if (!(await isThere(dir))) throw error
  })
}

const isThere = (dir: string): Promise<boolean> =>
  access(dir).then(
    () => true,
    () => false,
  )

function credentials({ cloneUrl, gitToken }: Access): [string, string][] {
  const basic = Buffer.from(`x-access-token:${gitToken}`).toString('base64')
  return [[`http.${cloneUrl}.extraHeader`, `Authorization: Basic ${basic}`]]
}

// git does not print headers; a server might send back what it got.
function hidden(error: GitFailed, { gitToken }: Access): GitFailed {
  const said = gitToken === '' ? error.said : error.said.replaceAll(gitToken, '***')
  return new GitFailed(['with the remote'], error.code, said)
}
