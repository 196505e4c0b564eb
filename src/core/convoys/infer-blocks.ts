import { wavesOf } from '../beads/dag.ts'
import type { Bead } from '../town.ts'
import { leafNodes } from './stage.ts'

/** An edge that the order of an epic suggests: `blocked` comes right after `blocker`, and waits for nothing yet. */
export interface InferredEdge {
  readonly blocked: Bead
  readonly blocker: Bead
}

/**
 * What order alone suggests: under each parent, an open task that waits for nothing waits for the one before it. Only
 * a proposal: hierarchy and order never count by themselves, and an edge that would tie a knot is not proposed.
 */
export function inferredBlocks(beads: readonly Bead[]): InferredEdge[] {
  const open = beads.filter(bead => bead.kind === 'task' && bead.status === 'open')
  const siblings = Map.groupBy(
    [...open].sort((a, b) => a.position - b.position),
    bead => bead.parentId,
  )
  const edges: InferredEdge[] = []
  for (const group of siblings.values()) {
    for (const [at, blocked] of group.entries()) {
      const blocker = group[at - 1]
      if (!blocker || blocked.blockers.length > 0) continue
      const edge = { blocked, blocker }
      if (!tiesKnot(beads, [...edges, edge])) edges.push(edge)
    }
  }
  return edges
}

function tiesKnot(beads: readonly Bead[], edges: readonly InferredEdge[]): boolean {
  const more = Map.groupBy(edges, edge => edge.blocked.id)
  const nodes = leafNodes(beads).map(node => ({
    id: node.id,
    after: [...node.after, ...(more.get(node.id) ?? []).map(edge => edge.blocker.id)],
  }))
  return wavesOf(nodes).flat().length < nodes.length
}
