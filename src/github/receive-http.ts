import { AsyncLocalStorage } from 'node:async_hooks'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createNodeMiddleware, type Probot } from 'probot'
import type { Arrival, Log } from '../ports.ts'

export const WEBHOOK_PATH = '/api/github/webhooks'
/** GitHub sends no payload that is longer. */
const MAX_BYTES = 25 * 1024 * 1024
const REQUIRED = ['x-github-event', 'x-github-delivery'] as const

export interface WebhookOptions {
  readonly probot: Probot
  readonly secret: string
  /** Resolves when the delivery is stored for good; a rejection tells GitHub that it failed. */
  readonly keep: (arrival: Arrival) => Promise<unknown>
  readonly maxBytes?: number
  readonly log: Log
}

const FORGED = 'the signature does not match'
/** Why Probot's middleware has turned a delivery down. */
const PROBOT_SAYS: Readonly<Record<number, string>> = { 400: 'broken JSON', 401: FORGED }

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** A request that is turned down before anything of it was believed. */
class TurnedDown extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * The listener of `POST /api/github/webhooks`. Size and headers are checked before anything else; then Probot's own
 * verified middleware takes the body, checks the signature before it parses any of it, and logs nothing. All that its
 * one hook does is to keep the delivery. 413, 415, 400 and 401 as the names say; 500 when it could not be stored, so that GitHub shows a
 * failed delivery that can be sent again.
 */
export async function webhookListener(options: WebhookOptions): Promise<Listener> {
  const { probot, secret, log, maxBytes = MAX_BYTES } = options
  // Probot hands on what it has parsed; what is kept is the text that it parsed.
  const arriving = new AsyncLocalStorage<string>()
  const hear = (event: Event) => keep(event, arriving.getStore()!, options)
  probot.webhooks.onError(error => error.errors.forEach(asForged))
  const middleware = await createNodeMiddleware(app => void app.onAny(hear), {
    probot,
    webhooksPath: WEBHOOK_PATH,
  })
  return async (request, response) => {
    try {
      checkHeaders(request)
      const body = await readBody(request, maxBytes)
      // Anything else that JSON can be is no payload, and Probot would take it for a fault of ours.
      if (body[0] !== 0x7b) {
        checkSignature(request, body, secret)
        throw new TurnedDown(400, 'the body is no JSON object')
      }
      const text = body.toString('utf8')
      request.body = text
      await arriving.run(text, () => middleware(request, response, () => response.writeHead(404).end()))
      const why = PROBOT_SAYS[response.statusCode]
      if (why) logTurnedDown(request, response.statusCode, why, log)
    } catch (error) {
      turnDown(request, response, error, log)
    }
  }
}

/** Probot answers 400 to a wrong signature as to broken JSON; it says which event it is about only of the former. */
function asForged(error: Error & { status?: number }): void {
  if (error.status === 400 && 'event' in error) error.status = 401
}

function checkHeaders(request: IncomingMessage): void {
  if (request.method !== 'POST') throw new TurnedDown(405, 'only POST')
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new TurnedDown(415, 'the content type must be application/json')
  const missing = REQUIRED.filter(name => !request.headers[name])
  if (missing.length > 0) throw new TurnedDown(400, `missing: ${missing.join(', ')}`)
  if (!request.headers['x-hub-signature-256']) throw new TurnedDown(401, 'not signed')
}

/** Counts while it streams, so that nobody makes us hold more than the cap. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooBig = () => new TurnedDown(413, `more than ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooBig())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        request.removeAllListeners('data')
        reject(tooBig())
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    request.once('error', () => reject(new TurnedDown(400, 'the body broke off')))
  })
}

function checkSignature(request: IncomingMessage, body: Buffer, secret: string): void {
  const given = Buffer.from(String(request.headers['x-hub-signature-256']))
  const right = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new TurnedDown(401, FORGED)
}

interface Event {
  readonly id: string
  readonly name: string
  readonly payload: object
}

function keep({ id, name, payload }: Event, text: string, { keep, log }: WebhookOptions): Promise<unknown> {
  const { action, installation } = payload as {
    action?: unknown
    installation?: { id?: unknown } | null
  }
  const townId = installation?.id
  const arrival: Arrival = {
    id,
    event: name,
    action: typeof action === 'string' ? action : null,
    townId: typeof townId === 'number' || typeof townId === 'string' ? String(townId) : null,
    payload: text,
  }
  return keep(arrival).catch((error: unknown) => {
    log.error({ delivery: id, event: name, error: String(error) }, 'a delivery could not be stored')
    // The reason stays here: the answer goes out.
    throw new Error('the delivery could not be stored')
  })
}

/** One short line without anything of the payload: whoever is turned down may have sent it to fill the log. */
function logTurnedDown(request: IncomingMessage, status: number, why: string, log: Log): void {
  log.warn({ status, why, from: request.socket.remoteAddress }, 'a delivery was turned down')
}

function turnDown(request: IncomingMessage, response: ServerResponse, error: unknown, log: Log): void {
  const status = error instanceof TurnedDown ? error.status : 500
  const why = error instanceof TurnedDown ? error.message : 'failed'
  if (status === 500) log.error({ error: String(error) }, 'a delivery failed')
  else logTurnedDown(request, status, why, log)
  if (response.headersSent || response.destroyed) return
  // What is left of the body is read and forgotten, or the sender would not see the answer.
  request.resume()
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ error: why }))
}
