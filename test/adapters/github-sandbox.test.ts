import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Label, ShowIssue } from '../../src/core/effects.ts'
import type { CommentSeen, Fact } from '../../src/core/events.ts'
import type { BeadCard } from '../../src/core/says.ts'
import type { openGitHub } from '../../src/github/app.ts'
import { webhookListener } from '../../src/github/receive-http.ts'
import type { Delivery } from '../../src/ports.ts'
import { type GitHub, startGitHub } from '../../src/sandbox/github/server.ts'
import { APP_ID, KEYS, type Memory, memory, open, WEBHOOK_SECRET } from '../support/github.ts'
import { quietLog } from '../support/log.ts'

/** The adapter against a whole GitHub: real HTTP, real git, real tokens. */

let github: GitHub
let us: Awaited<ReturnType<typeof openGitHub>>
let kept: Memory
let town: string
let hookUrl: string | null = null

beforeAll(async () => {
  const app = { id: APP_ID, slug: 'townhall', name: 'Townhall', publicKey: KEYS.publicKey }
  github = await startGitHub({
    app: { ...app, webhookSecret: WEBHOOK_SECRET, webhookUrl: () => hookUrl },
    org: 'acme',
    log: quietLog,
  })
  town = String(github.installationId)
})
afterAll(() => github.close())
beforeEach(async () => {
  kept = memory()
  us = await open(github.api, kept, { gitUrl: github.git })
})

interface Thing {
  readonly id: number
  readonly node_id: string
  readonly number: number
  readonly name: string
  readonly state: string
  readonly body: string
  readonly sha: string
  readonly labels: readonly { readonly name: string }[]
  readonly user: { readonly login: string }
  readonly commit: { readonly sha: string }
  readonly object: { readonly sha: string }
  readonly check_runs: readonly {
    readonly name: string
    readonly status: string
    readonly conclusion: string
  }[]
}

/** A person asks GitHub. */
async function as<T = Thing>(login: string, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(github.api + path, {
    method,
    headers: { authorization: `Bearer ${github.users[login]!.token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text ? JSON.parse(text) : null) as T
}

/** A repository with a first commit that the town knows. */
async function rig(config?: string) {
  const name = `repo-${Math.random().toString(36).slice(2, 10)}`
  const repo = await as('olivia', 'POST', '/orgs/acme/repos', { name })
  const at = `/repos/acme/${name}`
  await file(at, 'README.md', 'hello', 'main')
  if (config !== undefined) await file(at, '.github/townhall.yml', config, 'main')
  const id = String(repo.id)
  kept.rigs.set(id, { owner: 'acme', name, defaultBranch: 'main', configSha: null })
  const tip = async (branch = 'main') =>
    (await as('olivia', 'GET', `${at}/git/ref/heads/${branch}`)).object.sha
  return { id, name, at, tip }
}

const file = (at: string, path: string, content: string, branch: string) =>
  as('olivia', 'PUT', `${at}/contents/${path}`, {
    message: path,
    content: Buffer.from(content).toString('base64'),
    branch,
  })

const issue = (at: string, title: string, body = '') => as('wes', 'POST', `${at}/issues`, { title, body })

/** Everything that reached GitHub while `run` ran, GETs included, tokens not. */
async function requests<T>(run: () => Promise<T>): Promise<{ result: T; sent: string[] }> {
  const sent: string[] = []
  us = await open(github.api, kept, {
    gitUrl: github.git,
    fetch: (url, init) => {
      const path = new URL(String(url)).pathname.replace('/api/v3', '')
      if (!path.endsWith('access_tokens') && path !== '/app') sent.push(`${init?.method} ${path}`)
      return fetch(url, init)
    },
  })
  const result = await run()
  return { result, sent }
}

const seen = <T extends Fact['type']>(facts: readonly Fact[], type: T) =>
  facts.find((fact): fact is Extract<Fact, { type: T }> => fact.type === type)

describe('who and where we are', () => {
  test('the installation comes with every repository and its config', async () => {
    const good = await rig('tries: 5\n')
    const bad = await rig('trys: 5\n')
    const facts = (await us.look(town, { look: 'installation' })).map(news => news.fact)
    expect(seen(facts, 'TownSeen')).toEqual({
      type: 'TownSeen',
      login: 'acme',
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
    kept.convoys = [{ id: 'c1', rigId: id, number: epic.number }]
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

  test('sweeping again costs no quota for what has not changed, and sees what has', async () => {
    const { at, id } = await rig('tries: 5')
    await as('wes', 'POST', `${at}/issues/${(await issue(at, 'x')).number}/comments`, { body: 'old' })
    const statuses: [string, number][] = []
    us = await open(github.api, kept, {
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

const card = (standing: BeadCard['standing']): BeadCard => ({
  beadId: '1',
  ref: 'acme/x#1',
  convoyRef: 'acme/x#2',
  standing,
  polecat: null,
  branch: null,
  pull: null,
  tries: 0,
  maxTries: 3,
  feedback: null,
  question: null,
  answers: [],
  blockers: [],
  landedOn: null,
  why: null,
})

function showing(
  rigId: string,
  it: Thing,
  labels: readonly Label[],
  standing: BeadCard['standing'],
  close: 'completed' | null = null,
): ShowIssue {
  const id = String(it.id)
  const say = { say: 'bead', bead: card(standing) } as const
  return { do: 'ShowIssue', what: 'bead', id, rigId, number: it.number, issueId: id, labels, say, close }
}

describe('showing', () => {
  const show = (...of: Parameters<typeof showing>) => us.perform(town, showing(...of), 0)
  const comments = (at: string, it: Thing) => as<Thing[]>('wes', 'GET', `${at}/issues/${it.number}/comments`)
  const labelsOf = async (at: string, it: Thing) =>
    (await as('wes', 'GET', `${at}/issues/${it.number}`)).labels.map(label => label.name).sort()

  test('only differences are sent, in one request, and foreign labels stay', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await as('wes', 'POST', `${at}/issues/${bead.number}/labels`, { labels: ['bug', 'gt:failed'] })
    await show(id, bead, ['gt:bead'], 'ready')
    expect(await labelsOf(at, bead)).toEqual(['bug', 'gt:bead'])
    await show(id, bead, ['gt:bead', 'gt:in-progress'], 'working')
    const next = await requests(() => show(id, bead, ['gt:bead'], 'in review'))
    expect(next.sent).toEqual(['POST /api/graphql'])
    expect(await labelsOf(at, bead)).toEqual(['bug', 'gt:bead'])
    const same = await requests(() => show(id, bead, ['gt:bead'], 'in review'))
    expect(same.sent).toEqual([])
    const done = await requests(() => show(id, bead, ['gt:bead'], 'landed', 'completed'))
    expect(done.sent).toEqual(['POST /api/graphql'])
    expect(done.result).toEqual([{ type: 'IssueClosed', beadId: String(bead.id), at: expect.any(Number) }])
    expect((await as('wes', 'GET', `${at}/issues/${bead.number}`)).state).toBe('closed')
    const [only, ...more] = await comments(at, bead)
    expect(more).toEqual([])
    expect(only!.user.login).toBe('townhall[bot]')
  })

  test('ten beads that begin at once make each label once', async () => {
    const { at, id } = await rig()
    const beads = await Promise.all(Array.from({ length: 10 }, (_, n) => issue(at, `Bead ${n}`)))
    const first = await requests(() =>
      Promise.all(beads.map(bead => show(id, bead, ['gt:bead', 'gt:in-progress'], 'working'))),
    )
    expect(first.sent.filter(it => it.endsWith('/labels'))).toHaveLength(2)
    for (const bead of beads) expect(await labelsOf(at, bead)).toEqual(['gt:bead', 'gt:in-progress'])
  })

  test('a comment that somebody deleted is made again, a label too', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await show(id, bead, ['gt:bead'], 'ready')
    const [first] = await comments(at, bead)
    await as('olivia', 'DELETE', `${at}/issues/comments/${first!.id}`)
    await as('olivia', 'DELETE', `${at}/labels/${encodeURIComponent('gt:bead')}`)
    await show(id, bead, [], 'working')
    await show(id, bead, ['gt:bead'], 'working')
    expect(await comments(at, bead)).toHaveLength(1)
    expect(await labelsOf(at, bead)).toEqual(['gt:bead'])
  })

  test('both gone at once are both made again, and the issue is closed all the same', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await show(id, bead, ['gt:bead'], 'ready')
    const [first] = await comments(at, bead)
    await as('olivia', 'DELETE', `${at}/issues/comments/${first!.id}`)
    await as('olivia', 'DELETE', `${at}/labels/${encodeURIComponent('gt:bead')}`)
    expect(await show(id, bead, ['gt:in-progress'], 'landed', 'completed')).toHaveLength(1)
    expect(await comments(at, bead)).toHaveLength(1)
    expect(await labelsOf(at, bead)).toEqual(['gt:in-progress'])
    expect((await as('wes', 'GET', `${at}/issues/${bead.number}`)).state).toBe('closed')
  })

  test('a comment whose creation was never answered is found again', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    github.faults.set({
      webhooks: 'deliver',
      delay_ms: [0, 0],
      api: [{ method: 'POST', path: 'graphql', status: 502, times: 1, after_effect: true, retry_after: 1 }],
    })
    await expect(show(id, bead, ['gt:bead'], 'ready')).rejects.toThrow('Server Error')
    await show(id, bead, ['gt:bead'], 'ready')
    expect(await comments(at, bead)).toHaveLength(1)
  })

  test('a reply is made once, whatever happens to its answer', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    const comment = await as('wes', 'POST', `${at}/issues/${bead.number}/comments`, { body: '/help' })
    const effect = {
      do: 'Reply',
      rigId: id,
      number: bead.number,
      commentId: String(comment.id),
      says: [{ say: 'help' }],
    } as const
    github.faults.set({
      webhooks: 'deliver',
      delay_ms: [0, 0],
      api: [
        { method: 'POST', path: '/comments$', status: 502, times: 1, after_effect: true, retry_after: 1 },
      ],
    })
    await expect(us.perform(town, effect, 0)).rejects.toMatchObject({ name: 'Unreachable' })
    await us.perform(town, effect, 1)
    await us.perform(town, { do: 'React', rigId: id, commentId: String(comment.id), content: 'eyes' }, 0)
    await us.perform(town, { do: 'React', rigId: id, commentId: String(comment.id), content: 'eyes' }, 0)
    expect(await comments(at, bead)).toHaveLength(2)
    const reactions = await as<unknown[]>('wes', 'GET', `${at}/issues/comments/${comment.id}/reactions`)
    expect(reactions).toHaveLength(1)
  })
})

describe('branches and pulls', () => {
  const HEAD = 'convoy/epic/0a1b2c3d/head'
  const BEAD = 'convoy/epic/0a1b2c3d/gt/amber/11112222'
  const story = {
    kind: 'bead',
    pullId: 'p1',
    ref: 'acme/x#1',
    convoyRef: 'acme/x#2',
    polecat: 'amber',
    beads: [],
  } as const

  async function convoy() {
    const at = await rig()
    await us.perform(town, { do: 'EnsureBranch', rigId: at.id, legId: 'l', branch: HEAD, from: 'main' }, 0)
    await as('wes', 'POST', `${at.at}/git/refs`, { ref: `refs/heads/${BEAD}`, sha: await at.tip() })
    await file(at.at, 'work.md', 'done', BEAD)
    const headSha = await at.tip(BEAD)
    const opening = {
      do: 'OpenPull',
      rigId: at.id,
      pullId: 'p1',
      head: BEAD,
      headSha,
      base: HEAD,
      title: 'Work',
      story,
    } as const
    return { ...at, headSha, opening }
  }

  test('a branch is made once, and one that exists is adopted where it is', async () => {
    const { at, id, tip } = await rig()
    const effect = { do: 'EnsureBranch', rigId: id, legId: 'l', branch: HEAD, from: 'main' } as const
    const first = await tip()
    expect(await us.perform(town, effect, 0)).toEqual([{ type: 'BranchMade', legId: 'l', sha: first }])
    await file(at, 'more.md', 'x', 'main')
    expect(await us.perform(town, effect, 0)).toEqual([{ type: 'BranchMade', legId: 'l', sha: first }])
    await expect(us.perform(town, { ...effect, from: 'gone' }, 0)).rejects.toMatchObject({ name: 'Refused' })
    await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: HEAD }, 0)
    await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: HEAD }, 0)
    await expect(us.perform(town, { do: 'DeleteBranch', rigId: id, branch: 'main' }, 0)).rejects.toThrow(
      'no branch of ours',
    )
  })

  test('a pull is opened, checked and merged exactly as decided', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    const opened = seen(await us.perform(town, opening, 0), 'PullSeen')!
    expect(opened).toMatchObject({ pullId: 'p1', headSha, state: 'open', merged: false })
    expect(await us.perform(town, opening, 0)).toEqual([opened])
    expect(await us.perform(town, opening, 1)).toEqual([opened])
    const check = { do: 'ShowCheck', rigId: id, pullId: 'p1', headSha } as const
    const gates = { pullId: 'p1', why: null, gates: [] }
    await us.perform(town, { ...check, story: { ...gates, status: 'in_progress', conclusion: null } }, 0)
    await us.perform(town, { ...check, story: { ...gates, status: 'completed', conclusion: 'success' } }, 0)
    const { check_runs } = await as('wes', 'GET', `${at}/commits/${headSha}/check-runs`)
    expect(check_runs).toMatchObject([{ name: 'townhall', status: 'completed', conclusion: 'success' }])
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number: opened.number,
      headSha,
      base: HEAD,
      baseSha: await tip(HEAD),
      title: 'Work',
      refs: ['acme/x#1'],
    } as const
    expect(await us.perform(town, { ...merging, baseSha: headSha }, 0)).toMatchObject([
      { type: 'MergeRefused', reason: 'base-moved' },
    ])
    expect(await us.perform(town, { ...merging, headSha: merging.baseSha }, 0)).toMatchObject([
      { type: 'MergeRefused', reason: 'head-moved' },
    ])
    const [merged] = await us.perform(town, merging, 0)
    const mergeSha = await tip(HEAD)
    expect(merged).toEqual({ ...opened, state: 'closed', merged: true, mergeSha })
    expect(await us.perform(town, merging, 1)).toEqual([merged])
    expect(await us.perform(town, merging, 0)).toEqual([merged])
    kept.pulls.set(`${id}#${opened.number}`, { id: 'p1', headSha })
    expect(
      (await us.look(town, { look: 'pull', rigId: id, number: opened.number })).map(it => it.fact),
    ).toEqual([merged])
    expect(
      await us.perform(town, { do: 'ClosePull', rigId: id, pullId: 'p1', number: opened.number }, 0),
    ).toEqual([merged])
  })

  test('the whole life of a bead takes at most 12 requests', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    const [epic, bead] = [await issue(at, 'Epic'), await issue(at, 'Bead')]
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: bead.id })
    const baseSha = await tip(HEAD)
    const show = (
      labels: readonly Label[],
      standing: BeadCard['standing'],
      close: 'completed' | null = null,
    ) => us.perform(town, showing(id, bead, labels, standing, close), 0)
    const check = { do: 'ShowCheck', rigId: id, pullId: 'p1', headSha } as const
    const gates = { pullId: 'p1', why: null, gates: [] }
    const life = await requests(async () => {
      await us.perform(town, { do: 'LookAtTree', rigId: id, convoyId: 'c', number: epic.number }, 0)
      await show(['gt:bead', 'gt:staged'], 'planned')
      await show(['gt:bead'], 'waiting')
      await show(['gt:bead', 'gt:in-progress'], 'working')
      const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
      await show(['gt:bead', 'gt:in-review'], 'in review')
      await us.perform(town, { ...check, story: { ...gates, status: 'in_progress', conclusion: null } }, 0)
      await us.perform(town, { ...check, story: { ...gates, status: 'completed', conclusion: 'success' } }, 0)
      const merging = {
        do: 'MergePull',
        rigId: id,
        pullId: 'p1',
        number,
        headSha,
        base: HEAD,
        baseSha,
      } as const
      await us.perform(town, { ...merging, title: 'Work', refs: [] }, 0)
      await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: BEAD }, 0)
      await show(['gt:bead'], 'landed', 'completed')
    })
    // The tree is read once for all beads, and a label is made once for all beads of a repository.
    const own = life.sent.slice(1).filter(it => !it.endsWith('/labels'))
    expect(own.length, own.join('\n')).toBeLessThanOrEqual(12)
    expect(life.sent.filter(it => it.endsWith('/labels'))).toHaveLength(4)
  })

  test('a merge whose answer was lost is seen as merged', async () => {
    const { id, tip, headSha, opening } = await convoy()
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const baseSha = await tip(HEAD)
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number,
      headSha,
      base: HEAD,
      baseSha,
      title: 'Work',
      refs: [],
    } as const
    github.faults.set({
      webhooks: 'deliver',
      delay_ms: [0, 0],
      api: [{ method: 'PUT', path: '/merge$', status: 502, times: 1, after_effect: true, retry_after: 1 }],
    })
    await expect(us.perform(town, merging, 0)).rejects.toMatchObject({ name: 'Unreachable' })
    expect(await us.perform(town, merging, 1)).toMatchObject([{ merged: true, mergeSha: await tip(HEAD) }])
  })

  test('what cannot be opened or merged is said in GitHub’s words', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    expect(await us.perform(town, { ...opening, headSha: await tip() }, 0)).toMatchObject([
      { reason: 'no-branch' },
    ])
    expect(await us.perform(town, { ...opening, head: 'gone', headSha: null }, 0)).toMatchObject([
      { reason: 'no-branch' },
    ])
    expect(await us.perform(town, { ...opening, head: HEAD, headSha: null, base: 'main' }, 0)).toMatchObject([
      { type: 'PullOpenRefused', reason: 'no-commits', detail: expect.stringMatching(/no commits between/i) },
    ])
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    await file(at, 'work.md', 'something else', HEAD)
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number,
      headSha,
      base: HEAD,
      baseSha: await tip(HEAD),
      title: 'Work',
      refs: [],
    } as const
    expect(await us.perform(town, merging, 0)).toMatchObject([{ type: 'MergeRefused', reason: 'conflict' }])
  })

  test('approval is by people who may write, at this head, with nobody against it', async () => {
    const { id, at, headSha, opening } = await convoy()
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const look = async () =>
      seen(
        await us.perform(town, { do: 'LookAtPull', rigId: id, pullId: 'p1', number, headSha }, 0),
        'PullSeen',
      )!.approved
    const review = (login: string, event: string) =>
      as(login, 'POST', `${at}/pulls/${number}/reviews`, { event, body: 'so I say', commit_id: headSha })
    expect(await look()).toBe(false)
    await review('rhea', 'APPROVE')
    expect(await look()).toBe(false)
    await review('wes', 'APPROVE')
    expect(await look()).toBe(true)
    await review('olivia', 'REQUEST_CHANGES')
    await review('olivia', 'COMMENT')
    expect(await look()).toBe(false)
    await review('olivia', 'APPROVE')
    expect(await look()).toBe(true)
    await file(at, 'later.md', 'not what was reviewed', BEAD)
    expect(await look()).toBe(false)
  })
})

describe('webhooks', () => {
  let server: Server
  const deliveries: Delivery[] = []
  beforeEach(async () => {
    const keep = async (delivery: Delivery) => void deliveries.push(delivery)
    server = createServer(
      await webhookListener({ probot: us.probot, secret: WEBHOOK_SECRET, keep, log: quietLog }),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`
  })
  afterEach(() => {
    hookUrl = null
    server.close()
  })
  /** What the webhooks so far make us look at. */
  const hinted = async () => {
    await github.delivered()
    return deliveries.splice(0).flatMap(delivery => [...us.hints(delivery)])
  }

  test('what people do makes us look, what we do makes nobody look', async () => {
    const { at, id, tip } = await rig()
    await hinted()
    const [epic, bead] = [await issue(at, 'Epic'), await issue(at, 'Bead')]
    await hinted()
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: bead.id })
    expect(await hinted()).toContainEqual({ look: 'issue', rigId: id, issueId: String(epic.id) })
    await as('wes', 'POST', `${at}/issues/${epic.number}/dependencies/blocked_by`, { issue_id: bead.id })
    expect(await hinted()).toContainEqual({ look: 'issue', rigId: id, issueId: String(bead.id) })
    const comment = await as('wes', 'POST', `${at}/issues/${epic.number}/comments`, { body: '/help' })
    expect(await hinted()).toEqual([{ look: 'comment', rigId: id, commentId: String(comment.id) }])
    await file(at, '.github/townhall.yml', 'tries: 4', 'main')
    expect(await hinted()).toEqual([{ look: 'rig', rigId: id }])
    await file(at, 'other.md', 'x', 'main')
    expect(await hinted()).toEqual([])

    const branch = 'gt/amber/0a1b2c3d'
    await as('wes', 'POST', `${at}/git/refs`, { ref: `refs/heads/${branch}`, sha: await tip() })
    await file(at, 'work.md', 'x', branch)
    await hinted()
    await us.perform(town, showing(id, bead, ['gt:bead'], 'ready'), 0)
    const story = {
      kind: 'bead',
      pullId: 'p',
      ref: 'acme/x#1',
      convoyRef: 'acme/x#2',
      polecat: null,
      beads: [],
    } as const
    const opening = {
      do: 'OpenPull',
      rigId: id,
      pullId: 'p',
      head: branch,
      headSha: null,
      base: 'main',
      title: 'x',
      story,
    } as const
    const { number, headSha } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const check = { status: 'completed', conclusion: 'success', why: null, gates: [], pullId: 'p' } as const
    await us.perform(town, { do: 'ShowCheck', rigId: id, pullId: 'p', headSha, story: check }, 0)
    await us.perform(town, showing(id, bead, [], 'done', 'completed'), 0)
    expect(await hinted()).toEqual([])
    await as('olivia', 'POST', `${at}/pulls/${number}/reviews`, { event: 'APPROVE', body: 'good' })
    expect(await hinted()).toEqual([{ look: 'pull', rigId: id, number }])
    await as('olivia', 'PATCH', `${at}`, { archived: true })
    expect(await hinted()).toContainEqual({ look: 'rig', rigId: id })
  })
})
