import { type Actor, type Answer, Refusal } from './kit.ts'

/** Counts requests: by route and caller for `GET /sandbox/requests`, by caller and hour for the rate-limit headers. */

/** Far above GitHub's 5,000, so that only a runaway client meets it; the headers and the refusal are GitHub's. */
export const LIMIT = 60_000
const HOUR = 3_600

export type Resource = 'core' | 'graphql'

interface Allowance {
  used: number
  /** Unix seconds. */
  readonly reset: number
}

export interface Count {
  readonly route: string
  readonly actor: string
  readonly status: { readonly [status: string]: number }
  readonly count: number
}

export interface Meter {
  /** Takes one request out of the caller's hour; refuses with 403 when there is none left. */
  spend(actor: Actor, resource: Resource): void
  /** Gives it back: a 304 costs nothing. */
  refund(actor: Actor, resource: Resource): void
  headers(actor: Actor, resource: Resource): NonNullable<Answer['headers']>
  /** One entry of `GET /rate_limit`. */
  state(actor: Actor, resource: Resource): { limit: number; used: number; remaining: number; reset: number }
  /** Notes a finished request under its routing pattern, such as `POST /repos/{owner}/{repo}/issues`. */
  note(route: string, actor: Actor, status: number): void
  counts(): { readonly total: number; readonly routes: readonly Count[] }
  reset(): void
}

/** How a caller is named in the counts: a login, or `anonymous`. */
export const actorName = (actor: Actor): string =>
  actor.kind === 'anonymous' ? 'anonymous' : actor.account.login

/** The hour of each caller. */
function makeAllowances() {
  const allowances = new Map<string, Allowance>()
  return (actor: Actor, resource: Resource): Allowance => {
    const key = `${resource} ${actor.kind} ${actorName(actor)}`
    const now = Math.floor(Date.now() / 1000)
    const held = allowances.get(key)
    if (held !== undefined && held.reset > now) return held
    const fresh = { used: 0, reset: now + HOUR }
    allowances.set(key, fresh)
    return fresh
  }
}

function makeCounts(): Pick<Meter, 'note' | 'counts' | 'reset'> {
  const counted = new Map<string, { route: string; actor: string; status: { [status: string]: number } }>()
  const sum = (status: { [status: string]: number }) => Object.values(status).reduce((a, b) => a + b, 0)
  return {
    note: (route, actor, status) => {
      const key = `${actorName(actor)} ${route}`
      const entry = counted.get(key) ?? { route, actor: actorName(actor), status: {} }
      entry.status[status] = (entry.status[status] ?? 0) + 1
      counted.set(key, entry)
    },
    counts: () => {
      const routes = [...counted.values()].map(it => ({ ...it, count: sum(it.status) }))
      return { total: routes.reduce((total, it) => total + it.count, 0), routes }
    },
    reset: () => counted.clear(),
  }
}

export function makeMeter(): Meter {
  const allowance = makeAllowances()
  const state = (actor: Actor, resource: Resource) => {
    const { used, reset } = allowance(actor, resource)
    return { limit: LIMIT, used, remaining: Math.max(0, LIMIT - used), reset }
  }
  const headers = (actor: Actor, resource: Resource) => {
    const { limit, used, remaining, reset } = state(actor, resource)
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    }
  }
  return {
    ...makeCounts(),
    state,
    headers,
    spend: (actor, resource) => {
      const held = allowance(actor, resource)
      if (held.used >= LIMIT)
        throw new Refusal(403, `API rate limit exceeded for ${actorName(actor)}.`, {
          headers: headers(actor, resource),
        })
      held.used += 1
    },
    refund: (actor, resource) => {
      allowance(actor, resource).used -= 1
    },
  }
}
