import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Created } from '../../src/sandbox/github/creations.ts'
import { startTown, type Thing, type Town } from './github-client.ts'

/** How much content was created, and what happens when it is too much. */

let town: Town
let at: string
let repoId: string
beforeEach(async () => {
  town = await startTown()
  const repo = await town.repository()
  at = `/repos/${repo.full_name}`
  repoId = repo.node_id
})
afterEach(() => town.close())

const control = (path: string, method: string, body?: object) =>
  fetch(town.github.url + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })

async function counts() {
  const answer = await (await control('/sandbox/requests', 'GET')).json()
  return answer as { total: number; creations: { [actor: string]: Created } }
}

async function graphql(token: string, query: string) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(town.github.graphql, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  })
  const body = (await response.json()) as { data?: object; errors?: object[]; message?: string }
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body }
}

const issues = (count: number) =>
  `mutation{ ${Array.from({ length: count }, (_, n) => `i${n}: createIssue(input:{repositoryId:"${repoId}",title:"i${n}"}){ issue{ number } }`).join(' ')} }`

test('each issue, comment, sub-issue and edge counts, each alias too; looks, edits and refusals do not', async () => {
  const wes = town.as('wes')
  await control('/sandbox/requests', 'DELETE')
  const one = (await wes.post(`${at}/issues`, { title: 'one' })).body
  const two = (await wes.post(`${at}/issues`, { title: 'two' })).body
  await wes.post(`${at}/issues/1/comments`, { body: 'hello' })
  await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: two.id })
  await wes.post(`${at}/issues/2/dependencies/blocked_by`, { issue_id: one.id })
  await wes.post(`${at}/issues`, {})
  await wes.patch(`${at}/issues/1`, { body: 'edited' })
  await wes.post(`${at}/issues/1/reactions`, { content: 'eyes' })
  await graphql(wes.token, issues(3))
  await graphql(wes.token, '{ viewer{ login } }')
  await graphql(wes.token, `mutation{ no: addComment(input:{subjectId:"x",body:"y"}){ clientMutationId } }`)
  const { total, creations } = await counts()
  expect(total).toBe(11)
  expect(creations.wes).toEqual({
    total: 8,
    busiest_minute: 8,
    busiest_hour: 8,
    refused: 0,
    kinds: {
      'POST /repos/{owner}/{repo}/issues': 2,
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': 1,
      'POST /repos/{owner}/{repo}/issues/{issue_number}/sub_issues': 1,
      'POST /repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by': 1,
      createIssue: 3,
    },
  })
  await control('/sandbox/requests', 'DELETE')
  expect((await counts()).creations).toEqual({})
})

test('over an enforced limit creations are refused for a while, with the seconds to wait; the rest goes on', async () => {
  await control('/sandbox/faults', 'PUT', { creations: [{ limit: 3, seconds: 1.5 }] })
  const wes = town.as('wes')
  const partial = await graphql(wes.token, issues(4))
  expect(partial.status).toBe(200)
  expect(partial.body.data).toMatchObject({
    i0: { issue: { number: 1 } },
    i2: { issue: { number: 3 } },
    i3: null,
  })
  expect(partial.body.errors).toMatchObject([{ path: ['i3'], message: 'was submitted too quickly' }])
  const refused = await wes.post(`${at}/issues`, { title: 'one more' })
  expect(refused.status).toBe(403)
  expect(refused.body.message).toContain('secondary rate limit')
  const wait = Number(refused.headers.get('retry-after'))
  expect(wait).toBeGreaterThanOrEqual(1)
  expect(wait).toBeLessThanOrEqual(2)
  expect(await graphql(wes.token, issues(1))).toMatchObject({ status: 403, retryAfter: String(wait) })
  expect((await wes.patch(`${at}/issues/1`, { title: 'edits are free' })).status).toBe(200)
  expect((await town.as('tara').post(`${at}/issues`, { title: 'somebody else' })).status).toBe(201)
  await new Promise(resolve => setTimeout(resolve, wait * 1000))
  expect((await wes.post(`${at}/issues`, { title: 'one more' })).status).toBe(201)
  expect((await counts()).creations.wes).toMatchObject({ total: 4, refused: 3 })
  expect((await wes.get<Thing[]>(`${at}/issues?state=all`)).body).toHaveLength(5)
})

test('a fault can hit what creates content and nothing else, by REST and by GraphQL', async () => {
  const wes = town.as('wes')
  await control('/sandbox/faults', 'PUT', { api: [{ creates: true, status: 429, retry_after: 9, times: 2 }] })
  expect((await wes.get(`${at}/issues`)).status).toBe(200)
  expect((await graphql(wes.token, '{ viewer{ login } }')).status).toBe(200)
  const refused = await wes.post(`${at}/issues`, { title: 'no' })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '9'])
  const limited = await graphql(wes.token, issues(1))
  expect(limited).toMatchObject({ status: 429, retryAfter: '9' })
  expect(limited.body.message).toContain('secondary rate limit')
  expect((await wes.post(`${at}/issues`, { title: 'yes' })).status).toBe(201)
  expect((await counts()).creations.wes).toMatchObject({ total: 1, refused: 0 })
})
