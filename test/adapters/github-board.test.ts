import { afterEach, describe, expect, test } from 'vitest'
import {
  boardSeen,
  boards,
  cardOf,
  convoy,
  drag,
  graphql,
  inColumns,
  look,
  only,
  put,
  REMOVE,
  removeBoards,
  shows,
} from '../support/github-board.ts'
import { as, kept, requests, town, us, withGitHub } from '../support/github-town.ts'

/** The board: a project of the organization that shows where each bead stands, and tells what people move. */

withGitHub()
afterEach(removeBoards)

describe("the town's board", () => {
  test('is made with our columns and fields, is linked to the repository, and shows each bead', async () => {
    const { beads, name, showing } = await convoy(2)
    const facts = await put(
      showing([
        { status: 'Working', polecat: 'rust', tries: 1 },
        { status: 'Planned', wave: null },
      ]),
    )
    const board = await only()
    expect(boardSeen(facts)).toEqual({
      type: 'BoardSeen',
      number: null,
      board: { url: board.url, why: null },
    })
    expect(board.title).toBe('Townhall')
    expect(board.repositories.nodes).toEqual([{ nameWithOwner: `acme/${name}` }])
    const status = board.fields.nodes.find(it => it.name === 'Status')!
    expect(status.options!.map(it => it.name)).toEqual([
      'Planned',
      'Waiting',
      'Ready',
      'Working',
      'In review',
      'Landed',
      'Held',
      'Failed',
      'Cancelled',
    ])
    expect(shows(board, beads[0]!)).toEqual({
      Status: 'Working',
      Wave: 1,
      Convoy: 'Dark mode',
      Polecat: 'rust',
      Tries: 1,
    })
    expect(shows(board, beads[1]!)).toEqual({ Status: 'Planned', Convoy: 'Dark mode' })
  })

  test('is written to only where something differs, and what is no more so is taken away', async () => {
    const { beads, showing } = await convoy(2)
    await put(showing([{ status: 'Working', polecat: 'rust', tries: 1 }, { status: 'Ready' }]))
    const same = await requests(() =>
      put(showing([{ status: 'Working', polecat: 'rust', tries: 1 }, { status: 'Ready' }])),
    )
    expect(same.sent).toEqual([])
    const next = await requests(() => put(showing([{ status: 'Landed', wave: null }, { status: 'Working' }])))
    expect(next.sent).toEqual(['POST /api/graphql'])
    expect(shows(await only(), beads[0]!)).toEqual({ Status: 'Landed', Convoy: 'Dark mode' })
  })

  test('shows forty beads in few requests, twenty changes in each', async () => {
    const { beads, showing } = await convoy(40)
    const rows = beads.map((_, n) => ({ wave: n + 1 }))
    const { sent } = await requests(() => put(showing(rows)))
    // Four for the board with its fields and its link, one for the issues' ids, two for the cards, six for their values.
    expect(sent.length).toBeLessThanOrEqual(14)
    const board = await only()
    expect(board.items.nodes).toHaveLength(40)
    expect(shows(board, beads[39]!)).toEqual({ Status: 'Ready', Wave: 40, Convoy: 'Dark mode' })
  })

  test('a large plan is written in several turns, and each goes on where the last one ended', async () => {
    const { beads, showing } = await convoy(100)
    const effect = showing(beads.map(() => ({})))
    await expect(put(effect)).rejects.toMatchObject({ name: 'Paced', waitMs: 1000 })
    expect(boardSeen(await put(effect))).toMatchObject({ board: { why: null } })
    const board = await only()
    for (const bead of beads)
      expect(shows(board, bead)).toEqual({ Status: 'Ready', Wave: 1, Convoy: 'Dark mode' })
    expect((await requests(() => put(effect))).sent).toEqual([])
  })

  test('is one for all convoys, and found again by a database that knows nothing', async () => {
    const one = await convoy(1)
    const other = await convoy(1)
    await put(one.showing(inColumns('Working')))
    await put(other.showing(inColumns('Held')))
    kept.written.clear()
    const { sent } = await requests(() => put(one.showing(inColumns('Working'))))
    expect(sent.length).toBeLessThanOrEqual(4)
    const board = await only()
    expect(board.items.nodes).toHaveLength(2)
    expect(board.repositories.nodes).toHaveLength(2)
    expect(shows(board, one.beads[0]!)).toMatchObject({ Status: 'Working' })
  })
})

describe('a board that the config names', () => {
  const create = async (title: string) => {
    const org = await as('olivia', 'GET', '/orgs/acme')
    const { createProjectV2: made } = await graphql<{
      createProjectV2: { projectV2: { number: number; url: string } }
    }>(
      'olivia',
      'mutation($input:CreateProjectV2Input!){createProjectV2(input:$input){projectV2{number url}}}',
      { input: { ownerId: org.node_id, title } },
    )
    return made.projectV2
  }

  test('keeps its own columns: ours are in a field of our own, and that is said', async () => {
    const { number, url } = await create('Roadmap')
    const { beads, showing } = await convoy(1, number)
    const facts = await put(showing(inColumns('Held')))
    const why = expect.stringContaining('Townhall status')
    expect(boardSeen(facts)).toEqual({ type: 'BoardSeen', number, board: { url, why } })
    const board = await only()
    expect(board.fields.nodes.find(it => it.name === 'Status')!.options!.map(it => it.name)).toEqual([
      'Todo',
      'In Progress',
      'Done',
    ])
    expect(shows(board, beads[0]!)).toEqual({ 'Townhall status': 'Held', Wave: 1, Convoy: 'Dark mode' })
    const itemId = await drag('wes', board, beads[0]!, 'Ready', 'Townhall status')
    expect(await look(itemId, 'wes')).toMatchObject([{ fact: { type: 'CardMoved', to: 'Ready' } }])
    await drag('wes', board, beads[0]!, 'Held', 'Townhall status')
    await drag('wes', board, beads[0]!, 'Done')
    expect(await look(itemId, 'wes')).toEqual([])
  })

  test('that is not there is a reason, and none is made in its place; so is one that was deleted', async () => {
    const { showing } = await convoy(1, 4711)
    const why = expect.stringContaining('no project 4711')
    expect(boardSeen(await put(showing(inColumns('Ready'))))).toEqual({
      type: 'BoardSeen',
      number: 4711,
      board: { url: null, why },
    })
    expect(await boards()).toEqual([])
    const { number } = await create('Roadmap')
    const named = await convoy(1, number)
    await put(named.showing(inColumns('Ready')))
    await graphql('olivia', REMOVE, {
      id: (await only()).id,
    })
    expect(boardSeen(await put(named.showing(inColumns('Landed'))))).toMatchObject({
      number,
      board: { url: null },
    })
    expect(await boards()).toEqual([])
  })
})

describe('a card that a person moves', () => {
  test('is a fact with the right that they have to the repository', async () => {
    const { beads, showing } = await convoy(1)
    await put(showing(inColumns('Ready')))
    const board = await only()
    const issueId = String(beads[0]!.id)
    const itemId = await drag('wes', board, beads[0]!, 'Held')
    expect(await look(itemId, 'wes')).toEqual([
      {
        townId: town,
        fact: { type: 'CardMoved', issueId, to: 'Held', by: 'wes', permission: 'write' },
        dedupe: null,
      },
    ])
    await drag('rhea', board, beads[0]!, 'Cancelled')
    expect(await look(itemId, 'rhea')).toMatchObject([{ fact: { to: 'Cancelled', permission: 'read' } }])
    await drag('wes', board, beads[0]!, 'Landed')
    expect(await look(itemId, 'wes')).toMatchObject([{ fact: { to: 'other', by: 'wes' } }])
  })

  test('is found by a sweep as well, when no webhook told of it', async () => {
    const { beads, rigId, convoyId, showing } = await convoy(3)
    kept.convoys = [{ id: convoyId, rigId, issueId: '1', number: beads[0]!.number }]
    const moves = async () =>
      (await us.sweep(town, Date.now())).flatMap(({ fact }) => (fact.type === 'CardMoved' ? [fact] : []))
    await put(showing(inColumns('Ready', 'Planned', 'Held')))
    expect(await moves()).toEqual([])
    const board = await only()
    await drag('rhea', board, beads[1]!, 'Cancelled')
    await drag('wes', board, beads[2]!, 'Landed')
    expect(await moves()).toEqual([
      { type: 'CardMoved', issueId: String(beads[1]!.id), to: 'Cancelled', by: 'rhea', permission: 'read' },
      { type: 'CardMoved', issueId: String(beads[2]!.id), to: 'other', by: 'wes', permission: 'write' },
    ])
    await put(showing(inColumns('Ready', 'Planned', 'Held'), 2))
    expect(await moves()).toEqual([])
  })

  test('is put back when asked for again, though nothing else changed', async () => {
    const { beads, showing } = await convoy(2)
    await put(showing(inColumns('Ready', 'Planned')))
    await drag('wes', await only(), beads[0]!, 'Landed')
    await put(showing(inColumns('Ready', 'Planned'), 1))
    expect(shows(await only(), beads[0]!)).toMatchObject({ Status: 'Ready', Wave: 1 })
    const again = await requests(() => put(showing(inColumns('Ready', 'Planned'), 1)))
    expect(again.sent).toEqual([])
  })

  test('where we put it, on no board of ours, by an automation, or gone, is no move', async () => {
    const { beads, showing } = await convoy(1)
    await put(showing(inColumns('Held')))
    const board = await only()
    const itemId = cardOf(board, beads[0]!.number)!.id
    expect(await look(itemId, 'wes')).toEqual([])
    await drag('wes', board, beads[0]!, 'Ready')
    expect(await look(itemId, 'github-project-automation[bot]')).toEqual([])
    expect(await look(itemId, 'wes')).toHaveLength(1)
    kept.written.clear()
    expect(await look(itemId, 'wes')).toEqual([])
    await graphql(
      'olivia',
      'mutation($input:DeleteProjectV2ItemInput!){deleteProjectV2Item(input:$input){deletedItemId}}',
      {
        input: { projectId: board.id, itemId },
      },
    )
    expect(await look(itemId, 'wes')).toEqual([])
  })
})
