// Git over smart HTTP: git's own CGI program does the talking; who may do what is asked of the caller.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { writeHooks } from './hooks.ts'
import { BadPacket, readPushHead, type WantedChange } from './packets.ts'
import { neutralEnv } from './run.ts'

/** What one caller may do with one repository. */
export type GitAccess =
  | { may: 'read'; dir: string }
  | { may: 'write'; dir: string }
  /** Wrong or missing credentials (401), or ones for which the repository does not exist (404). */
  | { may: 'identify' }
  | { may: 'not_found' }

/** The server's judgement of the changes that a push wants. */
export interface PushJudgement {
  /** Words for the pusher when the push is refused, undefined to let it in. */
  refused?: string
  /** Full names of references that may only move forward. */
  forwardOnly: readonly string[]
}

export interface GitDoor<Caller> {
  /** Directory in which the hooks are written. */
  root: string
  /** Who an Authorization header stands for; undefined: nobody. */
  identify(authorization: string): Caller | undefined
  access(caller: Caller | undefined, owner: string, name: string): GitAccess
  judge(caller: Caller, dir: string, changes: readonly WantedChange[]): Promise<PushJudgement>
  /** Told what a push changed; the pusher gets the answer when this is done. */
  pushed(caller: Caller, dir: string, changes: readonly WantedChange[]): Promise<void>
}

const PATHS = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/

export type GitServer = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** A function that answers git's requests and says false to all others, which it leaves untouched. */
export async function gitServer<Caller>(door: GitDoor<Caller>): Promise<GitServer> {
  const hooks = await writeHooks(door.root)
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const [, owner, name, what] = PATHS.exec(url.pathname) ?? []
    if (!owner || !name || !what) return false
    const service = what === 'info/refs' ? url.searchParams.get('service') : what
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      answer(response, 403, 'Please upgrade your git client: only smart HTTP is spoken here.')
      return true
    }
    const { authorization } = request.headers
    const caller = authorization ? door.identify(authorization) : undefined
    const access = authorization && !caller ? STRANGER : door.access(caller, owner, name)
    const writes = service === 'git-receive-pack'
    if (access.may === 'not_found') answer(response, 404, 'Repository not found.')
    else if (access.may === 'identify' || (writes && !caller)) challenge(response)
    else if (writes && access.may === 'read')
      answer(response, 403, `Permission to ${owner}/${name}.git denied.`)
    else {
      const cgi = { request, response, hooks, dir: access.dir, what, query: url.search.slice(1) }
      if (caller && what === 'git-receive-pack') await receive(door, caller, cgi)
      else await runBackend(cgi, bodyOf(request), {})
      response.end()
    }
    return true
  }
}

const STRANGER: GitAccess = { may: 'identify' }

interface Cgi {
  request: IncomingMessage
  response: ServerResponse
  hooks: string
  dir: string
  /** Path behind the repository. */
  what: string
  query: string
}

/** The pusher's answer ends only when the caller knows of the changes, so nobody sees a push before its effects. */
async function receive<Caller>(door: GitDoor<Caller>, caller: Caller, cgi: Cgi): Promise<void> {
  const accepted = path.resolve(cgi.dir, `accepted-${randomUUID()}`)
  try {
    const body = bodyOf(cgi.request)
    const { changes, read } = await readPushHead(body)
    const judgement = await door.judge(caller, cgi.dir, changes)
    body.unshift(read)
    await runBackend(cgi, body, {
      SANDBOX_REFUSED: judgement.refused ?? '',
      SANDBOX_FORWARD_ONLY: judgement.forwardOnly.join('\n'),
      SANDBOX_ACCEPTED: accepted,
    })
    const made = await readAccepted(accepted)
    if (made.length > 0) await door.pushed(caller, cgi.dir, made)
  } catch (error) {
    if (!(error instanceof BadPacket)) throw error
    answer(cgi.response, 400, error.message)
  } finally {
    await rm(accepted, { force: true })
  }
}

/** No file means that nothing was accepted: the hook that writes it did not run. */
async function readAccepted(file: string): Promise<WantedChange[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => ({ before: line.slice(0, 40), after: line.slice(41, 81), ref: line.slice(82) }))
}

/** Lets git's CGI program answer, all but the end of the answer. */
function runBackend(cgi: Cgi, body: Readable, env: Record<string, string>): Promise<void> {
  const { request, response } = cgi
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env: { ...cgiEnv(cgi), ...env } })
    const errors: Buffer[] = []
    child.on('error', reject)
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    // git may stop reading before the client stops sending; what it thought of the request is in its answer.
    child.stdin.on('error', () => request.resume())
    // A client that hangs up leaves git with a request cut short, which git refuses by itself.
    body.on('error', () => child.stdin.end()).on('close', () => child.stdin.end())
    body.pipe(child.stdin)
    relay(child.stdout, response)
    child.on('close', code => {
      if (response.headersSent || response.destroyed) resolve()
      else reject(new Error(`git http-backend ended with ${code}: ${Buffer.concat(errors)}`))
    })
  })
}

/** Passes a CGI answer on: its header lines become ours, the rest is the body. */
function relay(output: Readable, response: ServerResponse): void {
  let head = Buffer.alloc(0)
  response.on('drain', () => output.resume()).on('close', () => output.resume())
  const send = (chunk: Buffer) => {
    if (!response.destroyed && !response.write(chunk)) output.pause()
  }
  output.on('data', (chunk: Buffer) => {
    if (response.headersSent) return send(chunk)
    head = Buffer.concat([head, chunk])
    const gap = head.indexOf('\r\n\r\n')
    if (gap < 0) return
    const lines = head.toString('latin1', 0, gap).split('\r\n')
    const pairs = lines.map(line => [
      line.split(':', 1)[0]?.toLowerCase() ?? '',
      line.replace(/^[^:]*:\s*/, ''),
    ])
    const headers: Record<string, string> = Object.fromEntries(pairs)
    const { status = '200', ...rest } = headers
    response.writeHead(Number.parseInt(status, 10), rest)
    if (head.length > gap + 4) send(head.subarray(gap + 4))
  })
}

function cgiEnv({ request, hooks, dir, what, query }: Cgi): Record<string, string> {
  const { headers } = request
  return {
    ...neutralEnv(),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: hooks,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROJECT_ROOT: path.resolve(dir, '..'),
    PATH_INFO: `/${path.basename(dir)}/${what}`,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: headers['content-type'] ?? '',
    REMOTE_USER: 'sandbox',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    ...(typeof headers['git-protocol'] === 'string' ? { GIT_PROTOCOL: headers['git-protocol'] } : {}),
  }
}

/** The request's body without its content encoding: git compresses long lists of what it has. */
function bodyOf(request: IncomingMessage): Readable {
  return request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
}

function challenge(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Basic realm="GitHub"')
  answer(
    response,
    401,
    'Invalid username or token. Password authentication is not supported for Git operations.',
  )
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.end()
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`${text}\n`)
}
