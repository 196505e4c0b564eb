import { expect } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import type { Effect, ShowIssue } from '../../src/core/effects.ts'
import type { Fact, Tree } from '../../src/core/events.ts'
import { evolve } from '../../src/core/evolve.ts'
import { invariants } from '../../src/core/invariants.ts'
import type { Memory } from '../../src/core/recovery/memory.ts'
import { recovered } from '../../src/core/recovery/recovered.ts'
import type { BeadSeen, ConvoySeen, PullFound } from '../../src/core/recovery/seen.ts'
import { newTown, type Town } from '../../src/core/town.ts'
import { EPIC, RIG, sha, type World } from './world.ts'

/** A town that is lost in a test, and comes back from what GitHub shows and our comments remember. */

/** What was last asked to be shown of each issue: the only thing that outlives the database. */
export function shownBy(effects: readonly Effect[]): Map<string, ShowIssue> {
  const shown = effects.filter((effect): effect is ShowIssue => effect.do === 'ShowIssue')
  return new Map(shown.map(effect => [`${effect.what} ${effect.number}`, effect]))
}

/** As people see it: the words, the labels, and whether it is closed. */
export const visible = (effects: readonly Effect[]) =>
  new Map([...shownBy(effects)].map(([key, { say, labels, close }]) => [key, { say, labels, close }]))

const throughJson = (memory: Memory): Memory => JSON.parse(JSON.stringify(memory))

function pullsOn(world: World): PullFound[] {
  return [...world.town.pulls.values()].flatMap(pull => {
    if (pull.number === null || pull.headSha === null) return []
    const { id, rigId, number, title, head, base, headSha, mergeSha } = pull
    const isOver = pull.state === 'merged' || pull.state === 'closed'
    const mergedAt = pull.state === 'merged' ? world.now : null
    const state = isOver ? 'closed' : 'open'
    return [
      { id, rigId, number, title, head, base, headSha, state, createdAt: world.now, mergedAt, mergeSha },
    ]
  })
}

function branchesOf(world: World): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const legs = [...world.town.legs.values()].filter(leg => leg.state === 'ready').map(leg => leg.target)
  const works = [...world.town.beads.values()].flatMap(bead =>
    bead.branch && bead.headSha && bead.status !== 'closed' ? [[bead.branch, bead.headSha] as const] : [],
  )
  return new Map([[RIG, new Map([...legs.map(leg => [leg, sha(1)] as const), ...works])]])
}

/** GitHub as the world has left it. */
export function github(
  world: World,
  seen: Tree,
  forget: (what: string) => boolean = () => false,
): ConvoySeen {
  const shown = shownBy(world.effects)
  const card = shown.get(`convoy ${EPIC}`)!
  const beads = new Map<string, BeadSeen>()
  for (const effect of shown.values()) {
    if (effect.what !== 'bead') continue
    const memory = effect.memory && !forget(`bead ${effect.number}`) ? throughJson(effect.memory) : null
    beads.set(effect.issueId, {
      labels: effect.labels,
      memory: memory?.of === 'bead' ? memory : null,
      strangerAt: null,
    })
  }
  const memory = forget('convoy') ? null : throughJson(card.memory!)
  return {
    tree: { ...seen, readAt: world.now },
    labels: card.labels,
    memory: memory?.of === 'convoy' ? memory : null,
    cardId: card.id,
    beads,
    pulls: pullsOn(world),
    branches: branchesOf(world),
    others: new Set(),
    at: world.now,
  }
}

/** A town that knows its rigs, and nothing else. */
function emptyTown(world: World): Town {
  const town = newTown('77')
  for (const rig of world.town.rigs.values()) town.rigs.put(rig)
  town.login = world.town.login
  town.appSlug = world.town.appSlug
  return town
}

/** The facts of a rebuild, and what the town decides on them. */
export function rebuilt(world: World, seen: ConvoySeen): { town: Town; effects: Effect[]; before: Town } {
  const before = emptyTown(world)
  const fact = recovered(before, seen)
  evolve(before, fact, world.now)
  const facts: Fact[] = [fact]
  for (const pull of fact.pulls) {
    const found = seen.pulls.find(it => it.id === pull.id)
    if (found && pull.state !== 'merged' && pull.state !== 'closed')
      facts.push({
        type: 'PullSeen',
        pullId: pull.id,
        number: found.number,
        headSha: found.headSha,
        state: found.state,
        merged: found.mergedAt !== null,
        mergeSha: found.mergeSha,
        approved: false,
      })
  }
  facts.push({ type: 'TreeSeen', convoyId: fact.convoy.id, tree: seen.tree })
  const outcome = decide(
    emptyTown(world),
    facts.map(it => ({ seq: 0, at: world.now, fact: it })),
    world.now,
  )
  expect(invariants(outcome.town, world.now)).toEqual([])
  return { town: outcome.town, effects: outcome.decisions.flatMap(it => it.effects), before }
}
