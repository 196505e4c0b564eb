import nock from 'nock'
import { describe, expect, test, vi } from 'vitest'
import { memory, open } from '../support/github.ts'
import { API, kept, log, REPO, TOWN, tokenOf, us, withAnswers } from '../support/github-answers.ts'

/** What GitHub says when it will not or cannot answer, and what is made of it. */

withAnswers()

const react = (attempt = 0) =>
  us.perform(TOWN, { do: 'React', rigId: '7', commentId: '5', content: 'eyes' }, attempt)
const reacting = () => nock(API).post(`${REPO}/issues/comments/5/reactions`)

describe('cannot be asked now', () => {
  test('a limit says how long to wait, and it is asked once only', async () => {
    const limited = reacting().reply(
      403,
      { message: 'You have exceeded a secondary rate limit' },
      { 'retry-after': '42' },
    )
    await expect(react()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 42_000 })
    expect(limited.isDone()).toBe(true)
    reacting().reply(429, { message: 'slow down' })
    await expect(react()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 60_000 })
    reacting().reply(403, { message: 'You have exceeded a secondary rate limit. Please wait.' })
    await expect(react()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 60_000 })
  })

  test('a spent quota waits for its reset', async () => {
    const reset = Math.floor(Date.now() / 1000) + 600
    reacting().reply(
      403,
      { message: 'API rate limit exceeded' },
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
    )
    const error = await react().catch(it => it)
    expect(error.name).toBe('Unreachable')
    expect(error.retryAfterMs).toBeGreaterThan(590_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(600_000)
  })

  test('5xx and a broken line say nothing about the thing, and nothing is sent twice behind our back', async () => {
    for (const status of [500, 502, 503]) {
      const once = reacting().reply(status, { message: 'oops' })
      await expect(react()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: null })
      expect(once.isDone()).toBe(true)
    }
    reacting().replyWithError('socket hang up')
    await expect(react()).rejects.toMatchObject({ name: 'Unreachable' })
    reacting().reply(201, '{"id": 1, "con', { 'content-type': 'application/json' })
    await expect(react()).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('broke off'),
    })
  })

  test('GraphQL says it in an answer of 200', async () => {
    const look = () => us.perform(TOWN, { do: 'LookAtTree', rigId: '7', convoyId: 'c', number: 1 }, 0)
    const reset = String(Math.floor(Date.now() / 1000) + 100)
    nock(API)
      .post('/graphql')
      .reply(
        200,
        { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] },
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      )
    const limited = await look().catch(it => it)
    expect(limited).toMatchObject({ name: 'Unreachable' })
    expect(limited.retryAfterMs).toBeGreaterThan(90_000)
    nock(API)
      .post('/graphql')
      .reply(
        200,
        { errors: [{ message: 'You have exceeded a secondary rate limit.' }] },
        { 'retry-after': '75' },
      )
    await expect(look()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 75_000 })
    nock(API)
      .post('/graphql')
      .reply(200, { errors: [{ type: 'UNPROCESSABLE', message: 'was submitted too quickly' }] })
    await expect(look()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 60_000 })
    nock(API)
      .post('/graphql')
      .reply(
        403,
        { message: 'You have exceeded a secondary rate limit.' },
        { 'x-ratelimit-remaining': '4000' },
      )
    await expect(look()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 60_000 })
    nock(API)
      .post('/graphql')
      .reply(200, { data: null, errors: [{ message: 'Something went wrong while executing your query' }] })
    await expect(look()).rejects.toMatchObject({ name: 'Unreachable' })
    nock(API)
      .post('/graphql')
      .reply(200, {
        data: { repository: { issue: null } },
        errors: [
          { type: 'NOT_FOUND', path: ['repository', 'issue'], message: 'Could not resolve to an Issue' },
        ],
      })
    nock(API).get(`${REPO}/issues/1`).reply(404, { message: 'Not Found' })
    await expect(look()).rejects.toMatchObject({ name: 'Refused', status: 404 })
  })

  test('a part of a plan that GitHub finds too quick waits as long as it asks, and at least a minute', async () => {
    const end = { issueId: '1', rigId: '7', number: 1 }
    const edges = [2, 3].map(n => ({ blocked: { issueId: `${n}`, rigId: '7', number: n }, blocker: end }))
    const link = () =>
      us.perform(
        TOWN,
        { do: 'PublishLinks', convoyId: 'c', key: 'k', root: end, nths: [1], places: [], edges },
        0,
      )
    const node = (n: number) => ({ id: `I_${n}`, fullDatabaseId: String(n) })
    const found = { r0: { id: 'R_7', i1: node(1), i2: node(2), i3: node(3) } }
    nock(API).post('/graphql', /query/).reply(200, { data: found })
    const partly = {
      data: { m0: { issue: { id: 'I_2' } }, m1: null },
      errors: [{ path: ['m1'], message: 'was submitted too quickly' }],
    }
    nock(API)
      .post('/graphql', /mutation/)
      .reply(200, partly)
    await expect(link()).rejects.toMatchObject({
      name: 'Unreachable',
      retryAfterMs: 60_000,
      message: 'acme/x#3 cannot wait for acme/x#1: GraphQL: was submitted too quickly',
    })
    nock(API)
      .post('/graphql', /mutation/)
      .reply(200, partly, { 'retry-after': '240' })
    await expect(link()).rejects.toMatchObject({ retryAfterMs: 240_000 })
    nock(API)
      .post('/graphql', /mutation/)
      .reply(429, { message: 'slow down' }, { 'retry-after': '30' })
    await expect(link()).rejects.toMatchObject({ retryAfterMs: 30_000 })
  })

  test('a token that is no longer taken is renewed once', async () => {
    reacting().matchHeader('authorization', 'token ghs_one').reply(201, { id: 1 })
    await react()
    // Older than the five seconds in which a new token may not be known everywhere yet.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      reacting().matchHeader('authorization', 'token ghs_one').reply(401, { message: 'Bad credentials' })
      nock(API).post('/app/installations/77/access_tokens').reply(201, tokenOf('two'))
      const renewed = reacting().matchHeader('authorization', 'token ghs_two').reply(201, { id: 1 })
      await react()
      expect(renewed.isDone()).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('refused', () => {
  test('a missing permission is said, and which one would do is logged', async () => {
    reacting().reply(
      403,
      { message: 'Resource not accessible by integration' },
      { 'x-accepted-github-permissions': 'issues=write', 'x-ratelimit-remaining': '4000' },
    )
    await expect(react()).rejects.toMatchObject({
      name: 'Refused',
      status: 403,
      message: expect.stringContaining('not accessible'),
    })
    expect(log.said).toMatchObject([{ level: 'warn', fields: { accepted: 'issues=write' } }])
  })

  test('gone, invalid, and a repository that the town does not have', async () => {
    nock(API).post(`${REPO}/issues/3/comments`).reply(410, { message: 'This issue was deleted' })
    const say = () =>
      us.perform(TOWN, { do: 'Comment', rigId: '7', number: 3, key: 'k', say: { say: 'help' } }, 0)
    await expect(say()).rejects.toMatchObject({ name: 'Refused', status: 410 })
    nock(API)
      .post(`${REPO}/issues/3/comments`)
      .reply(422, { message: 'Validation Failed', errors: [{ field: 'body', code: 'too_long' }] })
    await expect(say()).rejects.toMatchObject({
      name: 'Refused',
      status: 422,
      message: expect.stringContaining('body too_long'),
    })
    kept.rigs.clear()
    await expect(say()).rejects.toMatchObject({ name: 'Refused', status: 404 })
  })

  test('a comment that is no more is nothing to look at, and nothing to nod to', async () => {
    nock(API).get(`${REPO}/issues/comments/5`).reply(404, { message: 'Not Found' })
    expect(await us.look(TOWN, { look: 'comment', rigId: '7', commentId: '5' })).toEqual([])
    reacting().reply(404, { message: 'Not Found' })
    expect(await react()).toEqual([])
  })
})

describe('when we start', () => {
  test('a key that GitHub does not take fails at once', async () => {
    nock(API).get('/app').reply(401, { message: 'A JSON web token could not be decoded' })
    await expect(open(API, memory(), { log })).rejects.toThrow("GitHub does not take the App's key")
  })

  test('a GitHub that is down does not keep us from starting', async () => {
    nock(API).get('/app').reply(503, { message: 'down' })
    const early = await open(API, kept, { log })
    expect(
      early.hints({ id: 'g', event: 'installation', action: 'created', townId: '1', payload: {} }),
    ).toHaveLength(1)
    nock(API).get('/app').reply(200, { id: 4242, slug: 'townhall' })
    nock(API).post('/app/installations/77/access_tokens').reply(201, tokenOf('one'))
    reacting().matchHeader('x-github-api-version', '2022-11-28').reply(200, { id: 1 })
    expect(
      await early.perform(TOWN, { do: 'React', rigId: '7', commentId: '5', content: 'eyes' }, 0),
    ).toEqual([])
  })
})
