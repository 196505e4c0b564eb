// The head of a push on the wire: packet lines `old new ref`, ended by a flush packet, before the objects.
import type { Readable } from 'node:stream'

export interface WantedChange {
  /** Full name, `refs/…`. */
  ref: string
  /** Zeros for a reference that is to be made. */
  before: string
  /** Zeros for a reference that is to go. */
  after: string
}

/** Longest list of changes that is read before the push is refused, in bytes (some 10,000 references). */
const LIMIT = 1 << 20

export class BadPacket extends Error {}

export interface PushHead {
  changes: WantedChange[]
  /** Everything that was read from the stream so far; the rest is still in it. */
  read: Buffer
}

/** Reads from a push's body until its list of changes is complete. */
export async function readPushHead(body: Readable): Promise<PushHead> {
  let read = Buffer.alloc(0)
  for (;;) {
    const changes = parsePushHead(read)
    if (changes) return { changes, read }
    if (read.length > LIMIT) throw new BadPacket('the list of changes is too long')
    const chunk = await nextChunk(body)
    if (!chunk) throw new BadPacket('the push ended before its list of changes did')
    read = Buffer.concat([read, chunk])
  }
}

/** The list of changes, or undefined when more bytes are needed. */
function parsePushHead(bytes: Buffer): WantedChange[] | undefined {
  const changes: WantedChange[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const digits = bytes.toString('latin1', at, at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new BadPacket('not a packet line')
    const length = Number.parseInt(digits, 16)
    if (length === 0) return changes
    if (length < 4) throw new BadPacket('not a packet line')
    if (at + length > bytes.length) return undefined
    // The first line carries the client's capabilities behind a NUL.
    const line = (bytes.toString('utf8', at + 4, at + length).split('\0')[0] ?? '').trimEnd()
    const [, before, after, ref] = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/.exec(line) ?? []
    if (before && after && ref) changes.push({ before, after, ref })
    else if (!line.startsWith('shallow ')) throw new BadPacket('not a change of a reference')
    at += length
  }
  return undefined
}

function nextChunk(body: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      body.off('readable', look).off('end', ended).off('error', failed).off('close', ended)
      act()
    }
    const look = () => {
      const chunk: Buffer | null = body.read()
      if (chunk) settle(() => resolve(chunk))
    }
    const ended = () => settle(() => resolve(undefined))
    const failed = (error: Error) => settle(() => reject(error))
    body.on('readable', look).on('end', ended).on('error', failed).on('close', ended)
    look()
  })
}
