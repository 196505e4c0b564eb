import { describe, expect, test } from 'vitest'
import {
  ADD,
  app,
  ask,
  board,
  CREATE,
  done,
  into,
  issue,
  item,
  option,
  organization,
  shown,
  town,
  VALUE,
  withBoard,
} from './sandbox-board.ts'

withBoard()

describe('who may do what', () => {
  test('an installation without the permission is told so, and one that may read cannot write', async () => {
    const blind = await town.installation({ permissions: { issues: 'write' } })
    const list = '{ organization(login:"acme"){ projectsV2(first:9){ totalCount } } }'
    const refusal = { type: 'FORBIDDEN', message: 'Resource not accessible by integration' }
    expect((await ask(blind, list)).errors).toMatchObject([refusal])
    expect((await ask(blind, VALUE, { i: item, f: 'Status' })).errors).toMatchObject([refusal])
    const owner = await organization()
    expect((await ask(blind, CREATE, { owner, title: 'x' })).errors).toMatchObject([refusal])
    const reader = await town.installation({ permissions: { organization_projects: 'read', issues: 'read' } })
    await done(reader, list)
    expect((await into(reader, 'Done')).errors).toMatchObject([refusal])
    expect((await ask(reader, ADD, { p: board.id, c: issue.node_id })).errors).toMatchObject([refusal])
  })

  test("an installation sees none of a person's boards, without an error, and makes none", async () => {
    const rhea = (await done(town.as('rhea'), '{ user(login:"rhea"){ id } }')).user!.id!
    await done(town.as('rhea'), CREATE, { owner: rhea, title: 'Mine' })
    const list = '{ user(login:"rhea"){ projectsV2(first:9){ totalCount nodes{ id title } } } }'
    expect((await done(app, list)).user).toEqual({ projectsV2: { totalCount: 0, nodes: [] } })
    expect((await done(town.as('rhea'), list)).user).toMatchObject({ projectsV2: { totalCount: 1 } })
    expect((await done(town.as('olivia'), list)).user).toMatchObject({ projectsV2: { totalCount: 0 } })
    expect((await ask(app, CREATE, { owner: rhea, title: 'x' })).errors).toMatchObject([
      { type: 'FORBIDDEN', message: expect.stringContaining('does not have permission to create projects') },
    ])
    expect((await town.deliveries()).filter(it => it.event === 'projects_v2_item')).toEqual([])
  })

  test('members move cards, strangers do not see them, and only owners delete the board', async () => {
    expect((await into(town.as('rhea'), 'Done')).errors).toBeUndefined()
    const [moved] = await town.deliveries()
    expect(moved).toMatchObject({ action: 'edited', payload: { sender: { login: 'rhea' } } })
    expect((await into(town.as('stan'), 'Todo')).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    const remove = 'mutation($p:ID!){ deleteProjectV2(input:{projectId:$p}){ projectV2{ title } } }'
    expect((await ask(town.as('wes'), remove, { p: board.id })).errors).toMatchObject([{ type: 'FORBIDDEN' }])
    await done(town.as('olivia'), remove, { p: board.id })
    const gone = await ask(app, 'query($p:ID!){ node(id:$p){ id } }', { p: board.id })
    expect(gone.errors).toMatchObject([{ type: 'NOT_FOUND' }])
    expect((await into(app, 'Todo')).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    const left = 'query($i:ID!){ node(id:$i){ ...on Issue{ projectItems(first:9){ totalCount } } } }'
    expect((await done(app, left, { i: issue.node_id })).node).toEqual({ projectItems: { totalCount: 0 } })
  })

  test('the settings are changed, and the board stands on a repository', async () => {
    const { node_id } = await town.repository()
    const data = await done(
      app,
      `mutation($p:ID!,$r:ID!){ updateProjectV2(input:{projectId:$p,title:"New",shortDescription:"short",readme:"long",public:true,closed:true}){
          projectV2{ title shortDescription readme public closed closedAt } }
        linkProjectV2ToRepository(input:{projectId:$p,repositoryId:$r}){ repository{ projectsV2(first:9){ nodes{ id repositories(first:9){ totalCount } } } } } }`,
      { p: board.id, r: node_id },
    )
    expect(data).toMatchObject({
      updateProjectV2: {
        projectV2: { title: 'New', shortDescription: 'short', readme: 'long', public: true, closed: true },
      },
      linkProjectV2ToRepository: {
        repository: { projectsV2: { nodes: [{ id: board.id, repositories: { totalCount: 1 } }] } },
      },
    })
    expect((await ask(town.as('stan'), VALUE, { i: item, f: 'Title' })).data).toMatchObject({
      node: { fieldValueByName: { text: 'Bead' } },
    })
  })
})

describe('the page of a board', () => {
  const page = async (path: string, form?: { [field: string]: string }) => {
    const response = await fetch(town.github.url + path, {
      redirect: 'manual',
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    return { status: response.status, to: response.headers.get('location'), text: await response.text() }
  }

  test('is found from the first page; a person moves a card there, and may be refused', async () => {
    const path = `/orgs/acme/projects/${board.number}`
    expect((await page('/')).text).toContain(`href="${path}"`)
    expect((await page(path)).text).toMatch(
      /No Status <span class="soft">1<[\s\S]*Bead[\s\S]*Todo <span class="soft">0</,
    )
    const { databaseId } = (
      await done(app, 'query($i:ID!){ node(id:$i){ ...on ProjectV2Item{ databaseId } } }', { i: item })
    ).node!
    const move = `${path}/items/${databaseId}`
    const moved = await page(move, { do: 'move', status: option('In Progress'), as: 'wes' })
    expect(moved).toMatchObject({ status: 303, to: path })
    expect(await shown('Status')).toMatchObject({ name: 'In Progress' })
    expect((await town.deliveries()).at(-1)).toMatchObject({
      action: 'edited',
      payload: { sender: { login: 'wes' } },
    })
    expect((await page(move, { do: 'move', status: option('Done'), as: 'stan' })).status).toBe(403)
    expect((await page(move, { do: 'move', status: '', as: 'tara' })).status).toBe(303)
    expect(await shown('Status')).toBeNull()
    expect((await page(path, { do: 'delete', as: 'wes' })).status).toBe(403)
    expect((await page(path, { do: 'delete', as: 'olivia' })).to).toBe('/')
    expect((await page(path)).status).toBe(404)
  })
})

describe('what a new board does by itself', () => {
  const say = (n: number, state: string) =>
    town
      .as('wes')
      .patch(`/repos/${new URL(String(issue.url)).pathname.split('/').slice(-4, -2).join('/')}/issues/${n}`, {
        state,
      })

  test('closing an issue sets its Status to Done, and a bot is told of; reopening changes nothing', async () => {
    await into(app, 'Todo')
    await town.deliveries()
    town.forget()
    await say(issue.number, 'closed')
    expect(await shown('Status')).toMatchObject({ name: 'Done' })
    await say(issue.number, 'open')
    expect(await shown('Status')).toMatchObject({ name: 'Done' })
    const told = await town.deliveries()
    expect(told.map(it => `${it.event}.${it.action}`)).toEqual([
      'issues.closed',
      'projects_v2_item.edited',
      'issues.reopened',
    ])
    expect(told[1]!.payload).toMatchObject({
      sender: { login: 'github-project-automation[bot]', type: 'Bot' },
      changes: { field_value: { from: { name: 'Todo' }, to: { name: 'Done' } } },
    })
  })

  test('which ends when the options are written anew', async () => {
    const options = ['Todo', 'Done'].map(name => ({ name, color: 'GRAY', description: '' }))
    await done(
      app,
      `mutation($f:ID!,$o:[ProjectV2SingleSelectFieldOptionInput!]){
        updateProjectV2Field(input:{fieldId:$f,singleSelectOptions:$o}){ clientMutationId } }`,
      { f: board.status.id, o: options },
    )
    await say(issue.number, 'closed')
    expect(await shown('Status')).toBeNull()
  })
})
