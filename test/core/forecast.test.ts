import { describe, expect, it } from 'vitest'
import type { Tree } from '../../src/core/events.ts'
import type { Forecast } from '../../src/core/forecast/forecast.ts'
import { foretell, playsFor } from '../../src/core/forecast/foretell.ts'
import type { RunHistory } from '../../src/core/forecast/spans.ts'
import { aroundOf } from '../../src/core/forecast/spans.ts'
import type { Gate } from '../../src/core/rig.ts'
import type { Town } from '../../src/core/town.ts'
import { PACE } from '../../src/core/town.ts'
import { foreteller } from '../../src/loop/foretell.ts'
import { quietLog } from '../support/log.ts'
import type { Sketch } from './world.ts'
import { tree, World } from './world.ts'

const MINUTE = 60_000
const GATE: Gate = { name: 'test', run: 'npm test', timeoutMs: MINUTE }
const { claimMs, githubMs } = aroundOf(PACE)

/** A town in which every run takes the same, and of whose tries this many out of ten fail. */
function runs(workMs: number, gateMs: number, failing = 0): RunHistory {
  const work = Array.from({ length: 10 }, (_, nth) => ({ ms: workMs, ok: nth >= failing }))
  return { work, gate: work.map(() => ({ ms: gateMs, ok: true })) }
}
const NO_HISTORY: RunHistory = { work: [], gate: [] }
const STEADY = runs(10 * MINUTE, 2 * MINUTE)

/** From a bead's dispatch to its merge, and from a convoy's last merge to its end, when nothing goes wrong. */
const LANDING = githubMs + claimMs + 2 * MINUTE + githubMs
const BEAD = claimMs + 10 * MINUTE + LANDING

function staged(sketch: Record<number, Sketch>, seats = 4): World {
  const world = new World({ maxPolecats: seats, gates: [GATE] })
  world.comment('/convoy stage', { tree: tree(sketch) })
  return world
}

interface Asked {
  readonly history?: RunHistory
  readonly seed?: number
  readonly plays?: number
  readonly convoyId?: string
}

function foretold(world: World, asked: Asked = {}): Forecast | null {
  const { history = STEADY, seed = 1, plays = 15, convoyId = world.convoy.id } = asked
  const given = { town: world.town, convoyId, history, seed, now: world.now, seatsPerMachine: 4, plays }
  const steps = foretell(given)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function forecastOf(world: World, asked: Asked = {}): Forecast {
  const forecast = foretold(world, asked)
  if (!forecast) throw new Error('nothing was foretold')
  return forecast
}

const chain = (length: number): Record<number, Sketch> =>
  Object.fromEntries(Array.from({ length }, (_, nth) => [nth + 2, nth === 0 ? {} : { after: [nth + 1] }]))
const apart = (count: number): Record<number, Sketch> =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [nth + 2, {}]))

/** Every row of a town, to be compared. */
function rowsOf(town: Town): string {
  return JSON.stringify(town, (_, value) =>
    typeof value?.values === 'function' && typeof value?.changes === 'function'
      ? { rows: [...value.values()], changes: value.changes() }
      : value,
  )
}

describe('how long a convoy takes', () => {
  it('is the sum of its beads when each waits for the one before', () => {
    const forecast = forecastOf(staged(chain(5)))
    expect(forecast.p50Ms).toBe(githubMs + 5 * BEAD + LANDING)
    expect(forecast.p90Ms).toBe(forecast.p50Ms)
    expect(forecast.waves).toEqual([1, 1, 1, 1, 1])
    expect(forecast).toMatchObject({ polecats: 1, machines: 1, samples: 20, plays: 15 })
  })

  it('is as many rounds as ten beads need on four seats', () => {
    const quickGate = runs(60 * MINUTE, 1_000)
    const hours = (seats: number): number =>
      forecastOf(staged(apart(10), seats), { history: quickGate }).p50Ms / (60 * MINUTE)
    expect(Math.floor(hours(4))).toBe(3)
    expect(Math.floor(hours(5))).toBe(2)
    expect(Math.floor(hours(10))).toBe(1)
    expect(hours(4) % 1).toBeLessThan(0.1)
  })

  it('counts the turns that beads wait for in front of the one branch', () => {
    const slowGate = runs(MINUTE, 30 * MINUTE)
    const { p50Ms } = forecastOf(staged(apart(4)), { history: slowGate })
    expect(p50Ms).toBeGreaterThan((4 + 1) * 30 * MINUTE)
  })

  it('is longer when tries fail', () => {
    const world = staged(chain(3))
    const well = forecastOf(world)
    const badly = forecastOf(world, { history: runs(10 * MINUTE, 2 * MINUTE, 4), plays: 60 })
    expect(badly.p50Ms).toBeGreaterThan(well.p50Ms + 10 * MINUTE)
    expect(badly.p90Ms).toBeGreaterThan(badly.p50Ms)
  })

  it('is longer when gates are red: a polecat works on it again', () => {
    const red = { ...STEADY, gate: STEADY.gate.map((span, nth) => ({ ...span, ok: nth >= 3 })) }
    const forecast = forecastOf(staged(chain(3)), { history: red, plays: 60 })
    expect(forecast.p50Ms).toBeGreaterThan(githubMs + 3 * BEAD + LANDING + 10 * MINUTE)
  })

  it('is assumed for a town without a history, and says so', () => {
    const forecast = forecastOf(staged(chain(3)), { history: NO_HISTORY, plays: 60 })
    expect(forecast.samples).toBe(0)
    expect(forecast.p50Ms).toBeGreaterThan(30 * MINUTE)
    expect(forecast.p90Ms).toBeGreaterThan(forecast.p50Ms)
  })

  it('is assumed to be as much shorter as a sandbox is faster', () => {
    const world = staged(chain(3))
    const slow = forecastOf(world, { history: NO_HISTORY })
    const { backoffMs, backoffMaxMs } = PACE
    const pace = { ...PACE, backoffMs: backoffMs / 100, backoffMaxMs: backoffMaxMs / 100 }
    world.town = { ...world.town, pace }
    const quick = forecastOf(world, { history: NO_HISTORY })
    expect(slow.p50Ms / quick.p50Ms).toBeCloseTo(100, 0)
  })

  it('leans on what is assumed while there are few runs', () => {
    const few = { work: STEADY.work.slice(0, 4), gate: STEADY.gate.slice(0, 4) }
    const world = staged(chain(1))
    const spread = forecastOf(world, { history: few, plays: 60 })
    expect(spread.p90Ms).toBeGreaterThan(forecastOf(world, { plays: 60 }).p90Ms)
    expect(spread.p50Ms).toBeLessThan(forecastOf(world, { history: NO_HISTORY, plays: 60 }).p90Ms)
  })
})

describe('a forecast', () => {
  const varied: RunHistory = {
    work: Array.from({ length: 30 }, (_, nth) => ({ ms: (nth + 1) * MINUTE, ok: nth % 9 > 0 })),
    gate: Array.from({ length: 30 }, (_, nth) => ({ ms: (nth % 4) * MINUTE, ok: nth % 7 > 0 })),
  }

  it('is the same for the same seed, and another for another', () => {
    const world = staged({ ...chain(4), 7: {}, 8: { after: [3] } })
    const first = forecastOf(world, { history: varied, seed: 7 })
    expect(forecastOf(world, { history: varied, seed: 7 })).toEqual(first)
    expect(forecastOf(world, { history: varied, seed: 8 })).not.toEqual(first)
  })

  it('leaves the town that it is made for alone', () => {
    const world = staged({ ...chain(4), 7: { decision: true }, 8: { after: [7] } })
    const before = rowsOf(world.town)
    forecastOf(world, { history: varied })
    expect(rowsOf(world.town)).toBe(before)
  })

  it('names the chain that takes longest, first to last', () => {
    const world = staged({ 2: {}, 3: {}, 4: { after: [3] }, 5: { after: [4] }, 6: { after: [2] } })
    expect(forecastOf(world).criticalPath).toEqual(['acme/web#3', 'acme/web#4', 'acme/web#5'])
  })

  it('follows an edge to an epic to the tasks under it', () => {
    const world = staged({ 2: { epic: true }, 3: { under: 2 }, 4: { after: [2] } })
    const forecast = forecastOf(world)
    expect(forecast.criticalPath).toEqual(['acme/web#3', 'acme/web#4'])
    expect(forecast.waves).toEqual([1, 1])
  })

  it('counts polecats and the machines that seat them', () => {
    const forecast = forecastOf(staged({ ...apart(6), 8: { after: [2, 3] } }, 6))
    expect(forecast.waves).toEqual([6, 1])
    expect(forecast).toMatchObject({ polecats: 6, machines: 2 })
  })

  it('takes fewer plays the more there is to play, and never fewer than fifteen', () => {
    const plays = [5, 60, 90, 480].map(count => {
      const world = staged(apart(count))
      return playsFor(world.town, world.convoy.id)
    })
    expect(plays).toEqual([...plays].sort((a, b) => b - a))
    expect(plays[2]).toBeGreaterThanOrEqual(60)
    expect(plays[3]).toBe(15)
  })
})

describe('a convoy under way', () => {
  it('is foretold from where it stands', () => {
    const world = new World({ gates: [GATE] })
    world.start(chain(3))
    world.land(2)
    world.given({ type: 'RunStarted', runId: world.run(3).id, machine: 'm1' })
    for (let minute = 0; minute < 4; minute++) {
      world.later(MINUTE)
      world.given({ type: 'RunBeat', runId: world.run(3).id })
    }
    const forecast = forecastOf(world)
    expect(forecast.p50Ms).toBe(6 * MINUTE + LANDING + BEAD + LANDING)
    expect(forecast.criticalPath).toEqual(['acme/web#3', 'acme/web#4'])
    expect(forecast.waves).toEqual([1, 1])
  })

  it.each([
    ['while its branch is made', (): void => {}, githubMs + BEAD + LANDING],
    [
      'while its pull request is opened',
      (world: World): void => {
        world.branches()
        world.done(2)
      },
      LANDING + LANDING,
    ],
    [
      'while its gate runs',
      (world: World): void => {
        world.branches()
        world.done(2)
        world.opened(world.pull(2))
      },
      LANDING - githubMs + LANDING,
    ],
    [
      'while it is merged',
      (world: World): void => {
        world.branches()
        world.done(2)
        world.opened(world.pull(2))
        world.gate(world.pull(2), 'green')
      },
      githubMs + LANDING,
    ],
    [
      'while it lands',
      (world: World): void => {
        world.branches()
        world.land(2)
      },
      LANDING,
    ],
  ])('is foretold %s', (_, until, rest) => {
    const world = new World({ gates: [GATE] })
    world.comment('/convoy stage --start --force', { tree: tree(chain(1)) })
    until(world)
    expect(forecastOf(world).p50Ms).toBe(rest)
  })

  it('shares its seats with an older convoy in the same rig', () => {
    const world = new World({ gates: [GATE], maxPolecats: 1 })
    world.start(apart(3))
    const [older] = [...world.town.convoys.values()]
    world.later(1_000)
    world.comment('/convoy stage', { on: 50, tree: under(50, tree({ 60: {} })) })
    const mine = [...world.town.convoys.values()].find(convoy => convoy.id !== older!.id)!
    const forecast = forecastOf(world, { convoyId: mine.id })
    expect(forecast.p50Ms).toBeGreaterThan(3 * 10 * MINUTE + BEAD)
    expect(forecast.criticalPath).toEqual(['acme/web#60'])
    expect(forecast.polecats).toBe(1)
  })
})

describe('what only people can free', () => {
  const plain = forecastOf(staged(chain(2)))

  it('is foretold as if a paused convoy were resumed', () => {
    const world = new World({ gates: [GATE] })
    world.start(chain(2))
    const running = forecastOf(world)
    world.comment('/convoy pause')
    expect(world.convoy.paused).toBe(true)
    expect(forecastOf(world)).toEqual(running)
  })

  it('is foretold as if held beads were released and blockers outside had landed', () => {
    const world = staged({
      2: { outside: [{ id: '77', ref: 'acme/api#77', state: 'open' }] },
      3: { after: [2] },
    })
    world.comment('/bead hold', { on: 2 })
    expect(world.bead(2).held).toBe(true)
    expect(forecastOf(world)).toEqual(plain)
  })

  it('is foretold as if decisions were made as soon as they can be', () => {
    const world = staged({ 2: {}, 3: { decision: true, after: [2] }, 4: { after: [3] } })
    expect(forecastOf(world).p50Ms).toBe(plain.p50Ms)
    expect(forecastOf(world).criticalPath).toEqual(['acme/web#2', 'acme/web#3', 'acme/web#4'])
    expect(forecastOf(staged({ 2: { decision: true }, 3: { after: [2] } })).waves).toEqual([1, 1])
  })

  it('is foretold as if questions were answered and failed beads tried again', () => {
    const world = new World({ gates: [GATE], tries: 1 })
    world.start(apart(2))
    world.given({
      type: 'RunAsked',
      runId: world.run(2).id,
      question: 'Which?',
      sha: null,
      checkpoint: null,
    })
    world.fail(3)
    expect([world.standing(2), world.standing(3)]).toEqual(['asking', 'failed'])
    const { p50Ms } = forecastOf(world)
    expect(p50Ms).toBeGreaterThanOrEqual(BEAD + LANDING)
    expect(p50Ms).toBeLessThan(2 * BEAD)
  })

  it('is foretold as if landings were approved and rigs let work begin', () => {
    const world = new World({ gates: [GATE], landing: 'manual', parked: true })
    world.comment('/convoy stage', { tree: tree(chain(2)) })
    expect(forecastOf(world)).toEqual(plain)
  })
})

describe('nothing is foretold', () => {
  it('of a convoy that is not there or over', () => {
    const world = staged(chain(1))
    expect(foretold(world, { convoyId: 'nobody' })).toBeNull()
    const { id } = world.convoy
    world.comment('/convoy close --force')
    expect(foretold(world, { convoyId: id })).toBeNull()
  })

  it('of a convoy in which every try fails', () => {
    expect(foretold(staged(chain(1)), { history: runs(MINUTE, MINUTE, 10) })).toBeNull()
  })
})

describe('in a town that is saved somewhere', () => {
  const effectFor = (world: World) => ({
    do: 'Foretell' as const,
    convoyId: world.convoy.id,
    seed: 3,
    replyTo: { rigId: '900', number: 1, commentId: '5' },
  })
  const performer = (town: Town | null, now: number) =>
    foreteller({
      store: { snapshot: async () => town, history: async () => STEADY },
      clock: { now: () => now },
      seats: 4,
      log: quietLog,
    })

  it('the forecast is learned as a fact, and others have their turn while it is made', async () => {
    const world = staged(chain(5))
    let turns = 0
    const others = setInterval(() => turns++, 0)
    const facts = await performer(world.town, world.now)('77', effectFor(world))
    clearInterval(others)
    expect(facts).toHaveLength(1)
    expect(facts[0]).toMatchObject({
      type: 'ForecastMade',
      convoyId: world.convoy.id,
      replyTo: { commentId: '5' },
      forecast: { madeAt: world.now, p50Ms: githubMs + 5 * BEAD + LANDING },
    })
    expect(turns).toBeGreaterThan(0)
  })

  it('nothing is learned of a town or a convoy that is gone, and who asked is told so', async () => {
    const asked = effectFor(staged(chain(1)))
    const empty = new World().town
    expect(await performer(null, 0)('77', asked)).toEqual([])
    expect(await performer(empty, 0)('77', { ...asked, replyTo: null })).toEqual([])
    const [answer] = await performer(empty, 0)('77', asked)
    expect(answer).toMatchObject({ type: 'ForecastMade', forecast: null, replyTo: asked.replyTo })
  })
})

/** The same tree under another epic. */
function under(number: number, seen: Tree): Tree {
  const id = String(number + 1000)
  const root = { ...seen.root, id, number }
  const children = seen.issues.slice(1).map(issue => ({ ...issue, parentId: id }))
  return { ...seen, root, issues: [root, ...children] }
}
