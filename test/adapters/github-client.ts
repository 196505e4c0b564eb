import { createSign, generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Method } from '../../src/sandbox/github/kit.ts'
import { makeRouter } from '../../src/sandbox/github/router.ts'
import { type GitHub, startGitHub } from '../../src/sandbox/github/server.ts'
import { quietLog } from '../support/log.ts'
import { deliveryFaults, faultsOf, isDocumented } from './openapi.ts'

/** A sandbox GitHub with people who use it over HTTP; whatever passes is checked against GitHub's OpenAPI. */

/** The fields that the tests look at; everything else is there as unknown. */
export interface Thing {
  readonly id: number
  readonly node_id: string
  readonly number: number
  readonly message: string
  readonly token: string
  readonly login: string
  readonly [key: string]: unknown
}

export interface Reply<T = Thing> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export interface Client {
  readonly token: string
  get<T = Thing>(path: string, headers?: { [name: string]: string }): Promise<Reply<T>>
  post<T = Thing>(path: string, body?: unknown): Promise<Reply<T>>
  put<T = Thing>(path: string, body?: unknown): Promise<Reply<T>>
  patch<T = Thing>(path: string, body?: unknown): Promise<Reply<T>>
  delete<T = Thing>(path: string, body?: unknown): Promise<Reply<T>>
}

export interface Received {
  readonly event: string
  readonly action: string | null
  readonly guid: string
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  readonly payload: { readonly [key: string]: unknown }
}

export interface Town {
  readonly github: GitHub
  as(login: 'olivia' | 'wes' | 'tara' | 'rhea' | 'stan'): Client
  nobody(): Client
  withToken(token: string): Client
  /** The App with its JWT. */
  app(): Client
  /** The App through an installation token, all of it or what the body asks for. */
  installation(wanted?: object): Promise<Client>
  /** A new repository with a name of its own. */
  repository(more?: object): Promise<Thing & { readonly full_name: string; readonly name: string }>
  /** What was delivered so far, after everything that is due was sent. */
  deliveries(): Promise<readonly Received[]>
  forget(): void
  /** What GitHub could not have sent or taken, in words. Empty at the end of every good test. */
  readonly wrong: string[]
  /** The routes that were called with success. */
  readonly called: Set<string>
  close(): Promise<void>
}

export const WEBHOOK_SECRET = 'a secret of the test'
const APP_ID = 4242

/** The key of the App of the tests. */
export const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export interface TownOptions {
  readonly dataDir?: string
  /** What the App is installed on; an organization without it. */
  readonly ownerType?: 'Organization' | 'User'
  /** Answers deliveries; 200 without it. */
  readonly answer?: (delivery: Received) => number | Promise<number>
}

export async function startTown(options: TownOptions = {}): Promise<Town> {
  const received: Received[] = []
  const hook = await listenForDeliveries(received, options.answer)
  const github = await startGitHub({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    app: {
      id: APP_ID,
      slug: 'townhall',
      name: 'Townhall',
      publicKey,
      webhookSecret: WEBHOOK_SECRET,
      webhookUrl: () => hook.url,
    },
    org: 'acme',
    ...(options.ownerType === undefined ? {} : { ownerType: options.ownerType }),
    log: quietLog,
  })
  const wrong: string[] = []
  const called = new Set<string>()
  const client = (token: string) => makeClient(github, token, wrong, called)
  const town: Town = {
    github,
    wrong,
    called,
    as: login => client(github.users[login]!.token),
    nobody: () => client(''),
    withToken: client,
    app: () => client(jwt()),
    installation: async wanted => {
      const made = await client(jwt()).post(
        `/app/installations/${github.installationId}/access_tokens`,
        wanted,
      )
      if (made.status !== 201) throw new Error(`No token: ${made.body.message}`)
      return client(made.body.token)
    },
    repository: async more => {
      const name = `repo-${Math.random().toString(36).slice(2, 10)}`
      const made = await town.as('olivia').post('/orgs/acme/repos', { name, ...more })
      return made.body as Thing & { full_name: string; name: string }
    },
    deliveries: async () => {
      await github.delivered()
      for (const it of received) wrong.push(...deliveryFaults(it.event, it.action, it.payload))
      return [...received]
    },
    forget: () => {
      received.length = 0
    },
    close: async () => {
      await github.close()
      await hook.close()
    },
  }
  return town
}

/** Signs the App's JWT; `claims` replace the good ones. */
export function jwt(claims: object = {}, key = privateKey): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 30, exp: now + 540, iss: APP_ID, ...claims })}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
}

/** Another App's key. */
export const strangersKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

function makeClient(github: GitHub, token: string, wrong: string[], called: Set<string>): Client {
  const find = makeRouter(github.routes)
  const send = async <T>(method: Method, path: string, body?: unknown, headers = {}): Promise<Reply<T>> => {
    const response = await fetch(github.api + path, {
      method,
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    const answer = isJson ? (JSON.parse(text) as T) : (text as T)
    const pattern = find(method, path.split('?')[0]!)?.route[1]
    if (pattern !== undefined && isDocumented(method, pattern)) {
      const { status } = response
      wrong.push(...faultsOf({ method, pattern, status, request: body, response: answer }))
      if (response.ok) called.add(`${method} ${pattern}`)
    }
    return { status: response.status, headers: response.headers, body: answer }
  }
  return {
    token,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: (path, body) => send('DELETE', path, body),
  }
}

async function listenForDeliveries(received: Received[], answer: TownOptions['answer'] = () => 200) {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks).toString()
    const payload = JSON.parse(raw) as Received['payload']
    const delivery: Received = {
      event: String(req.headers['x-github-event']),
      action: typeof payload.action === 'string' ? payload.action : null,
      guid: String(req.headers['x-github-delivery']),
      headers: req.headers,
      raw,
      payload,
    }
    received.push(delivery)
    res.writeHead(await answer(delivery)).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
