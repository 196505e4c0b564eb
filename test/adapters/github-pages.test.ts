import nock from 'nock'
import { describe, expect, test } from 'vitest'
import { API, REPO, TOWN, us, withAnswers } from '../support/github-answers.ts'

/** Lists that are longer than a page. */

withAnswers()

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
    ask({ number0: 1 }, { root0: { issue: root } }, [
      {
        type: 'NOT_FOUND',
        path: ['root0', 'issue', 'subIssues', 'nodes', 1],
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
