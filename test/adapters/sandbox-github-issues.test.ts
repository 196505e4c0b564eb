import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTown, type Thing, type Town } from './github-client.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(async () => {
  await town.close()
})

const names = (list: unknown) => (list as { name: string }[]).map(it => it.name)
const numbers = (list: unknown) => (list as { number: number }[]).map(it => it.number)
const logins = (list: unknown) => (list as { login: string }[]).map(it => it.login)

async function repo(): Promise<string> {
  return `/repos/${(await town.repository()).full_name}`
}

describe('issues', () => {
  test('anybody who can read may open one; labels and assignees are dropped without triage', async () => {
    const at = await repo()
    const plain = await town
      .as('rhea')
      .post(`${at}/issues`, { title: 'Broken', labels: ['bug'], assignees: ['wes'] })
    expect(plain.status).toBe(201)
    expect(plain.body).toMatchObject({ number: 1, state: 'open', labels: [], assignees: [], body: null })
    const full = await town.as('tara').post(`${at}/issues`, {
      title: 'Also',
      body: 'text',
      labels: ['bug', 'Bug', 'ui'],
      assignees: ['wes', 'stan', 'nobody'],
    })
    expect(full.body.number).toBe(2)
    expect(names(full.body.labels)).toEqual(['Bug', 'ui'])
    expect(logins(full.body.assignees)).toEqual(['wes'])
    expect(full.body.id).toBeGreaterThan(1000)
    expect(full.body.html_url).toBe(`${town.github.url}${at.replace('/repos', '')}/issues/2`)
  })

  test('its author and people with triage may close it, others may not', async () => {
    const at = await repo()
    await town.as('rhea').post(`${at}/issues`, { title: 'Mine' })
    await town.as('wes').post(`${at}/issues`, { title: 'His' })
    expect((await town.as('rhea').patch(`${at}/issues/2`, { state: 'closed' })).status).toBe(403)
    const own = await town
      .as('rhea')
      .patch(`${at}/issues/1`, { state: 'closed', state_reason: 'not_planned' })
    expect(own.body).toMatchObject({
      state: 'closed',
      state_reason: 'not_planned',
      closed_by: { login: 'rhea' },
    })
    const other = await town.as('tara').patch(`${at}/issues/2`, { state: 'closed' })
    expect(other.body).toMatchObject({ state: 'closed', state_reason: 'completed' })
    const again = await town.as('tara').patch(`${at}/issues/2`, { state: 'open' })
    expect(again.body).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null })
  })

  test('triage may label but not rewrite what somebody else wrote', async () => {
    const at = await repo()
    await town.as('wes').post(`${at}/issues`, { title: 'His' })
    expect((await town.as('tara').patch(`${at}/issues/1`, { title: 'Hers' })).status).toBe(403)
    const labelled = await town.as('tara').patch(`${at}/issues/1`, { labels: ['a', 'b'] })
    expect(names(labelled.body.labels)).toEqual(['a', 'b'])
    expect((await town.as('rhea').post(`${at}/issues/1/labels`, { labels: ['c'] })).status).toBe(403)
    expect((await town.as('olivia').patch(`${at}/issues/1`, { title: 'Ours', body: 'x' })).body.title).toBe(
      'Ours',
    )
  })

  test('labels on an issue are added, replaced and taken away', async () => {
    const at = await repo()
    const tara = town.as('tara')
    await tara.post(`${at}/issues`, { title: 'One', labels: ['a'] })
    expect(names((await tara.post(`${at}/issues/1/labels`, { labels: ['b', 'a/c d'] })).body)).toEqual([
      'a',
      'b',
      'a/c d',
    ])
    expect(names((await tara.delete(`${at}/issues/1/labels/a%2Fc%20d`)).body)).toEqual(['a', 'b'])
    expect((await tara.delete(`${at}/issues/1/labels/nope`)).status).toBe(404)
    expect(names((await tara.put(`${at}/issues/1/labels`, { labels: ['z'] })).body)).toEqual(['z'])
    expect(names((await tara.get(`${at}/issues/1/labels`)).body)).toEqual(['z'])
    expect((await tara.delete(`${at}/issues/1/labels`)).status).toBe(204)
    expect((await tara.get(`${at}/issues/1/labels`)).body).toEqual([])
  })

  test('labels of the repository are made, renamed and deleted by those who may push', async () => {
    const at = await repo()
    const wes = town.as('wes')
    expect((await town.as('tara').post(`${at}/labels`, { name: 'x', color: 'ff0000' })).status).toBe(403)
    expect((await wes.post(`${at}/labels`, { name: 'x', color: 'FF0000' })).body).toMatchObject({
      color: 'ff0000',
    })
    const twice = await wes.post(`${at}/labels`, { name: 'X', color: 'ff0000' })
    expect(twice.status).toBe(422)
    expect(twice.body.errors).toMatchObject([{ code: 'already_exists' }])
    await wes.post(`${at}/issues`, { title: 'One', labels: ['x'] })
    expect((await wes.patch(`${at}/labels/x`, { new_name: 'y', description: 'Why' })).body.name).toBe('y')
    expect(names((await wes.get(`${at}/issues/1`)).body.labels)).toEqual(['y'])
    expect((await wes.get(`${at}/labels/y`)).body.description).toBe('Why')
    expect((await wes.delete(`${at}/labels/y`)).status).toBe(204)
    expect((await wes.get(`${at}/issues/1`)).body.labels).toEqual([])
    expect((await wes.get(`${at}/labels`)).body).toEqual([])
  })

  test('people are assigned and unassigned', async () => {
    const at = await repo()
    const tara = town.as('tara')
    expect(logins((await tara.get(`${at}/assignees`)).body)).toEqual(['olivia', 'wes', 'tara', 'rhea'])
    await tara.post(`${at}/issues`, { title: 'One' })
    const added = await tara.post(`${at}/issues/1/assignees`, { assignees: ['wes', 'olivia'] })
    expect(added.status).toBe(201)
    expect(logins(added.body.assignees)).toEqual(['wes', 'olivia'])
    expect(
      logins((await tara.delete(`${at}/issues/1/assignees`, { assignees: ['wes'] })).body.assignees),
    ).toEqual(['olivia'])
  })

  test('a list is filtered, sorted and paged', async () => {
    const at = await repo()
    const tara = town.as('tara')
    for (const [title, labels] of [
      ['one', ['a']],
      ['two', ['a', 'b']],
      ['three', ['b']],
    ] as const)
      await tara.post(`${at}/issues`, { title, labels })
    await town.as('rhea').post(`${at}/issues`, { title: 'four' })
    await tara.patch(`${at}/issues/3`, { state: 'closed' })
    const list = async (query: string) => numbers((await tara.get(`${at}/issues?${query}`)).body)
    expect(await list('')).toEqual([4, 2, 1])
    expect(await list('state=all&direction=asc')).toEqual([1, 2, 3, 4])
    expect(await list('state=all&labels=b')).toEqual([3, 2])
    expect(await list('labels=a,b')).toEqual([2])
    expect(await list('creator=rhea')).toEqual([4])
    expect(await list('since=2100-01-01T00:00:00Z')).toEqual([])
    const first = await tara.get<Thing[]>(`${at}/issues?state=all&per_page=3`)
    expect(numbers(first.body)).toEqual([4, 3, 2])
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!
    expect(numbers((await tara.get(next.slice(town.github.api.length))).body)).toEqual([1])
    expect((await tara.get(`${at}/issues?state=sleeping`)).status).toBe(422)
  })

  test('what is wrong is said in the shape that GitHub has for it', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const untitled = await wes.post(`${at}/issues`, { body: 'x' })
    expect(untitled.status).toBe(422)
    expect(untitled.body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
    })
    expect((await wes.post(`${at}/issues`, { title: 'x', body: 'y'.repeat(65_537) })).status).toBe(422)
    expect((await wes.get(`${at}/issues/99`)).body.message).toBe('Not Found')
    expect((await wes.get(`${at}/issues/none`)).status).toBe(404)
    const broken = await fetch(`${town.github.api}${at}/issues`, {
      method: 'POST',
      headers: { authorization: `token ${wes.token}` },
      body: '{"title":',
    })
    expect(broken.status).toBe(400)
  })
})

describe('comments and reactions', () => {
  test('readers comment; only the author or somebody who may push changes a comment', async () => {
    const at = await repo()
    await town.as('wes').post(`${at}/issues`, { title: 'One' })
    const made = await town.as('rhea').post(`${at}/issues/1/comments`, { body: 'hello' })
    expect(made.body).toMatchObject({
      body: 'hello',
      user: { login: 'rhea' },
      performed_via_github_app: null,
    })
    const one = `${at}/issues/comments/${made.body.id}`
    expect((await town.as('tara').patch(one, { body: 'x' })).status).toBe(403)
    expect((await town.as('rhea').patch(one, { body: 'hello again' })).body.body).toBe('hello again')
    expect((await town.as('wes').get(one)).body.body).toBe('hello again')
    expect((await town.as('wes').get(`${at}/issues/1`)).body.comments).toBe(1)
    expect((await town.as('wes').delete(one)).status).toBe(204)
    expect((await town.as('wes').get(one)).status).toBe(404)
  })

  test('the comments of a repository are listed by time, oldest or newest first', async () => {
    const at = await repo()
    const wes = town.as('wes')
    await wes.post(`${at}/issues`, { title: 'One' })
    await wes.post(`${at}/issues`, { title: 'Two' })
    const ids = []
    for (const number of [1, 2, 1])
      ids.push((await wes.post(`${at}/issues/${number}/comments`, { body: `on ${number}` })).body.id)
    const list = async (query: string) =>
      (await wes.get<Thing[]>(`${at}/issues/comments${query}`)).body.map(it => it.id)
    expect(await list('')).toEqual(ids)
    expect(await list('?sort=created&direction=desc')).toEqual(ids.toReversed())
    expect(await list('?since=2100-01-01T00:00:00Z')).toEqual([])
    expect((await wes.get<Thing[]>(`${at}/issues/1/comments?per_page=1&page=2`)).body[0]!.id).toBe(ids[2])
  })

  test('one comment at a time is pinned', async () => {
    const at = await repo()
    const wes = town.as('wes')
    await wes.post(`${at}/issues`, { title: 'One' })
    const first = (await wes.post(`${at}/issues/1/comments`, { body: 'a' })).body.id
    const second = (await wes.post(`${at}/issues/1/comments`, { body: 'b' })).body.id
    expect((await wes.put(`${at}/issues/comments/${first}/pin`)).body.pin).toMatchObject({
      pinned_by: { login: 'wes' },
    })
    await wes.put(`${at}/issues/comments/${second}/pin`)
    expect((await wes.get(`${at}/issues/comments/${first}`)).body.pin).toBeNull()
    expect((await wes.get(`${at}/issues/1`)).body.pinned_comment).toMatchObject({ id: second })
    expect((await wes.delete(`${at}/issues/comments/${second}/pin`)).status).toBe(204)
    expect((await wes.get(`${at}/issues/1`)).body.pinned_comment).toBeNull()
  })

  test('a reaction that is there already is answered with 200 and not made twice', async () => {
    const at = await repo()
    const rhea = town.as('rhea')
    await rhea.post(`${at}/issues`, { title: 'One' })
    const comment = (await rhea.post(`${at}/issues/1/comments`, { body: 'a' })).body.id
    for (const path of [`${at}/issues/1/reactions`, `${at}/issues/comments/${comment}/reactions`]) {
      const made = await rhea.post(path, { content: 'eyes' })
      expect(made.status).toBe(201)
      const again = await rhea.post(path, { content: 'eyes' })
      expect([again.status, again.body.id]).toEqual([200, made.body.id])
      expect((await town.as('wes').post(path, { content: 'rocket' })).status).toBe(201)
      expect((await rhea.get<Thing[]>(`${path}?content=rocket`)).body).toHaveLength(1)
      expect((await rhea.post(path, { content: 'shrug' })).status).toBe(422)
      expect((await town.as('wes').delete(`${path}/${made.body.id}`)).status).toBe(403)
      expect((await rhea.delete(`${path}/${made.body.id}`)).status).toBe(204)
    }
    expect((await rhea.get(`${at}/issues/1`)).body.reactions).toMatchObject({
      total_count: 1,
      rocket: 1,
      eyes: 0,
    })
  })
})

test('everything that passed could have passed on GitHub', () => {
  expect(town.wrong).toEqual([])
})
