import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import {
  type Account,
  type Level,
  type Permissions,
  type Repo,
  ROLES,
  type Role,
  type Token,
} from './documents.ts'
import type { World } from './world.ts'

/** What every route of the sandbox's GitHub is made of: the call, its answer, refusals, pages, and who may do what. */

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Who calls. `installation` is the App acting through an installation token, `app` the App with its JWT. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly account: Account }
  | { readonly kind: 'user'; readonly account: Account; readonly token: Token }
  | {
      readonly kind: 'installation'
      readonly account: Account
      readonly token: Token
      readonly permissions: Permissions
      /** The account that the App is installed on. Repositories of others are out of its reach. */
      readonly homeId: number
      readonly repositoryIds: readonly number[] | 'all'
    }

/**
 * What a route asks of its caller. The server checks it before the route runs:
 * nobody without `who` gets 401; a repository that the caller cannot see is 404; too little of `permission`
 * (installations) or `role` (people) is 403.
 */
export interface Needs {
  /** Default: `member` (a person or an installation). `app`: the JWT only. `anyone`: no token needed. */
  readonly who?: 'anyone' | 'member' | 'user' | 'app' | 'installation'
  /** The App permission, any one of the list; each as `name:level`. Default for routes of a repository: metadata:read. */
  readonly permission?: readonly `${string}:${Level}`[]
  /** The least role of a person on the repository. Default: read. */
  readonly role?: Role
}

export interface Call {
  readonly world: World
  readonly method: Method
  /** Path below `/api/v3`, as sent. */
  readonly path: string
  /** Decoded values of the pattern's `{names}`; `{+rest}` may hold slashes. */
  readonly params: { readonly [name: string]: string }
  readonly query: URLSearchParams
  /** The parsed JSON body, `undefined` when there is none. Read it with `read(call, schema)`. */
  readonly body: unknown
  readonly actor: Actor
  readonly headers: IncomingMessage['headers']
  /** The repository of `{owner}/{repo}` in the pattern, already checked to be visible. Throws on other routes. */
  readonly repo: Repo
}

export interface Answer {
  readonly status: number
  /** Sent as JSON, or as it is when it is a string and `headers` has a content type. */
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
}

/**
 * One line of the routing table. Patterns are GitHub's OpenAPI ones (`/repos/{owner}/{repo}/issues/{issue_number}`);
 * a last `{+name}` takes all that is left. Slashes that a client encodes as %2F arrive decoded.
 */
export type Route = readonly [
  method: Method,
  pattern: string,
  handle: (call: Call) => Answer | Promise<Answer>,
  needs?: Needs,
]

/** Serves requests outside the API: pages, git. Says whether it took the request. */
export type Mount = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>

export const ok = (body: unknown, headers?: Answer['headers']): Answer =>
  headers === undefined ? { status: 200, body } : { status: 200, body, headers }
export const created = (body: unknown): Answer => ({ status: 201, body })
export const noContent: Answer = { status: 204 }

/** One reason of a 422, as GitHub words it. */
export interface FieldError {
  readonly resource: string
  readonly field?: string
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom'
  readonly message?: string
  readonly value?: string
}

/** Ends a route with an error in GitHub's shape. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: readonly (FieldError | string)[] | undefined
  readonly headers: Answer['headers']
  constructor(
    status: number,
    message: string,
    more: { errors?: readonly (FieldError | string)[]; headers?: Answer['headers'] } = {},
  ) {
    super(message)
    this.status = status
    this.errors = more.errors
    this.headers = more.headers
  }
}

export const notFound = () => new Refusal(404, 'Not Found')
export const gone = (message: string) => new Refusal(410, message)
export const conflict = (message: string) => new Refusal(409, message)
export const invalid = (...errors: readonly FieldError[]) => new Refusal(422, 'Validation Failed', { errors })
export const unprocessable = (message: string) => new Refusal(422, message)
/** 403 for a person; `notAccessible` is the App's. */
export const forbidden = (message = 'Must have write access to the repository.') => new Refusal(403, message)
export const notAccessible = () => new Refusal(403, 'Resource not accessible by integration')

/** The JSON of a refusal. */
export const errorBody = (refusal: Refusal) => ({
  message: refusal.message,
  ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
  documentation_url: 'https://docs.github.com/rest',
  status: String(refusal.status),
})

/** Reads the body, or refuses with 422 naming each wrong field. Unknown fields are ignored, as on GitHub. */
export function read<T>(call: Call, schema: z.ZodType<T>, resource = 'Request'): T {
  const read = schema.safeParse(call.body ?? {})
  if (read.success) return read.data
  throw invalid(
    ...read.error.issues.map(issue => ({
      resource,
      field: issue.path.join('.'),
      code: missing(call.body, issue.path) ? ('missing_field' as const) : ('invalid' as const),
      message: issue.message,
    })),
  )
}

const missing = (body: unknown, path: readonly PropertyKey[]) =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    body,
  ) === undefined

/** A whole number in the path; anything else is a thing that is not there. */
export function numberIn(call: Call, name: string): number {
  const text = call.params[name] ?? ''
  if (!/^\d{1,15}$/.test(text)) throw notFound()
  return Number(text)
}

/** One page of `items` with GitHub's Link header. `wrap` puts the page in an object such as `{total_count, …}`. */
export function page<T>(
  call: Call,
  items: readonly T[],
  render: (item: T) => unknown,
  wrap: (rendered: unknown[], total: number) => unknown = rendered => rendered,
): Answer {
  const size = Math.min(100, Math.max(1, Number.parseInt(call.query.get('per_page') ?? '30', 10) || 30))
  const at = Math.max(1, Number.parseInt(call.query.get('page') ?? '1', 10) || 1)
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (number: number, rel: string) => {
    const query = new URLSearchParams(call.query)
    query.set('page', String(number))
    return `<${call.world.urls.api}${call.path}?${query}>; rel="${rel}"`
  }
  const links = [
    ...(at > 1 ? [link(at - 1, 'prev')] : []),
    ...(at < last ? [link(at + 1, 'next'), link(last, 'last')] : []),
    ...(at > 1 ? [link(1, 'first')] : []),
  ]
  const body = wrap(items.slice((at - 1) * size, at * size).map(render), items.length)
  return links.length === 0 ? ok(body) : ok(body, { link: links.join(', ') })
}

/** What a person may do in a repository. Everybody may read a public one. */
export function roleOf(account: Account, repo: Repo): Role {
  const role = repo.roles[account.login] ?? account.role
  return role === 'none' && !repo.private ? 'read' : role
}

/** Whether a person was given a role: reading a public repository does not make a collaborator. */
export const collaborates = (account: Account, repo: Repo): boolean =>
  account.type === 'User' && (repo.roles[account.login] ?? account.role) !== 'none'

export const atLeast = (role: Role, least: Role) => ROLES.indexOf(role) >= ROLES.indexOf(least)

const LEVELS: readonly Level[] = ['read', 'write', 'admin']

/** Whether an installation's permissions contain `name:level`, or more. */
export function grants(permissions: Permissions, need: string): boolean {
  const [name = '', level = 'read'] = need.split(':')
  const has = permissions[name]
  return has !== undefined && LEVELS.indexOf(has) >= LEVELS.indexOf(level as Level)
}

/** Whether the caller can know that the repository exists. */
export function canSee(actor: Actor, repo: Repo): boolean {
  if (actor.kind === 'user') return atLeast(roleOf(actor.account, repo), 'read')
  if (actor.kind === 'installation')
    return (
      repo.ownerId === actor.homeId &&
      (actor.repositoryIds === 'all' || actor.repositoryIds.includes(repo.id))
    )
  return !repo.private
}

/**
 * Whether the caller may do a thing that takes `role` from a person and one of `permissions` from an installation.
 * For checks inside a route that depend on the object (one's own comment, one's own issue).
 */
export function may(actor: Actor, repo: Repo, role: Role, permissions: readonly string[]): boolean {
  if (actor.kind === 'user') return atLeast(roleOf(actor.account, repo), role)
  if (actor.kind === 'installation')
    return canSee(actor, repo) && permissions.some(need => grants(actor.permissions, need))
  return false
}

/** The same, refusing with 403 in the words that GitHub has for the kind of caller. */
export function demand(
  actor: Actor,
  repo: Repo,
  role: Role,
  permissions: readonly string[],
  message?: string,
): void {
  if (!may(actor, repo, role, permissions))
    throw actor.kind === 'installation' ? notAccessible() : forbidden(message)
  if (repo.archived && permissions.some(writesInto)) throw archived()
}

/** What an archived repository refuses; its settings can be changed. */
const writesInto = (need: string) => need.endsWith(':write') && !need.startsWith('administration:')
export const archived = () => new Refusal(403, 'Repository was archived so is read-only.')

/** The account that a change is made by; 401 for nobody. */
export function actorAccount(actor: Actor): Account {
  if (actor.kind === 'anonymous') throw new Refusal(401, 'Requires authentication')
  return actor.account
}

/** Whether a change is made by the App, for `performed_via_github_app`. */
export const viaApp = (actor: Actor): boolean => actor.kind === 'installation'
