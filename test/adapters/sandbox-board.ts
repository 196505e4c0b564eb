import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { mountPages } from '../../src/sandbox/github/pages/pages.ts'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

/** A board of the organization that the App made, with one issue on it: a new one for each test. */

export let town: Town

export interface Option {
  readonly id: string
  readonly name: string
}
/** What the tests look at; a field that was not asked for is not there. */
export interface Data {
  readonly [alias: string]: Data & string
}
export interface Reply {
  readonly data?: Data
  readonly errors?: readonly { readonly type?: string; readonly message: string }[]
}

export async function ask(client: Client, query: string, variables: object = {}): Promise<Reply> {
  const response = await fetch(town.github.graphql, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ query, variables }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Reply
}

export async function done(client: Client, query: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await ask(client, query, variables)
  expect(errors).toBeUndefined()
  return data!
}

export let app: Client
/** A board that the App made, with a bead on it. */
export let board: {
  readonly id: string
  readonly number: number
  readonly status: { readonly id: string; readonly options: readonly Option[] }
}
export let issue: Thing
export let item: string

export const CREATE = `mutation($owner:ID!,$title:String!){ createProjectV2(input:{ownerId:$owner,title:$title}){ projectV2{
  id number field(name:"status"){ ...on ProjectV2SingleSelectField{ id options{id name} } } } } }`
export const ADD = `mutation($p:ID!,$c:ID!){ addProjectV2ItemById(input:{projectId:$p,contentId:$c}){ item{ id } } }`
export const SET = `mutation($p:ID!,$i:ID!,$f:ID!,$v:ProjectV2FieldValue!){
  updateProjectV2ItemFieldValue(input:{projectId:$p,itemId:$i,fieldId:$f,value:$v}){ projectV2Item{ id } } }`
export const VALUE = `query($i:ID!,$f:String!){ node(id:$i){ ...on ProjectV2Item{ fieldValueByName(name:$f){ __typename
  ...on ProjectV2ItemFieldSingleSelectValue{ name optionId } ...on ProjectV2ItemFieldTextValue{ text }
  ...on ProjectV2ItemFieldNumberValue{ number } ...on ProjectV2ItemFieldDateValue{ date } } } } }`

export const option = (name: string) => board.status.options.find(it => it.name === name)!.id
export const into = (client: Client, name: string) =>
  ask(client, SET, { p: board.id, i: item, f: board.status.id, v: { singleSelectOptionId: option(name) } })
export const shown = async (field: string) =>
  (await done(app, VALUE, { i: item, f: field })).node!.fieldValueByName
export const organization = async () =>
  (await done(app, '{ organization(login:"acme"){ id } }')).organization!.id as string

/** One town for the test file, a board and an issue for each test. */
export function withBoard(): void {
  beforeAll(async () => {
    town = await startTown()
    town.github.mountPages(mountPages(town.github.world))
    app = await town.installation()
  })
  afterAll(async () => {
    await town.close()
    expect(realFaults(town)).toEqual([])
  })
  beforeEach(async () => {
    const made = await done(app, CREATE, { owner: await organization(), title: 'Townhall' })
    const { id, number, field } = made.createProjectV2!.projectV2!
    board = { id: id!, number: Number(number), status: field as unknown as (typeof board)['status'] }
    const { full_name } = await town.repository()
    issue = (await town.as('wes').post(`/repos/${full_name}/issues`, { title: 'Bead' })).body
    item = (await done(app, ADD, { p: id, c: issue.node_id })).addProjectV2ItemById!.item!.id!
    await town.deliveries()
    town.forget()
  })
}
