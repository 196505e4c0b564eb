import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Label, ShowIssue } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import type { BeadCard } from '../../src/core/shown/says.ts'
import type { GitHubOptions, openGitHub } from '../../src/github/app.ts'
import { type FaultRule, FaultsBody } from '../../src/sandbox/github/faults.ts'
import { type GitHub, startGitHub } from '../../src/sandbox/github/server.ts'
import { APP_ID, KEYS, type Memory, memory, open, WEBHOOK_SECRET } from './github.ts'
import { quietLog } from './log.ts'

/** The adapter against a whole GitHub: real HTTP, real git, real tokens. One for each test file that asks for it. */

export let github: GitHub
export let us: Awaited<ReturnType<typeof openGitHub>>
export let kept: Memory
export let town: string
/** Where webhooks go; nowhere unless a test says so. */
export const hook: { url: string | null } = { url: null }

export function withGitHub(): void {
  beforeAll(async () => {
    const app = { id: APP_ID, slug: 'townhall', name: 'Townhall', publicKey: KEYS.publicKey }
    github = await startGitHub({
      app: { ...app, webhookSecret: WEBHOOK_SECRET, webhookUrl: () => hook.url },
      org: 'acme',
      log: quietLog,
    })
    town = String(github.installationId)
  })
  afterAll(() => github.close())
  beforeEach(async () => {
    kept = memory()
    await openWith({})
  })
}

/** Opens the adapter anew, with the same memory. */
export async function openWith(more: Partial<GitHubOptions>): Promise<void> {
  us = await open(github.api, kept, { gitUrl: github.git, ...more })
}

/** The next request like this is done, and its answer is lost. */
export function loseAnswer(method: FaultRule['method'], path: string): void {
  github.faults.set(FaultsBody.parse({ api: [{ method, path, status: 502, times: 1, after_effect: true }] }))
}

export interface Thing {
  readonly id: number
  readonly node_id: string
  readonly number: number
  readonly name: string
  readonly title: string
  readonly state: string
  readonly body: string
  readonly sha: string
  readonly labels: readonly { readonly name: string }[]
  readonly user: { readonly login: string }
  readonly commit: { readonly sha: string }
  readonly object: { readonly sha: string }
  readonly check_runs: readonly {
    readonly name: string
    readonly status: string
    readonly conclusion: string
  }[]
}

/** A person asks GitHub. */
export async function as<T = Thing>(login: string, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(github.api + path, {
    method,
    headers: { authorization: `Bearer ${github.users[login]!.token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text ? JSON.parse(text) : null) as T
}

/** A repository with a first commit that the town knows. */
export async function rig(config?: string) {
  const name = `repo-${Math.random().toString(36).slice(2, 10)}`
  const repo = await as('olivia', 'POST', '/orgs/acme/repos', { name })
  const at = `/repos/acme/${name}`
  await file(at, 'README.md', 'hello', 'main')
  if (config !== undefined) await file(at, '.github/townhall.yml', config, 'main')
  const id = String(repo.id)
  kept.rigs.set(id, { owner: 'acme', name, defaultBranch: 'main', configSha: null })
  const tip = async (branch = 'main') =>
    (await as('olivia', 'GET', `${at}/git/ref/heads/${branch}`)).object.sha
  return { id, name, at, tip }
}

export const file = (at: string, path: string, content: string, branch: string) =>
  as('olivia', 'PUT', `${at}/contents/${path}`, {
    message: path,
    content: Buffer.from(content).toString('base64'),
    branch,
  })

export const issue = (at: string, title: string, body = '') =>
  as('wes', 'POST', `${at}/issues`, { title, body })

/** Everything that reached GitHub while `run` ran, GETs included, tokens not. */
export async function requests<T>(run: () => Promise<T>): Promise<{ result: T; sent: string[] }> {
  const sent: string[] = []
  await openWith({
    fetch: (url, init) => {
      const path = new URL(String(url)).pathname.replace('/api/v3', '')
      if (!path.endsWith('access_tokens') && path !== '/app') sent.push(`${init?.method} ${path}`)
      return fetch(url, init)
    },
  })
  const result = await run()
  return { result, sent }
}

export const seen = <T extends Fact['type']>(facts: readonly Fact[], type: T) =>
  facts.find((fact): fact is Extract<Fact, { type: T }> => fact.type === type)

export const card = (standing: BeadCard['standing']): BeadCard => ({
  beadId: '1',
  ref: 'acme/x#1',
  convoyRef: 'acme/x#2',
  standing,
  polecat: null,
  priority: 2,
  editRefused: null,
  leaving: false,
  branch: null,
  pull: null,
  tries: 0,
  maxTries: 3,
  feedback: null,
  question: null,
  answers: [],
  blockers: [],
  landedOn: null,
  why: null,
})

export function showing(
  rigId: string,
  it: Thing,
  labels: readonly Label[],
  standing: BeadCard['standing'],
  close: 'completed' | null = null,
): ShowIssue {
  const id = String(it.id)
  const say = { say: 'bead', bead: card(standing) } as const
  return {
    do: 'ShowIssue',
    what: 'bead',
    id,
    rigId,
    number: it.number,
    issueId: id,
    labels,
    say,
    memory: null,
    close,
  }
}
