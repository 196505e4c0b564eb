// The door on the real store: what the other tests of the door believe of it.
import { afterAll, expect, test } from 'vitest'
import { runnerDoor } from '../../src/agents/door.ts'
import { Claimed, Registered } from '../../src/agents/protocol.ts'
import { tokensFrom } from '../../src/agents/tokens.ts'
import type { Fact } from '../../src/core/events.ts'
import { PACE } from '../../src/core/town.ts'
import { listen } from '../../src/http.ts'
import { quietLog } from '../support/log.ts'
import { freshDatabase } from '../support/postgres.ts'
import { ask, aTown, order, outcome, storeAt, withWork } from '../support/store.ts'
import { aRun } from '../support/town-rows.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
const secret = 'the secret of this test'
const woken: string[] = []
const door = runnerDoor({
  store,
  github: {
    gitAccess: async () => ({ cloneUrl: 'https://example.com/x.git', token: 'ghs_x', expiresAt: 5 }),
  },
  secret,
  clock: { now: Date.now },
  pace: PACE,
  wakeTown: async townId => void woken.push(townId),
  agentFor: () => 'scripted',
  pollMs: 50,
  idleMs: 1000,
  silenceMs: 1000,
  log: quietLog,
})
const server = await listen({ '/runner/': door }, '127.0.0.1', 0, quietLog)
afterAll(async () => {
  await server.close()
  await store.close()
  await database.drop()
})

async function post(path: string, token: string, message: object) {
  const headers = { authorization: `Bearer ${token}`, connection: 'close' }
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(message),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

test('a run goes through the door from its order to its end, and is then nobody’s any more', async () => {
  const townId = await aTown(store, town => {
    withWork(town)
    town.runs.put(aRun({ leaseUntil: Number.MAX_SAFE_INTEGER }))
  })
  await ask(store, townId, 0, [order('b1.r1', Number.MAX_SAFE_INTEGER)])
  const me = { host: 'here', pid: 1, agents: [] }
  const once = tokensFrom(secret).once(townId, Date.now())
  const { token, machine } = Registered.parse((await post('/runner/register', once, me)).body)
  expect((await post('/runner/register', once, me)).body).toMatchObject({ machine, token })
  expect((await post('/runner/register', once, { ...me, pid: 2 })).status).toBe(401)

  const [mine] = Claimed.parse((await post('/runner/claim', token, { free: 2 })).body).orders
  expect(mine).toMatchObject({ run: 'b1.r1', rig: { id: 'r1', owner: 'acme', name: 'shop' } })
  const say = (what: string, message: object) =>
    post(`/runner/runs/b1.r1/${what}`, mine?.token ?? '', message)
  expect((await say('access', {})).body).toMatchObject({ gitToken: 'ghs_x' })
  for (const message of [{ report: 'started' }, { report: 'started' }])
    expect((await say('report', message)).status).toBe(204)
  expect((await say('beat', { phase: 'working' })).status).toBe(204)
  const failed = { report: 'failed', why: 'No.', log: 'a\u0000b', sha: null }
  expect((await say('report', failed)).status).toBe(204)

  const facts: Fact[] = []
  await store.inTown(townId, Date.now(), (town, news) => {
    facts.push(...news.map(({ fact }) => fact))
    return outcome(town, fork => fork.runs.put(aRun({ state: 'failed', endedAt: 1 })))
  })
  expect(facts).toEqual([
    { type: 'RunStarted', runId: 'b1.r1', machine },
    { type: 'RunBeat', runId: 'b1.r1' },
    { type: 'RunFailed', runId: 'b1.r1', why: 'No.', log: 'a\ufffdb', sha: null },
  ])
  expect(woken).toEqual([townId, townId, townId])
  expect((await say('report', failed)).status).toBe(204)
  expect((await say('beat', { phase: 'working' })).status).toBe(410)
  expect((await say('report', { report: 'done', sha: 'a'.repeat(40), changed: true })).status).toBe(410)
})
