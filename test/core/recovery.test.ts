import { describe, expect, it } from 'vitest'
import type { Tree } from '../../src/core/events.ts'
import { github, rebuilt, visible } from './rebuilt.ts'
import { RIG, type Sketch, sha, tree, World } from './world.ts'

/** A town is lost, and comes back from what GitHub shows and our comments remember. */

/** Landed, in review, failed, held, asking, at work, waiting; 9 has an open question. */
const PLAN: Record<number, Sketch> = {
  2: {},
  3: { after: [2] },
  4: { after: [2] },
  5: { after: [2] },
  6: { after: [2] },
  7: { after: [3] },
  8: { after: [2] },
}

/** In the middle of everything. */
function midway(): World {
  const world = new World({ tries: 1, maxPolecats: 8 })
  world.start(PLAN)
  world.done(2)
  world.opened(world.pull(2), 502)
  world.gate(world.pull(2), 'green')
  world.merged(world.pull(2))
  world.fail(3, 'it broke')
  world.comment('/bead hold', { on: 4 })
  world.given({ type: 'RunReleased', runId: world.run(4).id, sha: sha(4) })
  world.given({
    type: 'RunAsked',
    runId: world.run(5).id,
    question: 'Which colour?',
    sha: sha(5),
    checkpoint: 'c',
  })
  world.done(6)
  world.opened(world.pull(6), 506)
  return world
}

const closed = (plan: Record<number, Sketch>, ...numbers: number[]): Tree =>
  tree(
    Object.fromEntries(
      Object.entries(plan).map(([n, it]) => [
        n,
        numbers.includes(Number(n)) ? { ...it, closed: 'completed' as const } : it,
      ]),
    ),
  )

describe('a convoy under way', () => {
  it('comes back with everything that people see as it was', () => {
    const world = midway()
    const back = rebuilt(world, github(world, closed(PLAN, 2)))
    expect(visible(back.effects)).toEqual(visible(world.effects))
  })

  it('has the same ids, branches, polecats and numbers of tries', () => {
    const world = midway()
    const { town, before } = rebuilt(world, github(world, closed(PLAN, 2)))
    expect([...town.convoys.values()].map(it => it.id)).toEqual([world.convoy.id])
    expect([...town.legs.values()].map(({ id, target, state }) => [id, target, state])).toEqual(
      [...world.town.legs.values()].map(({ id, target, state }) => [id, target, state]),
    )
    for (const bead of world.town.beads.values()) {
      const { branch, polecat, tries, setbacks } = town.beads.get(bead.id)!
      expect({ branch, polecat, tries, setbacks }).toEqual({
        branch: bead.branch,
        polecat: bead.polecat,
        tries: bead.tries,
        setbacks: bead.setbacks,
      })
    }
    expect([...before.pulls.values()].map(it => it.id).sort()).toEqual(
      [...world.town.pulls.values()].map(it => it.id).sort(),
    )
  })

  it('goes on with what was at work from the last pushed commit, and nobody is blamed', () => {
    const world = midway()
    const branch = world.bead(8).branch!
    const seen = github(world, closed(PLAN, 2))
    const branches = new Map([[RIG, new Map([...seen.branches.get(RIG)!, [branch, sha(88)]])]])
    const { town, effects, before } = rebuilt(world, { ...seen, branches })
    expect(before.beads.get('1008')).toMatchObject({
      status: 'open',
      headSha: sha(88),
      tries: 0,
      setbacks: 0,
    })
    expect(town.beads.get('1008')).toMatchObject({ status: 'in_progress', runs: 2 })
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'OrderRun', branch, headSha: sha(88), attempt: 1 }),
    )
  })

  it('waits for the same answer, and does not ask again before a reminder is due', () => {
    const world = midway()
    const { town, effects } = rebuilt(world, github(world, closed(PLAN, 2)))
    expect(town.beads.get('1005')?.question).toEqual(world.bead(5).question)
    expect(effects.filter(effect => effect.do === 'Comment')).toEqual([])
  })

  it('knows of runs that began after their bead was last shown by the branch that they pushed', () => {
    const world = midway()
    const seen = github(world, closed(PLAN, 2), what => what === 'bead 8')
    const branch = world.bead(8).branch!
    const branches = new Map([[RIG, new Map([...seen.branches.get(RIG)!, [branch, sha(88)]])]])
    const { before } = rebuilt(world, { ...seen, branches })
    expect(before.beads.get('1008')).toMatchObject({
      branch,
      headSha: sha(88),
      runs: 1,
      polecat: world.bead(8).polecat,
    })
  })
})

describe('what happened while nobody watched', () => {
  it('a bead whose pull was merged has landed, and what waited for it begins', () => {
    const world = midway()
    const seen = github(world, closed(PLAN, 2))
    const pulls = seen.pulls.map(pull =>
      pull.number === 506
        ? { ...pull, state: 'closed' as const, mergedAt: world.now, mergeSha: sha(66) }
        : pull,
    )
    const { town } = rebuilt(world, { ...seen, pulls })
    expect(town.beads.get('1006')).toMatchObject({ status: 'closed', how: 'landed', landedSha: sha(66) })
  })

  it('a bead whose pull a person closed has failed', () => {
    const world = midway()
    const seen = github(world, closed(PLAN, 2))
    const pulls = seen.pulls.map(pull => (pull.number === 506 ? { ...pull, state: 'closed' as const } : pull))
    expect(rebuilt(world, { ...seen, pulls }).town.beads.get('1006')?.status).toBe('failed')
  })

  it('an issue that a person closed is done, and one that a person opened again is worked on again', () => {
    const world = midway()
    world.later(1_000)
    const { town } = rebuilt(world, github(world, closed(PLAN, 3)))
    expect(town.beads.get('1003')).toMatchObject({ status: 'closed', how: 'done' })
    expect(town.beads.get('1002')).toMatchObject({ status: 'in_progress', landedSha: null })
  })

  it('words that someone without write access wrote after the start reach nobody', () => {
    const world = midway()
    const seen = github(world, closed(PLAN, 2))
    const told = seen.beads.get('1008')!
    const beads = new Map([...seen.beads, ['1008', { ...told, strangerAt: 'stan' }]])
    const { town, effects } = rebuilt(world, { ...seen, beads })
    expect(town.beads.get('1008')).toMatchObject({ status: 'open', trusted: false, edit: { by: 'stan' } })
    expect(effects.some(effect => effect.do === 'OrderRun' && effect.bead?.number === 8)).toBe(false)
  })
})

describe('a convoy whose time has not come', () => {
  it('staged comes back staged, with its options', () => {
    const world = new World()
    world.comment('/convoy stage --title "Spring" --mode review-and-merge', { tree: tree(PLAN) })
    world.comment('/bead priority 0', { on: 3 })
    const { town, effects } = rebuilt(world, github(world, tree(PLAN)))
    const { status, givenTitle, givenMode, by } = world.convoy
    expect(town.convoys.get(world.convoy.id)).toMatchObject({ status, givenTitle, givenMode, by })
    expect(town.beads.get('1003')?.priority).toBe(0)
    expect(visible(effects)).toEqual(visible(world.effects))
  })

  it('whose plan was still being published comes back staged, and does not start by itself', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree(PLAN) })
    const seen = github(world, tree(PLAN))
    const memory = seen.memory!
    const convoy = { ...memory.convoy, status: 'publishing', startWhenStaged: 'force' } as const
    const { town, effects } = rebuilt(world, { ...seen, memory: { ...memory, convoy } })
    expect([...town.convoys.values()]).toMatchObject([{ status: 'staged_ready', startWhenStaged: 'no' }])
    expect([...town.convoys.values()][0]?.why).toContain('interrupted')
    expect(effects.filter(effect => effect.do === 'EnsureBranch')).toEqual([])
  })

  it('paused stays paused', () => {
    const world = midway()
    world.comment('/convoy pause')
    const { town, effects } = rebuilt(world, github(world, closed(PLAN, 2)))
    expect(town.convoys.get(world.convoy.id)?.paused).toBe(true)
    expect(effects.some(effect => effect.do === 'OrderRun')).toBe(false)
  })
})

describe('a convoy that nobody remembers', () => {
  it('is staged when its label says so', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree(PLAN) })
    const { town } = rebuilt(
      world,
      github(world, tree(PLAN), () => true),
    )
    expect([...town.convoys.values()]).toMatchObject([
      { id: world.convoy.id, status: 'staged_ready', paused: false },
    ])
  })

  it('is paused and says why when it had started: nothing runs, and what landed has landed', () => {
    const world = midway()
    const { town, effects } = rebuilt(
      world,
      github(world, closed(PLAN, 2), () => true),
    )
    const [convoy] = [...town.convoys.values()]
    expect(convoy).toMatchObject({ id: world.convoy.id, status: 'open', paused: true })
    expect(convoy?.why).toContain('nobody remembers')
    expect(effects.filter(effect => effect.do === 'OrderRun')).toEqual([])
    expect(town.legs.get(`${world.convoy.id}@${RIG}`)?.state).toBe('ready')
    expect(town.beads.get('1002')).toMatchObject({ status: 'closed', how: 'landed' })
    expect(town.beads.get('1003')?.status).toBe('failed')
    expect(town.beads.get('1004')?.held).toBe(true)
    expect(town.beads.get('1006')?.status).toBe('in_review')
  })

  it('is known by what its beads remember when its card was deleted', () => {
    const world = midway()
    const seen = github(world, closed(PLAN, 2), what => what === 'convoy')
    const { town } = rebuilt(world, { ...seen, cardId: null })
    expect([...town.convoys.values()].map(it => it.id)).toEqual([world.convoy.id])
  })
})
