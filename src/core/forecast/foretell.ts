import type { Node } from '../beads/dag.ts'
import { wavesOf } from '../beads/dag.ts'
import { beadsOf } from '../beads/standing.ts'
import { openNodes } from '../convoys/stage.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Time, Town } from '../town.ts'
import type { Forecast } from './forecast.ts'
import { luckOf } from './luck.ts'
import type { Played } from './play.ts'
import { Play } from './play.ts'
import { sceneOf, sizeOf } from './scene.ts'
import type { RunHistory } from './spans.ts'
import { Spans } from './spans.ts'

export interface Foretelling {
  readonly town: Town
  readonly convoyId: string
  readonly history: RunHistory
  /** The same seed, town, history and time give the same forecast. */
  readonly seed: number
  readonly now: Time
  /** Polecats that one machine seats. */
  readonly seatsPerMachine: number
  /** How often the convoy is played; see `playsFor`. */
  readonly plays: number
}

/**
 * Plays a convoy on virtual time from where it stands, many times, and says how it went. A step of the generator takes
 * milliseconds, so that whoever runs it may do other things in between. Comes to null for a convoy that is not there,
 * is over or still being published, and for one that gets nowhere (most plays come to no end).
 *
 * Assumed, because nobody can know better: people act at once (questions, decisions, failed and held beads,
 * approvals, pauses, parked rigs), blockers outside the convoy have landed, nobody edits the plan, no machine and no
 * message is lost, there are machines for all seats, and all work is like the work of the history.
 */
export function* foretell(given: Foretelling): Generator<void, Forecast | null, void> {
  const { town, convoyId, history, seed, now, plays } = given
  const scene = sceneOf(town, convoyId, now)
  if (!scene) return null
  const luck = luckOf(seed)
  const played: Played[] = []
  for (let nth = 0; nth < plays; nth++) {
    const spans = new Spans(history, scene.pace, luck)
    played.push(yield* new Play(scene, convoyId, spans, now).toItsEnd())
    yield
  }
  const ended = played.flatMap(({ ms, ...rest }) => (ms === null ? [] : [{ ...rest, ms }]))
  if (ended.length * 2 <= plays) return null
  const byEnd = ended.sort((a, b) => a.ms - b.ms)
  const nodes = nodesOf(town, convoyId)
  const polecats = at(
    0.9,
    ended.map(it => it.polecats).sort((a, b) => a - b),
  )
  return {
    madeAt: now,
    p50Ms: at(0.5, byEnd).ms,
    p90Ms: at(0.9, byEnd).ms,
    criticalPath: longest(nodes, at(0.5, byEnd).took).map(id => beadRef(town, town.beads.get(id)!)),
    waves: wavesOf(nodes).map(wave => wave.length),
    polecats,
    machines: Math.ceil(polecats / given.seatsPerMachine),
    samples: history.work.length + history.gate.length,
    plays,
  }
}

/** Nearest rank, of what is in order. */
function at<T>(share: number, inOrder: readonly T[]): T {
  return inOrder[Math.max(0, Math.ceil(share * inOrder.length) - 1)]!
}

/** What is not over yet, with what it waits for. */
function nodesOf(town: Town, convoyId: string): Node[] {
  return openNodes(beadsOf(town, convoyId))
}

/**
 * The chain of beads that took longest, first to last: the plan cannot be over sooner, however many polecats there
 * are. Of equals the one that comes first in the plan.
 */
function longest(nodes: readonly Node[], took: ReadonlyMap<string, number>): string[] {
  const after = new Map(nodes.map(node => [node.id, node.after]))
  const until = new Map<string, number>()
  const before = new Map<string, string>()
  let last: string | null = null
  for (const id of wavesOf(nodes).flat()) {
    const held = after.get(id)!.filter(blocker => until.has(blocker))
    const slowest = held.reduce<string | null>(
      (found, blocker) => (found === null || until.get(blocker)! > until.get(found)! ? blocker : found),
      null,
    )
    if (slowest !== null) before.set(id, slowest)
    until.set(id, (slowest === null ? 0 : until.get(slowest)!) + (took.get(id) ?? 0))
    if (last === null || until.get(id)! > until.get(last)!) last = id
  }
  const chain: string[] = []
  for (let id = last; id !== null; id = before.get(id) ?? null) chain.unshift(id)
  return chain
}

/** Plays that a convoy of 100 beads is worth: about a second of CPU. */
const PLAYS_OF_100 = 60
const FEWEST_PLAYS = 15
const MOST_PLAYS = 200

/** The larger the convoy, the fewer plays for the same time; a play takes somewhat more than its share of it. */
export function playsFor(town: Town, convoyId: string): number {
  const plays = Math.round(PLAYS_OF_100 * (100 / Math.max(1, sizeOf(town, convoyId))) ** 1.3)
  return Math.max(FEWEST_PLAYS, Math.min(MOST_PLAYS, plays))
}
