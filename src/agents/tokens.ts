import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Time } from '../core/town.ts'

/** How long a new machine has to register. */
export const ONCE_MS = 10 * 60_000

/** What a run token is good for: this run, in this repository, claimed by this machine. */
export interface RunPass {
  readonly townId: string
  readonly runId: string
  readonly rigId: string
  readonly machine: string
}

/**
 * Every token says what it is for and carries an HMAC over that, so none of them is stored and any web process can
 * check any of them. A machine token is besides known to the registry by its hash.
 */
export interface Tokens {
  /** For one new machine of the town, to be spent at `register` within ten minutes. */
  once(townId: string, now: Time): string
  /** The town that a one-time token is for, and the machine token that it is good for: always the same one. */
  redeem(token: string, now: Time): { readonly townId: string; readonly machineToken: string } | null
  machineTown(token: string): string | null
  run(pass: RunPass): string
  runPass(token: string): RunPass | null
}

export function tokensFrom(secret: string): Tokens {
  const seal = (kind: string, parts: readonly string[]) => {
    const body = [kind, ...parts.map(part => Buffer.from(part).toString('base64url'))].join('.')
    return `${body}.${mac(secret, body)}`
  }
  const unseal = (kind: string, token: string): string[] | null => {
    const at = token.lastIndexOf('.')
    const body = token.slice(0, Math.max(at, 0))
    if (!same(mac(secret, body), token.slice(at + 1))) return null
    const [is, ...parts] = body.split('.')
    return is === kind ? parts.map(part => Buffer.from(part, 'base64url').toString()) : null
  }
  return {
    once: (townId, now) => seal('once', [townId, randomUUID(), String(now + ONCE_MS)]),
    redeem: (token, now) => {
      const [townId, id, until] = unseal('once', token) ?? []
      if (townId === undefined || id === undefined || Number(until) < now) return null
      return { townId, machineToken: seal('machine', [townId, id]) }
    },
    machineTown: token => unseal('machine', token)?.[0] ?? null,
    run: pass => seal('run', [pass.townId, pass.runId, pass.rigId, pass.machine]),
    runPass: token => {
      const [townId, runId, rigId, machine] = unseal('run', token) ?? []
      if (townId === undefined || runId === undefined || rigId === undefined) return null
      return machine === undefined ? null : { townId, runId, rigId, machine }
    },
  }
}

/** What the registry keeps of a machine token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

function mac(secret: string, body: string): string {
  return createHmac('sha256', secret).update(`townhall runner token\n${body}`).digest('base64url')
}

// Comparing digests of both makes the lengths equal without telling anything about either.
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
