import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(async () => {
  await town.close()
})

interface GraphQLReply {
  readonly data?: { readonly [field: string]: never }
  readonly errors?: readonly { readonly type?: string; readonly message: string; readonly path?: unknown[] }[]
}

async function ask(client: Client, query: string, variables: object = {}) {
  const response = await fetch(town.github.graphql, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, body: (await response.json()) as GraphQLReply }
}

async function epic(children: number) {
  const repo = await town.repository()
  const at = `/repos/${repo.full_name}`
  const wes = town.as('wes')
  const issues: Thing[] = []
  for (let n = 0; n <= children; n += 1)
    issues.push((await wes.post(`${at}/issues`, { title: `i${n + 1}` })).body)
  for (const child of issues.slice(1)) await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: child.id })
  return { repo, at, issues, name: repo.name }
}

describe('GraphQL', () => {
  test('reads an epic with its sub-issues and their blockers in one question', async () => {
    const { at, issues, name } = await epic(2)
    await town.as('wes').post(`${at}/issues/3/dependencies/blocked_by`, { issue_id: issues[1]!.id })
    await town.as('wes').post(`${at}/issues/2/labels`, { labels: ['bug'] })
    const { body } = await ask(
      await town.installation(),
      `query($o:String!,$r:String!,$n:Int!){ repository(owner:$o,name:$r){ id issue(number:$n){
        id fullDatabaseId state subIssuesSummary{total completed percentCompleted}
        subIssues(first:100){ totalCount pageInfo{hasNextPage} nodes{ number databaseId state stateReason author{login}
          parent{number} labels(first:5){nodes{name}}
          issueDependenciesSummary{blockedBy totalBlockedBy blocking}
          blockedBy(first:50){ nodes{ number state repository{nameWithOwner databaseId} } } } } } } rateLimit{cost remaining} }`,
      { o: 'acme', r: name, n: 1 },
    )
    expect(body.errors).toBeUndefined()
    expect(body.data).toMatchObject({
      repository: {
        issue: {
          id: issues[0]!.node_id,
          fullDatabaseId: String(issues[0]!.id),
          state: 'OPEN',
          subIssuesSummary: { total: 2, completed: 0, percentCompleted: 0 },
          subIssues: {
            totalCount: 2,
            nodes: [
              {
                number: 2,
                databaseId: issues[1]!.id,
                parent: { number: 1 },
                labels: { nodes: [{ name: 'bug' }] },
              },
              {
                number: 3,
                author: { login: 'wes' },
                issueDependenciesSummary: { blockedBy: 1, totalBlockedBy: 1, blocking: 0 },
                blockedBy: {
                  nodes: [{ number: 2, state: 'OPEN', repository: { nameWithOwner: `acme/${name}` } }],
                },
              },
            ],
          },
        },
      },
      rateLimit: { cost: 1 },
    })
  })

  test('creates issues below their parent, and links them, in aliased mutations that run in order', async () => {
    const { repo, issues, name } = await epic(0)
    const app = await town.installation()
    const made = await ask(
      app,
      `mutation($repo:ID!,$parent:ID!){
        a: createIssue(input:{repositoryId:$repo,title:"first",body:"text",parentIssueId:$parent,clientMutationId:"x"}){ clientMutationId issue{ id number parent{number} author{login __typename} } }
        b: createIssue(input:{repositoryId:$repo,title:"second",parentIssueId:$parent}){ issue{ id number } }
      }`,
      { repo: repo.node_id, parent: issues[0]!.node_id },
    )
    const data = made.body.data as unknown as { [alias: string]: { issue: { id: string; number: number } } }
    expect(data).toMatchObject({
      a: {
        clientMutationId: 'x',
        issue: { number: 2, parent: { number: 1 }, author: { login: 'townhall', __typename: 'Bot' } },
      },
      b: { issue: { number: 3 } },
    })
    const linked = await ask(
      app,
      `mutation($a:ID!,$b:ID!){
        one: addBlockedBy(input:{issueId:$b,blockingIssueId:$a}){ issue{ blockedBy(first:1){nodes{number}} } blockingIssue{ blocking(first:1){nodes{number}} } }
        two: addBlockedBy(input:{issueId:$b,blockingIssueId:$a}){ issue{ number } }
        three: closeIssue(input:{issueId:$a,stateReason:NOT_PLANNED}){ issue{ state stateReason } }
      }`,
      { a: data.a!.issue.id, b: data.b!.issue.id },
    )
    expect(linked.status).toBe(200)
    expect(linked.body.data).toMatchObject({
      one: {
        issue: { blockedBy: { nodes: [{ number: 2 }] } },
        blockingIssue: { blocking: { nodes: [{ number: 3 }] } },
      },
      two: null,
      three: { issue: { state: 'CLOSED', stateReason: 'NOT_PLANNED' } },
    })
    expect(linked.body.errors).toMatchObject([{ type: 'UNPROCESSABLE', path: ['two'] }])
    expect((await town.as('wes').get(`/repos/acme/${name}/issues/2`)).body).toMatchObject({
      state: 'closed',
      user: { login: 'townhall[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'townhall' },
    })
  })

  test('a mutation that fails half way leaves nothing behind, and its neighbours alone', async () => {
    const { repo, issues, at } = await epic(1)
    const deep = await epic(0)
    let parent = deep.issues[0]!
    for (let n = 0; n < 8; n += 1) {
      const child = (await town.as('wes').post(`${deep.at}/issues`, { title: 'deeper' })).body
      await town.as('wes').post(`${deep.at}/issues/${parent.number}/sub_issues`, { sub_issue_id: child.id })
      parent = child
    }
    const before = (await town.as('wes').get<Thing[]>(`${at}/issues`)).body.length
    await town.deliveries()
    town.forget()
    const { body } = await ask(
      town.as('wes'),
      `mutation($repo:ID!,$deep:ID!,$parent:ID!){
        no: createIssue(input:{repositoryId:$repo,title:"too deep",parentIssueId:$deep}){ issue{ number } }
        yes: createIssue(input:{repositoryId:$repo,title:"fits",parentIssueId:$parent}){ issue{ title } }
      }`,
      { repo: repo.node_id, deep: parent.node_id, parent: issues[0]!.node_id },
    )
    expect(body.data).toMatchObject({ no: null, yes: { issue: { title: 'fits' } } })
    expect((await town.as('wes').get<Thing[]>(`${at}/issues`)).body).toHaveLength(before + 1)
    const opened = (await town.deliveries()).filter(it => it.event === 'issues' && it.action === 'opened')
    expect(opened.map(it => (it.payload.issue as Thing).title)).toEqual(['fits'])
  })

  test('sub-issues are added, moved and removed', async () => {
    const { issues } = await epic(2)
    const [parent, two, three] = issues.map(it => it.node_id)
    const { body } = await ask(
      town.as('tara'),
      `mutation($p:ID!,$two:ID!,$three:ID!){
        move: reprioritizeSubIssue(input:{issueId:$p,subIssueId:$three,beforeId:$two}){ issue{ subIssues(first:9){nodes{number}} } }
        remove: removeSubIssue(input:{issueId:$p,subIssueId:$two}){ issue{ subIssues(first:9){nodes{number}} } subIssue{ parent{number} } }
        add: addSubIssue(input:{issueId:$three,subIssueId:$two}){ issue{ number } subIssue{ parent{number} } }
      }`,
      { p: parent, two, three },
    )
    expect(body.data).toMatchObject({
      move: { issue: { subIssues: { nodes: [{ number: 3 }, { number: 2 }] } } },
      remove: { issue: { subIssues: { nodes: [{ number: 3 }] } }, subIssue: { parent: null } },
      add: { subIssue: { parent: { number: 3 } } },
    })
  })

  test('labels, comments and reactions', async () => {
    const { at, issues } = await epic(0)
    const wes = town.as('wes')
    const label = (await wes.post(`${at}/labels`, { name: 'gt:bead', color: '00ff00' })).body.node_id
    const { body } = await ask(
      wes,
      `mutation($i:ID!,$l:ID!){
        add: addLabelsToLabelable(input:{labelableId:$i,labelIds:[$l]}){ labelable{ labels(first:9){nodes{name}} } }
        say: addComment(input:{subjectId:$i,body:"hello"}){ commentEdge{ node{ id body author{login} } } }
        like: addReaction(input:{subjectId:$i,content:EYES}){ reaction{content} subject{ reactionGroups{content viewerHasReacted reactors{totalCount}} } }
        edit: updateIssue(input:{id:$i,title:"new",state:CLOSED}){ issue{ title state } }
        drop: removeLabelsFromLabelable(input:{labelableId:$i,labelIds:[$l]}){ labelable{ labels(first:9){totalCount} } }
      }`,
      { i: issues[0]!.node_id, l: label },
    )
    expect(body.errors).toBeUndefined()
    expect(body.data).toMatchObject({
      add: { labelable: { labels: { nodes: [{ name: 'gt:bead' }] } } },
      say: { commentEdge: { node: { body: 'hello', author: { login: 'wes' } } } },
      like: { reaction: { content: 'EYES' } },
      edit: { issue: { title: 'new', state: 'CLOSED' } },
      drop: { labelable: { labels: { totalCount: 0 } } },
    })
    const { commentEdge } = (body.data as unknown as { say: { commentEdge: { node: { id: string } } } }).say
    const edited = await ask(
      wes,
      'mutation($c:ID!){ updateIssueComment(input:{id:$c,body:"bye"}){ issueComment{ body issue{ number } } } }',
      { c: commentEdge.node.id },
    )
    expect(edited.body.data).toMatchObject({
      updateIssueComment: { issueComment: { body: 'bye', issue: { number: 1 } } },
    })
  })

  test('pages through a connection, and insists on a size', async () => {
    const { name } = await epic(3)
    const query = `query($after:String){ repository(owner:"acme",name:"${name}"){ issue(number:1){
      subIssues(first:2,after:$after){ nodes{number} pageInfo{hasNextPage endCursor} } } } }`
    type Page = {
      repository: {
        issue: { subIssues: { nodes: unknown[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }
      }
    }
    const first = ((await ask(town.as('wes'), query)).body.data as unknown as Page).repository.issue.subIssues
    expect(first).toMatchObject({ nodes: [{ number: 2 }, { number: 3 }], pageInfo: { hasNextPage: true } })
    const second = await ask(town.as('wes'), query, { after: first.pageInfo.endCursor })
    expect((second.body.data as unknown as Page).repository.issue.subIssues).toMatchObject({
      nodes: [{ number: 4 }],
      pageInfo: { hasNextPage: false },
    })
    const unsized = await ask(
      town.as('wes'),
      `{ repository(owner:"acme",name:"${name}"){ issue(number:1){ labels{ nodes{name} } } } }`,
    )
    expect(unsized.body.errors).toMatchObject([{ type: 'MISSING_PAGINATION_BOUNDARIES' }])
  })

  test('is strict: what GitHub does not have, and what cannot be seen, is an error', async () => {
    const { name, issues } = await epic(0)
    const unknown = await ask(town.as('wes'), '{ viewer { login shoeSize } }')
    expect(unknown.status).toBe(200)
    expect(unknown.body.errors?.[0]?.message).toContain('shoeSize')
    expect((await ask(town.as('wes'), '{ viewer {')).body.errors).toHaveLength(1)
    const hidden = await ask(town.as('wes'), '{ repository(owner:"acme",name:"nope"){ id } viewer{ login } }')
    expect(hidden.body).toMatchObject({
      data: { repository: null, viewer: { login: 'wes' } },
      errors: [{ type: 'NOT_FOUND' }],
    })
    const close = 'mutation($i:ID!){ closeIssue(input:{issueId:$i}){ issue{ state } } }'
    const refused = await ask(town.as('rhea'), close, { i: issues[0]!.node_id })
    expect(refused.body).toMatchObject({ data: { closeIssue: null }, errors: [{ type: 'FORBIDDEN' }] })
    const other = await town.repository()
    const scoped = await town.installation({ repository_ids: [other.id] })
    expect((await ask(scoped, close, { i: issues[0]!.node_id })).body.errors).toMatchObject([
      { type: 'NOT_FOUND' },
    ])
    const node = await ask(
      town.as('wes'),
      'query($i:ID!){ node(id:$i){ ...on Issue{ number repository{name} } } }',
      {
        i: issues[0]!.node_id,
      },
    )
    expect(node.body.data).toMatchObject({ node: { number: 1, repository: { name } } })
    const nobody = await fetch(town.github.graphql, { method: 'POST', body: '{"query":"{viewer{login}}"}' })
    expect(nobody.status).toBe(401)
  })
})
