import { App, Octokit } from 'octokit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jwt, privateKey, startTown, strangersKey, type Thing, type Town } from './github-client.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(async () => {
  await town.close()
})

const names = (list: unknown) => (list as { name: string }[]).map(it => it.name)

describe('people', () => {
  test('are who their token says, and nobody without a good one', async () => {
    const wes = await town.as('wes').get('/user')
    expect(wes.body).toMatchObject({ login: 'wes', type: 'User' })
    expect((await town.nobody().get('/user')).status).toBe(401)
    const forged = await town.withToken('ghp_forged').get('/user')
    expect([forged.status, forged.body.message]).toEqual([401, 'Bad credentials'])
    const basic = await fetch(`${town.github.api}/user`, {
      headers: { authorization: `Basic ${btoa(`x-access-token:${town.as('wes').token}`)}` },
    })
    expect(((await basic.json()) as Thing).login).toBe('wes')
    expect((await town.nobody().get('/users/rhea')).body).toMatchObject({
      login: 'rhea',
      id: expect.any(Number),
    })
    expect((await town.nobody().get('/users/townhall%5Bbot%5D')).body.type).toBe('Bot')
    expect((await town.nobody().get('/users/ghost')).status).toBe(404)
    expect((await town.nobody().get('/orgs/acme')).body.login).toBe('acme')
    const members = await town.as('wes').get<Thing[]>('/orgs/acme/members')
    expect(members.body.map(it => it.login)).toEqual(['olivia', 'wes', 'tara', 'rhea'])
    expect((await town.as('wes').get('/orgs/acme/members/rhea')).status).toBe(204)
    expect((await town.as('wes').get('/orgs/acme/members/stan')).status).toBe(404)
  })

  test('have the permission that their role gives', async () => {
    const { full_name } = await town.repository({ private: true })
    const at = `/repos/${full_name}/collaborators`
    const roles = []
    for (const login of ['olivia', 'wes', 'tara', 'rhea', 'stan']) {
      const { status, body } = await town.as('wes').get(`${at}/${login}/permission`)
      roles.push([login, status, body.permission, body.role_name])
    }
    expect(roles).toEqual([
      ['olivia', 200, 'admin', 'admin'],
      ['wes', 200, 'write', 'write'],
      ['tara', 200, 'read', 'triage'],
      ['rhea', 200, 'read', 'read'],
      ['stan', 404, undefined, undefined],
    ])
    const metadata = await town.installation({ permissions: { metadata: 'read' } })
    expect((await metadata.get(`${at}/wes/permission`)).body.permission).toBe('write')
    const everybody = await town.as('wes').get<Thing[]>(at)
    expect(everybody.body.map(it => it.login)).toEqual(['olivia', 'wes', 'tara', 'rhea'])
    expect((await town.as('wes').get(`${at}/rhea`)).status).toBe(204)
    expect((await town.as('wes').get(`${at}/stan`)).status).toBe(404)
  })

  test('can be given another role in a repository by its admin', async () => {
    const { full_name } = await town.repository({ private: true })
    const one = `/repos/${full_name}/collaborators/stan`
    expect((await town.as('wes').put(one, { permission: 'push' })).status).toBe(403)
    expect((await town.as('olivia').put(one, { permission: 'push' })).status).toBe(204)
    expect((await town.as('stan').get(`${one}/permission`)).body.role_name).toBe('write')
    expect((await town.as('olivia').delete(one)).status).toBe(204)
    expect((await town.as('stan').get(`/repos/${full_name}`)).status).toBe(404)
  })

  test('who may not see a private repository do not learn that it exists', async () => {
    const { full_name } = await town.repository({ private: true })
    expect((await town.as('stan').get(`/repos/${full_name}`)).status).toBe(404)
    expect((await town.nobody().get(`/repos/${full_name}`)).status).toBe(404)
    expect((await town.as('stan').post(`/repos/${full_name}/issues`, { title: 'x' })).status).toBe(404)
    const open = await town.repository()
    expect((await town.nobody().get(`/repos/${open.full_name}/issues`)).status).toBe(200)
    expect((await town.nobody().post(`/repos/${open.full_name}/issues`, { title: 'x' })).status).toBe(401)
    expect((await town.as('stan').post(`/repos/${open.full_name}/issues`, { title: 'x' })).status).toBe(201)
  })
})

describe('the App', () => {
  test('shows itself and its installation to its own JWT only', async () => {
    const app = town.app()
    expect((await app.get('/app')).body).toMatchObject({ id: 4242, slug: 'townhall', installations_count: 1 })
    const id = town.github.installationId
    expect((await app.get<Thing[]>('/app/installations')).body.map(it => it.id)).toEqual([id])
    expect((await app.get(`/app/installations/${id}`)).body.repository_selection).toBe('all')
    expect((await app.get(`/app/installations/${id + 1}`)).status).toBe(404)
    const { full_name } = await town.repository()
    expect((await app.get(`/repos/${full_name}/installation`)).body.id).toBe(id)
    expect((await app.get('/orgs/acme/installation')).body.id).toBe(id)
    expect((await app.get('/orgs/other/installation')).status).toBe(404)
    expect((await app.get(`/repos/${full_name}/issues`)).status).toBe(401)
    expect((await town.as('olivia').get('/app')).status).toBe(401)
  })

  test('is refused with a JWT that ran out, lasts too long, is signed by another key, or names another App', async () => {
    const now = Math.floor(Date.now() / 1000)
    const tokens = [
      jwt({ exp: now - 1 }),
      jwt({ exp: now + 3600 }),
      jwt({ iss: 1 }),
      jwt({}, strangersKey()),
      'a.b.c',
    ]
    for (const token of tokens) expect((await town.withToken(token).get('/app')).status).toBe(401)
    expect((await town.withToken(jwt({ iss: '4242' })).get('/app')).status).toBe(200)
  })

  test('gets a token with no more than it asks for, for the repositories that it names', async () => {
    const [mine, other] = [await town.repository(), await town.repository({ private: true })]
    const made = await town.app().post(`/app/installations/${town.github.installationId}/access_tokens`, {
      repositories: [mine.name],
      permissions: { contents: 'write' },
    })
    expect(made.body).toMatchObject({
      permissions: { contents: 'write', metadata: 'read' },
      repository_selection: 'selected',
      repositories: [{ id: mine.id }],
    })
    expect(Date.parse(String(made.body.expires_at)) - Date.now()).toBeGreaterThan(3_500_000)
    const token = town.withToken(made.body.token)
    await town.as('wes').post(`/repos/${mine.full_name}/issues`, { title: 'x' })
    const comment = await token.post(`/repos/${mine.full_name}/issues/1/comments`, { body: 'x' })
    expect([comment.status, comment.body.message]).toEqual([403, 'Resource not accessible by integration'])
    expect(comment.headers.get('x-accepted-github-permissions')).toBe('issues=write; pull_requests=write')
    expect((await token.get(`/repos/${other.full_name}`)).status).toBe(404)
    expect((await token.get(`/repositories/${other.id}`)).status).toBe(404)
    const listed = await token.get<{ total_count: number; repositories: Thing[] }>(
      '/installation/repositories',
    )
    expect([listed.body.total_count, names(listed.body.repositories)]).toEqual([1, [mine.name]])
    expect((await token.get('/user')).status).toBe(403)
  })

  test('cannot ask for what was not granted, or for a repository that is not there', async () => {
    const at = `/app/installations/${town.github.installationId}/access_tokens`
    expect((await town.app().post(at, { permissions: { administration: 'write' } })).status).toBe(422)
    expect((await town.app().post(at, { repositories: ['nope'] })).status).toBe(422)
    expect((await town.app().post(at, { repository_ids: [1] })).status).toBe(422)
    expect((await town.as('olivia').post(at, {})).status).toBe(401)
  })

  test('loses a token when it is revoked, and when its hour is over', async () => {
    const client = await town.installation()
    expect((await client.get('/installation/repositories')).status).toBe(200)
    expect((await client.delete('/installation/token')).status).toBe(204)
    expect((await client.get('/installation/repositories')).status).toBe(401)
    const old = await town.installation()
    const { tokens } = town.github.world
    const kept = tokens.one('token', old.token)!
    tokens.put({ ...kept, scope: { ...kept.scope!, expiresAt: '2020-01-01T00:00:00Z' } })
    expect((await old.get('/installation/repositories')).status).toBe(401)
  })

  test('can do nothing while its installation is suspended, and hears only that', async () => {
    const { full_name } = await town.repository()
    const token = await town.installation()
    const at = `/app/installations/${town.github.installationId}`
    await town.deliveries()
    town.forget()
    expect((await town.app().put(`${at}/suspended`)).status).toBe(204)
    expect((await token.get(`/repos/${full_name}`)).status).toBe(403)
    expect((await town.app().post(`${at}/access_tokens`)).body.message).toContain('suspended')
    await town.as('wes').post(`/repos/${full_name}/issues`, { title: 'unheard' })
    expect((await town.app().get(at)).body.suspended_at).toMatch(/Z$/)
    expect((await town.app().delete(`${at}/suspended`)).status).toBe(204)
    expect((await token.get(`/repos/${full_name}`)).status).toBe(200)
    expect((await town.deliveries()).map(it => it.action)).toEqual(['suspend', 'unsuspend'])
  })

  test('comments as its bot', async () => {
    const { full_name } = await town.repository()
    await town.as('wes').post(`/repos/${full_name}/issues`, { title: 'x' })
    const made = await (await town.installation()).post(`/repos/${full_name}/issues/1/comments`, {
      body: 'hi',
    })
    expect(made.body).toMatchObject({
      user: { login: 'townhall[bot]', type: 'Bot' },
      performed_via_github_app: { id: 4242, slug: 'townhall' },
    })
  })

  test('works through octokit with nothing but the base address changed', async () => {
    const { name } = await town.repository()
    const app = new App({ appId: 4242, privateKey, Octokit: Octokit.defaults({ baseUrl: town.github.api }) })
    const octokit = await app.getInstallationOctokit(town.github.installationId)
    const { data } = await octokit.rest.issues.create({ owner: 'acme', repo: name, title: 'From octokit' })
    const { repository } = await octokit.graphql<{ repository: { issue: { title: string } } }>(
      'query($r:String!,$n:Int!){ repository(owner:"acme",name:$r){ issue(number:$n){ title } } }',
      { r: name, n: data.number },
    )
    expect(repository.issue.title).toBe('From octokit')
  })
})

describe('repositories', () => {
  test('are made by those who may push, once by a name', async () => {
    const wes = town.as('wes')
    const made = await wes.post('/orgs/acme/repos', { name: 'by-wes', description: 'A try', auto_init: true })
    expect([made.status, made.body.full_name, made.body.default_branch]).toEqual([201, 'acme/by-wes', 'main'])
    expect((await wes.post('/orgs/acme/repos', { name: 'By-Wes' })).status).toBe(422)
    expect((await wes.post('/orgs/acme/repos', { name: 'no good' })).status).toBe(422)
    expect((await wes.post('/orgs/other/repos', { name: 'x' })).status).toBe(404)
    expect((await town.as('stan').post('/orgs/acme/repos', { name: 'by-stan' })).status).toBe(403)
    expect(names((await wes.get('/orgs/acme/repos?per_page=100')).body)).toContain('by-wes')
    expect(names((await wes.get('/user/repos?per_page=100')).body)).toContain('by-wes')
    expect((await wes.get(`/repositories/${made.body.id}`)).body.name).toBe('by-wes')
    expect((await wes.get('/repos/ACME/BY-WES')).body.name).toBe('by-wes')
  })

  test('are renamed, archived and deleted by their admins', async () => {
    const { full_name } = await town.repository()
    const olivia = town.as('olivia')
    expect((await town.as('wes').patch(`/repos/${full_name}`, { description: 'x' })).status).toBe(403)
    const named = `${full_name}-2`
    const renamed = await olivia.patch(`/repos/${full_name}`, {
      name: named.split('/')[1],
      description: 'New',
    })
    expect(renamed.body).toMatchObject({ full_name: named, description: 'New' })
    expect((await olivia.get(`/repos/${full_name}`)).status).toBe(404)
    expect((await olivia.patch(`/repos/${named}`, { default_branch: 'nope' })).status).toBe(422)
    await olivia.patch(`/repos/${named}`, { archived: true })
    expect((await olivia.post(`/repos/${named}/issues`, { title: 'x' })).status).toBe(403)
    expect((await olivia.delete(`/repos/${named}`)).status).toBe(204)
    expect((await olivia.get(`/repos/${named}`)).status).toBe(404)
  })
})

describe('every answer', () => {
  test('tells the rate limit, and one that did not change costs nothing', async () => {
    const { full_name } = await town.repository()
    const rhea = town.as('rhea')
    const first = await rhea.get(`/repos/${full_name}`)
    const left = Number(first.headers.get('x-ratelimit-remaining'))
    expect(first.headers.get('x-github-request-id')).toMatch(/./)
    expect(first.headers.get('x-ratelimit-resource')).toBe('core')
    const same = await rhea.get(`/repos/${full_name}`, { 'if-none-match': first.headers.get('etag')! })
    expect([same.status, same.headers.get('x-ratelimit-remaining')]).toEqual([304, String(left)])
    await town.as('olivia').patch(`/repos/${full_name}`, { description: 'changed' })
    const other = await rhea.get(`/repos/${full_name}`, { 'if-none-match': first.headers.get('etag')! })
    expect([other.status, other.headers.get('x-ratelimit-remaining')]).toEqual([200, String(left - 1)])
    const limit = await rhea.get<{ resources: { core: { remaining: number } } }>('/rate_limit')
    expect(limit.body.resources.core.remaining).toBe(left - 1)
  })

  test('to a route that the sandbox does not have is 501 and names it', async () => {
    const { status, body } = await town.as('wes').get('/gists/starred')
    expect([status, body.method, body.path]).toEqual([501, 'GET', '/api/v3/gists/starred'])
    expect((await fetch(`${town.github.url}/no/such/page`)).status).toBe(501)
  })
})

test('everything that passed could have passed on GitHub', () => {
  expect(town.wrong).toEqual([])
})
