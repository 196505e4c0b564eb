import { describe, expect, test } from 'vitest'
import type { CommentSeen } from '../../src/core/events.ts'
import {
  as,
  github,
  issue,
  kept,
  loseAnswer,
  openWith,
  requests,
  rig,
  seen,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** What is seen of installations, comments and trees. */

withGitHub()

describe('who and where we are', () => {
  test('the installation comes with every repository and its config', async () => {
    const good = await rig('tries: 5\n')
    const bad = await rig('trys: 5\n')
    const facts = (await us.look(town, { look: 'installation' })).map(news => news.fact)
    expect(seen(facts, 'TownSeen')).toEqual({
      type: 'TownSeen',
      login: 'acme',
      ownerType: 'Organization',
      appSlug: 'townhall',
      suspended: false,
    })
    const rigs = seen(facts, 'RigsSeen')!
    expect(rigs.complete).toBe(true)
    expect(rigs.rigs.find(it => it.id === good.id)).toMatchObject({
      name: good.name,
      defaultBranch: 'main',
      config: { tries: 5, maxPolecats: 4 },
      problem: null,
    })
    const broken = rigs.rigs.find(it => it.id === bad.id)!
    expect(broken.config).toBeNull()
    expect(broken.problem).toContain('`trys`')
    expect(await us.towns()).toEqual([town])
  })

  test('a repository without a commit is a rig with the config that nobody wrote', async () => {
    const name = `empty-${Date.now()}`
    const repo = await as('olivia', 'POST', '/orgs/acme/repos', { name })
    const facts = (await us.look(town, { look: 'rig', rigId: String(repo.id) })).map(news => news.fact)
    expect(seen(facts, 'RigsSeen')!.rigs.find(it => it.name === name)).toMatchObject({
      config: { tries: 3, gates: [] },
      configSha: null,
      problem: null,
    })
  })

  test('a runner gets a token that opens one repository only', async () => {
    const [mine, other] = [await rig(), await rig()]
    const { cloneUrl, token, expiresAt } = await us.gitAccess(town, mine.id)
    expect(cloneUrl).toBe(`${github.git}/acme/${mine.name}.git`)
    expect(expiresAt).toBeGreaterThan(Date.now() + 50 * 60_000)
    const get = (at: string, method = 'GET', body?: object) =>
      fetch(github.api + at, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    expect((await get(`${mine.at}/contents/README.md`)).status).toBe(200)
    expect((await get(`${other.at}/contents/README.md`)).status).toBe(404)
    expect((await get(`${mine.at}/issues`, 'POST', { title: 'x' })).status).toBe(403)
  })
})

describe('comments and trees', () => {
  test('a command comes with its author’s right and the whole tree', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const [one, two] = [await issue(at, 'One', 'do it'), await issue(at, 'Two')]
    const leaf = await issue(at, 'Leaf')
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: one.id })
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: two.id })
    await as('wes', 'POST', `${at}/issues/${two.number}/sub_issues`, { sub_issue_id: leaf.id })
    await as('wes', 'POST', `${at}/issues/${leaf.number}/dependencies/blocked_by`, { issue_id: one.id })
    await as('wes', 'PATCH', `${at}/issues/${one.number}`, { state: 'closed', state_reason: 'not_planned' })
    const comment = await as('wes', 'POST', `${at}/issues/${epic.number}/comments`, { body: '/convoy stage' })

    const [news] = await us.look(town, { look: 'comment', rigId: id, commentId: String(comment.id) })
    expect(news!.dedupe).toBe(`comment:${comment.id}`)
    const fact = news!.fact as CommentSeen
    expect(fact).toMatchObject({
      by: 'wes',
      permission: 'write',
      edited: false,
      number: epic.number,
      treeProblem: null,
    })
    expect(fact.commands.map(it => it.name)).toEqual(['convoy stage'])
    expect(fact.tree!.issues.map(it => it.title)).toEqual(['Epic', 'One', 'Two', 'Leaf'])
    const [root, first, , last] = fact.tree!.issues
    expect(root).toMatchObject({ id: String(epic.id), parentId: null, hasChildren: true, rigId: id })
    expect(first).toMatchObject({
      body: 'do it',
      state: 'closed',
      reason: 'not_planned',
      parentId: String(epic.id),
    })
    expect(last).toMatchObject({ parentId: String(two.id), hasChildren: false })
    expect(last!.blockedBy).toEqual([
      { id: String(one.id), ref: `acme/${at.split('/').at(-1)}#${one.number}`, state: 'not_planned' },
    ])
  })

  test('who may not start a convoy costs no reading of trees; a known comment costs no request at all', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const comment = await as('rhea', 'POST', `${at}/issues/${epic.number}/comments`, {
      body: '/convoy start',
    })
    const look = { look: 'comment', rigId: id, commentId: String(comment.id) } as const
    const first = await requests(() => us.look(town, look))
    expect(first.result[0]!.fact).toMatchObject({ by: 'rhea', permission: 'read', tree: null })
    expect(first.sent).toHaveLength(3)
    kept.known.add(`comment:${comment.id}`)
    const second = await requests(() => us.look(town, look))
    expect(second).toEqual({ result: [], sent: [] })
  })

  test('an edited comment is said to be, and its tree is not read', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const comment = await as('wes', 'POST', `${at}/issues/${epic.number}/comments`, { body: 'hello' })
    await new Promise(resolve => setTimeout(resolve, 1100))
    await as('wes', 'PATCH', `${at}/issues/comments/${comment.id}`, { body: '/convoy start' })
    const [news] = await us.look(town, { look: 'comment', rigId: id, commentId: String(comment.id) })
    expect(news!.fact).toMatchObject({ edited: true, tree: null })
  })

  test('a comment in a repository that the town has not heard of brings the repositories along', async () => {
    const { at, id, name } = await rig()
    const comment = await as('wes', 'POST', `${at}/issues/${(await issue(at, 'x')).number}/comments`, {
      body: 'hi',
    })
    kept.rigs.clear()
    const facts = (await us.look(town, { look: 'comment', rigId: id, commentId: String(comment.id) })).map(
      it => it.fact,
    )
    expect(seen(facts, 'RigsSeen')!.rigs.map(it => it.name)).toContain(name)
    expect(seen(facts, 'CommentSeen')).toMatchObject({ body: 'hi', commands: [] })
  })

  test('a sweep finds comments and changed trees once, with all webhooks lost', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const since = Date.now()
    const comment = await as('wes', 'POST', `${at}/issues/${epic.number}/comments`, { body: '/why' })
    kept.convoys = [{ id: 'c1', rigId: id, issueId: String(epic.id), number: epic.number }]
    const keep = async () => {
      const news = await us.sweep(town, since)
      for (const { dedupe } of news) if (dedupe) kept.known.add(dedupe)
      return news.map(it => it.fact)
    }
    const lost = await us.sweep(town, since)
    expect(
      seen(
        lost.map(it => it.fact),
        'TreeSeen',
      ),
    ).toBeDefined()
    const first = await keep()
    const ids = first.flatMap(fact => (fact.type === 'CommentSeen' ? [fact.commentId] : []))
    expect(ids).toContain(String(comment.id))
    expect(seen(first, 'TreeSeen')!.tree.issues).toHaveLength(1)
    expect(seen(first, 'RigsSeen')).toBeDefined()
    const quiet = await requests(keep)
    expect(quiet.result).toEqual([])
    expect(quiet.sent.filter(it => !it.startsWith('GET') && !it.endsWith('/graphql'))).toEqual([])
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, {
      sub_issue_id: (await issue(at, 'New')).id,
    })
    const after = await keep()
    expect(after.map(it => it.type)).toEqual(['TreeSeen'])
    expect(seen(after, 'TreeSeen')!.tree.issues).toHaveLength(2)
  })

  test('a comment that cannot be looked at now keeps none back, and the next sweep goes back for it', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const since = Date.now() - 1000
    const say = (number: number, body: string) =>
      as('wes', 'POST', `${at}/issues/${number}/comments`, { body })
    const [stuck, other] = [await say(epic.number, '/convoy stage'), await say(epic.number, '/help')]
    const found = async (from: number) => {
      const news = await us.sweep(town, from)
      for (const { dedupe } of news) if (dedupe) kept.known.add(dedupe)
      return news.flatMap(({ fact }) =>
        fact.type === 'CommentSeen' && fact.rigId === id ? [fact.commentId] : [],
      )
    }
    loseAnswer('POST', 'graphql')
    expect(await found(since)).toEqual([String(other.id)])
    expect(await found(since + 60_000)).toEqual([String(stuck.id)])
    expect(await found(since + 120_000)).toEqual([])
  })

  test('sweeping again costs no quota for what has not changed, and sees what has', async () => {
    const { at, id } = await rig('tries: 5')
    await as('wes', 'POST', `${at}/issues/${(await issue(at, 'x')).number}/comments`, { body: 'old' })
    const statuses: [string, number][] = []
    await openWith({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        if (String(url).includes(at))
          statuses.push([String(url).includes('/contents/') ? 'config' : 'comments', answer.status])
        return answer
      },
    })
    const later = Date.now() + 3_600_000
    const tries = async () => {
      const rigs = seen(
        (await us.look(town, { look: 'installation' })).map(it => it.fact),
        'RigsSeen',
      )!.rigs
      return rigs.find(it => it.id === id)!.config!.tries
    }
    await us.sweep(town, later)
    await us.sweep(town, later)
    expect(statuses).toEqual([
      ['config', 200],
      ['comments', 200],
      ['config', 304],
      ['comments', 304],
    ])
    expect(await tries()).toBe(5)
    const { sha } = await as('wes', 'GET', `${at}/contents/.github/townhall.yml`)
    const content = Buffer.from('tries: 7').toString('base64')
    await as('olivia', 'PUT', `${at}/contents/.github/townhall.yml`, { message: 'x', content, sha })
    expect(await tries()).toBe(7)
  })
})
