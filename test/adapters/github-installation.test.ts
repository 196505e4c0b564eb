import nock from 'nock'
import { describe, expect, test } from 'vitest'
import { API, kept, REPO, TOWN, us, withAnswers } from '../support/github-answers.ts'

/** Installations and repositories that come, go and move. */

withAnswers()

const installation = (more: object = {}) =>
  nock(API)
    .get('/app/installations/77')
    .reply(200, {
      id: 77,
      account: { login: 'acme', type: 'Organization' },
      app_slug: 'townhall',
      created_at: '2026-11-01T00:00:00Z',
      suspended_at: null,
      ...more,
    })
const repository = (id: number, name: string) => ({
  id,
  name,
  owner: { login: 'acme' },
  default_branch: 'main',
  archived: false,
})
const repositories = (...list: object[]) =>
  nock(API)
    .get('/installation/repositories')
    .query(true)
    .reply(200, { total_count: list.length, repositories: list })
const config = (name: string) =>
  nock(API).get(`/repos/acme/${name}/contents/.github%2Ftownhall.yml`).query({ ref: 'main' })

const facts = async (look: Parameters<typeof us.look>[1]) => (await us.look(TOWN, look)).map(it => it.fact)

test('a suspended installation says so and is asked for nothing more', async () => {
  installation({ suspended_at: '2026-11-20T00:00:00Z' })
  expect(await facts({ look: 'installation' })).toEqual([
    { type: 'TownSeen', login: 'acme', ownerType: 'Organization', appSlug: 'townhall', suspended: true },
  ])
})

test('one that the App was taken off keeps its name and loses its rigs', async () => {
  installation({ account: { login: 'wes', type: 'User' } })
  repositories()
  await us.look(TOWN, { look: 'installation' })
  nock(API).get('/app/installations/77').reply(404, { message: 'Not Found' })
  expect(await facts({ look: 'installation' })).toEqual([
    { type: 'TownSeen', login: 'wes', ownerType: 'User', appSlug: 'townhall', suspended: true },
    { type: 'RigsSeen', rigs: [], complete: true },
  ])
})

test('a repository that is not where it was is looked for in the whole list', async () => {
  nock(API).get(REPO).reply(200, repository(99, 'x'))
  installation()
  repositories(repository(7, 'renamed'), repository(99, 'x'))
  config('renamed').reply(404, { message: 'Not Found' })
  config('x').reply(409, { message: 'Git Repository is empty.' })
  const [, rigs] = await facts({ look: 'rig', rigId: '7' })
  expect(rigs).toMatchObject({
    complete: true,
    rigs: [{ id: '7', name: 'renamed', config: { tries: 3 } }, { id: '99' }],
  })
})

describe('the defaults of a town', () => {
  const said = (text: string, sha = 's') =>
    ({ type: 'file', size: text.length, sha, content: Buffer.from(text).toString('base64') }) as const
  const file = (name: string, text: string | null) =>
    text === null ? config(name).reply(404, { message: 'Not Found' }) : config(name).reply(200, said(text))
  /** Everything that is seen of the rigs with these files: of the town, of `x`. */
  const rigsWith = async (town: string | null, own: string | null) => {
    installation()
    repositories(repository(7, 'x'), repository(8, '.github'))
    for (const _ of [1, 2]) file('.github', town)
    file('x', own)
    const seen = (await facts({ look: 'installation' }))[1]
    if (seen?.type !== 'RigsSeen') throw new Error('no rigs')
    expect(nock.pendingMocks().filter(it => it.includes('/contents/'))).toEqual([])
    return seen.rigs
  }

  test('hold where a rig’s own file says nothing, also in a rig without one', async () => {
    const [x] = await rigsWith('tries: 5\nmax_polecats: 2', 'tries: 7')
    expect(x).toMatchObject({ config: { tries: 7, maxPolecats: 2, landing: 'auto' }, problem: null })
    const [bare, itself] = await rigsWith('tries: 5', null)
    expect(bare).toMatchObject({ config: { tries: 5 }, configSha: null, problem: null })
    expect(itself).toMatchObject({ config: { tries: 5 }, configSha: 's', problem: null })
  })

  test('with a mistake in them are told in every rig, and the last good ones hold', async () => {
    await rigsWith('tries: 5', null)
    const [x, itself] = await rigsWith('trys: 6', 'max_polecats: 2')
    expect(x).toMatchObject({ config: { tries: 5, maxPolecats: 2 } })
    expect(x!.problem).toMatch(/^In the defaults of acme\/\.github: Line 1: there is no key `trys` here/)
    expect(itself).toMatchObject({ config: null, problem: expect.stringMatching(/^Line 1: .*`trys`/) })
    const [both] = await rigsWith('trys: 6', 'landing: x')
    expect(both!.config).toBeNull()
    expect(both!.problem).toMatch(/^Line 1: `landing` .* In the defaults of acme\/\.github: Line 1/)
    const [gone] = await rigsWith(null, null)
    expect(gone).toMatchObject({ config: { tries: 3 }, problem: null })
    const [again] = await rigsWith('trys: 6', null)
    expect(again).toMatchObject({ config: { tries: 3 } })
  })

  test('are read for a single rig too, where the town has the repository', async () => {
    kept.rigs.set('8', { owner: 'acme', name: '.github', defaultBranch: 'main', configSha: null })
    nock(API).get(REPO).reply(200, repository(7, 'x'))
    file('.github', 'tries: 5')
    file('x', null)
    expect(await facts({ look: 'rig', rigId: '7' })).toMatchObject([{ rigs: [{ config: { tries: 5 } }] }])
  })
})

test.each([
  ['a folder', [{ name: 'x' }], 'is not a file'],
  ['a link', { type: 'symlink', target: '/etc/passwd' }, 'is not a file'],
  ['a file as long as a book', { type: 'file', size: 70_000, sha: 's', content: '' }, 'longer than 64 kB'],
])('%s in the place of the config is a problem, and no more than that', async (_name, answer, problem) => {
  nock(API).get(REPO).reply(200, repository(7, 'x'))
  config('x').reply(200, answer as nock.Body)
  expect(await facts({ look: 'rig', rigId: '7' })).toMatchObject([
    { complete: false, rigs: [{ config: null, problem: expect.stringContaining(problem) }] },
  ])
})

test('a sweep asks for no comment from before the App was installed, and none that is older than three days', async () => {
  const now = Date.now()
  const comments = nock(API)
    .get(`${REPO}/issues/comments`)
    .query(it => it.per_page === '1')
    .times(2)
    .reply(200, [{ updated_at: new Date(now).toISOString() }])
  const asked: string[] = []
  nock(API)
    .get(`${REPO}/issues/comments`)
    .query(it => it.since !== undefined && Boolean(asked.push(String(it.since))))
    .times(2)
    .reply(200, [])
  const hourAgo = Math.floor(now / 1000) * 1000 - 3_600_000
  for (const created_at of [new Date(hourAgo).toISOString(), '2020-01-01T00:00:00Z']) {
    installation({ created_at })
    repositories(repository(7, 'x'))
    config('x').reply(404, { message: 'Not Found' })
    await us.sweep(TOWN, 0)
  }
  expect(comments.isDone()).toBe(true)
  const since = [...new Set(asked)].map(it => Date.parse(it))
  expect(since[0]).toBe(hourAgo)
  expect(now - since[1]!).toBeLessThan(3 * 24 * 3_600_000 + 10_000)
  expect(now - since[1]!).toBeGreaterThan(3 * 24 * 3_600_000 - 10_000)
})

const sweepWith = (status: number, headers: Record<string, string> = {}) => {
  installation()
  repositories(repository(7, 'x'), repository(8, 'y'))
  config('x').reply(404, { message: 'Not Found' })
  config('y').reply(404, { message: 'Not Found' })
  nock(API).get(`${REPO}/issues/comments`).query(true).reply(status, { message: 'no' }, headers)
  nock(API).get('/repos/acme/y/issues/comments').query(true).reply(200, [])
  kept.convoys = [{ id: 'c', rigId: '7', issueId: '70', number: 1 }]
  nock(API)
    .post('/graphql')
    .reply(200, { data: { repository: null }, errors: [{ type: 'NOT_FOUND', message: 'x' }] })
  return us.sweep(TOWN, Date.now() - 1000)
}

test.each([410, 502])(
  'a rig or an epic that GitHub does not show (%i) leaves the rest of the sweep alone',
  async status => {
    expect((await sweepWith(status)).map(it => it.fact.type)).toEqual(['TownSeen', 'RigsSeen'])
    expect(nock.pendingMocks().filter(it => it.includes('/repos/acme') || it.includes('graphql'))).toEqual([])
  },
)

test('a limit ends the sweep', async () => {
  await expect(sweepWith(403, { 'retry-after': '30' })).rejects.toMatchObject({ name: 'Unreachable' })
  expect(nock.pendingMocks().some(it => it.includes('/repos/acme/y/issues/comments'))).toBe(true)
})
