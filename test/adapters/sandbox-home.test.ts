import { expect, test } from 'vitest'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

/** Whose repositories and boards they are: an organization's, a person's, or a stranger's. */

const ask = async (town: Town, client: Client, query: string, variables: object = {}) => {
  const headers = { authorization: `Bearer ${client.token}` }
  const body = JSON.stringify({ query, variables })
  const response = await fetch(town.github.graphql, { method: 'POST', headers, body })
  return (await response.json()) as { data?: unknown; errors?: { type: string; message: string }[] }
}

test("the App that is installed on a person reaches that person's repositories, and no board", async () => {
  const town = await startTown({ ownerType: 'User' })
  const owner = town.withToken(town.github.users.acme!.token)
  const app = await town.installation()
  const { body: repo } = await owner.post('/user/repos', { name: 'web' })
  expect(repo).toMatchObject({ full_name: 'acme/web', owner: { login: 'acme', type: 'User' } })
  expect((await town.app().get('/app/installations')).body).toMatchObject([
    { account: { login: 'acme', type: 'User' }, target_type: 'User' },
  ])
  expect((await town.app().get('/users/acme/installation')).status).toBe(200)
  expect((await town.app().get('/orgs/acme/installation')).status).toBe(404)
  expect((await owner.post('/orgs/acme/repos', { name: 'x' })).status).toBe(404)
  const issue = (await app.post('/repos/acme/web/issues', { title: 'Bead' })).body
  await town.as('wes').post('/repos/acme/web/issues/1/comments', { body: '/help' })
  expect((await app.get('/repos/acme/web/collaborators/wes/permission')).body).toMatchObject({
    permission: 'write',
  })
  const told = await town.deliveries()
  expect(told.map(it => `${it.event}.${it.action}`)).toContain('issue_comment.created')
  expect(told.filter(it => 'organization' in it.payload)).toEqual([])

  const boards =
    '{ repositoryOwner(login:"acme"){ __typename id ...on ProjectV2Owner{ projectsV2(first:9){ totalCount } } } }'
  const mine = 'mutation($o:ID!){ createProjectV2(input:{ownerId:$o,title:"Mine"}){ projectV2{ id } } }'
  const seen = (await ask(town, app, boards)).data as { repositoryOwner: { id: string } }
  expect(seen).toMatchObject({ repositoryOwner: { __typename: 'User', projectsV2: { totalCount: 0 } } })
  const o = seen.repositoryOwner.id
  expect((await ask(town, app, mine, { o })).errors).toMatchObject([
    {
      type: 'FORBIDDEN',
      message: 'townhall[bot] does not have permission to create projects on the user owner.',
    },
  ])
  const made = (await ask(town, owner, mine, { o })).data as {
    createProjectV2: { projectV2: { id: string } }
  }
  const { id } = made.createProjectV2.projectV2
  expect((await ask(town, owner, boards)).data).toMatchObject({
    repositoryOwner: { projectsV2: { totalCount: 1 } },
  })
  expect((await ask(town, app, boards)).data).toMatchObject({
    repositoryOwner: { projectsV2: { totalCount: 0 } },
  })
  const add =
    'mutation($p:ID!,$c:ID!){ addProjectV2ItemById(input:{projectId:$p,contentId:$c}){ item{ id } } }'
  const card = { p: id, c: issue.node_id }
  expect((await ask(town, app, add, card)).errors).toMatchObject([{ type: 'NOT_FOUND' }])
  expect((await ask(town, owner, add, card)).errors).toBeUndefined()
  expect((await owner.patch('/repos/acme/web/issues/1', { state: 'closed' })).status).toBe(200)
  expect((await town.deliveries()).map(it => it.event)).not.toContain('projects_v2_item')
  await town.close()
  expect(realFaults(town)).toEqual([])
})

test("a stranger's repository is out of the App's reach, and its issues belong under no parent of another owner", async () => {
  const town = await startTown()
  const wes = town.as('wes')
  const app = await town.installation()
  const here = await town.repository()
  expect((await wes.post('/user/repos', { name: here.name })).body).toMatchObject({ owner: { login: 'wes' } })
  expect((await wes.post('/user/repos', { name: here.name })).status).toBe(422)
  const parent = (await wes.post(`/repos/${here.full_name}/issues`, { title: 'parent' })).body
  const child = (await wes.post(`/repos/wes/${here.name}/issues`, { title: 'child' })).body
  const refused = await wes.post(`/repos/${here.full_name}/issues/1/sub_issues`, { sub_issue_id: child.id })
  expect(refused.status).toBe(422)
  expect(refused.body.message).toContain('must belong to the same owner')
  const move = 'mutation($i:ID!,$r:ID!){ transferIssue(input:{issueId:$i,repositoryId:$r}){ issue{ id } } }'
  const foreign = (await wes.get(`/repos/wes/${here.name}`)).body.node_id
  expect((await ask(town, wes, move, { i: parent.node_id, r: foreign })).errors).toMatchObject([
    { type: 'UNPROCESSABLE' },
  ])
  expect((await app.get(`/repos/wes/${here.name}/issues/1`)).status).toBe(404)
  expect(
    (await app.post(`/repos/${here.full_name}/issues/1/sub_issues`, { sub_issue_id: child.id })).status,
  ).toBe(404)
  expect((await town.app().get(`/repos/wes/${here.name}/installation`)).status).toBe(404)
  expect(
    (await town.as('tara').post(`/repos/wes/${here.name}/issues/1/labels`, { labels: ['x'] })).status,
  ).toBe(403)
  const heard = (await town.deliveries()).map(it => (it.payload.repository as Thing | undefined)?.full_name)
  expect(heard).not.toContain(`wes/${here.name}`)
  await town.close()
  expect(realFaults(town)).toEqual([])
})
