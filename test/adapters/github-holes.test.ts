import nock from 'nock'
import { describe, expect, test } from 'vitest'
import { API, kept, REPO, TOWN, us, withAnswers } from '../support/github-answers.ts'

/** Answers with holes: what went away while it was read, what the App may not see, and errors that say nothing. */

withAnswers()

const issueNode = (number: number, children: number, more: object = {}) => ({
  id: `node${number}`,
  fullDatabaseId: String(1000 + number),
  number,
  title: `Issue ${number}`,
  body: '',
  state: 'OPEN',
  stateReason: null,
  repository: { databaseId: 7, nameWithOwner: 'acme/x' },
  subIssuesSummary: { total: children },
  labels: { nodes: [] },
  issueDependenciesSummary: { blockedBy: 0, totalBlockedBy: 0 },
  blockedBy: page(),
  ...more,
})
const page = (...nodes: (object | null)[]) => ({ nodes, pageInfo: { hasNextPage: false, endCursor: null } })
const notFound = { type: 'NOT_FOUND', message: 'Could not resolve to a node' }
const answers = (data: object, ...errors: object[]) =>
  nock(API)
    .post('/graphql')
    .reply(200, { data, ...(errors.length > 0 ? { errors } : {}) })
const root = (node: object | null) => ({ root0: { issue: node } })

const tree = async () => {
  const [fact] = await us.perform(TOWN, { do: 'LookAtTree', rigId: '7', convoyId: 'c1', number: 1 }, 0)
  if (fact?.type !== 'TreeSeen') throw new Error('no tree')
  return fact.tree
}

describe('a tree', () => {
  test('of which a part is deleted while it is read names that part, and keeps the rest', async () => {
    answers(root(issueNode(1, 2, { subIssues: page(issueNode(2, 3), issueNode(3, 1)) })))
    answers(
      { nodes: [null, { ...issueNode(3, 1), subIssues: page(issueNode(4, 0)) }] },
      { ...notFound, path: ['nodes', 0] },
    )
    const seen = await tree()
    expect(seen.issues.map(it => it.number)).toEqual([1, 3, 4])
    expect(seen.unreadable).toEqual(['acme/x#2'])
  })

  test('with children that the App may not see says how many, and where', async () => {
    answers(root(issueNode(1, 3, { subIssues: page(issueNode(2, 0), null) })), {
      type: 'FORBIDDEN',
      message: 'Resource not accessible by integration',
      path: ['root0', 'issue', 'subIssues', 'nodes', 1],
    })
    const seen = await tree()
    expect(seen.issues.map(it => it.number)).toEqual([1, 2])
    expect(seen.unreadable).toEqual(['2 under acme/x#1'])
  })

  test('is not believed when an error beside the holes says nothing about them', async () => {
    answers(
      root(issueNode(1, 2, { subIssues: page(null, null) })),
      { ...notFound, path: ['root0', 'issue', 'subIssues', 'nodes', 0] },
      { message: 'Something went wrong while executing your query.' },
    )
    await expect(tree()).rejects.toMatchObject({ name: 'Unreachable' })
  })

  test('deeper than GitHub nests says what is not read', async () => {
    answers(root(issueNode(1, 1, { subIssues: page(issueNode(2, 1)) })))
    for (let level = 2; level <= 8; level++)
      answers({ nodes: [{ ...issueNode(level, 1), subIssues: page(issueNode(level + 1, 1)) }] })
    expect((await tree()).unreadable).toEqual(['1 under acme/x#9'])
  })

  test('keeps no half of a character and nothing that a database refuses', async () => {
    answers(root(issueNode(1, 0, { title: 'a\ud83db', body: 'c\0d', subIssues: page() })))
    expect((await tree()).root).toMatchObject({ title: 'a\ufffdb', body: 'cd' })
  })
})

describe('an issue that is not in the place where it was', () => {
  const goneFromTree = () => answers({ root0: { issue: null } }, { ...notFound, path: ['root0', 'issue'] })
  const asked = () => nock(API).get(`${REPO}/issues/1`)

  test.each([
    ['deleted', 410, 'This issue was deleted', 'acme/x#1 was deleted, or turned into a discussion.'],
    ['switched off', 410, 'Issues are disabled for this repo', 'Issues are switched off in acme/x.'],
    ['never there', 404, 'Not Found', 'acme/x#1 is not there, or Townhall may not see it.'],
    ['forbidden', 403, 'Resource not accessible by integration', 'acme/x#1 cannot be read'],
  ])('%s: a sentence', async (_name, status, message, sentence) => {
    goneFromTree()
    asked().reply(status, { message })
    await expect(tree()).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringContaining(sentence),
    })
  })

  test('moved out of reach: a sentence too', async () => {
    goneFromTree()
    asked().reply(301, undefined, { location: `${API}/repositories/99/issues/4` })
    nock(API).get('/repositories/99/issues/4').reply(404, { message: 'Not Found' })
    await expect(tree()).rejects.toThrow('acme/x#1 was moved to where Townhall is not installed.')
  })

  test.each([502, 200])('is not given up when GitHub cannot say so (%i)', async status => {
    goneFromTree()
    asked().reply(
      status,
      status === 200
        ? { id: 1001, number: 1, repository_url: `${API}${REPO}`, title: 'x', state: 'open' }
        : {},
    )
    await expect(tree()).rejects.toMatchObject({ name: 'Unreachable' })
  })
})

describe('whose words they are', () => {
  const words = async (worded: object) => {
    answers({
      repository: {
        issue: { title: 't', body: 'b', author: null, editor: null, timelineItems: { nodes: [] }, ...worded },
      },
    })
    const [fact] = await us.perform(TOWN, { do: 'LookAtWords', rigId: '7', beadId: '9', number: 1 }, 0)
    return fact?.type === 'WordsSeen' ? fact.by : null
  }
  const bot = (login: string) => ({ __typename: 'Bot', login })

  test('ours count as let in, and are not asked about', async () => {
    expect(await words({ author: bot('townhall') })).toEqual([
      { login: 'townhall[bot]', permission: 'write' },
    ])
  })

  test('a person who is called like us is not us', async () => {
    nock(API).get(`${REPO}/collaborators/townhall/permission`).reply(404, { message: 'Not Found' })
    expect(await words({ author: { __typename: 'User', login: 'townhall' } })).toEqual([
      { login: 'townhall', permission: 'none' },
    ])
  })

  test('other bots have the right that GitHub gives them, mostly none; a deleted account has none', async () => {
    nock(API)
      .get(`${REPO}/collaborators/renovate%5Bbot%5D/permission`)
      .reply(404, { message: 'renovate[bot] is not a user' })
    const nodes = [{ actor: null }]
    expect(await words({ editor: bot('renovate'), timelineItems: { nodes } })).toEqual([
      { login: 'renovate[bot]', permission: 'none' },
      { login: 'ghost', permission: 'none' },
    ])
  })
})

test('what is remembered of a rig’s labels is forgotten when one of ours was renamed', async () => {
  kept.written.set(`${TOWN} labels:7`, { 'gt:bead': 'LA_1' })
  expect(await us.look(TOWN, { look: 'labels', rigId: '7' })).toEqual([])
  expect(kept.written.get(`${TOWN} labels:7`)).toEqual({})
})
