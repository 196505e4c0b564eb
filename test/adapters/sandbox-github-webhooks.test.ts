import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  type Received,
  startTown,
  type Thing,
  type Town,
  type TownOptions,
  WEBHOOK_SECRET,
} from './github-client.ts'

let town: Town
async function open(options: TownOptions = {}) {
  town = await startTown(options)
  return town
}
afterEach(async () => {
  expect(town.wrong).toEqual([])
  await town.close()
})

const heard = (list: readonly Received[]) => list.map(it => `${it.event}.${it.action}`)

/** A repository whose own creation has been delivered and forgotten. */
async function quietRepo() {
  const repo = await town.repository()
  await town.deliveries()
  town.forget()
  return `/repos/${repo.full_name}`
}

async function setFaults(faults: object) {
  return fetch(`${town.github.url}/sandbox/faults`, { method: 'PUT', body: JSON.stringify(faults) })
}

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

describe('webhooks', () => {
  test('tell the App of its installation and of each repository', async () => {
    await open()
    const { id, full_name } = await town.repository()
    await town.as('olivia').patch(`/repos/${full_name}`, { name: 'renamed', archived: true })
    await town.as('olivia').delete('/repos/acme/renamed')
    const list = await town.deliveries()
    expect(heard(list)).toEqual([
      'installation.created',
      'installation_repositories.added',
      'repository.created',
      'repository.renamed',
      'repository.archived',
      'repository.deleted',
      'installation_repositories.removed',
    ])
    expect(list[0]!.payload.installation).toMatchObject({ id: town.github.installationId, app_id: 4242 })
    expect(list[1]!.payload.repositories_added).toMatchObject([{ id, full_name }])
    expect(list[3]!.payload).toMatchObject({
      repository: { name: 'renamed' },
      changes: { repository: { name: { from: full_name.split('/')[1] } } },
    })
  })

  test('are signed, numbered, and name installation, organization and sender', async () => {
    await open()
    const at = await quietRepo()
    await town.as('rhea').post(`${at}/issues`, { title: 'Ünïcode' })
    const [it] = await town.deliveries()
    const hmac = createHmac('sha256', WEBHOOK_SECRET).update(it!.raw).digest('hex')
    expect(it!.headers['x-hub-signature-256']).toBe(`sha256=${hmac}`)
    expect(it!.guid).toMatch(/^[0-9a-f-]{36}$/)
    expect(it!.payload).toMatchObject({
      action: 'opened',
      installation: { id: town.github.installationId },
      organization: { login: 'acme' },
      sender: { login: 'rhea', type: 'User' },
      issue: { number: 1, issue_dependencies_summary: { blocked_by: 0 } },
    })
  })

  test('tell of each change of an issue, its comments and its links, from both sides', async () => {
    await open()
    const at = await quietRepo()
    const wes = town.as('wes')
    const two = [
      (await wes.post(`${at}/issues`, { title: 'a', labels: ['x'] })).body,
      (await wes.post(`${at}/issues`, { title: 'b' })).body,
    ]
    await wes.patch(`${at}/issues/1`, { title: 'c', body: 'd' })
    await wes.post(`${at}/issues/1/assignees`, { assignees: ['tara'] })
    await wes.delete(`${at}/issues/1/labels/x`)
    const comment = (await wes.post(`${at}/issues/1/comments`, { body: 'one' })).body.id
    await wes.patch(`${at}/issues/comments/${comment}`, { body: 'two' })
    await wes.put(`${at}/issues/comments/${comment}/pin`)
    await wes.delete(`${at}/issues/comments/${comment}`)
    await wes.post(`${at}/issues/1/reactions`, { content: 'eyes' })
    await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: two[1]!.id })
    await wes.delete(`${at}/issues/1/sub_issue`, { sub_issue_id: two[1]!.id })
    await wes.post(`${at}/issues/1/dependencies/blocked_by`, { issue_id: two[1]!.id })
    await wes.delete(`${at}/issues/1/dependencies/blocked_by/${two[1]!.id}`)
    await wes.patch(`${at}/issues/2`, { state: 'closed' })
    await wes.patch(`${at}/issues/2`, { state: 'closed' })
    await wes.patch(`${at}/issues/2`, { state: 'open' })
    await wes.delete(`${at}/labels/x`)
    const list = await town.deliveries()
    expect(heard(list)).toEqual([
      'issues.opened',
      'label.created',
      'issues.labeled',
      'issues.opened',
      'issues.edited',
      'issues.assigned',
      'issues.unlabeled',
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.pinned',
      'issue_comment.deleted',
      'sub_issues.sub_issue_added',
      'sub_issues.parent_issue_added',
      'sub_issues.sub_issue_removed',
      'sub_issues.parent_issue_removed',
      'issue_dependencies.blocked_by_added',
      'issue_dependencies.blocking_added',
      'issue_dependencies.blocked_by_removed',
      'issue_dependencies.blocking_removed',
      'issues.closed',
      'issues.reopened',
      'label.deleted',
    ])
    const of = (name: string) => list.find(it => `${it.event}.${it.action}` === name)!.payload
    expect(of('issues.edited').changes).toEqual({ title: { from: 'a' }, body: { from: '' } })
    expect(of('issue_comment.edited').changes).toEqual({ body: { from: 'one' } })
    expect(of('sub_issues.sub_issue_added')).toMatchObject({
      parent_issue_id: two[0]!.id,
      sub_issue_id: two[1]!.id,
    })
    expect(of('issue_dependencies.blocking_added')).toMatchObject({
      blocked_issue_id: two[0]!.id,
      blocking_issue_id: two[1]!.id,
    })
  })

  test('come back for what the App does itself', async () => {
    await open()
    const at = await quietRepo()
    await (await town.installation()).post(`${at}/issues`, { title: 'x' })
    const [it] = await town.deliveries()
    expect(it!.payload).toMatchObject({
      sender: { login: 'townhall[bot]', type: 'Bot' },
      issue: { performed_via_github_app: { id: 4242 } },
    })
  })

  test('are kept in a log, and can be sent again under the same number', async () => {
    let answer = 500
    await open({ answer: () => answer })
    const at = await quietRepo()
    await town.as('wes').post(`${at}/issues`, { title: 'x' })
    const [first] = await town.deliveries()
    const app = town.app()
    const [failed] = (await app.get<Thing[]>('/app/hook/deliveries?per_page=1&status=failure')).body
    expect(failed).toMatchObject({
      guid: first!.guid,
      event: 'issues',
      action: 'opened',
      status_code: 500,
      redelivery: false,
    })
    const detail = (await app.get(`/app/hook/deliveries/${failed!.id}`)).body
    expect(detail.request).toMatchObject({ payload: first!.payload })
    answer = 200
    expect((await app.post(`/app/hook/deliveries/${failed!.id}/attempts`)).status).toBe(202)
    const again = await town.deliveries()
    expect(again.map(it => it.guid)).toEqual([first!.guid, first!.guid])
    const pages = await app.get<Thing[]>('/app/hook/deliveries?per_page=2')
    expect(pages.body.map(it => it.redelivery)).toEqual([true, false])
    const next = /<([^>]+)>; rel="next"/.exec(pages.headers.get('link') ?? '')![1]!
    expect((await app.get<Thing[]>(next.slice(town.github.api.length))).body[0]!.id).toBeLessThan(
      pages.body[1]!.id,
    )
    expect((await town.as('olivia').get('/app/hook/deliveries')).status).toBe(401)
  })

  test('go where the App says from now on', async () => {
    await open()
    const { body } = await town.app().get('/app/hook/config')
    expect(body).toMatchObject({ content_type: 'json', secret: '********' })
    await town.app().patch('/app/hook/config', { url: `${String(body.url)}/elsewhere`, secret: 'another' })
    const at = await quietRepo()
    await town.as('wes').post(`${at}/issues`, { title: 'x' })
    const [it] = await town.deliveries()
    expect(it!.headers['x-hub-signature-256']).toBe(
      `sha256=${createHmac('sha256', 'another').update(it!.raw).digest('hex')}`,
    )
    expect((await town.app().get('/app/hook/config')).body.url).toMatch(/\/elsewhere$/)
  })

  test('do not hold up the change that causes them', async () => {
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    await open({ answer: () => held.then(() => 200) })
    const repo = await town.repository()
    expect((await town.as('wes').post(`/repos/${repo.full_name}/issues`, { title: 'x' })).status).toBe(201)
    release()
    expect(heard(await town.deliveries())).toContain('issues.opened')
  })
})

describe('faults', () => {
  test('webhooks are dropped, doubled or shuffled', async () => {
    await open()
    const at = await quietRepo()
    const openFive = async () => {
      for (let n = 0; n < 12; n += 1) await town.as('wes').post(`${at}/issues`, { title: `${n}` })
      const list = await town.deliveries()
      town.forget()
      return list
    }
    expect((await setFaults({ webhooks: 'drop' })).status).toBe(200)
    expect(await openFive()).toEqual([])
    await setFaults({ webhooks: 'duplicate' })
    const doubled = await openFive()
    expect(doubled).toHaveLength(24)
    expect(new Set(doubled.map(it => it.guid)).size).toBe(12)
    await setFaults({ webhooks: 'shuffle' })
    const shuffled = (await openFive()).map(it => (it.payload.issue as Thing).number)
    expect(shuffled).toHaveLength(12)
    expect(shuffled).not.toEqual(shuffled.toSorted((a, b) => a - b))
    await setFaults({})
    const straight = (await openFive()).map(it => (it.payload.issue as Thing).number)
    expect(straight).toEqual(straight.toSorted((a, b) => a - b))
  })

  test('webhooks come late, in their order', async () => {
    await open()
    const at = await quietRepo()
    await setFaults({ delay_ms: [120, 200] })
    const before = performance.now()
    for (const title of ['a', 'b', 'c']) await town.as('wes').post(`${at}/issues`, { title })
    const list = await town.deliveries()
    expect(performance.now() - before).toBeGreaterThan(120)
    expect(list.map(it => (it.payload.issue as Thing).title)).toEqual(['a', 'b', 'c'])
  })

  test('a request fails as often as the rule says, before or after its effect', async () => {
    await open()
    const at = await quietRepo()
    const wes = town.as('wes')
    await setFaults({
      api: [{ method: 'POST', path: '/issues$', status: 502, times: 2, after_effect: true }],
    })
    expect((await wes.post(`${at}/issues`, { title: 'a' })).status).toBe(502)
    expect((await wes.post(`${at}/issues`, { title: 'b' })).status).toBe(502)
    expect((await wes.post(`${at}/issues`, { title: 'c' })).body.number).toBe(3)
    await setFaults({ api: [{ path: '^/repos/.*/issues$', status: 500, times: 1 }] })
    expect((await wes.post(`${at}/issues`, { title: 'lost' })).status).toBe(500)
    expect((await wes.get<Thing[]>(`${at}/issues`)).body.map(it => it.title)).toEqual(['c', 'b', 'a'])
    await setFaults({ api: [{ path: '/graphql', status: 403, times: 1, retry_after: 7 }] })
    const limited = await fetch(town.github.graphql, {
      method: 'POST',
      headers: { authorization: `Bearer ${wes.token}` },
    })
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([403, '7'])
    expect(((await limited.json()) as Thing).message).toContain('secondary rate limit')
    const now = (await (await fetch(`${town.github.url}/sandbox/faults`)).json()) as {
      api: { times: number }[]
    }
    expect(now.api).toMatchObject([{ times: 0, after_effect: false }])
  })

  test('a rule that makes no sense is refused and changes nothing', async () => {
    await open()
    for (const wrong of [
      { webhooks: 'eat' },
      { api: [{ path: '(', status: 500 }] },
      { delay_ms: [5, 1] },
      { typo: 1 },
    ])
      expect((await setFaults(wrong)).status).toBe(422)
    expect(await (await fetch(`${town.github.url}/sandbox/faults`)).json()).toEqual({
      webhooks: 'deliver',
      delay_ms: [0, 0],
      api: [],
      creations: [],
    })
  })

  test('requests are counted by route and caller', async () => {
    await open()
    const at = await quietRepo()
    await fetch(`${town.github.url}/sandbox/requests`, { method: 'DELETE' })
    await town.as('wes').post(`${at}/issues`, { title: 'x' })
    await (await town.installation()).get(`${at}/issues/1`)
    await town.as('rhea').get(`${at}/issues/2`)
    const { total, routes } = (await (await fetch(`${town.github.url}/sandbox/requests`)).json()) as {
      total: number
      routes: object[]
    }
    expect(total).toBe(4)
    expect(routes).toContainEqual({
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
      actor: 'rhea',
      status: { 404: 1 },
      count: 1,
    })
    expect(routes).toContainEqual({
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
      actor: 'townhall[bot]',
      status: { 200: 1 },
      count: 1,
    })
  })

  test('the agent of an issue is killed', async () => {
    const dataDir = temporary()
    await open({ dataDir })
    const kill = (issue: number) =>
      fetch(`${town.github.url}/sandbox/polecats/${issue}/kill`, { method: 'POST' })
    const none = await kill(7)
    expect([none.status, await none.json()]).toEqual([
      404,
      { killed: false, message: 'No agent is known to work on issue 7.' },
    ])
    const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const died = new Promise(resolve => agent.on('exit', (_, signal) => resolve(signal)))
    mkdirSync(join(dataDir, 'polecats'))
    writeFileSync(join(dataDir, 'polecats', '7.pid'), `${agent.pid}\n`)
    const killed = await kill(7)
    expect([killed.status, await killed.json()]).toEqual([200, { killed: true, pid: agent.pid }])
    expect(await died).toBe('SIGKILL')
    expect((await kill(7)).status).toBe(404)
  })
})

describe('a restart', () => {
  test('keeps everything: issues, tokens, ids, the hook, and what was not delivered yet', async () => {
    const dataDir = temporary()
    await open({ dataDir })
    const at = await quietRepo()
    const app = await town.installation()
    const issue = (await app.post(`${at}/issues`, { title: 'kept', labels: ['x'] })).body
    await town.deliveries()
    const { users, installationId } = town.github
    await town.close()
    // This one's hook never answers, so the delivery is still under way when the server goes down.
    const asked = Promise.withResolvers<void>()
    const never = new Promise<number>(() => {})
    await open({ dataDir, answer: () => asked.resolve() ?? never })
    await town.as('wes').patch(`${at}/issues/1`, { state: 'closed' })
    await asked.promise
    await town.close()
    await open({ dataDir })
    expect(town.github.users).toEqual(users)
    expect(town.github.installationId).toBe(installationId)
    const after = (await town.withToken(app.token).get(`${at}/issues/1`)).body
    expect(after).toMatchObject({ id: issue.id, title: 'kept', labels: [{ name: 'x' }] })
    const next = (await town.as('wes').post(`${at}/issues`, { title: 'next' })).body
    expect(next.number).toBe(2)
    expect(next.id).toBeGreaterThan(issue.id)
    expect(heard(await town.deliveries())).toEqual(['issues.closed', 'issues.opened'])
  })

  test('by kill -9 in the middle of work loses nothing that was answered', async () => {
    const dataDir = temporary()
    const start = async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER(dataDir)], {
        cwd: process.cwd(),
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', data => resolve(String(data)))
        child.stderr.once('data', data => reject(new Error(String(data))))
      })
      return { child, ...(JSON.parse(line) as { api: string; token: string }) }
    }
    const first = await start()
    const send = (api: string, method: string, path: string, body?: object) =>
      fetch(api + path, {
        method,
        headers: { authorization: `Bearer ${first.token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    await send(first.api, 'POST', '/orgs/acme/repos', { name: 'r' })
    const answered: number[] = []
    const work = (async () => {
      for (;;) {
        const made = await send(first.api, 'POST', '/repos/acme/r/issues', { title: 'x', labels: ['a'] })
        answered.push(((await made.json()) as Thing).number)
        if (answered.length === 20) first.child.kill('SIGKILL')
      }
    })()
    await expect(work).rejects.toThrow('fetch failed')
    const second = await start()
    expect(second.token).toBe(first.token)
    const list = (await (
      await send(second.api, 'GET', '/repos/acme/r/issues?per_page=100&direction=asc')
    ).json()) as Thing[]
    const numbers = list.map(it => it.number)
    expect(numbers.slice(0, answered.length)).toEqual(answered)
    expect(list.every(it => (it.labels as Thing[]).length === 1)).toBe(true)
    await open()
  })
})

/** A GitHub in a process of its own, which says where it is and who olivia is. */
const SERVER = (dataDir: string) => `
  import { keptApp } from './src/sandbox/github/seed.ts'
  import { startGitHub } from './src/sandbox/github/server.ts'
  const app = keptApp(${JSON.stringify(dataDir)}, { id: 1, slug: 'townhall', name: 'Townhall' })
  const quiet = { info() {}, warn() {}, error() {} }
  const options = { dataDir: ${JSON.stringify(dataDir)}, app: { ...app, webhookUrl: () => null }, org: 'acme', log: quiet }
  const { api, users } = await startGitHub(options)
  process.stdout.write(JSON.stringify({ api, token: users.olivia.token }))
`
