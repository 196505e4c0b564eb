import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Beat, Report } from '../src/agents/protocol.ts'
import { Access, Claimed, type Order, type Register, Registered } from '../src/agents/protocol.ts'

/** Townhall understood and said no; asking again will not help. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}

/** Nobody waits for the run any more. */
export class RunGone extends Error {}

/** Townhall could not be asked now: it is away, or it cannot answer. */
export class Away extends Error {}

/** Townhall has been away for longer than we have patience. */
export class GivenUp extends Error {}

const ANSWER_MS = 15_000
const WAIT_MAX_MS = 5000

interface Address {
  readonly url: string
  /** How long it may be away, before a message is given up. */
  readonly patienceMs: number
}

/** Townhall as the runner sees it. `insist` is for messages that must arrive; the others are for another time. */
export class Townhall {
  readonly #address: Address
  #heardAt = Date.now()

  constructor(address: Address) {
    this.#address = address
  }

  register(token: string, message: Register, signal: AbortSignal): Promise<Registered> {
    return this.insist(signal, () => this.#post('/runner/register', token, message, Registered, signal))
  }

  async claim(token: string, free: number, signal: AbortSignal): Promise<Order[]> {
    return (await this.#post('/runner/claim', token, { free }, Claimed, signal)).orders
  }

  access(order: Order, signal: AbortSignal): Promise<Access> {
    return this.insist(signal, () => this.#post(pathOf(order, 'access'), order.token, {}, Access, signal))
  }

  /** Throws `RunGone` when nobody waits for the run any more. */
  async beat(order: Order, message: Beat, signal: AbortSignal): Promise<void> {
    await this.#post(pathOf(order, 'beat'), order.token, message, z.undefined(), signal)
  }

  async report(order: Order, message: Report, signal: AbortSignal): Promise<void> {
    await this.insist(signal, () =>
      this.#post(pathOf(order, 'report'), order.token, message, z.undefined(), signal),
    )
  }

  /** Throws `GivenUp` when Townhall has not been heard of for too long. */
  checkPatience(): void {
    if (Date.now() - this.#heardAt > this.#address.patienceMs)
      throw new GivenUp(`Townhall has been away for ${Math.round(this.#address.patienceMs / 1000)} s.`)
  }

  /** Does it again and again until Townhall answers, or patience or the signal ends it. */
  async insist<T>(signal: AbortSignal, post: () => Promise<T>): Promise<T> {
    for (let wait = 200; ; wait = Math.min(wait * 2, WAIT_MAX_MS)) {
      try {
        return await post()
      } catch (error) {
        if (!(error instanceof Away)) throw error
        this.checkPatience()
      }
      await pause(wait * (0.75 + Math.random() / 2), undefined, { signal })
    }
  }

  async #post<T>(
    path: string,
    token: string,
    message: object,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { status, text } = await this.#send(path, token, message, signal)
    if (status === 410) throw new RunGone(path)
    if (status >= 500 || status === 429) throw new Away(`${path}: ${status} ${text.slice(0, 500)}`)
    if (status >= 400) throw new Refused(status, `${path}: ${status} ${text.slice(0, 500)}`)
    const read = shape.safeParse(parsed(text))
    if (!read.success) throw new Away(`${path}: not Townhall's answer: ${z.prettifyError(read.error)}`)
    this.#heardAt = Date.now()
    return read.data
  }

  async #send(path: string, token: string, message: object, signal: AbortSignal) {
    try {
      const response = await fetch(this.#address.url.replace(/\/+$/, '') + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(message),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      signal.throwIfAborted()
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      throw new Away(`${path}: ${cause instanceof Error ? cause.message : cause}`)
    }
  }
}

// Something between us and Townhall may answer in its place, in words of its own.
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

const pathOf = (order: Order, what: string): string => `/runner/runs/${encodeURIComponent(order.run)}/${what}`
