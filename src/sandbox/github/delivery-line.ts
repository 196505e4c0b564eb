import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../ports.ts'
import type { Collection } from './collection.ts'
import { bodyOf, type Delivery, type Hook } from './deliveries.ts'
import type { Faults } from './faults.ts'
import type { World } from './world.ts'

/** Sends deliveries one after the other, as the faults of the moment will have it. */

export interface Line {
  add(delivery: Delivery): void
  /** Resolves when everything that is due has been sent. */
  idle(): Promise<void>
  /** Breaks off what is being sent; it stays due. */
  close(): Promise<void>
}

/** A delivery and the time (milliseconds) before which it is not sent. */
interface Due {
  readonly id: number
  readonly at: number
}

const TIMEOUT_MS = 10_000
/** So many deliveries are looked at to pick the next one from when they are shuffled. */
const SHUFFLED_AMONG = 8
/** And so long is waited, at most, for there to be several. */
const GATHER_MS = 150

export function makeLine(
  world: World,
  deliveries: Collection<Delivery>,
  hook: Hook,
  faults: Faults,
  log: Log,
): Line {
  const waiting: Due[] = []
  const closing = new AbortController()
  let work: Promise<void> | undefined
  const sendAll = async () => {
    try {
      while (waiting.length > 0) {
        await untilDue(waiting[0]!, closing.signal)
        const delivery = deliveries.get((await pick(waiting, faults, closing.signal)).id)
        if (delivery?.result === null) await send(delivery)
        closing.signal.throwIfAborted()
      }
    } catch (error) {
      if (!closing.signal.aborted) log.error({ err: error }, 'deliveries stopped until the next event')
    } finally {
      // In the same turn as the last look at the list, so that nothing can come in between unseen.
      work = undefined
    }
  }
  const send = async (delivery: Delivery) => {
    const mode = faults.get().webhooks
    const result =
      mode === 'drop'
        ? { statusCode: 0, status: 'dropped', duration: 0, headers: {}, payload: '' }
        : await post(world, hook, delivery, closing.signal)
    if (mode === 'duplicate') await post(world, hook, delivery, closing.signal)
    if (result === undefined) return
    deliveries.change(delivery.id, { result })
    if (result.statusCode >= 400)
      log.warn({ guid: delivery.guid, event: delivery.event, status: result.status }, 'a delivery failed')
  }
  return {
    add: delivery => {
      // Late or not, the order stays.
      const at = Math.max(Date.now() + faults.lateness(), waiting.at(-1)?.at ?? 0)
      waiting.push({ id: delivery.id, at })
      // The change that caused the delivery may still be under way: it is sent after it, or not at all.
      work ??= Promise.resolve().then(sendAll)
    },
    idle: async () => {
      while (work !== undefined) await work
    },
    close: async () => {
      closing.abort()
      await work
    },
  }
}

const untilDue = ({ at }: Due, closing: AbortSignal) =>
  at > Date.now() ? delay(at - Date.now(), undefined, { signal: closing }) : undefined

/** Takes the next one out of the line: the first, or any of the first few when they are shuffled. */
async function pick(waiting: Due[], faults: Faults, closing: AbortSignal): Promise<Due> {
  if (faults.get().webhooks !== 'shuffle') return waiting.shift()!
  if (waiting.length < SHUFFLED_AMONG) await delay(randomBelow(GATHER_MS), undefined, { signal: closing })
  return waiting.splice(randomBelow(Math.min(waiting.length, SHUFFLED_AMONG)), 1)[0]!
}

const randomBelow = (limit: number) => Math.floor(Math.random() * limit)

/** The headers of a delivery, signed with the secret of today. */
export function deliveryHeaders(
  world: World,
  secret: string,
  delivery: Delivery,
): { [name: string]: string } {
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/sandbox',
    'x-github-delivery': delivery.guid,
    'x-github-event': delivery.event,
    'x-github-hook-id': String(world.app.id),
    'x-github-hook-installation-target-id': String(world.app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bodyOf(world, delivery)).digest('hex')}`,
  }
}

/** Undefined when the sandbox was closed while it was sent: then it is still due. */
async function post(world: World, hook: Hook, delivery: Delivery, closing: AbortSignal) {
  const started = performance.now()
  const done = (statusCode: number, status: string, headers = {}, payload = '') => ({
    statusCode,
    status,
    duration: Math.round(performance.now() - started) / 1000,
    headers,
    payload,
  })
  try {
    const response = await fetch(hook.url() ?? delivery.url, {
      method: 'POST',
      headers: deliveryHeaders(world, hook.secret(), delivery),
      body: bodyOf(world, delivery),
      signal: AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const payload = (await response.text()).slice(0, 4096)
    const headers = Object.fromEntries(response.headers)
    return done(
      response.status,
      response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`,
      headers,
      payload,
    )
  } catch (error) {
    if (closing.aborted) return undefined
    const late = error instanceof Error && error.name === 'TimeoutError'
    return late ? done(504, 'timed out') : done(502, 'failed to connect to host')
  }
}
