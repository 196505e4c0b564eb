// The little of Townhall that a runner sees: its real door, on a store that is kept in memory.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runnerDoor } from '../../src/agents/door.ts'
import { tokensFrom } from '../../src/agents/tokens.ts'
import type { OrderRun } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import { PACE } from '../../src/core/town.ts'
import type { GitHub, Log, Machine, Store } from '../../src/ports.ts'
import { quietLog } from '../support/log.ts'

export const SECRET = 'the secret of this test'

export interface TownOnPaper {
  readonly store: Pick<Store, 'claimOrder' | 'isLive' | 'append' | 'directory' | 'machines'>
  /** What came in, in order. */
  readonly facts: Fact[]
  readonly machines: (Machine & { townId: string; tokenHash: string; seenAt: number })[]
  /** A wish for a run, ready to be claimed. */
  order(change?: Partial<OrderRun>): OrderRun
  /** Nobody waits for it any more. */
  end(runId: string): void
  of<T extends Fact['type']>(type: T): Extract<Fact, { type: T }>[]
}

const ORDER: OrderRun = {
  do: 'OrderRun',
  runId: 'r1',
  kind: 'work',
  rigId: '7',
  polecat: 'nux',
  bead: { number: 12, title: 'Add a greeting', body: 'Say hello.' },
  branch: 'gt/nux/12',
  headSha: null,
  base: 'main',
  attempt: 1,
  feedback: null,
  answers: [],
  checkpoint: null,
  gates: [],
  until: Number.MAX_SAFE_INTEGER,
}

const OVER: readonly Fact['type'][] = ['RunDone', 'RunFailed', 'RunAsked', 'RunReleased', 'GateReported']

export function townOnPaper(): TownOnPaper {
  const facts: Fact[] = []
  const known = new Set<string>()
  const orders: OrderRun[] = []
  const live = new Set<string>()
  const machines: TownOnPaper['machines'] = []
  const store: TownOnPaper['store'] = {
    claimOrder: async () => orders.shift() ?? null,
    isLive: async (_, runId) => live.has(runId),
    append: async news => {
      const fresh = news.filter(({ dedupe }) => dedupe === null || !known.has(dedupe))
      for (const { fact, dedupe } of fresh) {
        facts.push(fact)
        if (dedupe !== null) known.add(dedupe)
        if ('runId' in fact && OVER.includes(fact.type)) live.delete(fact.runId)
      }
      return [...new Set(fresh.map(({ townId }) => townId))]
    },
    directory: {
      rig: async () => ({ owner: 'acme', name: 'demo', defaultBranch: 'main', configSha: null }),
      isKnown: async (_, dedupe) => known.has(dedupe),
      pull: async () => null,
      openConvoys: async () => [],
      rigs: async () => [],
    },
    machines: {
      register: async (townId, host, pid, tokenHash) => {
        const id = `m${machines.length + 1}`
        machines.push({ id, townId, host, pid, tokenHash, startedAt: Date.now(), seenAt: Date.now() })
        return id
      },
      find: async tokenHash => machines.find(machine => machine.tokenHash === tokenHash) ?? null,
      seen: async (id, at) => {
        const machine = machines.find(each => each.id === id)
        if (machine) machine.seenAt = at
      },
      alive: async (townId, since) =>
        machines.filter(machine => machine.townId === townId && machine.seenAt >= since),
    },
  }
  return {
    store,
    facts,
    machines,
    order: change => {
      const effect = { ...ORDER, ...change }
      orders.push(effect)
      live.add(effect.runId)
      return effect
    },
    end: runId => void live.delete(runId),
    of: <T extends Fact['type']>(type: T) =>
      facts.filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type),
  }
}

export interface DoorOptions {
  readonly gitAccess?: GitHub['gitAccess']
  readonly now?: () => number
  readonly beatMs?: number
  readonly leaseMs?: number
  readonly idleMs?: number
  readonly silenceMs?: number
  readonly port?: number
  readonly log?: Log
}

export interface OpenDoor extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Towns that were woken. */
  readonly woken: string[]
  once(): string
  /** As if the process were killed: connections are cut, and nothing listens any more. */
  close(): Promise<void>
}

export async function openDoor(town: TownOnPaper, options: DoorOptions = {}): Promise<OpenDoor> {
  const woken: string[] = []
  const now = options.now ?? Date.now
  const server = createServer(
    runnerDoor({
      store: town.store,
      github: {
        gitAccess:
          options.gitAccess ?? (async () => ({ cloneUrl: 'file:///nowhere', token: 'ghs_x', expiresAt: 0 })),
      },
      secret: SECRET,
      clock: { now },
      pace: { ...PACE, beatMs: options.beatMs ?? 100, leaseMs: options.leaseMs ?? 2000 },
      wakeTown: async townId => void woken.push(townId),
      agentFor: () => 'scripted',
      pollMs: 50,
      idleMs: options.idleMs ?? 60_000,
      silenceMs: options.silenceMs ?? 5000,
      log: options.log ?? quietLog,
    }),
  )
  const port = await listen(server, options.port ?? 0)
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    woken,
    once: () => tokensFrom(SECRET).once('42', now()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
