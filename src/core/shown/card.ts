import { blockersIn, wavesOf } from '../beads/dag.ts'
import { beadsOf, standingOf } from '../beads/standing.ts'
import { boardOf } from '../board/boards.ts'
import { legsOf } from '../convoys/convoy.ts'
import { draftsOf } from '../convoys/evolve-convoys.ts'
import type { Finding } from '../convoys/findings.ts'
import { publishedOf } from '../convoys/publish.ts'
import { leafNodes } from '../convoys/stage.ts'
import { draftId } from '../names.ts'
import { beadRef, refIn } from '../refinery/pull-story.ts'
import { type Rig, repoOf } from '../rig.ts'
import type { Bead, Convoy, Leg, Pull, Time, Town } from '../town.ts'
import { isLeaf, isPullOver, isSatisfied, isStaged, PRIORITY } from '../town.ts'
import { routeOf, treeOf, waveNumbers } from './route.ts'
import type { BeadCard, Card, CardBead, CardLeg, Publishing } from './says.ts'

/** What the convoy's comment shows, computed afresh from state; nothing of it is kept. */
export function cardOf(town: Town, convoy: Convoy, now: Time): Card {
  const beads = beadsOf(town, convoy.id).filter(bead => bead.how !== 'left')
  const tasks = beads.filter(isLeaf)
  const isDrafted = convoy.status === 'publishing'
  const cards = isDrafted ? draftCards(town, convoy) : beadCards(town, convoy, beads)
  const live = cards.filter(card => isDrafted || town.beads.get(card.id)?.status !== 'closed')
  return {
    convoyId: convoy.id,
    ref: refIn(town, convoy.rigId, convoy.number),
    title: convoy.title,
    status: convoy.status,
    paused: convoy.paused,
    by: convoy.by,
    landed: tasks.filter(isSatisfied).length,
    total: cards.length,
    beads: cards,
    tree: isDrafted ? [] : treeOf(town, convoy, beads),
    route: routeOf(
      live.map(({ id, blockers }) => ({ id, after: blockers })),
      new Map(cards.map(({ id, ref }) => [id, ref])),
    ),
    publishing: isDrafted ? publishing(town, convoy, now) : null,
    forecast: convoy.forecast,
    board: boardOf(town, convoy),
    legs: legsOf(town, convoy).map(leg => cardLeg(town, leg, pullsOf(town, convoy.id))),
    findings: isStaged(convoy) ? convoy.findings : convoy.findings.filter(isNeeded),
    why: convoy.why,
    startedAt: convoy.startedAt,
    endedAt: convoy.endedAt,
  }
}

/** Advice is for the plan: once it is under way only a config that does not hold is still worth knowing. */
const isNeeded = ({ severity, category }: Finding): boolean =>
  severity !== 'advice' || category === 'bad-config'

function beadCards(town: Town, convoy: Convoy, beads: readonly Bead[]): CardBead[] {
  const nodes = leafNodes(beads)
  const waves = waveNumbers(town, beads, nodes)
  const pulls = pullsOf(town, convoy.id)
  const edges = new Map(nodes.map(node => [node.id, node.after]))
  return beads.filter(isLeaf).map(bead => cardBead(town, bead, edges.get(bead.id) ?? [], waves, pulls))
}

/** Tasks whose issues are still being made. */
function draftCards(town: Town, convoy: Convoy): CardBead[] {
  const tasks = draftsOf(town, convoy.id)
  const parents = new Set(tasks.map(task => task.parent))
  const leaves = tasks.filter(task => !parents.has(task.nth))
  const layers = wavesOf(
    leaves.map(task => ({ id: task.id, after: task.after.map(nth => draftId(convoy.id, nth)) })),
  )
  const waves = new Map(layers.flatMap((wave, at) => wave.map(id => [id, at + 1] as const)))
  return leaves.map(task => ({
    id: task.id,
    ref:
      task.number === null
        ? `${refIn(town, task.rigId, 0).split('#')[0]}#new`
        : refIn(town, task.rigId, task.number),
    title: task.title,
    standing: 'planned',
    priority: PRIORITY,
    wave: waves.get(task.id) ?? null,
    polecat: null,
    tries: 0,
    pull: null,
    blockers: task.after.map(nth => draftId(convoy.id, nth)),
    why: null,
  }))
}

/** What may be created in a minute for a plan, of GitHub's 80: the rest is for answers to people. */
const CREATED_A_MINUTE = 60

function publishing(town: Town, convoy: Convoy, now: Time): Publishing {
  const { done, total } = publishedOf(town, convoy)
  const minutes = Math.ceil(now / 60_000) + Math.ceil((total - done) / CREATED_A_MINUTE)
  return { done, total, by: minutes * 60_000 }
}

function isShownWith(town: Town, bead: Bead, id: string): boolean {
  const other = town.beads.get(id)
  return other?.convoyId === bead.convoyId && other.how !== 'left'
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
    priority: bead.priority,
    wave: waves.get(bead.id) ?? null,
    polecat: bead.polecat,
    tries: bead.tries,
    pull: pullOf(pulls, bead.id)?.number ?? null,
    blockers: after.map(id => (isShownWith(town, bead, id) ? id : refOf(bead, id))),
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
    mergeMode: leg.mergeMode,
    landingPull: landing?.number ?? null,
    landing: rig?.config.landing ?? 'auto',
    landed: leg.state === 'landed',
    why: leg.why ?? parkedWhy(rig) ?? firstLine(landing?.why),
  }
}

const parkedWhy = (rig: Rig | undefined): string | null =>
  rig?.config.parked ? 'It is parked: nothing new begins there.' : null

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
    priority: bead.priority,
    editRefused: bead.edit?.by ?? null,
    leaving: bead.leaving,
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
