import { type Log, Refused, Unreachable } from '../ports.ts'

/** What octokit throws, as far as it is read here. Told by shape: several copies of the class can be installed. */
interface Failure {
  readonly status: number
  readonly message: string
  readonly response?: { readonly headers: Headers; readonly data?: unknown } | undefined
  readonly request?: { readonly method?: string; readonly url?: string } | undefined
}
type Headers = Readonly<Record<string, string | number | undefined>>

/** One of the errors of a GraphQL answer. */
export interface GraphqlError {
  readonly type?: string
  readonly message: string
  readonly path?: readonly (string | number)[]
}

export interface GraphqlFailure {
  readonly message: string
  readonly headers: Headers
  readonly errors: readonly GraphqlError[]
  readonly data?: unknown
}

/** GitHub asks for a minute when it names no time of its own for a secondary limit. */
const SECONDARY_WAIT_MS = 60_000

/** The HTTP status of an error of octokit's; null for any other error. */
export function statusOf(error: unknown): number | null {
  return isFailure(error) ? error.status : null
}

/** GitHub's own words, without the address of its documentation that octokit appends. */
export function saidBy(error: unknown): string {
  const data = isFailure(error) ? error.response?.data : null
  if (typeof data === 'object' && data !== null && 'message' in data) {
    const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors : []
    const details = errors.map(one =>
      typeof one === 'string' ? one : (one?.message ?? [one?.field, one?.code].filter(Boolean).join(' ')),
    )
    return [String(data.message), ...details].filter(Boolean).join(': ').slice(0, 1000)
  }
  return error instanceof Error ? error.message.slice(0, 1000) : String(error)
}

/** Runs something that asks GitHub; octokit's errors come out as `Unreachable` or `Refused`, others as they are. */
export async function translated<T>(log: Log, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw outcomeOf(error, log)
  }
}

/** What an error says about the thing that was asked: nothing (`Unreachable`), or a no (`Refused`). */
export function outcomeOf(error: unknown, log: Log): unknown {
  if (isGraphqlFailure(error)) return ofGraphql(error)
  if (!isFailure(error)) return error
  const said = saidBy(error)
  const where = `${error.request?.method ?? ''} ${pathOf(error.request?.url)}: ${said}`.trim()
  // Octokit says 500 for what never reached GitHub.
  if (error.status >= 500 || error.status === 408 || error.response === undefined)
    return new Unreachable(where, retryAfter(error.response?.headers))
  if (error.status === 401) return new Unreachable(where)
  const limited = limitedFor(error, said)
  if (limited !== null) return new Unreachable(where, limited)
  if (error.status === 403) {
    const accepted = error.response.headers['x-accepted-github-permissions']
    log.warn(
      { path: pathOf(error.request?.url), accepted: accepted ?? null, said },
      'GitHub refused: the App may lack a permission',
    )
  }
  return new Refused(where, error.status)
}

/** How long to wait when this is about a limit, in ms; null when it is not. */
function limitedFor(error: Failure, said: string): number | null {
  if (error.status !== 403 && error.status !== 429) return null
  const asked = retryAfter(error.response?.headers)
  if (asked !== null) return asked
  return error.status === 429 || /secondary rate limit|abuse detection/i.test(said) ? SECONDARY_WAIT_MS : null
}

/** GitHub's own wish: `retry-after` in seconds, or until the reset when nothing remains. */
function retryAfter(headers: Headers | undefined, now = Date.now()): number | null {
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  if (headers?.['x-ratelimit-remaining'] === undefined || Number(headers['x-ratelimit-remaining']) > 0)
    return null
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000
  return Number.isFinite(reset) ? Math.max(1000, reset - now) : SECONDARY_WAIT_MS
}

/**
 * What the errors of a GraphQL answer, or of one alias in it, say: limits come as errors of a 200, and so does
 * "something went wrong".
 */
export function ofGraphql({
  errors,
  headers,
}: Pick<GraphqlFailure, 'errors' | 'headers'>): Unreachable | Refused {
  const said = errors
    .map(one => one.message)
    .join(' ')
    .slice(0, 1000)
  const types = new Set(errors.map(one => one.type))
  if (types.has('RATE_LIMITED') || /secondary rate limit|submitted too quickly/i.test(said))
    return new Unreachable(`GraphQL: ${said}`, retryAfter(headers) ?? SECONDARY_WAIT_MS)
  if (types.has('NOT_FOUND')) return new Refused(`GraphQL: ${said}`, 404)
  if (types.has('FORBIDDEN') || types.has('INSUFFICIENT_SCOPES')) return new Refused(`GraphQL: ${said}`, 403)
  if (types.has('UNPROCESSABLE')) return new Refused(`GraphQL: ${said}`, 422)
  return new Unreachable(`GraphQL: ${said}`)
}

function isFailure(error: unknown): error is Failure {
  return (
    error instanceof Error &&
    error.name === 'HttpError' &&
    'status' in error &&
    typeof error.status === 'number'
  )
}

/** A GraphQL answer with errors; it may carry data beside them. */
export function isGraphqlFailure(error: unknown): error is GraphqlFailure {
  return (
    error instanceof Error &&
    error.name === 'GraphqlResponseError' &&
    'errors' in error &&
    Array.isArray(error.errors)
  )
}

function pathOf(url: string | undefined): string {
  return url && URL.canParse(url) ? new URL(url).pathname : (url ?? '')
}
