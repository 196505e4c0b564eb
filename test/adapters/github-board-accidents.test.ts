import { afterEach, describe, expect, test } from 'vitest'
import {
  boardSeen,
  boards,
  cardOf,
  convoy,
  graphql,
  inColumns,
  only,
  put,
  REMOVE,
  removeBoards,
  shows,
} from '../support/github-board.ts'
import {
  as,
  github,
  kept,
  loseAnswer,
  openWith,
  requests,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** What people and accidents do to the board, and what it is like afterwards. */

withGitHub()
afterEach(removeBoards)

describe('what people and accidents do to it', () => {
  test('a board that somebody deleted is made anew, once, with all cards of the convoy', async () => {
    const { beads, showing } = await convoy(2)
    await put(showing(inColumns('Ready', 'Planned')))
    const before = await only()
    await graphql('olivia', REMOVE, {
      id: before.id,
    })
    const facts = await put(showing(inColumns('Working', 'Planned')))
    const board = await only()
    expect(boardSeen(facts)).toMatchObject({ board: { url: board.url, why: null } })
    expect(board.url).not.toBe(before.url)
    expect(shows(board, beads[0]!)).toMatchObject({ Status: 'Working', Wave: 1 })
    expect(shows(board, beads[1]!)).toMatchObject({ Status: 'Planned' })
  })

  test('a field and a card that somebody deleted are made again; columns of their own stay', async () => {
    const { beads, showing } = await convoy(2)
    await put(showing(inColumns('Ready', 'Ready')))
    const board = await only()
    const wave = board.fields.nodes.find(it => it.name === 'Wave')!.id
    const status = board.fields.nodes.find(it => it.name === 'Status')!
    await graphql(
      'olivia',
      'mutation($id:ID!){deleteProjectV2Field(input:{fieldId:$id}){projectV2Field{__typename}}}',
      {
        id: wave,
      },
    )
    const given = ['Parked by legal', 'Ready', 'Working'].map(name => ({
      name,
      color: 'RED',
      description: '',
    }))
    await graphql(
      'olivia',
      'mutation($input:UpdateProjectV2FieldInput!){updateProjectV2Field(input:$input){projectV2Field{__typename}}}',
      { input: { fieldId: status.id, singleSelectOptions: given } },
    )
    await graphql(
      'olivia',
      'mutation($input:DeleteProjectV2ItemInput!){deleteProjectV2Item(input:$input){deletedItemId}}',
      {
        input: { projectId: board.id, itemId: cardOf(board, beads[1]!.number)!.id },
      },
    )
    await put(
      showing([
        { status: 'Landed', wave: null },
        { status: 'Held', wave: 2 },
      ]),
    )
    const mended = await only()
    expect(shows(mended, beads[0]!)).toEqual({ Status: 'Landed', Convoy: 'Dark mode' })
    expect(shows(mended, beads[1]!)).toEqual({ Status: 'Held', Wave: 2, Convoy: 'Dark mode' })
    expect(mended.fields.nodes.find(it => it.name === 'Status')!.options!.map(it => it.name)).toContain(
      'Parked by legal',
    )
  })

  test('a card that somebody archived is left alone, the others are shown', async () => {
    const { beads, showing } = await convoy(2)
    await put(showing(inColumns('Ready', 'Ready')))
    const board = await only()
    await graphql(
      'olivia',
      'mutation($input:ArchiveProjectV2ItemInput!){archiveProjectV2Item(input:$input){item{id}}}',
      {
        input: { projectId: board.id, itemId: cardOf(board, beads[0]!.number)!.id },
      },
    )
    await put(showing(inColumns('Working', 'Working')))
    const after = await only()
    expect(shows(after, beads[0]!)).toMatchObject({ Status: 'Ready' })
    expect(shows(after, beads[1]!)).toMatchObject({ Status: 'Working' })
    expect((await requests(() => put(showing(inColumns('Working', 'Working'))))).sent).toEqual([])
  })

  test('an issue that is gone is left out, and so is a repository that the App was taken off', async () => {
    const { beads, showing } = await convoy(2)
    await graphql('olivia', 'mutation($id:ID!){deleteIssue(input:{issueId:$id}){repository{id}}}', {
      id: beads[0]!.node_id,
    })
    await put(showing(inColumns('Ready', 'Ready')))
    const board = await only()
    expect(board.items.nodes).toHaveLength(1)
    expect(shows(board, beads[1]!)).toMatchObject({ Status: 'Ready' })
    const elsewhere = await convoy(1)
    kept.rigs.delete(elsewhere.rigId)
    expect(boardSeen(await put(elsewhere.showing(inColumns('Ready'))))).toMatchObject({
      board: { why: null },
    })
  })

  test("a bead that left the convoy has nothing of ours on its card; one that another convoy took is that one's", async () => {
    const { beads, showing } = await convoy(3)
    await put(showing(inColumns('Ready', 'Ready', 'Working')))
    const taken = { ...showing([{ status: 'Planned' }]), convoyId: 'another' }
    await put({
      ...taken,
      rows: taken.rows.map(row => ({ ...row, issueId: String(beads[2]!.id), number: beads[2]!.number })),
    })
    await put(showing(inColumns('Ready')))
    const board = await only()
    expect(shows(board, beads[0]!)).toMatchObject({ Status: 'Ready' })
    expect(shows(board, beads[1]!)).toEqual({})
    expect(shows(board, beads[2]!)).toMatchObject({ Status: 'Planned' })
  })

  test('an answer that was lost costs no second board and no second card', async () => {
    const { beads, showing } = await convoy(2)
    const effect = showing(inColumns('Ready', 'Working'))
    for (let attempt = 0; attempt < 6; attempt++) {
      loseAnswer('POST', 'graphql')
      await us.perform(town, effect, attempt).catch((error: Error) => expect(error.name).toBe('Unreachable'))
    }
    await put(effect)
    const board = await only()
    expect(board.items.nodes).toHaveLength(2)
    expect(shows(board, beads[1]!)).toMatchObject({ Status: 'Working', Wave: 1, Convoy: 'Dark mode' })
  })

  test('a board of a person that looks like ours is not taken for it', async () => {
    const org = await as('olivia', 'GET', '/orgs/acme')
    const { createProjectV2: made } = await graphql<{ createProjectV2: { projectV2: { id: string } } }>(
      'wes',
      'mutation($input:CreateProjectV2Input!){createProjectV2(input:$input){projectV2{id}}}',
      { input: { ownerId: org.node_id, title: 'Townhall' } },
    )
    const readme = '<!-- townhall:board -->'
    await graphql(
      'wes',
      'mutation($input:UpdateProjectV2Input!){updateProjectV2(input:$input){projectV2{id}}}',
      {
        input: { projectId: made.projectV2.id, readme },
      },
    )
    const { beads, showing } = await convoy(1)
    await put(showing(inColumns('Ready')))
    const [theirs, ours] = (await boards()).toSorted((a, b) => a.number - b.number)
    expect(theirs!.items.nodes).toEqual([])
    expect(shows(ours!, beads[0]!)).toMatchObject({ Status: 'Ready' })
  })

  test('without the permission it is said what is missing, in one request', async () => {
    const { showing } = await convoy(1)
    const { app } = github.world
    const { organization_projects: _, ...permissions } = app.permissions
    github.world.app = { ...app, permissions }
    try {
      const { result, sent } = await requests(() => put(showing(inColumns('Ready'))))
      const why = expect.stringContaining('"Projects: read and write" in acme')
      expect(boardSeen(result)).toEqual({ type: 'BoardSeen', number: null, board: { url: null, why } })
      expect(sent).toEqual(['POST /api/graphql'])
    } finally {
      github.world.app = app
      await openWith({})
    }
  })
})
