import { describe, expect, test } from 'vitest'
import { Claimed, Registered } from '../../src/agents/protocol.ts'
import { tokensFrom } from '../../src/agents/tokens.ts'
import { Refused, Unreachable } from '../../src/ports.ts'
import { listeningLog } from '../support/log.ts'
import { type DoorOptions, type OpenDoor, openDoor, SECRET, townOnPaper } from './runner-town.ts'

const ME = { host: 'here', pid: 1, agents: ['scripted'] }
const DONE = { report: 'done', sha: 'a'.repeat(40), changed: true }

async function post(door: OpenDoor, path: string, token: string, message: unknown, method = 'POST') {
  const response = await fetch(`${door.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === 'POST' && { body: typeof message === 'string' ? message : JSON.stringify(message) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

async function register(door: OpenDoor): Promise<string> {
  return Registered.parse((await post(door, '/runner/register', door.once(), ME)).body).token
}

/** A door with one run that was claimed. */
async function claimed(options: DoorOptions = {}) {
  const town = townOnPaper()
  const door = await openDoor(town, options)
  town.order()
  const { body } = await post(door, '/runner/claim', await register(door), { free: 1 })
  const [order] = Claimed.parse(body).orders
  const say = (what: string, message: unknown, token = order?.token ?? '') =>
    post(door, `/runner/runs/r1/${what}`, token, message)
  return { town, door, order, say, [Symbol.asyncDispose]: () => door.close() }
}

describe('a machine at the door', () => {
  test('registers with a one-time token, and again only when it is the same one', async () => {
    const town = townOnPaper()
    await using door = await openDoor(town)
    const once = door.once()
    const first = await post(door, '/runner/register', once, ME)
    expect(first).toMatchObject({ status: 200, body: { machine: 'm1', pollMs: 50, idleMs: 60_000 } })
    expect(await post(door, '/runner/register', once, ME)).toEqual(first)
    expect(await post(door, '/runner/register', once, { ...ME, pid: 2 })).toEqual({
      status: 401,
      body: { message: 'This one-time token has been used by another machine.' },
    })
    expect(town.machines).toHaveLength(1)
    expect(JSON.stringify(town.machines)).not.toContain(first.body.token)
  })

  test('is too late with a one-time token after ten minutes', async () => {
    let now = 1_000_000
    await using door = await openDoor(townOnPaper(), { now: () => now })
    const once = door.once()
    now += 10 * 60_000 + 1
    expect(await post(door, '/runner/register', once, ME)).toMatchObject({ status: 401 })
  })

  test('gets as many orders as it has places, with all that the protocol can carry of them', async () => {
    const town = townOnPaper()
    await using door = await openDoor(town)
    const token = await register(door)
    expect((await post(door, '/runner/claim', token, { free: 2 })).body).toEqual({ orders: [] })
    const long = { kind: 'gate' as const, text: 'x'.repeat(50_000), files: ['a'] }
    for (const runId of ['r1', 'r2', 'r3']) town.order({ runId, feedback: long })
    expect((await post(door, '/runner/claim', token, { free: 0 })).body).toEqual({ orders: [] })
    const { orders } = Claimed.parse((await post(door, '/runner/claim', token, { free: 2 })).body)
    expect(orders.map(({ run }) => run)).toEqual(['r1', 'r2'])
    expect(orders[0]).toMatchObject({
      rig: { id: '7', owner: 'acme', name: 'demo' },
      agent: 'scripted',
      beatMs: 100,
      silenceMs: 5000,
      feedback: { text: 'x'.repeat(20_000) },
    })
    expect(JSON.stringify(orders)).not.toContain('ghs_x')
  })

  test('is not troubled with an order that cannot be carried: that is a fact about the run', async () => {
    const town = townOnPaper()
    await using door = await openDoor(town)
    const gates = Array.from({ length: 51 }, (_, n) => ({ name: `gate ${n}`, run: 'true', timeoutMs: 1 }))
    town.order({ runId: 'r1', branch: 'x'.repeat(300) })
    town.order({ runId: 'r2', kind: 'gate', gates })
    town.order({ runId: 'r3' })
    const { body } = await post(door, '/runner/claim', await register(door), { free: 4 })
    expect(Claimed.parse(body).orders.map(({ run }) => run)).toEqual(['r3'])
    expect(town.facts).toMatchObject([
      { type: 'RunFailed', runId: 'r1', why: expect.stringContaining('branch') },
      { type: 'GateReported', runId: 'r2', outcome: 'unable', why: expect.stringContaining('gates') },
    ])
  })

  test('gets the orders that were claimed for it, though the next one could not be', async () => {
    const town = townOnPaper()
    const claim = town.store.claimOrder
    let asked = 0
    town.store.claimOrder = async (...args) => {
      asked += 1
      if (asked > 1) throw new Error('the database is away')
      return claim(...args)
    }
    await using door = await openDoor(town)
    town.order()
    const { body } = await post(door, '/runner/claim', await register(door), { free: 4 })
    expect(Claimed.parse(body).orders).toHaveLength(1)
    expect(await post(door, '/runner/claim', await register(door), { free: 4 })).toEqual({
      status: 500,
      body: { message: 'Townhall could not do that now.' },
    })
  })

  test('is turned away with a token that is not its own, and the town is not touched', async () => {
    const town = townOnPaper()
    await using door = await openDoor(town)
    const token = await register(door)
    const tokens = tokensFrom(SECRET)
    const strangers = [
      '',
      'nonsense',
      `${token}x`,
      token.replace('machine.', 'once.'),
      door.once(),
      tokens.run({ townId: '42', runId: 'r1', rigId: '7', machine: 'm1' }),
      tokens.redeem(door.once(), 0)?.machineToken ?? '',
      tokensFrom('another secret').redeem(tokensFrom('another secret').once('42', 0), 0)?.machineToken ?? '',
    ]
    town.order()
    for (const stranger of strangers)
      expect([stranger, (await post(door, '/runner/claim', stranger, { free: 1 })).status]).toEqual([
        stranger,
        401,
      ])
    expect(Claimed.parse((await post(door, '/runner/claim', token, { free: 1 })).body).orders).toHaveLength(1)
  })
})

describe('a run at the door', () => {
  test('its reports become facts, each of them once', async () => {
    await using run = await claimed()
    for (const message of [{ report: 'started' }, { report: 'started' }, DONE, DONE])
      expect((await run.say('report', message)).status).toBe(204)
    expect(run.town.facts).toEqual([
      { type: 'RunStarted', runId: 'r1', machine: 'm1' },
      { type: 'RunDone', runId: 'r1', sha: 'a'.repeat(40), changed: true },
    ])
    expect(run.door.woken).toEqual(['42', '42'])
  })

  test.each([
    [
      { report: 'failed', why: 'No.', log: 'l\0o\ud800g', sha: null },
      { type: 'RunFailed', log: 'l\ufffdo\ufffdg' },
    ],
    [
      { report: 'asked', question: 'Which?', sha: 'b'.repeat(40), checkpoint: '1' },
      { type: 'RunAsked', question: 'Which?', sha: 'b'.repeat(40), checkpoint: '1' },
    ],
    [
      { report: 'released', sha: 'c'.repeat(40) },
      { type: 'RunReleased', sha: 'c'.repeat(40) },
    ],
    [
      { report: 'released', sha: null },
      { type: 'RunReleased', sha: null },
    ],
    [
      { report: 'gate', outcome: 'red', baseSha: null, headSha: null, results: [], files: ['a'], why: 'w' },
      { type: 'GateReported', outcome: 'red', files: ['a'], why: 'w' },
    ],
  ])('%j is the fact %j', async (message, fact) => {
    await using run = await claimed()
    expect((await run.say('report', message)).status).toBe(204)
    expect(run.town.facts).toMatchObject([{ ...fact, runId: 'r1' }])
  })

  test('its heartbeats are kept four times per lease at most', async () => {
    let now = 1_000_000
    await using run = await claimed({ now: () => now, leaseMs: 2000 })
    for (let beat = 0; beat < 10; beat++) {
      expect(await run.say('beat', { phase: 'working' })).toEqual({ status: 204, body: undefined })
      now += 200
    }
    expect(run.town.of('RunBeat')).toHaveLength(4)
  })

  test('is told at its next heartbeat, and at any other word, when nobody waits for it any more', async () => {
    await using run = await claimed()
    run.town.end('r1')
    const gone = { status: 410, body: { message: 'Nobody waits for this run any more.' } }
    expect(await run.say('beat', { phase: 'working' })).toEqual(gone)
    expect(await run.say('report', DONE)).toEqual(gone)
    expect(await run.say('access', {})).toEqual(gone)
    expect(run.town.facts).toEqual([])
  })

  test('gets access to its repository and to no other', async () => {
    const asked: string[][] = []
    await using run = await claimed({
      gitAccess: async (...which) => {
        asked.push(which)
        return { cloneUrl: 'https://example.com/acme/demo.git', token: 'ghs_x', expiresAt: 5 }
      },
    })
    expect(await run.say('access', {})).toEqual({
      status: 200,
      body: { cloneUrl: 'https://example.com/acme/demo.git', gitToken: 'ghs_x', expiresAt: 5 },
    })
    expect(asked).toEqual([['42', '7']])
  })

  test('waits for access while GitHub cannot be asked, and is told when GitHub refuses', async () => {
    const refusals = [new Unreachable('GitHub is away.'), new Refused('The repository is gone.', 404)]
    await using run = await claimed({
      gitAccess: async () => {
        throw refusals.shift()
      },
    })
    expect(await run.say('access', {})).toEqual({ status: 503, body: { message: 'GitHub is away.' } })
    expect(await run.say('access', {})).toEqual({ status: 403, body: { message: 'The repository is gone.' } })
  })

  test('cannot speak for another run', async () => {
    await using run = await claimed()
    run.town.order({ runId: 'r2' })
    const path = '/runner/runs/r2/report'
    expect((await post(run.door, path, run.order?.token ?? '', DONE)).status).toBe(401)
    expect((await run.say('report', DONE, 'nonsense')).status).toBe(401)
    expect(run.town.facts).toEqual([])
  })
})

describe('nonsense at the door', () => {
  test.each([
    ['no JSON', 'report', 'nonsense', 400, /^The body is not JSON\.$/],
    ['nothing', 'report', '', 400, /^The body is not JSON\.$/],
    ['an unknown report', 'report', { report: 'dunno' }, 400, /^The message cannot be used: /],
    ['a sha that is none', 'report', { ...DONE, sha: 'HEAD' }, 400, /sha/],
    [
      'a log without end',
      'report',
      { report: 'failed', why: '', log: 'x'.repeat(5000), sha: null },
      400,
      /log/,
    ],
    ['more than a megabyte', 'report', 'x'.repeat(1_100_000), 413, /1 MB/],
    ['an unknown phase', 'beat', { phase: 'sleeping' }, 400, /phase/],
  ])('%s is refused with a sentence and changes nothing', async (_, what, message, status, sentence) => {
    await using run = await claimed()
    const answer = await run.say(what, message)
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(sentence) } })
    expect(run.town.facts).toEqual([])
    expect((await run.say('report', DONE)).status).toBe(204)
  })

  test.each([
    ['/runner', 'POST', 404],
    ['/runner/runs/r1/other', 'POST', 404],
    ['/runner/claim', 'GET', 405],
    ['/runner/runs/%E0%A4%A/beat', 'POST', 400],
  ])('%s by %s is %d', async (path, method, status) => {
    await using door = await openDoor(townOnPaper())
    expect((await post(door, path, '', {}, method)).status).toBe(status)
  })

  test('is logged without any token', async () => {
    const log = listeningLog()
    await using run = await claimed({ log })
    await run.say('report', { report: 'dunno' })
    await run.say('report', DONE, 'nonsense')
    expect(log.said.map(({ message }) => message)).toEqual(['A runner was refused', 'A runner was refused'])
    expect(JSON.stringify(log.said)).not.toContain(run.order?.token)
  })
})
