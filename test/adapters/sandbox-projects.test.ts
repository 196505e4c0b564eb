import { describe, expect, test } from 'vitest'
import {
  ADD,
  app,
  ask,
  board,
  done,
  into,
  issue,
  item,
  type Option,
  option,
  SET,
  shown,
  town,
  VALUE,
  withBoard,
} from './sandbox-board.ts'

withBoard()

describe('a board of the organization', () => {
  test("begins with GitHub's own fields and a Status of three options", async () => {
    const { node } = await done(
      app,
      `query($p:ID!){ node(id:$p){ ...on ProjectV2{ title closed public url owner{ id ...on Organization{login} } creator{login}
        fields(first:50){ nodes{ ...on ProjectV2FieldCommon{ name dataType } } } } } }`,
      { p: board.id },
    )
    expect(node).toMatchObject({
      title: 'Townhall',
      closed: false,
      public: false,
      url: `${town.github.url}/orgs/acme/projects/${board.number}`,
      owner: { login: 'acme' },
      creator: { login: 'townhall' },
    })
    const fields = node!.fields!.nodes as unknown as { name: string; dataType: string }[]
    expect(fields.map(it => it.name)).toEqual([
      'Title',
      'Assignees',
      'Status',
      'Labels',
      'Linked pull requests',
      'Milestone',
      'Repository',
      'Reviewers',
      'Parent issue',
      'Sub-issues progress',
    ])
    expect(board.status.options.map(it => it.name)).toEqual(['Todo', 'In Progress', 'Done'])
  })

  test('is found by its number, in the list, by its title, and by the owner of a repository', async () => {
    const data = await done(
      app,
      `query($n:Int!){ organization(login:"ACME"){ projectV2(number:$n){ id }
          all: projectsV2(first:1){ totalCount nodes{ id } } none: projectsV2(first:9,query:"no such title"){ totalCount }
          closed: projectsV2(first:9,query:"town is:closed"){ totalCount } }
        repositoryOwner(login:"acme"){ ...on ProjectV2Owner{ projectsV2(first:1,query:"townh"){ nodes{ id } } } } }`,
      { n: board.number },
    )
    expect(data).toMatchObject({
      organization: {
        projectV2: { id: board.id },
        all: { totalCount: board.number, nodes: [{ id: board.id }] },
        none: { totalCount: 0 },
        closed: { totalCount: 0 },
      },
      repositoryOwner: { projectsV2: { nodes: [{ id: board.id }] } },
    })
    const missing = await ask(app, '{ organization(login:"acme"){ projectV2(number:9999){ id } } }')
    expect(missing.errors).toMatchObject([{ type: 'NOT_FOUND' }])
  })

  test('takes text, numbers, dates and choices, and lets go of them', async () => {
    const made = await done(
      app,
      `mutation($p:ID!){
        text: createProjectV2Field(input:{projectId:$p,name:"Convoy",dataType:TEXT}){ projectV2Field{ ...on ProjectV2Field{ id } } }
        number: createProjectV2Field(input:{projectId:$p,name:"Wave",dataType:NUMBER}){ projectV2Field{ ...on ProjectV2Field{ id } } }
        date: createProjectV2Field(input:{projectId:$p,name:"Due",dataType:DATE}){ projectV2Field{ ...on ProjectV2Field{ id } } }
      }`,
      { p: board.id },
    )
    const field = (alias: string) => made[alias]!.projectV2Field!.id
    const write = (alias: string, v: object) => done(app, SET, { p: board.id, i: item, f: field(alias), v })
    await write('text', { text: 'parser' })
    await write('number', { number: 2 })
    await write('date', { date: '2026-12-24' })
    expect((await into(app, 'Todo')).errors).toBeUndefined()
    expect(await shown('convoy')).toEqual({ __typename: 'ProjectV2ItemFieldTextValue', text: 'parser' })
    expect(await shown('Wave')).toMatchObject({ number: 2 })
    expect(await shown('Due')).toMatchObject({ date: '2026-12-24' })
    expect(await shown('Status')).toMatchObject({ name: 'Todo', optionId: option('Todo') })
    expect(await shown('Title')).toMatchObject({ text: 'Bead' })
    await done(
      app,
      `mutation($p:ID!,$i:ID!,$f:ID!){ clearProjectV2ItemFieldValue(input:{projectId:$p,itemId:$i,fieldId:$f}){ projectV2Item{ id } } }`,
      { p: board.id, i: item, f: field('number') },
    )
    expect(await shown('Wave')).toBeNull()
    const sent = (await town.deliveries()).filter(it => it.event === 'projects_v2_item')
    expect(sent.map(it => it.payload.changes)).toMatchObject([
      { field_value: { field_name: 'Convoy', field_type: 'text', from: null, to: 'parser' } },
      { field_value: { field_name: 'Wave', field_type: 'number', from: null, to: 2 } },
      { field_value: { field_name: 'Due', field_type: 'date', from: null } },
      {
        field_value: {
          field_node_id: board.status.id,
          field_name: 'Status',
          field_type: 'single_select',
          project_number: board.number,
          from: null,
          to: { id: option('Todo'), name: 'Todo', color: 'GREEN' },
        },
      },
      { field_value: { field_name: 'Wave', from: 2, to: null } },
    ])
  })

  test('refuses a value of another kind, an option of another field, and a field that is there already', async () => {
    const wrong = { p: board.id, i: item, f: board.status.id }
    for (const v of [{ text: 'Todo' }, { singleSelectOptionId: 'ffffffff' }, {}])
      expect((await ask(app, SET, { ...wrong, v })).errors).toMatchObject([{ type: 'UNPROCESSABLE' }])
    const twice = await ask(
      app,
      `mutation($p:ID!){ createProjectV2Field(input:{projectId:$p,name:"status",dataType:TEXT}){ clientMutationId } }`,
      { p: board.id },
    )
    expect(twice.errors).toMatchObject([{ message: 'Name has already been taken' }])
    expect(await shown('Status')).toBeNull()
  })

  test('loses the values of a choice when its options are written anew, and keeps them when only renamed', async () => {
    await into(app, 'Todo')
    const rename = `mutation($f:ID!,$n:String,$o:[ProjectV2SingleSelectFieldOptionInput!]){
      updateProjectV2Field(input:{fieldId:$f,name:$n,singleSelectOptions:$o}){
        projectV2Field{ ...on ProjectV2SingleSelectField{ id name options{ id name color description } } } } }`
    await done(app, rename, { f: board.status.id, n: 'State', o: [] })
    expect(await shown('State')).toMatchObject({ name: 'Todo' })
    const options = ['Todo', 'Held'].map(name => ({ name, color: 'GRAY', description: '' }))
    const anew = await done(app, rename, { f: board.status.id, o: options })
    const field = anew.updateProjectV2Field!.projectV2Field as unknown as { options: Option[] }
    expect(field.options).toMatchObject(options)
    expect(field.options[0]!.id).not.toBe(option('Todo'))
    expect(await shown('State')).toBeNull()
    expect((await into(app, 'Todo')).errors).toMatchObject([{ type: 'UNPROCESSABLE' }])
  })
})

describe('an item', () => {
  test('is added once, and leads to its issue and back', async () => {
    const again = await done(app, ADD, { p: board.id, c: issue.node_id })
    expect(again.addProjectV2ItemById!.item!.id).toBe(item)
    const data = await done(
      app,
      `query($p:ID!,$i:ID!){ node(id:$p){ ...on ProjectV2{ items(first:9){ totalCount nodes{ id type isArchived content{ ...on Issue{ id number } } } } } }
        issue: node(id:$i){ ...on Issue{ projectItems(first:9){ nodes{ id project{ id } fieldValues(first:9){ nodes{ __typename } } } } } } }`,
      { p: board.id, i: issue.node_id },
    )
    expect(data).toMatchObject({
      node: {
        items: { totalCount: 1, nodes: [{ id: item, type: 'ISSUE', content: { id: issue.node_id } }] },
      },
      issue: {
        projectItems: {
          nodes: [
            {
              id: item,
              project: { id: board.id },
              fieldValues: {
                nodes: [
                  { __typename: 'ProjectV2ItemFieldTextValue' },
                  { __typename: 'ProjectV2ItemFieldRepositoryValue' },
                ],
              },
            },
          ],
        },
      },
    })
  })

  test('is moved, archived, brought back and taken off; each is told without a repository', async () => {
    const { full_name } = await town.repository()
    const other = (await town.as('wes').post(`/repos/${full_name}/issues`, { title: 'Second' })).body
    const second = (await done(app, ADD, { p: board.id, c: other.node_id })).addProjectV2ItemById!.item!.id!
    const at = `projectId:$p,itemId:$i`
    const moved = await done(
      app,
      `mutation($p:ID!,$i:ID!,$a:ID!){ top: updateProjectV2ItemPosition(input:{${at}}){ items(first:9){ nodes{ id } } }
        back: updateProjectV2ItemPosition(input:{${at},afterId:$a}){ items(first:9){ nodes{ id } } }
        away: archiveProjectV2Item(input:{${at}}){ item{ isArchived } } }`,
      { p: board.id, i: second, a: item },
    )
    expect(moved).toMatchObject({
      top: { items: { nodes: [{ id: second }, { id: item }] } },
      back: { items: { nodes: [{ id: item }, { id: second }] } },
      away: { item: { isArchived: true } },
    })
    const set = { p: board.id, i: second, f: board.status.id, v: { singleSelectOptionId: option('Done') } }
    expect((await ask(app, SET, set)).errors).toMatchObject([
      { message: expect.stringContaining('archived') },
    ])
    await done(
      app,
      `mutation($p:ID!,$i:ID!){ unarchiveProjectV2Item(input:{${at}}){ item{ isArchived } }
        deleteProjectV2Item(input:{${at}}){ deletedItemId } }`,
      { p: board.id, i: second },
    )
    expect((await ask(app, VALUE, { i: second, f: 'Status' })).errors).toMatchObject([{ type: 'NOT_FOUND' }])
    const sent = (await town.deliveries()).filter(it => it.event === 'projects_v2_item')
    expect(sent.map(it => it.action)).toEqual([
      'created',
      'reordered',
      'reordered',
      'archived',
      'restored',
      'deleted',
    ])
    expect(sent[0]!.payload).toMatchObject({
      projects_v2_item: {
        node_id: second,
        project_node_id: board.id,
        content_node_id: other.node_id,
        content_type: 'Issue',
        archived_at: null,
      },
      organization: { login: 'acme' },
      installation: { id: town.github.installationId },
      sender: { login: 'townhall[bot]', type: 'Bot' },
    })
    expect(sent.filter(it => 'repository' in it.payload)).toEqual([])
  })
})
