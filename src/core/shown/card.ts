import type { Node } from '../beads/dag.ts'
import { blockersIn, wavesOf } from '../beads/dag.ts'
import { beadsOf, standingOf } from '../beads/standing.ts'
import { legsOf } from '../convoys/convoy.ts'
import { leafNodes } from '../convoys/stage.ts'
import { beadRef, refIn } from '../refinery/pull-story.ts'
import type { Bead, Convoy, Leg, Pull, Town } from '../town.ts'
import { isPullOver, isSatisfied, repoOf } from '../town.ts'
import type { BeadCard, Card, CardBead, CardLeg } from './says.ts'

/** What the convoy's comment shows, computed afresh from state; nothing of it is kept. */
export function cardOf(town: Town, convoy: Convoy): Card {
  const beads = beadsOf(town, convoy.id)
  const tasks = beads.filter(bead => bead.kind === 'task')
  const nodes = leafNodes(beads)
  const waves = waveNumbers(town, beads, nodes)
  const pulls = pullsOf(town, convoy.id)
  const edges = new Map(nodes.map(node => [node.id, node.after]))
  return {
    convoyId: convoy.id,
    ref: refIn(town, convoy.rigId, convoy.number),
    title: convoy.title,
    status: convoy.status,
    paused: convoy.paused,
    mergeMode: convoy.mergeMode,
    by: convoy.by,
    landed: tasks.filter(isSatisfied).length,
    total: tasks.length,
    beads: tasks.map(bead => cardBead(town, bead, edges.get(bead.id) ?? [], waves, pulls)),
    legs: legsOf(town, convoy).map(leg => cardLeg(town, leg, pulls)),
    findings: convoy.findings,
    why: convoy.why,
    startedAt: convoy.startedAt,
    endedAt: convoy.endedAt,
  }
}

/** Live layers: finished work is in none, nor is what waits behind something that failed. */
function waveNumbers(town: Town, beads: readonly Bead[], all: readonly Node[]): Map<string, number> {
  const live = new Set(
    beads.filter(bead => bead.kind === 'task' && bead.status !== 'closed').map(bead => bead.id),
  )
  const nodes = all.filter(node => live.has(node.id))
  const stuck = new Set<string>()
  const waves = wavesOf(nodes)
  const after = new Map(nodes.map(node => [node.id, node.after]))
  for (const id of waves.flat()) {
    const bead = town.beads.get(id)!
    const dead = bead.status === 'failed' || blockersIn(town, bead, 'dead').length > 0
    if (dead || after.get(id)!.some(blocker => stuck.has(blocker))) stuck.add(id)
  }
  const layers = wavesOf(nodes.filter(node => !stuck.has(node.id)))
  return new Map(layers.flatMap((wave, index) => wave.map(id => [id, index + 1] as const)))
}

const refOf = (bead: Bead, id: string): string => bead.blockers.find(blocker => blocker.id === id)?.ref ?? id

function cardBead(
  town: Town,
  bead: Bead,
  after: readonly string[],
  waves: ReadonlyMap<string, number>,
  pulls: readonly Pull[],
): CardBead {
  return {
    id: bead.id,
    ref: beadRef(town, bead),
    title: bead.title,
    standing: standingOf(town, bead),
    wave: waves.get(bead.id) ?? null,
    polecat: bead.polecat,
    tries: bead.tries,
    pull: pullOf(pulls, bead.id)?.number ?? null,
    blockers: after.map(id => (town.beads.get(id)?.convoyId === bead.convoyId ? id : refOf(bead, id))),
    why: beadWhy(bead, pulls),
  }
}

function beadWhy(bead: Bead, pulls: readonly Pull[]): string | null {
  if (bead.why) return bead.why
  if (bead.question) return bead.question.text.slice(0, 300)
  if (bead.status === 'in_review') return firstLine(pullOf(pulls, bead.id)?.why)
  return bead.status === 'open' && bead.feedback ? bead.feedback.text.split('\n')[0]!.slice(0, 300) : null
}

function cardLeg(town: Town, leg: Leg, pulls: readonly Pull[]): CardLeg {
  const rig = town.rigs.get(leg.rigId)
  const landing = pulls.findLast(pull => pull.kind === 'landing' && pull.rigId === leg.rigId)
  return {
    repo: rig ? repoOf(rig) : leg.rigId,
    target: leg.target,
    base: leg.base,
    landingPull: landing?.number ?? null,
    landing: rig?.config.landing ?? 'auto',
    landed: leg.state === 'landed',
    why: leg.why ?? firstLine(landing?.why),
  }
}

export function beadCardOf(town: Town, bead: Bead): BeadCard {
  const convoy = town.convoys.get(bead.convoyId)!
  const pulls = pullsOf(town, bead.convoyId)
  const blocked =
    bead.status === 'open' ? [...blockersIn(town, bead, 'dead'), ...blockersIn(town, bead, 'waiting')] : []
  return {
    beadId: bead.id,
    ref: beadRef(town, bead),
    convoyRef: refIn(town, convoy.rigId, convoy.number),
    standing: standingOf(town, bead),
    polecat: bead.polecat,
    branch: bead.branch,
    pull: pullOf(pulls, bead.id)?.number ?? null,
    tries: bead.tries,
    maxTries: town.rigs.get(bead.rigId)?.config.tries ?? 1,
    feedback: bead.feedback,
    question: bead.question?.text ?? null,
    answers: bead.answers,
    blockers: blocked.map(blocker => blocker.ref),
    landedOn: bead.how === 'landed' ? (pulls.findLast(pull => pull.beadId === bead.id)?.base ?? null) : null,
    why: bead.why ?? firstLine(pullOf(pulls, bead.id)?.why),
  }
}

export function pullsOf(town: Town, convoyId: string): Pull[] {
  return [...town.pulls.of(convoyId).rows.values()]
}

/** What it waits for, without the log under it. */
export const firstLine = (why: string | null | undefined): string | null => why?.split('\n')[0] ?? null

/** The bead's open pull, else its last one. */
export function pullOf(pulls: readonly Pull[], beadId: string): Pull | undefined {
  return (
    pulls.find(pull => pull.beadId === beadId && !isPullOver(pull)) ??
    pulls.findLast(pull => pull.beadId === beadId)
  )
}
