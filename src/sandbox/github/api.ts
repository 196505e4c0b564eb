import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../../ports.ts'
import { authenticate } from './actors.ts'
import { type Creations, creates } from './creations.ts'
import { type Faults, faultAnswer } from './faults.ts'
import {
  type Actor,
  type Answer,
  archived,
  type Call,
  canSee,
  demand,
  errorBody,
  type Method,
  type Needs,
  notAccessible,
  notFound,
  Refusal,
  type Route,
} from './kit.ts'
import type { Meter, Resource } from './metering.ts'
import { type Match, makeRouter } from './router.ts'
import type { World } from './world.ts'

/** REST and GraphQL over HTTP: who calls, which route, may they, what comes back, and what goes wrong on purpose. */

export interface ApiParts {
  readonly world: World
  readonly routes: readonly Route[]
  readonly meter: Meter
  readonly faults: Faults
  readonly creations: Creations
  readonly log: Log
}

/** Where a request is counted and limited: the path below the API, and which allowance it takes from. */
interface Place {
  readonly path: string
  readonly fullPath: string
  readonly query: URLSearchParams
  readonly resource: Resource
}

const BODY_LIMIT = 40 * 1024 * 1024

export type ServeApi = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** Serves what is below `/api`; everything else is for others. */
export function makeApi(parts: ApiParts): ServeApi {
  const find = makeRouter(parts.routes)
  return async (req, res) => {
    const place = placeOf(req)
    // HEAD is GET without a body, as on GitHub; node leaves the body out by itself.
    const method = (req.method === 'HEAD' ? 'GET' : req.method) as Method
    const found = find(method, place.path)
    let actor: Actor = { kind: 'anonymous' }
    let answer: Answer
    try {
      const body = await readBody(req)
      actor = authenticate(parts.world, req.headers.authorization)
      answer = await respond(parts, { place, method, found, actor, body, req })
    } catch (error) {
      answer = refusalAnswer(error, parts.log, `${method} ${place.fullPath}`)
    }
    const status = send(parts, { answer, actor, place, method, found, req, res })
    parts.meter.note(`${method} ${found?.route[1] ?? place.path}`, actor, status)
  }
}

interface Asked {
  readonly place: Place
  readonly method: Method
  readonly found: Match | undefined
  readonly actor: Actor
  readonly body: Buffer
  readonly req: IncomingMessage
}

async function respond(parts: ApiParts, asked: Asked): Promise<Answer> {
  const { place, method, found, actor } = asked
  const body = found === undefined ? undefined : parseBody(asked.body)
  const route = `${method} ${found?.route[1]}`
  const creating = creates(route, body)
  const rule = parts.faults.strike(method, place.path, place.fullPath, creating)
  if (rule !== undefined && !rule.after_effect) return faultAnswer(rule)
  if (found === undefined) return unknownRoute(method, place.fullPath)
  if (place.path !== '/rate_limit') parts.meter.spend(actor, place.resource)
  const call = callOf(parts, asked, found, body)
  const [, pattern, handle, needs = {}] = found.route
  admit(call, pattern, needs)
  if (creating) parts.creations.admit(actor)
  // A route that does not wait for anything happens as a whole or not at all.
  const answer = await (method === 'GET' ? handle(call) : parts.world.atomically(() => handle(call)))
  // The mutations of a GraphQL document are noted one by one, where they are done.
  if (creating && place.resource === 'core') parts.creations.note(actor, route)
  return rule === undefined ? answer : faultAnswer(rule)
}

function placeOf(req: IncomingMessage): Place {
  const [fullPath = '', search = ''] = (req.url ?? '/').split('?', 2)
  const query = new URLSearchParams(search)
  if (fullPath === '/api/graphql') return { path: '/graphql', fullPath, query, resource: 'graphql' }
  return { path: fullPath.slice('/api/v3'.length) || '/', fullPath, query, resource: 'core' }
}

const unknownRoute = (method: string, path: string): Answer => ({
  status: 501,
  body: { message: `The sandbox does not have ${method} ${path}.`, method, path },
})

function callOf(parts: ApiParts, asked: Asked, found: Match, body: unknown): Call {
  const { world } = parts
  const { owner = '', repo: name = '' } = found.params
  return {
    world,
    method: asked.method,
    path: asked.place.path,
    params: found.params,
    query: asked.place.query,
    body,
    actor: asked.actor,
    headers: asked.req.headers,
    get repo() {
      const repo = findRepo(world, owner, name)
      if (repo === undefined || !canSee(asked.actor, repo)) throw notFound()
      return repo
    },
  }
}

/** The repository of an owner by name, without case. */
export function findRepo(world: World, owner: string, name: string) {
  const ownerId = world.accounts.one('login', owner.toLowerCase())?.id
  return world.repos.find('name', name.toLowerCase()).find(it => it.ownerId === ownerId)
}

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400, 'Problems parsing JSON')
  }
}

/** Checks what the route needs, in the order in which GitHub tells: who, then where, then whether. */
function admit(call: Call, pattern: string, needs: Needs): void {
  const { actor } = call
  const ofRepo = pattern.startsWith('/repos/{owner}/{repo}')
  const who = needs.who ?? (call.method === 'GET' && ofRepo ? 'anyone' : 'member')
  // The JWT opens the App's own routes and nothing else.
  if ((who === 'app') !== (actor.kind === 'app') && needs.who !== 'anyone')
    throw new Refusal(401, 'A JSON web token could not be decoded')
  if (who === 'app') return
  if (ofRepo) checkRepo(call, needs)
  if (who === 'anyone') return
  if (actor.kind === 'anonymous') throw new Refusal(401, 'Requires authentication')
  if (who === 'user' && actor.kind !== 'user') throw notAccessible()
  if (who === 'installation' && actor.kind !== 'installation') throw new Refusal(403, INSTALLATION_ONLY)
}

const INSTALLATION_ONLY =
  'You must authenticate with an installation access token in order to list repositories for an installation.'

function checkRepo(call: Call, needs: Needs): void {
  const { actor, repo, method } = call
  if (actor.kind === 'anonymous') {
    if (method !== 'GET') throw new Refusal(401, 'Requires authentication')
    return
  }
  demand(actor, repo, needs.role ?? 'read', needs.permission ?? ['metadata:read'])
  if (method !== 'GET' && repo.archived && pathOfRepo(call) !== '') throw archived()
}

const pathOfRepo = (call: Call) => call.path.split('/').slice(4).join('/')

function refusalAnswer(error: unknown, log: Log, what: string): Answer {
  if (error instanceof Refusal)
    return { status: error.status, body: errorBody(error), headers: error.headers ?? {} }
  log.error({ err: error, what }, 'the sandbox GitHub failed')
  const why = error instanceof Error ? error.message : String(error)
  return { status: 500, body: { message: `The sandbox failed in ${what}: ${why}` } }
}

interface Sending {
  readonly answer: Answer
  readonly actor: Actor
  readonly place: Place
  readonly method: Method
  readonly found: Match | undefined
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Sends the answer with the headers that all answers have; gives the status that was really sent. */
function send(parts: ApiParts, sending: Sending): number {
  const { answer, actor, place, method, found, req, res } = sending
  const text =
    answer.body === undefined
      ? ''
      : typeof answer.body === 'string'
        ? answer.body
        : JSON.stringify(answer.body)
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`
  const tagged = method === 'GET' && answer.status === 200
  const unchanged = tagged && tagsOf(req).some(tag => tag === etag || tag === etag.slice(2) || tag === '*')
  if (unchanged) parts.meter.refund(actor, place.resource)
  const status = unchanged ? 304 : answer.status
  const bytes = unchanged ? '' : text
  res.writeHead(status, {
    ...(bytes === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(status === 204 || unchanged ? {} : { 'content-length': Buffer.byteLength(bytes) }),
    ...(tagged ? { etag, 'cache-control': 'private, max-age=0' } : {}),
    'x-github-request-id': randomUUID(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    ...accepted(found),
    ...parts.meter.headers(actor, place.resource),
    ...answer.headers,
  })
  res.end(bytes)
  return status
}

/** Names what an installation needs for the route, as GitHub does on each answer. */
function accepted(found: Match | undefined): NonNullable<Answer['headers']> {
  const permissions = found?.route[3]?.permission ?? ['metadata:read']
  return { 'x-accepted-github-permissions': permissions.map(it => it.replace(':', '=')).join('; ') }
}

const tagsOf = (req: IncomingMessage) =>
  (req.headers['if-none-match'] ?? '').split(',').map(tag => tag.trim())

/** The whole body; 413 when it is larger than anything GitHub takes. */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new Refusal(413, 'The request body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
