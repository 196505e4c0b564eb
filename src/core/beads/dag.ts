import { legId } from '../names.ts'
import type { Bead, Blocker, Town } from '../town.ts'
import { isSatisfied } from '../town.ts'

/**
 * The one definition of "blocked" (rule 3: a blocker is satisfied when it has landed; a failed or cancelled one
 * never is). `waiting`: it may still land. `dead`: it will not, unless a person does something.
 */
export type BlockerState = 'satisfied' | 'waiting' | 'dead'

export function blockerState(town: Town, bead: Bead, blocker: Blocker): BlockerState {
  if (blocker.skipped) return 'satisfied'
  const known = town.beads.get(blocker.id)
  if (!known) return outsideState(blocker)
  // Its issue goes on without us, and may be done by a person.
  if (known.how === 'left') return blocker.outside === 'completed' ? 'satisfied' : 'dead'
  if (known.status === 'failed' || (known.status === 'closed' && !isSatisfied(known))) return 'dead'
  if (!isSatisfied(known)) return 'waiting'
  return isWhereDependentStarts(town, bead, known) ? 'satisfied' : 'waiting'
}

function outsideState(blocker: Blocker): BlockerState {
  if (blocker.outside === 'completed') return 'satisfied'
  return blocker.outside === 'not_planned' ? 'dead' : 'waiting'
}

/** What landed on another convoy's own branch is not there for us before that convoy has landed. */
function isWhereDependentStarts(town: Town, bead: Bead, blocker: Bead): boolean {
  if (blocker.convoyId === bead.convoyId || blocker.how !== 'landed') return true
  const theirs = town.convoys.get(blocker.convoyId)
  const leg = town.legs.get(legId(blocker.convoyId, blocker.rigId))
  return !theirs || leg?.mergeMode === 'review-and-merge' || theirs.status === 'landed'
}

export function blockersIn(town: Town, bead: Bead, state: BlockerState): Blocker[] {
  return bead.blockers.filter(blocker => blockerState(town, bead, blocker) === state)
}

/** By a bead of its own convoy, which these are: whatever becomes of the others, it cannot begin yet. */
export function isBlockedWithin(beads: ReadonlyMap<string, Bead>, bead: Bead): boolean {
  return bead.blockers.some(blocker => {
    const known = blocker.skipped ? undefined : beads.get(blocker.id)
    return known !== undefined && known.how !== 'left' && !isSatisfied(known)
  })
}

export function isBlocked(town: Town, bead: Bead): boolean {
  return bead.blockers.some(blocker => blockerState(town, bead, blocker) !== 'satisfied')
}

/** A node of a graph to be layered: its id and the ids that it waits for. */
export interface Node {
  readonly id: string
  readonly after: readonly string[]
}

/**
 * Kahn layers: wave 1 waits for nothing, wave n for something in wave n-1. Edges to ids outside of `nodes` are
 * ignored here (they are findings, not waves). Nodes on or behind a cycle are in no wave.
 */
export function wavesOf(nodes: readonly Node[]): string[][] {
  const present = new Set(nodes.map(node => node.id))
  const left = new Map<string, number>()
  const dependents = new Map<string, string[]>()
  for (const node of nodes) {
    const after = new Set(node.after.filter(id => present.has(id)))
    left.set(node.id, after.size)
    for (const id of after) dependents.set(id, [...(dependents.get(id) ?? []), node.id])
  }
  const waves: string[][] = []
  let wave = nodes.filter(node => left.get(node.id) === 0).map(node => node.id)
  while (wave.length > 0) {
    waves.push(wave)
    const next: string[] = []
    for (const id of wave) {
      for (const dependent of dependents.get(id) ?? []) {
        const remaining = left.get(dependent)! - 1
        left.set(dependent, remaining)
        if (remaining === 0) next.push(dependent)
      }
    }
    wave = next
  }
  return waves
}

/**
 * A path for each knot of cycles (strongly connected component), all of them: `[a, b, c, a]`. The predecessors
 * name only the first; a person who has mended one does not want to find the next by trying again.
 */
export function cyclesOf(nodes: readonly Node[]): string[][] {
  const layered = new Set(wavesOf(nodes).flat())
  const rest = new Map(nodes.filter(node => !layered.has(node.id)).map(node => [node.id, node]))
  const cycles: string[][] = []
  const seen = new Set<string>()
  for (const id of rest.keys()) {
    if (seen.has(id)) continue
    const path = pathBack(id, rest)
    if (!path) continue
    cycles.push(path)
    for (const other of rest.keys()) if (reaches(id, other, rest) && reaches(other, id, rest)) seen.add(other)
  }
  return cycles
}

/** Those that wait for themselves, over whatever way. */
export function inKnots(nodes: readonly Node[]): ReadonlySet<string> {
  const layered = new Set(wavesOf(nodes).flat())
  const rest = new Map(nodes.filter(node => !layered.has(node.id)).map(node => [node.id, node]))
  return new Set([...rest.keys()].filter(id => pathBack(id, rest) !== null))
}

/** The shortest way from a node to itself along "waits for". */
function pathBack(start: string, nodes: ReadonlyMap<string, Node>): string[] | null {
  const from = new Map<string, string>()
  const queue = [start]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of nodes.get(at)?.after ?? []) {
      if (next === start) return [start, ...walk(from, start, at), start]
      if (!nodes.has(next) || from.has(next)) continue
      from.set(next, at)
      queue.push(next)
    }
  }
  return null
}

function walk(from: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const path: string[] = []
  for (let at = end; at !== start; at = from.get(at)!) path.unshift(at)
  return path
}

function reaches(start: string, goal: string, nodes: ReadonlyMap<string, Node>): boolean {
  const seen = new Set<string>()
  const stack = [start]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at === goal) return true
    if (seen.has(at)) continue
    seen.add(at)
    for (const next of nodes.get(at)?.after ?? []) if (nodes.has(next)) stack.push(next)
  }
  return false
}
