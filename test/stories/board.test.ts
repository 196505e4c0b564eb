import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Person } from '../../src/sandbox/person.ts'
import { Hands } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

interface Board {
  readonly id: string
  readonly url: string
  readonly status: { readonly id: string; readonly options: readonly { id: string; name: string }[] }
  readonly items: {
    readonly nodes: readonly {
      readonly id: string
      readonly content: { readonly number: number }
      readonly column: { readonly name: string } | null
    }[]
  }
}

const BOARD = `{organization(login:"acme"){projectsV2(first:10){nodes{id url
  status:field(name:"Status"){...on ProjectV2SingleSelectField{id options{id name}}}
  items(first:50){nodes{id content{...on Issue{number}}
    column:fieldValueByName(name:"Status"){...on ProjectV2ItemFieldSingleSelectValue{name}}}}
}}}}`
const DELETE = `mutation($input:DeleteProjectV2Input!){deleteProjectV2(input:$input){projectV2{id}}}`
const DRAG = `mutation($input:UpdateProjectV2ItemFieldValueInput!){
  updateProjectV2ItemFieldValue(input:$input){projectV2Item{id}}}`

describe('the board', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin()
  })
  afterAll(() => story.end())

  const ask = async (login: string, query: string, variables: object = {}): Promise<unknown> => {
    const response = await fetch(story.github.graphql, {
      method: 'POST',
      headers: { authorization: `Bearer ${story.github.users[login]!.token}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  const boards = async (): Promise<readonly Board[]> => {
    const seen = await ask('olivia', BOARD)
    return (seen as { organization: { projectsV2: { nodes: Board[] } } }).organization.projectsV2.nodes
  }
  const columns = async (): Promise<Record<number, string | undefined>> => {
    const [board] = await boards()
    return Object.fromEntries((board?.items.nodes ?? []).map(it => [it.content.number, it.column?.name]))
  }
  const isIn = (number: number, column: string) =>
    story.until(`#${number} is in ${column}`, columns, seen => seen[number] === column)
  const drag = async (login: string, number: number, to: string): Promise<void> => {
    const [board] = await boards()
    const item = board!.items.nodes.find(it => it.content.number === number)!
    const value = { singleSelectOptionId: board!.status.options.find(it => it.name === to)!.id }
    await ask(login, DRAG, {
      input: { projectId: board!.id, itemId: item.id, fieldId: board!.status.id, value },
    })
  }

  it('shows a convoy, and people steer it by moving cards', async () => {
    const repo = await story.repository('web')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
      { key: 'b', title: 'B', body: script({ write: 'b.txt', content: 'b' }), after: ['a'] },
      { key: 'c', title: 'C', body: script({ write: 'c.txt', content: 'c' }), after: ['b'] },
    ])
    const [a, b, c] = ['a', 'b', 'c'].map(key => epic.issues[key]!.number) as [number, number, number]
    await story.command(repo, epic.number, '/convoy stage')
    await isIn(c, 'Planned')
    await drag('wes', b, 'Held')
    await story.until(
      'its label',
      () => story.issue(repo, b),
      issue => story.labels(issue).includes('gt:held'),
    )
    await story.command(repo, epic.number, '/convoy start')
    await isIn(a, 'Landed')
    expect((await columns())[b]).toBe('Held')

    await drag('rhea', b, 'Ready')
    await story.until(
      'a refusal',
      () => story.said(repo, b),
      said => said.some(body => body.includes('townhall:card-refused')),
    )
    await isIn(b, 'Held')
    await drag('rhea', b, 'Ready')
    await isIn(b, 'Held')
    await drag('wes', c, 'Landed')
    await isIn(c, 'Waiting')
    expect((await story.said(repo, b)).filter(body => body.includes('townhall:card-refused'))).toHaveLength(1)

    // Somebody deletes it: it is made anew, with all its cards, and the convoy's card leads there.
    const [first] = await boards()
    await ask('olivia', DELETE, { input: { projectId: first!.id } })
    await story.command(repo, c, '/bead hold')
    await isIn(c, 'Held')
    expect(await columns()).toEqual({ [a]: 'Landed', [b]: 'Held', [c]: 'Held' })
    await drag('wes', c, 'Ready')
    await isIn(c, 'Waiting')
    await drag('wes', b, 'Cancelled')
    await story.closed({ repo, number: b })
    await isIn(b, 'Cancelled')
    await story.command(repo, b, '/bead skip')
    await story.landed(repo, epic)
    await isIn(c, 'Landed')

    const [board, ...more] = await boards()
    expect(more).toEqual([])
    expect(board!.url).not.toBe(first!.url)
    expect(await story.card(repo, epic.number)).toContain(board!.url)
    expect(await story.file(repo, 'c.txt')).toBe('c')
  })
})

describe('an installation of a person', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin({ login: 'uma', type: 'User' })
  })
  afterAll(() => story.end())

  it('has no board, says so on the card, and everything else works', async () => {
    const uma = new Person(story.github, 'uma', story.github.users.uma!.token)
    await uma.post('/user/repos', { name: 'notes', auto_init: true })
    const repo = 'uma/notes'
    const hands = new Hands(uma)
    const root = await hands.opens(repo, 'Notes')
    const a = await hands.adds(root, 'A', script({ write: 'a.txt', content: 'a' }))
    const b = await hands.adds(root, 'B', script({ run: 'cp a.txt b.txt' }))
    await hands.blocks(b, a)
    await story.command(repo, root.number, '/convoy stage', uma)
    await story.cardSays(repo, root.number, /no board/)
    await story.command(repo, root.number, '/convoy start', uma)
    await story.closed(root)
    expect(await story.file(repo, 'b.txt')).toBe('a')
  })
})
