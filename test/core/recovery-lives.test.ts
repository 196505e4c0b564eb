import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import { isLive, isPullOver, type Pull } from '../../src/core/town.ts'
import { github, rebuilt, shownBy, visible } from './rebuilt.ts'
import { EPIC, type Sketch, sha, tree, World } from './world.ts'

/** Random lives of a convoy, lost after every step. */

const PLAN: Record<number, Sketch> = {
  2: {},
  3: { after: [2] },
  4: {},
  5: { after: [3, 4] },
  6: { epic: true },
  7: { under: 6 },
  8: { under: 6, after: [7] },
}
const TASKS = [2, 3, 4, 5, 7, 8]

type Act = (world: World, number: number) => void

const pullOf = (world: World, number: number): Pull | undefined =>
  [...world.town.pulls.values()].findLast(pull => pull.beadId === String(number + 1000) && !isPullOver(pull))
const runOf = (world: World, number: number) =>
  [...world.town.runs.values()].find(run => run.beadId === String(number + 1000) && isLive(run))

/** What may happen to a bead; nothing, where it makes no sense. */
const ACTS: Record<string, Act> = {
  done: (world, n) => void (runOf(world, n) && world.done(n, sha(n + world.now))),
  fail: (world, n) => void (runOf(world, n) && world.fail(n)),
  ask: (world, n) => {
    const run = runOf(world, n)
    if (run)
      world.given({ type: 'RunAsked', runId: run.id, question: 'What?', sha: sha(n), checkpoint: null })
  },
  answer: (world, n) => void world.comment('an answer', { on: n }),
  open: (world, n) => {
    const pull = pullOf(world, n)
    if (pull?.state === 'opening') world.opened(pull, 500 + Number(pull.id.at(-1)) * 100 + n)
  },
  green: (world, n) => {
    const pull = pullOf(world, n)
    if (pull?.state === 'gating') world.gate(pull, 'green')
  },
  red: (world, n) => {
    const pull = pullOf(world, n)
    if (pull?.state === 'gating') world.gate(pull, 'red')
  },
  merge: (world, n) => {
    const pull = pullOf(world, n)
    if (pull?.state === 'merging') world.merged(pull)
  },
  priority: (world, n) => void world.comment('/bead priority 1', { on: n }),
  retry: (world, n) => void world.comment('/bead retry', { on: n }),
  skip: (world, n) => void world.comment('/bead skip', { on: n }),
  pause: world => void world.comment('/convoy pause'),
  resume: world => void world.comment('/convoy resume'),
  hold: (world, n) => void (runOf(world, n) || world.comment('/bead hold', { on: n })),
  release: (world, n) => void world.comment('/bead release', { on: n }),
  landing: world => {
    const pull = [...world.town.pulls.values()].findLast(it => it.kind === 'landing')
    if (pull?.state === 'opening') world.opened(pull, 900)
    if (pull?.state === 'gating') world.gate(pull, 'green')
    if (pull?.state === 'merging') world.merged(pull)
  },
  /** The database is lost, and what is rebuilt goes on. */
  lose: world => {
    const { town, effects } = rebuilt(world, github(world, issues(world)))
    world.town = town
    world.effects.push(...effects)
  },
  later: world => void world.later(20 * 60_000),
}

/** Whatever comes next for a bead when all is well, to its landing: most of what happens. */
const onward: Act = (world, n) => {
  for (const act of ['done', 'open', 'green', 'merge'] as const) ACTS[act]!(world, n)
}

const acts = fc.array(
  fc.tuple(fc.constantFrom('onward', 'onward', 'onward', ...Object.keys(ACTS)), fc.constantFrom(...TASKS)),
  {
    minLength: 15,
    maxLength: 50,
  },
)

/** GitHub's issues: closed are those that we were asked to close. */
function issues(world: World) {
  const shown = shownBy(world.effects)
  return tree(
    Object.fromEntries(
      Object.entries(PLAN).map(([n, it]) => {
        const close = shown.get(`bead ${n}`)?.close
        return [n, close ? { ...it, closed: close } : it]
      }),
    ),
  )
}

it('whenever the database is lost, people see the same town again, and it goes on', () => {
  fc.assert(
    fc.property(acts, life => {
      const world = new World({ maxPolecats: 8, tries: 1 })
      world.comment('/convoy stage --start --force', { tree: tree(PLAN) })
      world.branches()
      for (const [act, number] of life) {
        ;(ACTS[act] ?? onward)(world, number)
        if (!shownBy(world.effects).has(`convoy ${EPIC}`) || world.convoy.endedAt !== null) return
        // What waits for its time has it in the past: the town would have gone on by itself.
        const settled = decide(world.town, [], world.now).decisions
        expect(settled).toEqual([])
        const back = rebuilt(world, github(world, issues(world)))
        // What is at work in a paused convoy is finished; when its run is lost it is not begun again, and shown so.
        if (world.convoy.paused && world.working.length > 0) continue
        expect(visible(back.effects)).toEqual(visible(world.effects))
      }
    }),
    { numRuns: 60 },
  )
})
