import { describe, expect, it } from 'vitest'
import type { BoardRow, Effect, ShowBoard } from '../../src/core/effects.ts'
import type { BoardMove, Permission } from '../../src/core/events.ts'
import type { RigConfig } from '../../src/core/rig.ts'
import { kinds, tree, World } from './world.ts'

const DAY = 24 * 3_600_000

const boardsIn = (effects: readonly Effect[]): ShowBoard[] =>
  effects.filter(effect => effect.do === 'ShowBoard')
const lastBoard = (world: World): ShowBoard => {
  const last = boardsIn(world.effects).at(-1)
  if (!last) throw new Error('no board was asked for')
  return last
}
const row = (world: World, number: number): BoardRow =>
  lastBoard(world).rows.find(it => it.number === number)!
const columns = (world: World): Record<number, string> =>
  Object.fromEntries(lastBoard(world).rows.map(({ number, status }) => [number, status]))

const moved = (world: World, number: number, to: BoardMove, permission: Permission = 'write', by = 'wes') =>
  world.given({ type: 'CardMoved', issueId: String(number + 1000), to, by, permission })

const seen = (world: World, url: string | null, why: string | null, number: number | null = null) =>
  world.given({ type: 'BoardSeen', number, board: { url, why } })

describe('what the board shows', () => {
  it('a card for each bead that is worked on or decided, in the column where it stands', () => {
    const world = new World({ maxPolecats: 1 })
    const sketch = {
      2: { epic: true, title: 'Part' },
      3: { under: 2 },
      4: { after: [3] },
      5: {},
      6: { decision: true },
    }
    world.comment('/convoy stage', { tree: tree(sketch) })
    expect(columns(world)).toEqual({ 3: 'Planned', 4: 'Planned', 5: 'Planned', 6: 'Planned' })
    expect(row(world, 4)).toMatchObject({
      issueId: '1004',
      rigId: '900',
      wave: 2,
      convoy: 'The epic',
      tries: 0,
    })
    world.comment('/convoy start --force', { tree: tree(sketch) })
    world.branches()
    expect(columns(world)).toEqual({ 3: 'Working', 4: 'Waiting', 5: 'Ready', 6: 'Waiting' })
    expect(row(world, 3).polecat).toBe(world.bead(3).polecat)
    world.done(3)
    expect(columns(world)).toMatchObject({ 3: 'In review', 5: 'Working' })
    world.comment('/bead hold', { on: 4 })
    world.comment('/bead cancel', { on: 6 })
    expect(columns(world)).toMatchObject({ 4: 'Held', 6: 'Cancelled' })
    world.opened(world.pull(3))
    world.gate(world.pull(3), 'green')
    world.merged(world.pull(3))
    expect(row(world, 3)).toMatchObject({ status: 'Landed', wave: null })
  })

  it('failed and parked work, and the tries that it took', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: { after: [2] } })
    world.fail(2)
    expect(columns(world)).toEqual({ 2: 'Failed', 3: 'Waiting' })
    expect(row(world, 2).tries).toBe(1)
  })

  it('a long title cut to 80 characters, and no emoji in half', () => {
    const world = new World()
    world.comment(`/convoy stage --title "${'x'.repeat(79)}🚀🚀"`, { tree: tree({ 2: {} }) })
    expect(lastBoard(world).rows[0]!.convoy).toBe(`${'x'.repeat(79)}🚀`)
  })

  it('nothing again without news', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    const before = boardsIn(world.effects).length
    world.later(1000)
    world.comment('/convoy status')
    expect(boardsIn(world.effects)).toHaveLength(before)
  })

  it('the board that the config names', () => {
    const world = new World({ board: 7 })
    world.comment('/convoy stage', { tree: tree({ 2: {} }) })
    expect(lastBoard(world).board).toBe(7)
  })

  it('nothing where the config wants none, or where a user owns the town: an App sees no boards there', () => {
    const none = (config: Partial<RigConfig>, ownerType: 'Organization' | 'User') => {
      const world = new World(config)
      world.given({ type: 'TownSeen', login: 'acme', ownerType, appSlug: 'townhall', suspended: false })
      world.start({ 2: {} })
      return boardsIn(world.effects)
    }
    expect(none({ board: false }, 'Organization')).toEqual([])
    expect(none({}, 'User')).toEqual([])
    expect(none({}, 'Organization')).not.toEqual([])
  })
})

describe('a board that cannot be', () => {
  it('is said on the card and not asked for again for a day', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree({ 2: {}, 3: {} }) })
    const effects = seen(world, null, 'the App lacks a permission')
    const card = effects.flatMap(effect =>
      effect.do === 'ShowIssue' && effect.say?.say === 'card' ? [effect.say.card] : [],
    )
    expect(card[0]?.board).toEqual({ url: null, why: 'the App lacks a permission' })
    const before = boardsIn(world.effects).length
    world.comment('/bead hold', { on: 3 })
    expect(boardsIn(world.effects)).toHaveLength(before)
    expect(boardsIn(world.later(DAY))).toEqual([])
    world.comment('/bead release', { on: 3 })
    expect(boardsIn(world.effects)).toHaveLength(before + 1)
    seen(world, null, 'the App lacks a permission')
    world.comment('/bead hold', { on: 3 })
    expect(boardsIn(world.effects)).toHaveLength(before + 1)
  })

  it('is shown at once, with all that happened meanwhile, when it can be', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    seen(world, null, 'the App lacks a permission')
    world.comment('/bead hold', { on: 3 })
    const shown = boardsIn(seen(world, 'https://github.com/orgs/acme/projects/1', null))
    expect(shown.map(effect => effect.rows.find(it => it.number === 3)?.status)).toEqual(['Held'])
    expect(seen(world, 'https://github.com/orgs/acme/projects/1', null)).toEqual([])
  })

  it('keeps no other board from being shown', () => {
    const world = new World({ board: 7 })
    world.start({ 2: {} })
    seen(world, 'https://github.com/orgs/acme/projects/7', null, 7)
    seen(world, null, 'there is none', null)
    world.done(2)
    expect(row(world, 2).status).toBe('In review')
  })
})

describe('a card that is moved', () => {
  it('to Held holds the bead, also while it is worked on, and to Ready lets it go on', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    moved(world, 3, 'Held')
    expect(world.bead(3).held).toBe(true)
    moved(world, 2, 'Held')
    expect(columns(world)).toEqual({ 2: 'Held', 3: 'Held' })
    moved(world, 2, 'Ready')
    moved(world, 3, 'Ready')
    expect(columns(world)).toEqual({ 2: 'Working', 3: 'Waiting' })
  })

  it('to Ready gives a failed bead another try, and one that is held besides goes on as well', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: {} })
    world.fail(2)
    world.fail(3)
    moved(world, 3, 'Held')
    moved(world, 2, 'Ready')
    moved(world, 3, 'Ready')
    expect(world.working).toEqual([2, 3])
    expect(row(world, 2).tries).toBe(0)
  })

  it('to Cancelled cancels the bead as the command does', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    moved(world, 2, 'Cancelled')
    expect(world.standing(2)).toBe('cancelled')
    expect(world.standing(3)).toBe('parked')
    expect(columns(world)).toEqual({ 2: 'Cancelled', 3: 'Waiting' })
  })

  it('by somebody who may not changes nothing, is told so once, and is put back', () => {
    const world = new World()
    world.start({ 2: {} })
    const before = lastBoard(world)
    for (const permission of ['none', 'read', 'triage'] as const) {
      const effects = moved(world, 2, 'Cancelled', permission, 'stan')
      expect(effects.filter(effect => effect.do === 'Comment')).toEqual([
        {
          do: 'Comment',
          rigId: '900',
          number: 2,
          key: 'card-refused:1002:stan',
          say: { say: 'card-refused', by: 'stan', to: 'Cancelled', has: permission },
        },
      ])
      expect(kinds(effects)).toContain('ShowBoard')
    }
    expect(world.standing(2)).toBe('working')
    expect(lastBoard(world)).toEqual({ ...before, moves: 3 })
  })

  it('to where it makes no sense, or to a column that does nothing, changes nothing and is put back', () => {
    const world = new World({ mergeMode: 'review-and-merge' })
    world.start({ 2: {}, 3: { after: [2] }, 4: { after: [3] } })
    world.land(2)
    for (const to of ['Ready', 'Held', 'Cancelled', 'other'] as const)
      expect(kinds(moved(world, 2, to))).toEqual(['ShowBoard'])
    expect(kinds(moved(world, 4, 'Ready'))).toEqual(['ShowBoard'])
    expect(columns(world)).toEqual({ 2: 'Landed', 3: 'Working', 4: 'Waiting' })
    expect(boardsIn(world.later(1))).toEqual([])
  })

  it('and is no bead of ours is none of our business', () => {
    const world = new World()
    world.start({ 2: {} })
    expect(moved(world, 77, 'Cancelled')).toEqual([])
  })
})
