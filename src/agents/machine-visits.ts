import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { OrderRun } from '../core/effects.ts'
import { bearer, Refusal, readMessage } from './http.ts'
import { keep } from './news.ts'
import { factOf, orderFor } from './orders.ts'
import { Claim, type Claimed, couldNot, Order, Register, type Registered } from './protocol.ts'
import type { RunnerDoor } from './runner-door.ts'
import { hashOf, ONCE_MS, tokensFrom } from './tokens.ts'

/** What a machine comes to the door for. */
export function machineVisits(door: RunnerDoor) {
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
