import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { OrderRun } from '../core/effects.ts'
import type { Fact } from '../core/events.ts'
import type { Pace, Time } from '../core/town.ts'
import { type Clock, type GitHub, type Log, Refused, type Store, Unreachable } from '../ports.ts'
import { answer, bearer, Refusal, readMessage } from './http.ts'
import { factOf, orderFor } from './orders.ts'
import {
  type Access,
  Beat,
  type Beaten,
  Claim,
  type Claimed,
  couldNot,
  Order,
  Register,
  type Registered,
  Report,
} from './protocol.ts'
import { hashOf, ONCE_MS, type RunPass, tokensFrom } from './tokens.ts'

type Kept = Pick<Store, 'claimOrder' | 'runState' | 'append' | 'directory' | 'machines'>

export interface RunnerDoor {
  readonly store: Kept
  readonly github: Pick<GitHub, 'gitAccess'>
  /** What tokens are made from; the same in every web process, and after a restart. */
  readonly secret: string
  readonly clock: Clock
  readonly pace: Pace
  /** Something new has come in for the town. */
  wakeTown(townId: string): Promise<void>
  /** Which agent works in a rig. */
  agentFor(rigId: string): string
  readonly pollMs: number
  readonly idleMs: number
  readonly silenceMs: number
  readonly log: Log
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Answers `/runner/*`: see protocol.ts. Anything else under it is 404. */
export function runnerDoor(door: RunnerDoor): Listener {
  const visits = { ...machineVisits(door), ...runVisits(door) }
  return async (request, response) => {
    try {
      const { visit, runId } = route(request)
      const body = await visits[visit](request, runId)
      if (body === undefined) answer(response, 204)
      else answer(response, 200, body)
    } catch (error) {
      refuse(door.log, request, response, error)
    }
  }
}

const RUN_PATH = /^\/runner\/runs\/([^/]+)\/(access|beat|report)$/

type Visit = 'register' | 'claim' | 'access' | 'beat' | 'report'

function route(request: IncomingMessage): { visit: Visit; runId: string } {
  const path = (request.url ?? '').split('?')[0] ?? ''
  const [, id, run] = RUN_PATH.exec(path) ?? []
  const machine = path === '/runner/register' ? 'register' : path === '/runner/claim' ? 'claim' : null
  const visit = (run as 'access' | 'beat' | 'report' | undefined) ?? machine
  if (!visit) throw new Refusal(404, `There is nothing at ${path.slice(0, 200)}.`)
  if (request.method !== 'POST') throw new Refusal(405, `${visit} is a POST.`)
  try {
    return { visit, runId: decodeURIComponent(id ?? '') }
  } catch {
    throw new Refusal(400, 'The id of the run is not well encoded.')
  }
}

function refuse(log: Log, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  const [status, sentence] =
    error instanceof Refusal
      ? [error.status, why]
      : error instanceof Unreachable
        ? [503, why]
        : error instanceof Refused
          ? [403, why]
          : [500, 'Townhall could not do that now.']
  const fields = { path: request.url?.slice(0, 200), status, err: error }
  if (status >= 500) log.error(fields, 'A runner could not be answered')
  else if (status !== 410) log.warn(fields, 'A runner was refused')
  answer(response, status, { message: sentence })
}

function machineVisits(door: RunnerDoor) {
  const { store, clock, pollMs, idleMs } = door
  const tokens = tokensFrom(door.secret)

  const register = async (request: IncomingMessage): Promise<Registered> => {
    const now = clock.now()
    const redeemed = tokens.redeem(bearer(request), now)
    if (!redeemed) throw new Refusal(401, 'This one-time token is not good here, or no longer.')
    const { host, pid } = await readMessage(request, Register)
    const { townId, machineToken } = redeemed
    const hash = hashOf(machineToken)
    const known = await store.machines.find(hash)
    // The machine may have missed the answer to its first try; anybody else is too late.
    const itself =
      known && (await store.machines.alive(townId, now - ONCE_MS)).find(({ id }) => id === known.id)
    if (known && (itself?.host !== host || itself.pid !== pid))
      throw new Refusal(401, 'This one-time token has been used by another machine.')
    const machine = known?.id ?? (await store.machines.register(townId, host, pid, hash))
    return { machine, token: machineToken, pollMs, idleMs }
  }

  const claim = async (request: IncomingMessage): Promise<Claimed> => {
    const token = bearer(request)
    const townId = tokens.machineTown(token)
    const machine = townId === null ? null : await store.machines.find(hashOf(token))
    if (townId === null || !machine) throw new Refusal(401, 'This machine is not known: register first.')
    const { free } = await readMessage(request, Claim)
    await store.machines.seen(machine.id, clock.now())
    return { orders: await claimUpTo(door, townId, machine.id, free) }
  }
  return { register, claim }
}

/** Orders for so many free places. One that is claimed is handed over, whatever becomes of the next. */
async function claimUpTo(door: RunnerDoor, townId: string, machine: string, free: number): Promise<Order[]> {
  const orders: Order[] = []
  while (orders.length < free) {
    try {
      const effect = await door.store.claimOrder(townId, machine, door.clock.now())
      if (!effect) break
      const order = await orderOf(door, townId, machine, effect)
      if (order) orders.push(order)
    } catch (error) {
      if (orders.length === 0) throw error
      door.log.error({ townId, machine, err: error }, 'Not all orders could be claimed')
      break
    }
  }
  return orders
}

/** Null for an order that no runner could read: that is a fact about the run, and nobody else's trouble. */
async function orderOf(
  door: RunnerDoor,
  townId: string,
  machine: string,
  effect: OrderRun,
): Promise<Order | null> {
  const { store, pace, silenceMs } = door
  const { runId, rigId } = effect
  const rig = (await store.directory.rig(townId, rigId)) ?? { owner: '', name: '' }
  const token = tokensFrom(door.secret).run({ townId, runId, rigId, machine })
  const terms = { rig, token, agent: door.agentFor(rigId), beatMs: pace.beatMs, silenceMs }
  const order = Order.safeParse(orderFor(effect, terms))
  if (order.success) return order.data
  const why = `The order cannot be given to a machine: ${z.prettifyError(order.error)}`.slice(0, 1000)
  await keep(door, townId, factOf(runId, machine, couldNot(effect.kind, why)), null)
  return null
}

async function keep(door: RunnerDoor, townId: string, fact: Fact, dedupe: string | null): Promise<void> {
  for (const town of await door.store.append([{ townId, fact, dedupe }])) await door.wakeTown(town)
}

function runVisits(door: RunnerDoor) {
  const { store, github, clock, pace } = door
  const beats = new Beats(Math.ceil(pace.leaseMs / 4))
  const tokens = tokensFrom(door.secret)

  const pass = (request: IncomingMessage, runId: string): RunPass => {
    const read = tokens.runPass(bearer(request))
    if (!read || read.runId !== runId) throw new Refusal(401, 'This token is not for this run.')
    return read
  }
  const live = async ({ townId, runId }: RunPass) => {
    const state = await store.runState(townId, runId)
    if (!state?.live) throw new Refusal(410, 'Nobody waits for this run any more.')
    return state
  }

  const access = async (request: IncomingMessage, runId: string): Promise<Access> => {
    const run = pass(request, runId)
    await live(run)
    const { cloneUrl, token, expiresAt } = await github.gitAccess(run.townId, run.rigId)
    return { cloneUrl, gitToken: token, expiresAt }
  }

  const beat = async (request: IncomingMessage, runId: string): Promise<Beaten> => {
    const run = pass(request, runId)
    await readMessage(request, Beat)
    const { stopping } = await live(run)
    if (stopping) return { go: 'stop' }
    const key = `${run.townId} ${runId}`
    if (beats.isDue(key, clock.now())) {
      await keep(door, run.townId, { type: 'RunBeat', runId }, null)
      beats.kept(key, clock.now())
    }
    return { go: 'on' }
  }

  const report = async (request: IncomingMessage, runId: string): Promise<undefined> => {
    const run = pass(request, runId)
    const fact = factOf(runId, run.machine, await readMessage(request, Report))
    const dedupe = `run:${runId}:${fact.type}`
    // It may have ended the run itself when it came the first time.
    if (await store.directory.isKnown(run.townId, dedupe)) return
    await live(run)
    await keep(door, run.townId, fact, dedupe)
  }

  return { access, beat, report }
}

/** When a heartbeat was last kept: more often than four times per lease, it says nothing new. */
class Beats {
  readonly #everyMs: number
  readonly #last = new Map<string, Time>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  isDue(run: string, now: Time): boolean {
    return now - (this.#last.get(run) ?? Number.NEGATIVE_INFINITY) >= this.#everyMs
  }

  kept(run: string, now: Time): void {
    this.#last.delete(run)
    this.#last.set(run, now)
    // In order of age: what is due again needs no memory.
    for (const [old, at] of this.#last) {
      if (now - at < this.#everyMs) break
      this.#last.delete(old)
    }
  }
}
