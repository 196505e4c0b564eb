import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mountPages } from '../../src/sandbox/github/pages/pages.ts'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

/** What becomes of whole issues and repositories: moved, deleted, locked, converted, archived, without issues. */

let town: Town
let wes: Client
let olivia: Client
let app: Client
let repo: Thing & { readonly full_name: string; readonly name: string }
let at: string
beforeAll(async () => {
  town = await startTown()
  town.github.mountPages(mountPages(town.github.world))
  wes = town.as('wes')
  olivia = town.as('olivia')
})
afterAll(async () => {
  await town.close()
  expect(realFaults(town)).toEqual([])
})
beforeEach(async () => {
  app = await town.installation()
  repo = await town.repository()
  at = `/repos/${repo.full_name}`
})

const open = async (title: string, more: object = {}) =>
  (await wes.post(`${at}/issues`, { title, ...more })).body

interface Answer {
  readonly data?: { readonly [alias: string]: { readonly [field: string]: unknown } | null } | null
  readonly errors?: readonly { readonly type?: string; readonly message: string }[]
}
async function ask(client: Client, query: string, variables: object = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${client.token}` }
  const body = JSON.stringify({ query, variables })
  return (await fetch(town.github.graphql, { method: 'POST', headers, body })).json() as Promise<Answer>
}
const NODE = 'query($i:ID!){ node(id:$i){ id ...on Issue{ number } } }'

const heard = async () => {
  const all = (await town.deliveries()).map(it => `${it.event}.${it.action}`)
  town.forget()
  return all
}
const quiet = async () => {
  await town.deliveries()
  town.forget()
}

const press = (path: string, form: { [field: string]: string }) =>
  fetch(town.github.url + path, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })

describe('an issue that is transferred', () => {
  const MOVE =
    'mutation($i:ID!,$r:ID!){ transferIssue(input:{issueId:$i,repositoryId:$r}){ issue{ id number } } }'

  test('is another issue there, with what was said, its links, and the labels that are there too', async () => {
    const parent = await open('parent')
    const old = await open('moves', { body: 'words', labels: ['both', 'here'] })
    const waits = await open('waits')
    await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: old.id })
    await wes.post(`${at}/issues/3/dependencies/blocked_by`, { issue_id: old.id })
    await wes.post(`${at}/issues/2/comments`, { body: 'hello' })
    const target = await town.repository()
    await wes.post(`/repos/${target.full_name}/labels`, { name: 'both', color: '00ff00' })
    await quiet()
    const { data, errors } = await ask(wes, MOVE, { i: old.node_id, r: target.node_id })
    expect(errors).toBeUndefined()
    const moved = data!.transferIssue!.issue as { id: string; number: number }
    expect(moved.id).not.toBe(old.node_id)
    const there = await wes.get(`/repos/${target.full_name}/issues/${moved.number}`)
    expect(there.body).toMatchObject({
      node_id: moved.id,
      title: 'moves',
      body: 'words',
      comments: 1,
      labels: [{ name: 'both' }],
      parent_issue_url: `${town.github.api}${at}/issues/1`,
      issue_dependencies_summary: { blocking: 1 },
    })
    expect((await wes.get<Thing[]>(`${at}/issues/1/sub_issues`)).body).toMatchObject([{ id: there.body.id }])
    expect((await wes.get<Thing[]>(`${at}/issues/3/dependencies/blocked_by`)).body).toMatchObject([
      { node_id: moved.id },
    ])
    expect([parent, waits].map(it => it.state)).toEqual(['open', 'open'])
    const told = await town.deliveries()
    expect(told.map(it => `${it.event}.${it.action}`)).toEqual(['issues.transferred', 'issues.opened'])
    expect(told[0]!.payload).toMatchObject({
      issue: { id: old.id, number: 2 },
      repository: { full_name: repo.full_name },
      changes: { new_issue: { node_id: moved.id }, new_repository: { full_name: target.full_name } },
    })
    expect(told[1]!.payload).toMatchObject({ changes: { old_issue: { id: old.id, number: 2 } } })
  })

  test('leaves a sign at its old address: 301 by REST, nothing by GraphQL', async () => {
    const old = await open('moves')
    await wes.post(`${at}/issues/1/comments`, { body: 'hello' })
    const target = await town.repository()
    await ask(wes, MOVE, { i: old.node_id, r: target.node_id })
    const answer = await fetch(`${town.github.api}${at}/issues/1/labels?per_page=5`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${app.token}` },
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      301,
      `${town.github.api}/repos/${target.full_name}/issues/1/labels?per_page=5`,
    ])
    expect(((await answer.json()) as Thing).message).toBe('Moved Permanently')
    expect((await wes.get(`${at}/issues/1`)).body).toMatchObject({ title: 'moves', number: 1 })
    expect((await app.get(`${at}/issues/1/comments`)).status).toBe(404)
    expect((await app.post(`${at}/issues/1/comments`, { body: 'lost' })).status).toBe(404)
    expect((await ask(app, NODE, { i: old.node_id })).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    expect((await open('a new one')).number).toBe(2)
    const blind = await town.installation({ repository_ids: [repo.id] })
    expect((await blind.get(`${at}/issues/1`)).status).toBe(404)
  })

  test('takes writers of both, no App, and another repository of the same owner', async () => {
    const { node_id: i } = await open('stays')
    const { node_id: r } = await town.repository()
    for (const who of [town.as('tara'), app])
      expect((await ask(who, MOVE, { i, r })).errors).toMatchObject([{ type: 'FORBIDDEN' }])
    expect((await ask(wes, MOVE, { i, r: repo.node_id })).errors).toMatchObject([{ type: 'UNPROCESSABLE' }])
    const hidden = await town.repository({ private: true })
    const secret = (await wes.post(`/repos/${hidden.full_name}/issues`, { title: 'secret' })).body
    expect((await ask(wes, MOVE, { i: secret.node_id, r })).errors).toMatchObject([{ type: 'UNPROCESSABLE' }])
  })
})

describe('an issue that is gone', () => {
  const DELETE = 'mutation($i:ID!){ deleteIssue(input:{issueId:$i}){ repository{ nameWithOwner } } }'

  test('by deletion is 410, and nothing hangs on it any more; only admins delete', async () => {
    const parent = await open('parent')
    const old = await open('goes')
    await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: old.id })
    await wes.post(`${at}/issues/1/dependencies/blocked_by`, { issue_id: old.id })
    await quiet()
    for (const who of [wes, app])
      expect((await ask(who, DELETE, { i: old.node_id })).errors).toMatchObject([{ type: 'FORBIDDEN' }])
    expect((await ask(olivia, DELETE, { i: old.node_id })).errors).toBeUndefined()
    expect(await wes.get(`${at}/issues/2`)).toMatchObject({
      status: 410,
      body: { message: 'This issue was deleted' },
    })
    expect((await app.post(`${at}/issues/2/comments`, { body: 'x' })).status).toBe(410)
    expect((await ask(app, NODE, { i: old.node_id })).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    expect((await wes.get(`${at}/issues/${parent.number}`)).body).toMatchObject({
      sub_issues_summary: { total: 0 },
      issue_dependencies_summary: { total_blocked_by: 0 },
    })
    expect(await heard()).toEqual(['issues.deleted'])
  })

  test('because it became a discussion is 410 too, and the App hears only that it was closed', async () => {
    await open('talk')
    await quiet()
    const page = `/${repo.full_name}/issues/1`
    expect((await press(`${page}/fate`, { do: 'discuss', as: 'rhea' })).status).toBe(403)
    expect((await press(`${page}/fate`, { do: 'discuss', as: 'tara' })).status).toBe(303)
    expect((await wes.get(`${at}/issues/1`)).status).toBe(410)
    expect(await heard()).toEqual(['issues.closed'])
  })

  test('on the pages is moved and deleted by a person', async () => {
    await open('one')
    await open('two')
    const target = await town.repository()
    const moved = await press(`/${repo.full_name}/issues/1/fate`, {
      do: 'transfer',
      to: String(target.id),
      as: 'wes',
    })
    expect(moved.headers.get('location')).toBe(`/${target.full_name}/issues/1`)
    expect((await press(`/${repo.full_name}/issues/2/fate`, { do: 'delete', as: 'olivia' })).status).toBe(303)
    expect((await wes.get<Thing[]>(`${at}/issues?state=all`)).body).toEqual([])
    expect((await fetch(`${town.github.url}/${target.full_name}/issues/1`)).status).toBe(200)
  })

  test('leaves the boards that it stood on', async () => {
    const old = await open('card')
    const org = (await ask(app, '{ organization(login:"acme"){ id } }')).data!.organization!.id
    const made = await ask(
      app,
      'mutation($o:ID!){ createProjectV2(input:{ownerId:$o,title:"B"}){ projectV2{ id } } }',
      { o: org },
    )
    const { id } = made.data!.createProjectV2!.projectV2 as { id: string }
    const variables = { p: id, c: old.node_id }
    await ask(
      app,
      'mutation($p:ID!,$c:ID!){ addProjectV2ItemById(input:{projectId:$p,contentId:$c}){ item{ id } } }',
      variables,
    )
    await quiet()
    await ask(olivia, DELETE, { i: old.node_id })
    const items = await ask(
      app,
      'query($p:ID!){ node(id:$p){ ...on ProjectV2{ items(first:9){ totalCount } } } }',
      variables,
    )
    expect(items.data!.node).toEqual({ items: { totalCount: 0 } })
    expect(await heard()).toEqual(['projects_v2_item.deleted', 'issues.deleted'])
  })
})

describe('a locked issue', () => {
  test('is answered by writers only, not even by the App; it can still be edited', async () => {
    await open('quiet')
    const mine = (await app.post(`${at}/issues/1/comments`, { body: 'the card' })).body
    expect((await town.as('tara').put(`${at}/issues/1/lock`)).status).toBe(403)
    await quiet()
    expect((await wes.put(`${at}/issues/1/lock`, { lock_reason: 'too heated' })).status).toBe(204)
    expect((await wes.put(`${at}/issues/1/lock`, { lock_reason: 'spam' })).status).toBe(204)
    expect((await wes.get(`${at}/issues/1`)).body).toMatchObject({
      locked: true,
      active_lock_reason: 'too heated',
    })
    for (const who of [town.as('tara'), town.as('rhea'), app])
      expect(await who.post(`${at}/issues/1/comments`, { body: 'x' })).toMatchObject({
        status: 403,
        body: { message: 'Unable to create comment because issue is locked.' },
      })
    expect((await wes.post(`${at}/issues/1/comments`, { body: 'x' })).status).toBe(201)
    expect((await app.patch(`${at}/issues/comments/${mine.id}`, { body: 'edited' })).status).toBe(200)
    expect((await wes.delete(`${at}/issues/1/lock`)).status).toBe(204)
    expect((await app.post(`${at}/issues/1/comments`, { body: 'x' })).status).toBe(201)
    expect(await heard()).toEqual([
      'issues.locked',
      'issue_comment.created',
      'issue_comment.edited',
      'issues.unlocked',
      'issue_comment.created',
    ])
  })

  test('is locked and unlocked by GraphQL too', async () => {
    const { node_id: i } = await open('quiet')
    const lock = `mutation($i:ID!){ a: lockLockable(input:{lockableId:$i,lockReason:OFF_TOPIC}){ lockedRecord{ locked activeLockReason } }
      b: unlockLockable(input:{lockableId:$i}){ unlockedRecord{ locked activeLockReason } } }`
    expect((await ask(wes, lock, { i })).data).toEqual({
      a: { lockedRecord: { locked: true, activeLockReason: 'OFF_TOPIC' } },
      b: { unlockedRecord: { locked: false, activeLockReason: null } },
    })
  })
})

describe('a repository', () => {
  test('that is archived takes nothing, by REST, by GraphQL and on the pages', async () => {
    const { node_id: i } = await open('old')
    await olivia.patch(at, { archived: true })
    const message = 'Repository was archived so is read-only.'
    const refused = { status: 403, body: { message } }
    expect(await app.post(`${at}/issues/1/comments`, { body: 'x' })).toMatchObject(refused)
    expect(await app.patch(`${at}/issues/1`, { state: 'closed' })).toMatchObject(refused)
    expect(await olivia.post(`${at}/issues/1/labels`, { labels: ['x'] })).toMatchObject(refused)
    const writes = await ask(
      app,
      `mutation($i:ID!,$r:ID!){ a: addComment(input:{subjectId:$i,body:"x"}){ clientMutationId }
        b: closeIssue(input:{issueId:$i}){ clientMutationId } c: createIssue(input:{repositoryId:$r,title:"x"}){ clientMutationId }
        d: addReaction(input:{subjectId:$i,content:EYES}){ clientMutationId } }`,
      { i, r: repo.node_id },
    )
    expect(writes.errors).toEqual(Array(4).fill(expect.objectContaining({ type: 'FORBIDDEN', message })))
    expect((await press(`/${repo.full_name}/issues/1`, { body: 'x', do: 'comment', as: 'wes' })).status).toBe(
      403,
    )
    expect((await app.get(`${at}/issues/1`)).status).toBe(200)
    expect((await olivia.patch(at, { archived: false })).status).toBe(200)
    expect((await app.post(`${at}/issues/1/comments`, { body: 'x' })).status).toBe(201)
  })

  test('without issues has none to show, and takes none', async () => {
    const { node_id: i } = await open('hidden')
    await olivia.patch(at, { has_issues: false })
    const message = 'Issues are disabled for this repo'
    expect(await app.get(`${at}/issues/1`)).toMatchObject({ status: 410, body: { message } })
    expect(await app.patch(`${at}/issues/1`, { title: 'x' })).toMatchObject({ status: 410 })
    expect(await app.post(`${at}/issues`, { title: 'x' })).toMatchObject({ status: 410, body: { message } })
    expect((await ask(app, NODE, { i })).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    const query = `{ repository(owner:"acme",name:"${repo.name}"){ hasIssuesEnabled issue(number:1){ id } } }`
    expect(await ask(app, query)).toMatchObject({
      data: { repository: { hasIssuesEnabled: false, issue: null } },
      errors: [{ type: 'NOT_FOUND' }],
    })
  })
})

describe('who changed what', () => {
  test("the body's last editor is known, and who renamed; a new title is no edit of the body", async () => {
    const { node_id: i } = await open('first')
    const query = `query($i:ID!){ node(id:$i){ ...on Issue{ editor{ login } lastEditedAt
      timelineItems(first:9,itemTypes:[RENAMED_TITLE_EVENT]){ totalCount nodes{ ...on RenamedTitleEvent{ actor{ login } previousTitle currentTitle createdAt } } }
      comments(first:9){ nodes{ editor{ login } lastEditedAt } } } } }`
    const said = (await wes.post(`${at}/issues/1/comments`, { body: 'hello' })).body
    await town.as('wes').patch(`${at}/issues/1`, { title: 'second' })
    await olivia.patch(`${at}/issues/1`, { title: 'third' })
    expect((await ask(app, query, { i })).data!.node).toMatchObject({
      editor: null,
      lastEditedAt: null,
      timelineItems: {
        totalCount: 2,
        nodes: [
          { actor: { login: 'wes' }, previousTitle: 'first', currentTitle: 'second' },
          { actor: { login: 'olivia' }, previousTitle: 'second', currentTitle: 'third' },
        ],
      },
      comments: { nodes: [{ editor: null, lastEditedAt: null }] },
    })
    await app.patch(`${at}/issues/1`, { body: 'new' })
    await olivia.patch(`${at}/issues/comments/${said.id}`, { body: 'edited' })
    const last = query.replace('first:9,itemTypes', 'last:1,itemTypes')
    expect((await ask(app, last, { i })).data!.node).toMatchObject({
      editor: { login: 'townhall' },
      lastEditedAt: expect.stringMatching(/^\d{4}-/),
      timelineItems: { nodes: [{ currentTitle: 'third' }] },
      comments: { nodes: [{ editor: { login: 'olivia' } }] },
    })
  })
})
