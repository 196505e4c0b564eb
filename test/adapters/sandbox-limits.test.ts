import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeClient } from './code-client.ts'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

/** What GitHub refuses because it is too much, or of the wrong kind. */

let town: Town
let wes: Client
beforeAll(async () => {
  town = await startTown()
  wes = town.as('wes')
})
afterAll(async () => {
  await town.close()
  expect(realFaults(town)).toEqual([])
})
const { repo, put, branch, open } = codeClient(() => town)

/** Issues made quickly, in one document. */
async function issues(count: number) {
  const { full_name, node_id } = await town.repository()
  const one = (n: number) =>
    `i${n}: createIssue(input:{repositoryId:"${node_id}",title:"${n}"}){ issue{ number } }`
  const query = `mutation{ ${Array.from({ length: count }, (_, n) => one(n)).join(' ')} }`
  const headers = { authorization: `Bearer ${wes.token}` }
  await fetch(town.github.graphql, { method: 'POST', headers, body: JSON.stringify({ query }) })
  const at = `/repos/${full_name}`
  const all = (await wes.get<Thing[]>(`${at}/issues?per_page=100&direction=asc`)).body
  const rest = (await wes.get<Thing[]>(`${at}/issues?per_page=100&direction=asc&page=2`)).body
  return { at, all: [...all, ...rest] }
}

test('a title may have 256 characters and a body 65,536; an emoji is one', async () => {
  const { at } = await issues(0)
  const make = async (title: string, body = '') => (await wes.post(`${at}/issues`, { title, body })).status
  expect(await make('🐝'.repeat(256), '🐝'.repeat(65_536))).toBe(201)
  expect(await make('🐝'.repeat(257))).toBe(422)
  expect(await make('long', 'x'.repeat(65_537))).toBe(422)
  expect((await wes.patch(`${at}/issues/1`, { title: 'x'.repeat(257) })).status).toBe(422)
  expect((await wes.patch(`${at}/issues/1`, { body: 'x'.repeat(65_537) })).status).toBe(422)
  expect((await wes.post(`${at}/issues/1/comments`, { body: 'x'.repeat(65_537) })).status).toBe(422)
})

test('a parent has at most a hundred sub-issues, closed ones too', async () => {
  const { at, all } = await issues(102)
  const adopt = (child: Thing) => wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: child.id })
  for (const child of all.slice(1, 101)) expect((await adopt(child)).status).toBe(201)
  await wes.patch(`${at}/issues/2`, { state: 'closed' })
  expect(await adopt(all[101]!)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining('Parent cannot have more than 100 sub-issues') },
  })
})

test('an issue waits for at most fifty others', async () => {
  const { at, all } = await issues(52)
  const block = (by: Thing) => wes.post(`${at}/issues/1/dependencies/blocked_by`, { issue_id: by.id })
  for (const blocker of all.slice(1, 51)) expect((await block(blocker)).status).toBe(201)
  expect((await block(all[51]!)).status).toBe(422)
})

test('a pull request is neither a sub-issue, nor a parent, nor a blocker', async () => {
  const at = await repo()
  await branch(at, 'work')
  await put(at, 'work.txt', 'done\n', 'work')
  const pull = await open(wes, at, 'work')
  const issue = (await wes.post(`${at}/issues`, { title: 'issue' })).body
  const half = (await wes.get(`${at}/issues/${pull.number}`)).body
  const tries = [
    wes.post(`${at}/issues/${issue.number}/sub_issues`, { sub_issue_id: half.id }),
    wes.post(`${at}/issues/${pull.number}/sub_issues`, { sub_issue_id: issue.id }),
    wes.post(`${at}/issues/${issue.number}/dependencies/blocked_by`, { issue_id: half.id }),
    wes.post(`${at}/issues/${pull.number}/dependencies/blocked_by`, { issue_id: issue.id }),
  ]
  expect((await Promise.all(tries)).map(it => it.status)).toEqual([422, 422, 422, 422])
})
