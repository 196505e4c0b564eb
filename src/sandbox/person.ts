import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A person at the keyboard: a client that knows nothing but GitHub's API and git. */
export class Person {
  readonly #api: string
  readonly #git: string
  readonly #token: string
  readonly login: string

  constructor(at: { api: string; git: string }, login: string, token: string) {
    this.#api = at.api
    this.#git = at.git
    this.#token = token
    this.login = login
  }

  /** @throws Error with method, path, status and GitHub's message. */
  async request<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path)
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.request<T>('POST', path, body)
  }

  /** A new repository with what is committed in `folder` on its default branch. */
  async pushNew(org: string, name: string, folder: string): Promise<void> {
    await this.post(`/orgs/${org}/repos`, { name })
    const url = new URL(`${this.#git}/${org}/${name}.git`)
    url.username = this.login
    url.password = this.#token
    await git(folder, ['push', '--quiet', url.href, 'HEAD:refs/heads/main'])
  }

  /** Issues under an epic with their dependencies; returns the epic's number and the issues by key. */
  async epic(repo: string, title: string, body: string, beads: readonly BeadSketch[]): Promise<Epic> {
    const epic = await this.post<Issue>(`/repos/${repo}/issues`, { title, body })
    const issues: Record<string, Issue> = {}
    const blockers = new Map<number, readonly number[]>()
    for (const bead of beads) {
      const issue = await this.post<Issue>(`/repos/${repo}/issues`, { title: bead.title, body: bead.body })
      issues[bead.key] = issue
      blockers.set(
        issue.number,
        (bead.after ?? []).map(key => issues[key]!.number),
      )
      await this.post(`/repos/${repo}/issues/${epic.number}/sub_issues`, { sub_issue_id: issue.id })
      for (const key of bead.after ?? []) {
        await this.post(`/repos/${repo}/issues/${issue.number}/dependencies/blocked_by`, {
          issue_id: issues[key]!.id,
        })
      }
    }
    return { number: epic.number, issues, blockers }
  }

  comment(repo: string, number: number, body: string): Promise<{ id: number }> {
    return this.post(`/repos/${repo}/issues/${number}/comments`, { body })
  }
}

export interface Issue {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly labels: readonly { readonly name: string }[]
}

export interface BeadSketch {
  readonly key: string
  readonly title: string
  readonly body: string
  /** Keys of earlier ones that it is blocked by. */
  readonly after?: readonly string[]
}

export interface Epic {
  readonly number: number
  readonly issues: Readonly<Record<string, Issue>>
  /** Numbers of the issues that block an issue. */
  readonly blockers: ReadonlyMap<number, readonly number[]>
}

/** git without the machine's own settings. */
export async function git(cwd: string, args: readonly string[]): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  }
  const { stdout } = await run('git', [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}
