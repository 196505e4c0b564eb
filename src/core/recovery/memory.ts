import type { Bead, Convoy, Leg, Polecat, Pull, Town } from '../town.ts'
import { isGivenUp, isPullOver, PRIORITY } from '../town.ts'

/**
 * What our comments remember besides what they show, so that an empty database can be made whole from GitHub alone.
 * Versioned: a comment may be years old. It rides along whenever a comment is written for what it shows, and is never
 * a reason to write one: what is forgotten in between can be seen on GitHub, or costs nothing.
 */
export type Memory = ConvoyMemory | BeadMemory

export const MEMORY_VERSION = 1

export interface ConvoyMemory {
  readonly v: typeof MEMORY_VERSION
  readonly of: 'convoy'
  readonly convoy: Omit<Convoy, 'shown' | 'boardShown'>
  readonly legs: readonly Leg[]
  readonly polecats: readonly Polecat[]
  /** Its landings that are not over. */
  readonly pulls: readonly PullMemory[]
  /** Beads that have no comment of their own and are not just as their issues show them. */
  readonly beads: readonly BeadMemory[]
}

export interface BeadMemory {
  readonly v: typeof MEMORY_VERSION
  readonly of: 'bead'
  readonly convoyId: string
  /** The issue itself shows its body and links; what an agent noted for itself is not worth a comment. */
  readonly bead: Omit<Bead, 'body' | 'blockers' | 'checkpoint' | 'shown' | 'convoyId'>
  /** Ids of blockers that a person said to go on without. */
  readonly skips: readonly string[]
  /** Pulls that it ever had, and the one that is not over. */
  readonly pulls: number
  readonly pull: PullMemory | null
}

/** What a pull request does not show of itself. */
export type PullMemory = Pick<
  Pull,
  'id' | 'state' | 'queuedAt' | 'gates' | 'testedHead' | 'testedBase' | 'approved' | 'why'
>

export function convoyMemoryOf(town: Town, convoy: Convoy): ConvoyMemory {
  const { shown: _, boardShown: __, ...rest } = convoy
  const legs = [...town.legs.of(convoy.id).rows.values()]
  const rigs = new Set(legs.map(leg => leg.rigId))
  const landings = pullsIn(town, convoy.id).filter(pull => pull.kind === 'landing' && !isPullOver(pull))
  return {
    v: MEMORY_VERSION,
    of: 'convoy',
    convoy: rest,
    legs,
    polecats: [...town.polecats.values()].filter(polecat => rigs.has(polecat.rigId)),
    pulls: landings.map(pullMemory),
    beads: [...town.beads.of(convoy.id).rows.values()].filter(isUntold).map(bead => beadMemoryOf(town, bead)),
  }
}

export function beadMemoryOf(town: Town, bead: Bead): BeadMemory {
  const { body: _, blockers, checkpoint: __, shown: ___, convoyId, ...rest } = bead
  const pulls = pullsIn(town, convoyId).filter(pull => pull.beadId === bead.id)
  const open = pulls.find(pull => !isPullOver(pull))
  return {
    v: MEMORY_VERSION,
    of: 'bead',
    convoyId,
    bead: rest,
    skips: blockers.filter(blocker => blocker.skipped).map(blocker => blocker.id),
    pulls: pulls.length,
    pull: open ? pullMemory(open) : null,
  }
}

/** A person or the convoy did something with it that its issue cannot tell, and it may have no comment that does. */
function isUntold(bead: Bead): boolean {
  if (bead.leaving || isGivenUp(bead) || bead.how === 'skipped') return true
  const isSteered = bead.held || !bead.trusted || bead.edit !== null || bead.priority !== PRIORITY
  return bead.runs === 0 && (isSteered || bead.blockers.some(blocker => blocker.skipped))
}

const pullsIn = (town: Town, convoyId: string): Pull[] => [...town.pulls.of(convoyId).rows.values()]

function pullMemory(pull: Pull): PullMemory {
  const { id, state, queuedAt, gates, testedHead, testedBase, approved, why } = pull
  return { id, state, queuedAt, gates, testedHead, testedBase, approved, why: shortened(why, 1_000) }
}

/** What logs and answers may take of a comment that has become too long. */
const SHORT = 300

/**
 * The same in fewer words, for a comment that has no room for all of it: first what people said and machines logged,
 * then what is only nice to have. The last is as short as it gets.
 */
export function lighter(memory: Memory): readonly Memory[] {
  if (memory.of === 'bead') {
    const brief = briefBead(memory)
    return [brief, { ...brief, bead: { ...brief.bead, feedback: null, answers: [] } }]
  }
  const brief = { ...memory, beads: memory.beads.map(briefBead) }
  const bare = { ...brief, convoy: { ...brief.convoy, findings: [], forecast: null } }
  return [brief, bare, { ...bare, polecats: [] }, { ...bare, polecats: [], beads: [] }]
}

function briefBead(memory: BeadMemory): BeadMemory {
  const { feedback, question, answers, why } = memory.bead
  const bead = {
    ...memory.bead,
    why: shortened(why, SHORT),
    feedback: feedback && {
      ...feedback,
      text: feedback.text.slice(0, SHORT),
      files: feedback.files.slice(0, 20),
    },
    question: question && { ...question, text: question.text.slice(0, SHORT) },
    answers: answers.slice(-3).map(said => ({
      ...said,
      question: said.question.slice(0, SHORT),
      answer: said.answer.slice(0, SHORT),
    })),
  }
  return { ...memory, bead }
}

function shortened(text: string | null, most: number): string | null {
  return text === null ? null : text.slice(0, most)
}
