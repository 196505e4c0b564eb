import type { Method, Route } from './kit.ts'

/** Finds the route for a path. Literal segments win over `{names}`, and those over `{+rest}`. */

type Segment = { readonly literal: string } | { readonly name: string } | { readonly rest: string }

interface Line {
  readonly route: Route
  readonly segments: readonly Segment[]
  /** One digit for each segment, smallest first: 0 literal, 1 name, 2 rest. */
  readonly rank: string
}

export interface Match {
  readonly route: Route
  readonly params: { readonly [name: string]: string }
}

/** A path that cannot be decoded matches nothing. */
export type FindRoute = (method: Method, path: string) => Match | undefined

export function makeRouter(routes: readonly Route[]): FindRoute {
  const lines = routes.map(toLine).sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  return (method, path) => {
    const parts = decode(path)
    if (parts === undefined) return undefined
    for (const line of lines) {
      if (line.route[0] !== method) continue
      const params = match(line.segments, parts)
      if (params !== undefined) return { route: line.route, params }
    }
    return undefined
  }
}

function toLine(route: Route): Line {
  const segments = route[1]
    .slice(1)
    .split('/')
    .map((text): Segment => {
      const name = /^\{(\+?)([a-z_]+)\}$/.exec(text)
      if (name === null) return { literal: text }
      return name[1] === '+' ? { rest: name[2]! } : { name: name[2]! }
    })
  const rank = segments.map(it => ('literal' in it ? '0' : 'name' in it ? '1' : '2')).join('')
  return { route, segments, rank }
}

function decode(path: string): string[] | undefined {
  try {
    return path.slice(1).split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function match(segments: readonly Segment[], parts: readonly string[]): Match['params'] | undefined {
  const params: { [name: string]: string } = {}
  for (const [at, segment] of segments.entries()) {
    if ('rest' in segment) {
      params[segment.rest] = parts.slice(at).join('/')
      return params
    }
    const part = parts[at]
    if (part === undefined || part === '') return undefined
    if ('name' in segment) params[segment.name] = part
    else if (part !== segment.literal) return undefined
  }
  return parts.length === segments.length ? params : undefined
}
