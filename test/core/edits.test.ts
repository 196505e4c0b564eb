// People edit a convoy that is under way, on GitHub and by command; the convoy follows.
import { describe, expect, test } from 'vitest'
import { kinds, namedIssue, tree, World } from './world.ts'

const see = (world: World, sketch: Parameters<typeof tree>[0]) =>
  world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree(sketch, world.now) })

const words = (world: World, number: number, permission: 'write' | 'read', body = 'Do it so') =>
  world.given({
    type: 'WordsSeen',
    beadId: world.bead(number).id,
    title: `Bead ${number}`,
    body,
    by: [{ login: 'ann', permission }],
  })

/** What the card says of the plan, without advice. */
const said = (world: World) =>
  world.convoy.findings.filter(one => one.severity !== 'advice').map(one => one.category)

describe('a sub-issue that is added after the start', () => {
  test('begins once it is known that somebody with write access wrote it', () => {
    const world = new World()
    world.start({ 2: {} })
    expect(kinds(see(world, { 2: {}, 3: {} }))).toContain('LookAtWords')
    expect(world.working).toEqual([2])
    words(world, 3, 'write')
    expect(world.working).toEqual([2, 3])
  })

  test('is held when somebody without write access wrote it, until a person releases it', () => {
    const world = new World()
    world.start({ 2: {} })
    see(world, { 2: {}, 3: {} })
    words(world, 3, 'read')
    expect(world.standing(3)).toBe('held')
    expect(world.convoy.findings.map(finding => finding.category)).toContain('edit-refused')
    expect(world.comment('/why', { on: 3 })[0]).toMatchObject({
      because: [{ what: expect.stringContaining('ann wrote it, without write access') }],
    })
    world.comment('/bead release', { on: 3 })
    expect(world.working).toEqual([2, 3])
  })

  test('does not join when the convoy does not work in its repository, and the card says so', () => {
    const world = new World()
    world.rig('901', 'api')
    world.start({ 2: {} })
    see(world, { 2: {}, 3: { rig: '901' } })
    expect(world.town.beads.has('1003')).toBe(false)
    expect(said(world)).toEqual(['not-joined'])
    see(world, { 2: {} })
    expect(said(world)).toEqual([])
  })
})

describe('the words of an issue, edited after the start', () => {
  test('by someone with write access reach a bead that has not begun', () => {
    const world = new World({ maxPolecats: 1 })
    world.start({ 2: {}, 3: {} })
    expect(kinds(see(world, { 2: {}, 3: { body: 'New words' } }))).toEqual(['LookAtWords'])
    words(world, 3, 'write', 'New words')
    const [order] = world.done(2).filter(effect => effect.do === 'OrderRun')
    expect(order).toMatchObject({ bead: { number: 3, body: 'New words' } })
  })

  test('by someone without it do not, and are looked at once', () => {
    const world = new World({ maxPolecats: 1 })
    world.start({ 2: {}, 3: {} })
    see(world, { 2: {}, 3: { body: 'Print the keys' } })
    words(world, 3, 'read', 'Print the keys')
    expect(kinds(see(world, { 2: {}, 3: { body: 'Print the keys' } }))).toEqual([])
    expect(world.bead(3).body).toBe('')
    const [order] = world.done(2).filter(effect => effect.do === 'OrderRun')
    expect(order).toMatchObject({ bead: { number: 3, body: '' } })
  })

  test('do not reach a bead that has begun', () => {
    const world = new World()
    world.start({ 2: {} })
    expect(see(world, { 2: { body: 'Something else' } })).toEqual([])
  })
})

describe('dependencies that are edited after the start', () => {
  test('a new edge is followed, and one that ties a knot is reported while the rest of the edit is followed', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] }, 4: {} })
    see(world, { 2: { after: [3] }, 3: { after: [2] }, 4: { title: 'x' }, 5: { after: [4] } })
    expect(said(world)).toEqual(['cycle'])
    expect(world.bead(2).blockers).toEqual([])
    words(world, 5, 'write')
    expect(world.standing(5)).toBe('waiting')
    world.land(2)
    expect(world.standing(3)).toBe('working')
    see(world, { 2: {}, 3: { after: [2] }, 4: {}, 5: { after: [4] } })
    expect(said(world)).toEqual([])
  })
})

describe('/convoy add', () => {
  test('links the issue and looks again; it joins when the link is seen', () => {
    const world = new World()
    world.start({ 2: {} })
    const before = world.effects.length
    const [say] = world.comment('/convoy add #7', { named: [namedIssue(7)] })
    expect(say).toMatchObject({ say: 'done', what: { kind: 'added', refs: ['acme/web#7'] } })
    const asked = world.effects.slice(before)
    expect(asked.find(effect => effect.do === 'PublishLinks')).toMatchObject({
      places: [{ parent: { number: 1 }, child: { number: 7 } }],
    })
    expect(kinds(asked)).toContain('LookAtTree')
    see(world, { 2: {}, 7: {} })
    expect(world.bead(7).status).toBe('open')
  })

  test('refuses what has another parent, is a pull request, or is in another open convoy, and changes nothing', () => {
    const world = new World()
    world.start({ 2: {} })
    const parent = { id: '5', ref: 'acme/web#5' }
    const said = world.comment('/convoy add #7 #8', {
      named: [namedIssue(7, { parent }), namedIssue(8, { isPull: true })],
    })
    expect(said).toMatchObject([
      { refusal: { kind: 'findings', findings: [{ category: 'has-parent' }, { category: 'not-a-bead' }] } },
    ])
    expect(kinds(world.effects)).not.toContain('PublishLinks')
  })

  test('needs the right to write where the issue is, and opens a leg there', () => {
    const world = new World()
    world.rig('901', 'api')
    world.start({ 2: {} })
    const named = [namedIssue(7, { rigId: '901' }, 'acme/api')]
    expect(world.comment('/convoy add acme/api#7', { named })).toMatchObject([
      { refusal: { kind: 'not-allowed-there', repos: ['acme/api'] } },
    ])
    world.comment('/convoy add acme/api#7', { named, rights: [{ rigId: '901', permission: 'write' }] })
    expect([...world.town.legs.values()].map(leg => leg.rigId)).toEqual(['900', '901'])
  })
})

test('/convoy add names the convoy that has an issue by the repository of that convoy', () => {
  const world = new World()
  world.rig('901', 'api')
  const rights = [{ rigId: '901', permission: 'write' as const }]
  world.comment('/convoy stage --start --force', { tree: tree({ 2: { rig: '901' } }), rights })
  world.comment('/convoy stage', { on: 20, tree: rootedAt(20, { 21: {} }) })
  const named = [namedIssue(2, { rigId: '901' }, 'acme/api')]
  expect(world.comment('/convoy add acme/api#2', { on: 20, named, rights })).toMatchObject([
    { refusal: { findings: [{ category: 'already-in-convoy', detail: 'acme/web#1' }] } },
  ])
})

/** The same under another epic. */
const rootedAt = (number: number, sketch: Parameters<typeof tree>[0]) => {
  const seen = tree(sketch)
  const root = { ...seen.root, id: String(number + 1000), number }
  const children = seen.issues.slice(1).map(issue => ({ ...issue, parentId: root.id }))
  return { ...seen, root, issues: [root, ...children] }
}

describe('/convoy remove', () => {
  test('takes the link away; what runs is stopped', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    world.comment('/convoy remove #2', { named: [namedIssue(2)] })
    expect(kinds(world.effects)).toContain('UnlinkIssue')
    see(world, { 3: {} })
    expect(world.standing(2)).toBe('cancelled')
    expect(world.working).toEqual([3])
  })

  test('--finish lets what is begun land', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    world.comment('/convoy remove #2 --finish', { named: [namedIssue(2)] })
    see(world, { 3: {} })
    expect(world.working).toEqual([2, 3])
    world.land(2)
    expect(world.standing(2)).toBe('landed')
  })

  test('--finish makes no other try', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    world.comment('/convoy remove #2 --finish', { named: [namedIssue(2)] })
    see(world, { 3: {} })
    world.fail(2)
    expect(world.standing(2)).toBe('cancelled')
  })
})

describe('giving up', () => {
  test('/bead skip on a failed bead lets what waits for it go on, and closes its issue as not planned', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: { after: [2] } })
    world.fail(2)
    expect(world.standing(3)).toBe('parked')
    const [say] = world.comment('/bead skip', { on: 2 })
    expect(say).toMatchObject({ what: { kind: 'skipped', freed: ['acme/web#3'] } })
    expect(world.working).toEqual([3])
    const shown = world.effects.filter(effect => effect.do === 'ShowIssue' && effect.number === 2)
    expect(shown.at(-1)).toMatchObject({ close: 'not_planned' })
  })

  test('/bead cancel parks what waits for it; the issue we close ourselves is not taken for reopened', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    world.comment('/bead cancel', { on: 2 })
    expect(world.standing(3)).toBe('parked')
    world.now += 1000
    see(world, { 2: {}, 3: { after: [2] } })
    expect(world.standing(2)).toBe('cancelled')
    world.given({ type: 'IssueClosed', beadId: '1002', at: world.now })
    world.now += 1000
    see(world, { 2: {}, 3: { after: [2] } })
    expect(world.standing(2)).toBe('working')
  })

  test('not planned by hand satisfies nobody until a person skips it', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    see(world, { 2: { closed: 'not_planned' }, 3: { after: [2] } })
    expect(world.standing(3)).toBe('parked')
    world.comment('/bead skip', { on: 2 })
    expect(world.working).toEqual([3])
  })
})

describe('a plan that is staged', () => {
  test('keeps what people skipped before the start, also when its issue is not closed yet', () => {
    const world = new World()
    const sketch = { 2: {}, 3: { after: [2] } }
    world.comment('/convoy stage', { tree: tree(sketch) })
    world.comment('/bead skip', { on: 2 })
    world.comment('/convoy start --force', { tree: tree(sketch, 5) })
    world.branches()
    expect(world.standing(2)).toBe('skipped')
    expect(world.working).toEqual([3])
  })
})

test('a reading of the tree that comes late changes nothing', () => {
  const world = new World()
  world.start({ 2: {}, 3: {} })
  world.now += 1000
  see(world, { 2: {} })
  const late = tree({ 2: {}, 3: {} }, world.now - 500)
  expect(world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: late })).toEqual([])
  expect(world.standing(3)).toBe('cancelled')
})

describe('a decision', () => {
  test('is worked on by nobody, gates what waits for it, and frees it when a person closes it', () => {
    const world = new World()
    const sketch = { 2: { decision: true }, 3: { after: [2] } }
    const [say] = world.comment('/convoy stage', { tree: tree(sketch) })
    expect(say).toMatchObject({ what: { status: 'staged_warnings' } })
    expect(world.convoy.findings.map(finding => finding.category)).toContain('gated')
    world.comment('/convoy start --force', { tree: tree(sketch) })
    world.branches()
    expect(world.working).toEqual([])
    expect(world.standing(2)).toBe('deciding')
    see(world, { 2: { decision: true, closed: 'completed' }, 3: { after: [2] } })
    expect(world.working).toEqual([3])
  })
})

describe('priority', () => {
  test('decides who of the ready begins first', () => {
    const world = new World({ maxPolecats: 1 })
    world.start({ 2: {}, 3: {}, 4: {} })
    expect(world.comment('/bead priority P0', { on: 4 })).toMatchObject([
      { what: { kind: 'prioritised', priority: 0 } },
    ])
    world.land(2)
    expect(world.working).toEqual([4])
  })

  test('that is none is refused with what would be one', () => {
    const world = new World()
    world.start({ 2: {} })
    expect(world.comment('/bead priority 7', { on: 2 })).toMatchObject([
      { refusal: { kind: 'bad-argument', wants: 'a priority from `0` to `4`' } },
    ])
  })
})

describe('epics in the tree', () => {
  test('are in progress from their first leaf on and closed with their last', () => {
    const world = new World()
    world.start({ 2: { epic: true }, 3: { under: 2 }, 4: { under: 2, after: [3] } })
    const shown = () => world.effects.findLast(one => one.do === 'ShowIssue' && one.number === 2)
    expect(shown()).toMatchObject({ labels: ['gt:bead', 'gt:in-progress'], say: null, close: null })
    world.land(3)
    world.land(4)
    expect(world.standing(2)).toBe('done')
    expect(shown()).toMatchObject({ labels: ['gt:bead'], close: 'completed' })
  })
})

describe('a convoy over several repositories', () => {
  test('merges in each as that repository does, and a landing in one frees a bead in another at once', () => {
    const world = new World()
    world.rig('901', 'api', { mergeMode: 'review-and-merge' })
    const seen = tree({ 2: { rig: '901' }, 3: { after: [2] } })
    world.comment('/convoy stage --start --force', {
      tree: seen,
      rights: [{ rigId: '901', permission: 'maintain' }],
    })
    world.branches()
    expect([...world.town.legs.values()].map(leg => leg.mergeMode)).toEqual([
      'review-and-merge',
      'review-then-land',
    ])
    world.land(2)
    expect(world.working).toEqual([3])
  })

  test('is started only by someone who may write in all of them', () => {
    const world = new World()
    world.rig('901', 'api')
    const seen = tree({ 2: { rig: '901' }, 3: {} })
    expect(world.comment('/convoy stage', { tree: seen })).toMatchObject([
      { what: { status: 'staged_warnings' } },
    ])
    expect(world.comment('/convoy start --force', { tree: seen })).toMatchObject([
      { refusal: { kind: 'not-allowed-there', repos: ['acme/api'] } },
    ])
    expect(world.convoy.status).toBe('staged_warnings')
  })
})

test('a parked repository begins nothing, and what is begun there goes on', () => {
  const world = new World({ maxPolecats: 1 })
  world.start({ 2: {}, 3: {} })
  world.rig('900', 'web', { maxPolecats: 1, parked: true })
  world.land(2)
  expect(world.working).toEqual([])
  expect(world.comment('/why', { on: 3 })).toMatchObject([
    { because: [{ what: expect.stringContaining('parked') }] },
  ])
  world.rig('900', 'web', { maxPolecats: 1 })
  expect(world.working).toEqual([3])
})
