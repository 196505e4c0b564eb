// Whatever state something is in, `/why` says what is so, which rule makes it so, and what would change it.
import { describe, expect, test } from 'vitest'
import type { Because, Standing } from '../../src/core/shown/says.ts'
import { whyBead } from '../../src/core/shown/why.ts'
import { whyConvoy } from '../../src/core/shown/why-convoy.ts'
import { whyPull } from '../../src/core/shown/why-pull.ts'
import type { Bead, ConvoyStatus, Pull } from '../../src/core/town.ts'
import { tree, World } from './world.ts'

const HOLE = /undefined|null|NaN|\[object|: $|\(\)/

function expectWhole(chain: readonly Because[]): void {
  expect(chain.length).toBeGreaterThan(0)
  for (const { what, rule, frees } of chain) {
    for (const text of [what, rule, ...(frees === null ? [] : [frees])]) {
      expect(text).not.toMatch(HOLE)
      expect(text.length).toBeGreaterThan(5)
    }
  }
}

/** How a bead comes to stand like that, and whether only a person can change it. */
const STANDINGS: Readonly<Record<Standing, { is: (world: World) => void; person: boolean }>> = {
  planned: { is: world => world.comment('/convoy stage', { tree: tree(SKETCH) }), person: true },
  ready: {
    is(world) {
      world.start({ 3: {}, 4: {}, 5: {}, 6: {}, 2: { after: [] }, 7: {} })
      world.given()
    },
    person: false,
  },
  waiting: { is: world => world.start({ 2: { after: [3] }, 3: {} }), person: false },
  parked: { is: failedBlocker, person: true },
  working: { is: world => world.start(SKETCH), person: false },
  asking: {
    is(world) {
      world.start(SKETCH)
      const runId = world.run(2).id
      world.given({ type: 'RunAsked', runId, question: 'Which colour?', sha: null, checkpoint: null })
    },
    person: true,
  },
  'in review': {
    is(world) {
      world.start(SKETCH)
      world.done(2)
    },
    person: false,
  },
  landed: {
    is(world) {
      world.start({ 2: {}, 3: {} })
      world.land(2)
    },
    person: false,
  },
  done: { is: world => world.start({ 2: { closed: 'completed' }, 3: {} }), person: false },
  skipped: {
    is(world) {
      world.start({ 2: {}, 3: {} })
      world.comment('/bead skip', { on: 2 })
    },
    person: false,
  },
  cancelled: { is: world => world.start({ 2: { closed: 'not_planned' }, 3: {} }), person: true },
  failed: {
    is(world) {
      world.start(SKETCH)
      for (let tries = 0; tries < 3; tries++) {
        world.fail(2)
        world.later(20 * 60_000)
      }
    },
    person: true,
  },
  held: {
    is(world) {
      world.start({ 2: { after: [3] }, 3: {} })
      world.comment('/bead hold', { on: 2 })
    },
    person: true,
  },
  deciding: { is: world => world.start({ 2: { decision: true }, 3: {} }), person: true },
}

const SKETCH = { 2: {} }

function failedBlocker(world: World): void {
  world.start({ 2: { after: [3] }, 3: {} })
  for (let tries = 0; tries < 3; tries++) {
    world.fail(3)
    world.later(20 * 60_000)
  }
}

const UNREADY: Readonly<Record<string, (world: World) => void>> = {
  'the branch of the convoy': world => world.comment('/convoy stage --start', { tree: tree(SKETCH) }),
  'the time to try again': failedOnce,
  'a paused convoy'(world) {
    failedOnce(world)
    world.comment('/convoy pause')
  },
  'a parked repository'(world) {
    failedOnce(world)
    world.rig('900', 'web', { parked: true })
  },
}

describe('a bead', () => {
  test.each(Object.entries(STANDINGS))('that is %s', (standing, { is, person }) => {
    const world = new World({ maxPolecats: standing === 'ready' ? 1 : 4 })
    is(world)
    const chain = whyBead(world.town, beadThatIs(world, standing as Standing), world.now)
    expectWhole(chain)
    if (person) expect(chain.some(({ frees }) => frees !== null)).toBe(true)
  })

  test('that waits names the chain down to what is worked on', () => {
    const world = new World()
    world.start({ 2: { after: [3] }, 3: { after: [4] }, 4: {} })
    const chain = whyBead(world.town, world.bead(2), world.now)
    expect(chain.map(({ what }) => what)).toEqual([
      'acme/web#2 is waiting for acme/web#3',
      'acme/web#3 is waiting for acme/web#4',
      expect.stringMatching(/^acme\/web#4 is working: \w+ has it, try 1$/),
    ])
  })

  test.each(Object.entries(UNREADY))('that is ready and waits for %s', (_, is) => {
    const world = new World()
    is(world)
    expectWhole(whyBead(world.town, world.bead(2), world.now))
  })
})

function failedOnce(world: World): void {
  world.start(SKETCH)
  world.fail(2)
}

function beadThatIs(world: World, standing: Standing): Bead {
  const bead = [...world.town.beads.values()].find(one => world.standing(one.number) === standing)
  if (!bead)
    throw new Error(
      `no bead is ${standing}: ${[...world.town.beads.values()].map(one => world.standing(one.number))}`,
    )
  return bead
}

const PULL_STATES: Readonly<Record<Pull['state'], true>> = {
  opening: true,
  queued: true,
  gating: true,
  merging: true,
  waiting: true,
  doubted: true,
  shut: true,
  returned: true,
  merged: true,
  closed: true,
}

describe('a pull request', () => {
  test.each(Object.keys(PULL_STATES) as Pull['state'][])('that is %s', state => {
    const world = new World()
    world.start(SKETCH)
    world.done(2)
    for (const kind of ['bead', 'landing'] as const) {
      for (const why of [null, 'GitHub says: a review is required']) {
        const pull: Pull = { ...world.pull(2), kind, state, why, number: state === 'opening' ? null : 7 }
        expectWhole([whyPull(world.town, pull)])
      }
    }
  })

  test('answers on its own page, with what it is for', () => {
    const world = new World()
    world.start(SKETCH)
    world.done(2)
    world.opened(world.pull(2), 30)
    const [say] = world.comment('/why', { on: 30 })
    expect(say).toMatchObject({
      subject: 'acme/web#30',
      because: [
        { what: 'pull request #30 is gating' },
        { what: expect.stringContaining('acme/web#2 is in review') },
      ],
    })
  })
})

const CONVOYS: Readonly<Record<ConvoyStatus, (world: World) => void>> = {
  publishing(world) {
    const { root, ...rest } = tree({})
    const listed = { ...root, body: '- [ ] a\n- [ ] b', hasChildren: false }
    world.comment('/convoy stage', { tree: { ...rest, root: listed, issues: [listed] } })
  },
  staged_ready: world => void world.comment('/convoy stage', { tree: tree(SKETCH) }),
  staged_warnings(world) {
    const outside = [{ id: '9', ref: 'acme/web#9', state: 'open' as const }]
    world.comment('/convoy stage', { tree: tree({ 2: { outside } }) })
  },
  open: world => world.start(SKETCH),
  landing(world) {
    world.start(SKETCH)
    world.land(2)
  },
  landed(world) {
    world.start(SKETCH)
    world.land(2)
    world.opened(world.landing)
    world.gate(world.landing, 'green')
    world.merged(world.landing)
  },
  closed(world) {
    world.start(SKETCH)
    world.comment('/convoy close --force')
  },
}

describe('a convoy', () => {
  test.each(Object.entries(CONVOYS))('that is %s', (status, is) => {
    const world = new World()
    is(world)
    expect(world.convoy.status).toBe(status)
    expectWhole(whyConvoy(world.town, world.convoy, world.now))
    if (status === 'landed' || status === 'closed') return
    world.comment('/convoy pause')
    expectWhole(whyConvoy(world.town, world.convoy, world.now))
  })
})
