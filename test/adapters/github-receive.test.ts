import { createHmac, randomUUID } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openGitHub } from '../../src/github/app.ts'
import { webhookListener } from '../../src/github/receive-http.ts'
import type { Arrival } from '../../src/ports.ts'
import { KEYS, memory, open, WEBHOOK_SECRET } from '../support/github.ts'
import { listeningLog } from '../support/log.ts'

/** Deliveries over real HTTP, good and bad ones. */

const MAX_BYTES = 100_000
const log = listeningLog()
const stored: Arrival[] = []
let storing: () => Promise<void>
let server: Server
let url: string

beforeAll(async () => {
  // Receiving must not wait for a GitHub that can be asked.
  const fetch = () => Promise.reject(new TypeError('no network'))
  const { probot } = await open('http://127.0.0.1:9', memory(), { fetch })
  const keep = (arrival: Arrival) => storing().then(() => stored.push(arrival))
  server = createServer(
    await webhookListener({ probot, secret: WEBHOOK_SECRET, keep, maxBytes: MAX_BYTES, log }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`
})
afterAll(() => void server.close())
beforeEach(() => {
  stored.length = 0
  log.said.length = 0
  storing = async () => {}
})

const sign = (body: string | Buffer, secret = WEBHOOK_SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** Sends a delivery; `headers` replace the good ones, undefined takes one away. */
async function deliver(body: string, headers: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': 'guid-1',
    'x-hub-signature-256': sign(body),
    ...headers,
  }
  const sent = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  const answer = await fetch(url, { method: 'POST', headers: sent, body })
  return { status: answer.status, text: await answer.text() }
}

const SECRET_WORD = 'xyzzy-in-the-payload'
const payload = JSON.stringify({
  action: 'closed',
  installation: { id: 77 },
  title: `${SECRET_WORD} ünïcode`,
})

test('a good delivery is stored as it came, and answered', async () => {
  expect((await deliver(payload)).status).toBe(200)
  expect(stored).toEqual([{ id: 'guid-1', event: 'issues', action: 'closed', townId: '77', payload }])
  await deliver('{"zen":"x"}', { 'x-github-event': 'ping', 'x-github-delivery': 'guid-2' })
  expect(stored[1]).toMatchObject({ event: 'ping', action: null, townId: null })
})

test('an event that nobody knows is stored too', async () => {
  expect((await deliver(payload, { 'x-github-event': 'brand_new' })).status).toBe(200)
  expect(stored).toHaveLength(1)
})

test.each<[string, string, Record<string, string | undefined>, number]>([
  ['forged', payload, { 'x-hub-signature-256': sign(payload, 'another secret') }, 401],
  [
    'signed with what Probot falls back to',
    payload,
    { 'x-hub-signature-256': sign(payload, 'development') },
    401,
  ],
  ['signed for another body', payload, { 'x-hub-signature-256': sign(`${payload} `) }, 401],
  ['signed with nonsense', payload, { 'x-hub-signature-256': 'sha256=ü' }, 401],
  ['unsigned', payload, { 'x-hub-signature-256': undefined }, 401],
  [
    'signed with the old algorithm only',
    payload,
    { 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=0' },
    401,
  ],
  ['without an event', payload, { 'x-github-event': undefined }, 400],
  ['without an id', payload, { 'x-github-delivery': undefined }, 400],
  ['a form', payload, { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['broken JSON', '{"action":', {}, 400],
  ['no object', '[1]', {}, 400],
  ['null', 'null', {}, 400],
  ['empty', '', {}, 400],
  ['too big', `{"x":"${'y'.repeat(MAX_BYTES)}"}`, {}, 413],
])('%s: turned down, nothing stored, nothing of it logged', async (_name, body, headers, status) => {
  expect((await deliver(body, headers)).status).toBe(status)
  expect(stored).toEqual([])
  expect(log.said).toHaveLength(1)
  expect(JSON.stringify(log.said)).not.toContain(SECRET_WORD)
  expect(JSON.stringify(log.said).length).toBeLessThan(300)
})

test('a body that does not say how long it is, is cut off at the cap', async () => {
  const status = await new Promise<number>((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'x',
      'x-github-delivery': 'y',
      'x-hub-signature-256': 'z',
    }
    const sending = request(url, { method: 'POST', headers }, answer => {
      clearInterval(flow)
      answer.resume()
      resolve(answer.statusCode!)
      sending.destroy()
    })
    sending.on('error', reject)
    // It would go on for ever.
    const flow = setInterval(() => sending.write('y'.repeat(20_000)), 5)
  })
  expect(status).toBe(413)
  expect(stored).toEqual([])
})

test('a delivery that cannot be stored fails, so that it can be sent again; the reason stays with us', async () => {
  storing = () => Promise.reject(new Error('connect ECONNREFUSED db:5432'))
  const { status, text } = await deliver(payload)
  expect(status).toBe(500)
  expect(text).not.toContain('ECONNREFUSED')
  expect(log.said).toMatchObject([
    { level: 'error', fields: { error: expect.stringContaining('ECONNREFUSED') } },
  ])
  expect(JSON.stringify(log.said)).not.toContain(SECRET_WORD)
  storing = async () => {}
  expect((await deliver(payload)).status).toBe(200)
})

test('many at once are each stored once', async () => {
  const ids = Array.from({ length: 200 }, () => randomUUID())
  const answers = await Promise.all(ids.map(id => deliver(payload, { 'x-github-delivery': id })))
  expect(new Set(answers.map(it => it.status))).toEqual(new Set([200]))
  expect(stored.map(it => it.id).sort()).toEqual([...ids].sort())
})

test.each(['', 'development'])('the secret %j is no secret', async webhookSecret => {
  const { mirror, directory, allowance } = memory()
  const opening = openGitHub({
    appId: 1,
    privateKey: KEYS.privateKey,
    webhookSecret,
    apiUrl: 'http://127.0.0.1:9',
    gitUrl: '',
    mirror,
    directory,
    allowance,
    log,
  })
  await expect(opening).rejects.toThrow('the webhook secret must be set')
})
