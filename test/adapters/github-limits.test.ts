import nock from 'nock'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Memory, memory, open } from '../support/github.ts'
import { listeningLog } from '../support/log.ts'

/** What GitHub says when it will not or cannot answer, and what is made of it. */

const API = 'https://api.github.test'
const TOWN = '77'
const REPO = '/repos/acme/x'
let kept: Memory
let us: Awaited<ReturnType<typeof open>>
const log = listeningLog()

beforeAll(() => nock.disableNetConnect())
afterAll(() => {
  nock.enableNetConnect()
  nock.restore()
})
beforeEach(async () => {
  kept = memory()
  kept.rigs.set('7', { owner: 'acme', name: 'x', defaultBranch: 'main', configSha: null })
  nock(API).get('/app').reply(200, { id: 4242, slug: 'townhall' })
  nock(API).post('/app/installations/77/access_tokens').reply(201, tokenOf('one'))
  us = await open(API, kept, { log })
})
afterEach(() => {
  nock.cleanAll()
  log.said.length = 0
})

const tokenOf = (name: string) => ({
  token: `ghs_${name}`,
  expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  permissions: { contents: 'write' },
  repository_selection: 'all',
})

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
    await expect(look()).rejects.toMatchObject({ name: 'Refused', status: 404 })
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

describe('merging', () => {
  const effect = {
    do: 'MergePull',
    rigId: '7',
    pullId: 'p',
    number: 3,
    headSha: 'h',
    base: 'main',
    baseSha: 'b',
    title: 'Work',
    refs: ['acme/x#1'],
  } as const
  const base = () =>
    nock(API)
      .get(`${REPO}/git/ref/heads%2Fmain`)
      .reply(200, { object: { sha: 'b' } })
  const merge = () =>
    nock(API).put(`${REPO}/pulls/3/merge`, {
      sha: 'h',
      merge_method: 'merge',
      commit_title: 'Work (#3)',
      commit_message: 'Bead: acme/x#1',
    })
  const pull = (more: object) =>
    nock(API)
      .get(`${REPO}/pulls/3`)
      .reply(200, {
        number: 3,
        state: 'open',
        merged: false,
        merged_at: null,
        merge_commit_sha: null,
        head: { sha: 'h' },
        mergeable: true,
        ...more,
      })

  test.each([
    [405, 'Required status check "ci" is expected.', { mergeable: true }, 'not-allowed'],
    [405, 'Pull Request is not mergeable', { mergeable: false }, 'conflict'],
    [
      403,
      'Refusing to allow a GitHub App to update workflow `ci.yml` without `workflows` permission',
      {},
      'not-allowed',
    ],
  ])('%i %s', async (status, message, more, reason) => {
    base()
    merge().reply(status, { message })
    pull(more)
    expect(await us.perform(TOWN, effect, 0)).toEqual([
      { type: 'MergeRefused', pullId: 'p', reason, detail: message },
    ])
  })

  test.each([
    [409, 'Head branch was modified. Review and try the merge again.', 'head-moved'],
    [405, 'Base branch was modified. Review and try the merge again.', 'base-moved'],
  ])('%i %s', async (status, message, reason) => {
    base()
    merge().reply(status, { message })
    expect(await us.perform(TOWN, effect, 0)).toMatchObject([{ reason }])
  })

  test('a limit in the middle is no answer about the pull, and neither is "not known yet"', async () => {
    base()
    merge().reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '9' })
    await expect(us.perform(TOWN, effect, 0)).rejects.toMatchObject({
      name: 'Unreachable',
      retryAfterMs: 9_000,
    })
    base()
    merge().reply(405, { message: 'Pull Request is not mergeable' })
    pull({ mergeable: null })
    await expect(us.perform(TOWN, effect, 0)).rejects.toMatchObject({
      name: 'Unreachable',
      retryAfterMs: 2_000,
    })
  })

  test('one that a person closed meanwhile is seen as closed', async () => {
    base()
    merge().reply(405, { message: 'Pull Request is not open' })
    pull({ state: 'closed' })
    expect(await us.perform(TOWN, effect, 0)).toMatchObject([
      { type: 'PullSeen', state: 'closed', merged: false, mergeSha: null },
    ])
  })
})

describe('long lists', () => {
  const page = (path: string, at: number, body: unknown, more: boolean, query: Record<string, string> = {}) =>
    nock(API)
      .get(path)
      .query(
        it =>
          Object.entries(query).every(([key, value]) => it[key] === value) && (it.page ?? '1') === String(at),
      )
      .reply(200, body as nock.Body, more ? { link: `<${API}${path}?page=${at + 1}>; rel="next"` } : {})

  test('a marker is looked for on every page, and only what we wrote counts', async () => {
    const mark = 'x <!-- townhall:reply:9 -->'
    const comments = `${REPO}/issues/3/comments`
    page(comments, 1, [{ body: mark, user: { login: 'mallory' } }], true)
    page(comments, 2, [{ body: mark, user: { login: 'townhall[bot]' }, node_id: 'n' }], false)
    const effect = { do: 'Reply', rigId: '7', number: 3, commentId: '9', says: [{ say: 'help' }] } as const
    expect(await us.perform(TOWN, effect, 1)).toEqual([])
    expect(nock.pendingMocks()).toEqual([])
  })

  test('every installation is a town', async () => {
    page('/app/installations', 1, [{ id: 1 }, { id: 2 }], true)
    page('/app/installations', 2, [{ id: 3 }], false)
    expect(await us.towns()).toEqual(['1', '2', '3'])
  })

  test('a tree longer than a page, and what the App may not see in it', async () => {
    const issue = (n: number, more: object = {}) => ({
      id: `I_${n}`,
      fullDatabaseId: String(5_000_000_000 + n),
      number: n,
      title: `Issue ${n}`,
      body: '',
      state: 'OPEN',
      stateReason: null,
      repository: { databaseId: 7, nameWithOwner: 'acme/x' },
      subIssuesSummary: { total: 0 },
      issueDependenciesSummary: { blockedBy: 0, totalBlockedBy: 0 },
      blockedBy: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
      ...more,
    })
    const pages = (nodes: (object | null)[], endCursor: string | null) => ({
      nodes,
      pageInfo: { hasNextPage: endCursor !== null, endCursor },
    })
    const blocker = {
      fullDatabaseId: '42',
      number: 42,
      state: 'CLOSED',
      stateReason: 'COMPLETED',
      repository: { nameWithOwner: 'acme/y' },
    }
    const root = issue(1, {
      subIssuesSummary: { total: 4 },
      subIssues: pages(
        [
          issue(2, {
            blockedBy: pages([blocker], 'more'),
            issueDependenciesSummary: { blockedBy: 2, totalBlockedBy: 3 },
          }),
          null,
        ],
        'next',
      ),
    })
    const ask = (variables: object, data: object, errors?: object[]) =>
      nock(API)
        .post('/graphql', body =>
          Object.entries(variables).every(([key, value]) => body.variables[key] === value),
        )
        .reply(200, { data, ...(errors ? { errors } : {}) })
    ask({ number: 1 }, { repository: { issue: root } }, [
      {
        type: 'NOT_FOUND',
        path: ['repository', 'issue', 'subIssues', 'nodes', 1],
        message: 'Could not resolve',
      },
    ])
    ask(
      { id: 'I_2', after: 'more' },
      {
        node: {
          blockedBy: pages(
            [{ ...blocker, fullDatabaseId: '43', number: 43, state: 'OPEN', stateReason: null }],
            null,
          ),
        },
      },
    )
    ask({ id: 'I_1', after: 'next' }, { node: { subIssues: pages([issue(3)], null) } })
    const [fact] = await us.perform(TOWN, { do: 'LookAtTree', rigId: '7', convoyId: 'c', number: 1 }, 0)
    if (fact?.type !== 'TreeSeen') throw new Error('no tree')
    expect(fact.tree.issues.map(it => it.id)).toEqual(['5000000001', '5000000002', '5000000003'])
    // One came as null, one was left out without a word.
    expect(fact.tree.unreadable).toEqual(['2 under acme/x#1'])
    expect(fact.tree.issues[1]!.blockedBy.map(it => [it.id, it.state])).toEqual([
      ['42', 'completed'],
      ['43', 'open'],
      ['unseen:5000000002:1', 'unseen'],
    ])
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
