import { ProbotOctokit } from 'probot'
import { Unreachable } from '../ports.ts'
import { conditionalFetch, type Fetch } from './conditional-fetch.ts'
import { statusOf } from './errors.ts'

/** Explicit, because the default moves: 2026-03-10 drops fields that are read here (`merge_commit_sha`). */
const API_VERSION = '2022-11-28'
/** GitHub gives up on a request after 10 s; a connection that is silent for twice as long is dead. */
const TIMEOUT_MS = 20_000

export type Octokit = ProbotOctokit

/**
 * Probot's Octokit as this App wants it. Throttling and retries are off: the outbox paces and tries again, and a
 * create that is sent again behind our back would be made twice.
 */
export function octokitFor(apiUrl: string): typeof ProbotOctokit {
  const Ours = ProbotOctokit.plugin(lightEvents, renewal, wholeAnswers)
  return Ours.defaults((given: { readonly auth?: unknown }) => ({
    ...given,
    throttle: { enabled: false },
    retry: { enabled: false },
    auth: atApiUrl(given.auth, apiUrl),
  })) as unknown as typeof ProbotOctokit
}

/** Every request, the ones for tokens included, with our API version and an end. */
export function fetchFor(given: Fetch | undefined): Fetch {
  return conditionalFetch((url, init) => {
    const headers = new Headers(init?.headers)
    headers.set('x-github-api-version', API_VERSION)
    const fetch = given ?? globalThis.fetch
    return fetch(url, { ...init, headers, signal: init?.signal ?? AbortSignal.timeout(TIMEOUT_MS) })
  })
}

type Auth = (options: { readonly type: string; readonly refresh?: boolean }) => Promise<unknown>
interface Wrapped {
  auth: Auth
  hook: {
    wrap(
      name: 'request',
      wrap: (request: (options: object) => Promise<Answer>, options: object) => Promise<Answer>,
    ): void
    after(name: 'request', look: (answer: Answer) => void): void
  }
}
interface Answer {
  readonly status: number
  readonly data: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

/** Left alone, the app strategy asks for tokens at api.github.com, whatever the base URL is. */
function atApiUrl(auth: unknown, apiUrl: string): unknown {
  const given = auth as { request?: { defaults(options: object): unknown } } | undefined
  return given?.request ? { ...given, request: given.request.defaults({ baseUrl: apiUrl }) } : auth
}

/** Probot makes a client for each webhook. Ours only keep the delivery, so they get the App's own: it is never used. */
function lightEvents(octokit: unknown) {
  const app = octokit as Wrapped
  const auth = app.auth
  return {
    auth: (options: { readonly type: string }) =>
      options.type === 'event-octokit' ? Promise.resolve(octokit) : auth(options),
  }
}

/** A cached token that GitHub no longer takes (new permissions, a suspension that ended) is renewed once. */
function renewal(octokit: unknown, options: { auth?: { installationId?: number } }) {
  if (!options.auth?.installationId) return
  const client = octokit as Wrapped
  client.hook.wrap('request', async (request, asked) => {
    try {
      return await request(asked)
    } catch (error) {
      if (statusOf(error) !== 401) throw error
      await client.auth({ type: 'installation', refresh: true })
      return request(asked)
    }
  })
}

/** Octokit hands on a JSON answer that broke off as text. Nobody may read fields from that. */
function wholeAnswers(octokit: unknown) {
  const client = octokit as Wrapped
  client.hook.after('request', answer => {
    const json = String(answer.headers['content-type'] ?? '').includes('json')
    if (json && typeof answer.data === 'string') throw new Unreachable('the answer of GitHub broke off')
  })
}
