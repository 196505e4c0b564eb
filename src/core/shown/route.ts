import type { Node } from '../beads/dag.ts'
import { blockersIn, wavesOf } from '../beads/dag.ts'
import { standingOf } from '../beads/standing.ts'
import { leavesByEpic } from '../convoys/stage.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Bead, Convoy, Town } from '../town.ts'
import { isLeaf, isStaged } from '../town.ts'
import type { CardNode, Route, Standing } from './says.ts'

/** Live layers: finished work is in none, nor is what waits behind something that failed. */
export function waveNumbers(town: Town, beads: readonly Bead[], all: readonly Node[]): Map<string, number> {
  const live = new Set(beads.filter(bead => isLeaf(bead) && bead.status !== 'closed').map(bead => bead.id))
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

/** The plan in figures. `refs`: what the nodes are called. */
export function routeOf(nodes: readonly Node[], refs: ReadonlyMap<string, string>): Route {
  const waves = wavesOf(nodes)
  const most = Math.max(0, ...waves.map(wave => wave.length))
  const at = waves.findIndex(wave => wave.length === most)
  return {
    waves: waves.length,
    widest: most > 0 ? { wave: at + 1, beads: most } : null,
    criticalPath: longestChain(nodes, waves.flat()).map(id => refs.get(id) ?? id),
  }
}

/** The chain with most beads; of equal ones the first. `inOrder`: each node after those that it waits for. */
function longestChain(nodes: readonly Node[], inOrder: readonly string[]): string[] {
  const after = new Map(nodes.map(node => [node.id, node.after]))
  const best = new Map<string, { length: number; before: string | null }>()
  let end: string | null = null
  for (const id of inOrder) {
    const before = (after.get(id) ?? [])
      .filter(one => best.has(one))
      .reduce<string | null>((a, b) => (a && best.get(a)!.length >= best.get(b)!.length ? a : b), null)
    const length = before ? best.get(before)!.length + 1 : 1
    best.set(id, { length, before })
    if (!end || length > best.get(end)!.length) end = id
  }
  const chain: string[] = []
  for (let at = end; at; at = best.get(at)!.before) chain.unshift(at)
  return chain
}

/** The tree as GitHub shows it, epics with what is under them. */
export function treeOf(town: Town, convoy: Convoy, beads: readonly Bead[]): CardNode[] {
  const byId = new Map(beads.map(bead => [bead.id, bead]))
  const under = leavesByEpic(byId)
  return beads.map(bead => {
    const leaves = under.get(bead.id) ?? []
    return {
      ref: beadRef(town, bead),
      title: bead.title,
      depth: depthOf(bead, byId),
      kind: bead.kind,
      standing: bead.kind === 'epic' ? epicStanding(town, convoy, bead, leaves) : standingOf(town, bead),
      under:
        bead.kind === 'epic'
          ? { over: leaves.filter(leaf => leaf.status === 'closed').length, total: leaves.length }
          : null,
    }
  })
}

function depthOf(bead: Bead, byId: ReadonlyMap<string, Bead>): number {
  const above = new Set<string>()
  for (let up = bead.parentId; up && !above.has(up); up = byId.get(up)?.parentId ?? null) above.add(up)
  return above.size
}

/** An epic stands as what is under it does: begun as soon as one leaf is. */
function epicStanding(town: Town, convoy: Convoy, epic: Bead, leaves: readonly Bead[]): Standing {
  if (epic.status === 'closed') return standingOf(town, epic)
  if (isStaged(convoy)) return 'planned'
  return leaves.some(isBegun) ? 'working' : 'waiting'
}

export const isBegun = (leaf: Bead): boolean => leaf.status !== 'open' || leaf.runs > 0
