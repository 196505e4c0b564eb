import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { lighter, MEMORY_VERSION, type Memory } from '../core/recovery/memory.ts'

/** Room in a comment: GitHub takes 65,536 characters, and what people see of it may be 60,000 long. */
const MOST_CHARS = 8_000
/** Far more than fits into MOST_CHARS; what was signed is ours, and still nothing may unpack without an end. */
const MOST_BYTES = 4_000_000
/** In plain base64: two dashes in a row would end the comment that hides it. */
const HIDDEN = /<!-- townhall-memory:([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+) -->/

/** Signs what our comments remember. Of the webhook secret, because that outlives the database. */
export function memoryKey(webhookSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', webhookSecret, '', 'townhall memory in comments', 32))
}

/** A line that GitHub does not show, at most MOST_CHARS long: as much of the memory as there is room for. */
export function hidden(key: Buffer, townId: string, memory: Memory): string {
  let line = ''
  for (const some of [memory, ...lighter(memory)]) {
    const packed = deflateRawSync(JSON.stringify(some)).toString('base64')
    line = `<!-- townhall-memory:${signed(key, townId, packed).toString('base64')}:${packed} -->`
    if (line.length <= MOST_CHARS) return line
  }
  return line.length <= MOST_CHARS ? line : ''
}

/**
 * The memory in a comment's body; null when there is none, somebody else wrote it (whoever may edit our comments can
 * copy what we wrote, and nothing else), or it is of a version that is not known here. The caller has checked that the
 * comment is ours.
 */
export function memoryIn(key: Buffer, townId: string, body: string): Memory | null {
  const [, mac, packed] = HIDDEN.exec(body) ?? []
  if (!mac || !packed) return null
  const given = Buffer.from(mac, 'base64')
  const wanted = signed(key, townId, packed)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  const text = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_BYTES }).toString()
  const memory = JSON.parse(text) as Memory
  return memory.v === MEMORY_VERSION ? memory : null
}

function signed(key: Buffer, townId: string, packed: string): Buffer {
  return createHmac('sha256', key).update(`${townId}\n${packed}`).digest()
}
