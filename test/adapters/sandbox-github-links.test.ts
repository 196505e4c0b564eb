import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { schemaFaults } from './openapi.ts'

let town: Town
let tara: Client
beforeAll(async () => {
  town = await startTown()
  tara = town.as('tara')
})
afterAll(async () => {
  await town.close()
})

const numbers = (list: unknown) => (list as { number: number }[]).map(it => it.number)

/** A repository with so many issues; gives its path and the issues by number. */
async function withIssues(count: number) {
  const at = `/repos/${(await town.repository()).full_name}`
  const issues: Thing[] = []
  for (let n = 1; n <= count; n += 1)
    issues.push((await tara.post(`${at}/issues`, { title: `issue ${n}` })).body)
  return { at, id: (number: number) => issues[number - 1]!.id }
}

describe('sub-issues', () => {
  test('are added at the end, moved, and taken away', async () => {
    const { at, id } = await withIssues(4)
    for (const n of [2, 3, 4])
      expect((await tara.post(`${at}/issues/1/sub_issues`, { sub_issue_id: id(n) })).status).toBe(201)
    const children = async () => numbers((await tara.get(`${at}/issues/1/sub_issues`)).body)
    expect(await children()).toEqual([2, 3, 4])
    await tara.patch(`${at}/issues/1/sub_issues/priority`, { sub_issue_id: id(4), before_id: id(2) })
    expect(await children()).toEqual([4, 2, 3])
    await tara.patch(`${at}/issues/1/sub_issues/priority`, { sub_issue_id: id(4), after_id: id(2) })
    expect(await children()).toEqual([2, 4, 3])
    expect((await tara.get(`${at}/issues/3/parent`)).body.number).toBe(1)
    expect((await tara.get(`${at}/issues/3`)).body.parent_issue_url).toBe(`${town.github.api}${at}/issues/1`)
    expect((await tara.delete(`${at}/issues/1/sub_issue`, { sub_issue_id: id(3) })).status).toBe(200)
    expect(await children()).toEqual([2, 4])
    expect((await tara.get(`${at}/issues/3/parent`)).status).toBe(404)
    await tara.patch(`${at}/issues/2`, { state: 'closed' })
    expect((await tara.get(`${at}/issues/1`)).body.sub_issues_summary).toEqual({
      total: 2,
      completed: 1,
      percent_completed: 50,
    })
    expect((await tara.get(`${at}/issues/1`)).body.state).toBe('open')
  })

  test('have one parent, unless the new one replaces it, and make no circle', async () => {
    const { at, id } = await withIssues(3)
    const adopt = (parent: number, body: object) => tara.post(`${at}/issues/${parent}/sub_issues`, body)
    await adopt(1, { sub_issue_id: id(2) })
    expect((await adopt(1, { sub_issue_id: id(2) })).status).toBe(422)
    const second = await adopt(3, { sub_issue_id: id(2) })
    expect(second.status).toBe(422)
    expect(second.body.message).toContain('only have one parent')
    expect((await adopt(3, { sub_issue_id: id(2), replace_parent: true })).status).toBe(201)
    expect(numbers((await tara.get(`${at}/issues/1/sub_issues`)).body)).toEqual([])
    expect((await adopt(2, { sub_issue_id: id(3) })).status).toBe(422)
    expect((await adopt(2, { sub_issue_id: id(2) })).status).toBe(422)
    expect((await adopt(2, { sub_issue_id: 1 })).status).toBe(404)
    expect((await adopt(2, { sub_issue_id: 'one' })).status).toBe(422)
  })

  test('are at most a hundred, eight levels deep', async () => {
    const { at, id } = await withIssues(102)
    for (let n = 2; n <= 101; n += 1)
      expect((await tara.post(`${at}/issues/1/sub_issues`, { sub_issue_id: id(n) })).status).toBe(201)
    expect((await tara.post(`${at}/issues/1/sub_issues`, { sub_issue_id: id(102) })).status).toBe(422)
    const deep = await withIssues(10)
    const results = []
    for (let n = 1; n < 10; n += 1)
      results.push(
        (await tara.post(`${deep.at}/issues/${n}/sub_issues`, { sub_issue_id: deep.id(n + 1) })).status,
      )
    expect(results).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 422])
  })

  test('may be in another repository of the owner', async () => {
    const [one, other] = [await withIssues(1), await withIssues(1)]
    await tara.post(`${one.at}/issues/1/sub_issues`, { sub_issue_id: other.id(1) })
    const [child] = (await tara.get<Thing[]>(`${one.at}/issues/1/sub_issues`)).body
    expect(child).toMatchObject({
      id: other.id(1),
      repository: { full_name: other.at.slice('/repos/'.length) },
    })
  })

  test('cannot be arranged by readers', async () => {
    const { at, id } = await withIssues(2)
    expect((await town.as('rhea').post(`${at}/issues/1/sub_issues`, { sub_issue_id: id(2) })).status).toBe(
      403,
    )
  })
})

describe('dependencies', () => {
  test('count all of them, and the open ones', async () => {
    const { at, id } = await withIssues(3)
    const blockedBy = `${at}/issues/1/dependencies/blocked_by`
    expect((await tara.post(blockedBy, { issue_id: id(2) })).status).toBe(201)
    await tara.post(blockedBy, { issue_id: id(3) })
    const summary = async (n: number) => (await tara.get(`${at}/issues/${n}`)).body.issue_dependencies_summary
    expect(await summary(1)).toEqual({ blocked_by: 2, blocking: 0, total_blocked_by: 2, total_blocking: 0 })
    await tara.patch(`${at}/issues/2`, { state: 'closed' })
    expect(await summary(1)).toEqual({ blocked_by: 1, blocking: 0, total_blocked_by: 2, total_blocking: 0 })
    expect(await summary(3)).toEqual({ blocked_by: 0, blocking: 1, total_blocked_by: 0, total_blocking: 1 })
    expect(numbers((await tara.get(blockedBy)).body)).toEqual([2, 3])
    expect(numbers((await tara.get(`${at}/issues/3/dependencies/blocking`)).body)).toEqual([1])
    expect((await tara.delete(`${blockedBy}/${id(2)}`)).status).toBe(200)
    expect((await tara.delete(`${blockedBy}/${id(2)}`)).status).toBe(404)
    expect(numbers((await tara.get(blockedBy)).body)).toEqual([3])
  })

  test('are not on oneself and not twice; a circle is let in, as nothing says that GitHub refuses it', async () => {
    const { at, id } = await withIssues(2)
    const block = (n: number, by: number) =>
      tara.post(`${at}/issues/${n}/dependencies/blocked_by`, { issue_id: id(by) })
    expect((await block(1, 1)).status).toBe(422)
    expect((await block(1, 2)).status).toBe(201)
    expect((await block(1, 2)).status).toBe(422)
    expect((await block(2, 1)).status).toBe(201)
    expect((await town.as('rhea').delete(`${at}/issues/1/dependencies/blocked_by/${id(2)}`)).status).toBe(403)
  })
})

test('the timeline tells what happened in order', async () => {
  const { at, id } = await withIssues(2)
  await tara.post(`${at}/issues/1/labels`, { labels: ['x'] })
  await town.as('wes').patch(`${at}/issues/1`, { title: 'renamed' })
  await tara.post(`${at}/issues/1/comments`, { body: 'hi' })
  await tara.post(`${at}/issues/1/sub_issues`, { sub_issue_id: id(2) })
  await tara.post(`${at}/issues/2/dependencies/blocked_by`, { issue_id: id(1) })
  await tara.patch(`${at}/issues/1`, { state: 'closed', assignees: ['wes'] })
  const events = async (n: number) => (await tara.get<{ event: string }[]>(`${at}/issues/${n}/timeline`)).body
  const [one, two] = [await events(1), await events(2)]
  const named = one.map(it => it.event)
  expect(named).toEqual([
    'labeled',
    'renamed',
    'commented',
    'sub_issue_added',
    'blocking_added',
    'assigned',
    'closed',
  ])
  expect(one[3]).toMatchObject({ sub_issue: { number: 2 } })
  expect(two).toMatchObject([{ parent_issue: { number: 1 } }, { blocked_by: { number: 1, state: 'closed' } }])
  const faults = [...one, ...two].flatMap(it => schemaFaults(SCHEMA_OF[it.event]!, it))
  expect(faults).toEqual([])
})

/** The list as a whole is checked loosely: each line may be any of thirty kinds. */
const SCHEMA_OF: { readonly [event: string]: string } = {
  labeled: 'labeled-issue-event',
  renamed: 'renamed-issue-event',
  commented: 'timeline-comment-event',
  assigned: 'timeline-assigned-issue-event',
  closed: 'state-change-issue-event',
  sub_issue_added: 'sub-issue-added-issue-event',
  parent_issue_added: 'parent-issue-added-issue-event',
  blocked_by_added: 'blocked-by-added-issue-event',
  blocking_added: 'blocking-added-issue-event',
}

test('everything that passed could have passed on GitHub', () => {
  expect(town.wrong).toEqual([])
})
