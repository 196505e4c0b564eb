// A remote, a bench to work at, and orders, for tests of the runner that need no Townhall.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Bench } from '../../runners/bench.ts'
import { RigCache } from '../../runners/cache.ts'
import type { Left, Seat, Sitting } from '../../runners/seat.ts'
import type { Order } from '../../src/agents/protocol.ts'
import { quietLog } from '../support/log.ts'
import { type Clone, clone, runGit, tempDir } from './git-client.ts'

export interface Remote {
  /** Everything of the test is under it. */
  readonly root: string
  readonly url: string
  /** A person's clone. */
  readonly wes: Clone
  /** The tip of a branch on the remote; null: there is none. */
  tip(branch: string): Promise<string | null>
  /** What a file is on a branch of the remote; null: it is not there. */
  text(branch: string, file: string): Promise<string | null>
  branches(): Promise<string[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** A bare repository on disk with one commit on `main`. */
export async function remoteWith(files: Record<string, string>): Promise<Remote> {
  const temp = await tempDir()
  const root = temp.dir
  const url = path.join(root, 'remote.git')
  await runGit(root, ['init', '--quiet', '--bare', '-b', 'main', url])
  const wes = await clone(root, url)
  await wes.git('checkout', '-b', 'main')
  await wes.commit('first', files)
  await wes.must('push', 'origin', 'main')
  const ask = async (...args: string[]) => {
    const { code, said } = await runGit(url, args)
    return code === 0 ? said : null
  }
  return {
    root,
    url,
    wes,
    tip: async branch =>
      (await ask('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`))?.trim() ?? null,
    text: (branch, file) => ask('show', `refs/heads/${branch}:${file}`),
    branches: async () => (await ask('for-each-ref', '--format=%(refname:short)'))?.trim().split('\n') ?? [],
    [Symbol.asyncDispose]: async () => temp[Symbol.asyncDispose](),
  }
}

let benches = 0

export interface TestBench extends Bench {
  /** Nobody wants the result any more. */
  drop(): void
  /** The machine stops. */
  stop(): void
}

export async function benchAt(remote: Remote): Promise<TestBench> {
  benches += 1
  const dir = path.join(remote.root, `run-${benches}`)
  await mkdir(path.join(dir, 'home'), { recursive: true })
  const unwanted = new AbortController()
  const shutdown = new AbortController()
  return {
    cache: new RigCache(path.join(remote.root, 'cache.git')),
    dir,
    home: path.join(dir, 'home'),
    signal: AbortSignal.any([unwanted.signal, shutdown.signal]),
    lastly: unwanted.signal,
    log: quietLog,
    access: async () => ({
      cloneUrl: remote.url,
      gitToken: 'secret-token',
      expiresAt: Date.now() + 3_600_000,
    }),
    stopping: () => shutdown.signal.aborted && !unwanted.signal.aborted,
    phase: () => undefined,
    drop: () => unwanted.abort(),
    stop: () => shutdown.abort(),
  }
}

export const WORK = {
  run: 'r1',
  kind: 'work',
  token: 'run-token',
  rig: { id: '1', owner: 'acme', name: 'demo' },
  polecat: 'nux',
  bead: { number: 12, title: 'Add a greeting', subject: 'Add a greeting', body: 'Say hello.' },
  branch: 'convoy/x/abc/gt/nux/12',
  headSha: null,
  base: 'main',
  attempt: 1,
  feedback: null,
  answers: [],
  checkpoint: null,
  gates: [],
  agent: 'scripted',
  beatMs: 1000,
  silenceMs: 5000,
} satisfies Order

/** An agent that is a function. */
export const seatOf = (act: (sitting: Sitting) => Promise<Left | undefined>): Seat => ({
  sit: async sitting => (await act(sitting)) ?? { left: 'done' },
})
