import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'

/** An answer that is not 2xx, with one sentence for whoever reads the runner's log. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
  }
}

const BODY_MAX = 1_048_576

/** Reads and checks a JSON body; throws a `Refusal` for one that is too long, not JSON, or not what was expected. */
export async function readMessage<T>(request: IncomingMessage, shape: z.ZodType<T>): Promise<T> {
  const text = await readBody(request)
  let value: unknown
  try {
    value = JSON.parse(text, (_, part) => (typeof part === 'string' ? storable(part) : part))
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
  const read = shape.safeParse(value)
  if (!read.success) throw new Refusal(400, `The message cannot be used: ${z.prettifyError(read.error)}`)
  return read.data
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_MAX) throw new Refusal(413, 'The body is longer than 1 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

// Postgres takes neither NUL nor half a surrogate pair in its JSON, and an agent's output may hold both.
const storable = (text: string): string => text.replaceAll('\0', '\u{fffd}').toWellFormed()

export function bearer(request: IncomingMessage): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

/** `body` undefined: 204. The rest of a body that was not read to its end goes with the connection. */
export function answer(response: ServerResponse, status: number, body?: object): void {
  if (response.headersSent || response.destroyed) return
  if (status >= 400) response.setHeader('connection', 'close')
  if (body === undefined) response.writeHead(status).end()
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
