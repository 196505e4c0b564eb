import { inKnots, wavesOf } from '../beads/dag.ts'
import { beadsOf } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import type { Tree } from '../events.ts'
import { legId } from '../names.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Bead, Convoy, Town } from '../town.ts'
import type { Finding } from './findings.ts'
import { beadsOfTree, leafNodes, leavesByEpic, openNodes, refOf } from './stage.ts'
import { cycleFindings } from './stage-findings.ts'

/** An edited tree as far as it can be followed. */
interface Followable {
  /** Null: not even without the new edges; only states are followed until the knot is undone. */
  readonly beads: readonly Bead[] | null
  readonly notes: readonly Finding[]
}

/**
 * An edge that ties a knot is reported and not followed: a cycle never wedges a running convoy. Everything else of
 * the edit is. What was there before had no cycle, so without the new edges inside of knots there is none.
 */
export function followable(town: Town, convoy: Convoy, tree: Tree): Followable {
  const wanted = beadsOfTree(convoy.id, tree)
  const refs = new Map(tree.issues.map(issue => [issue.id, refOf(issue)]))
  const cycles = cycleFindings(openNodes(wanted), id => refs.get(id) ?? id)
  const notes = [...cycles, ...notJoined(town, convoy, tree)]
  if (cycles.length === 0) return { beads: wanted, notes }
  const untied = untie(town, wanted)
  const nodes = openNodes(untied)
  const isFree = wavesOf(nodes).flat().length === nodes.length
  return { beads: isFree ? untied : null, notes }
}

function untie(town: Town, wanted: readonly Bead[]): Bead[] {
  const knots = inKnots(leafNodes(wanted))
  const under = leavesByEpic(new Map(wanted.map(bead => [bead.id, bead])))
  const isTied = (id: string): boolean =>
    knots.has(id) || (under.get(id) ?? []).some(leaf => knots.has(leaf.id))
  return wanted.map(bead => {
    if (!isTied(bead.id)) return bead
    const before = new Set(town.beads.get(bead.id)?.blockers.map(blocker => blocker.id))
    const blockers = bead.blockers.filter(({ id }) => before.has(id) || !isTied(id))
    return { ...bead, blockers }
  })
}

/** Sub-issues that were added and cannot join. */
function notJoined(town: Town, convoy: Convoy, tree: Tree): Finding[] {
  return tree.issues.flatMap((issue): Finding[] => {
    const isOurs = issue.id === tree.root.id || town.beads.get(issue.id)?.convoyId === convoy.id
    if (isOurs || issue.hasChildren || issue.state === 'closed') return []
    if (town.legs.has(legId(convoy.id, issue.rigId))) return []
    return [{ severity: 'warning', category: 'not-joined', refs: [refOf(issue)], detail: issue.repo }]
  })
}

/** Findings that come and go with edits after the start; the others are those of the start. */
const LIVE: ReadonlySet<Finding['category']> = new Set(['cycle', 'not-joined', 'edit-refused'])

/** Says what there is to say about a convoy that is under way. `notes`: of its tree; left out, those it had. */
export function noteLive(d: Deliberation, convoyId: string, notes?: readonly Finding[]): void {
  const convoy = d.town.convoys.get(convoyId)
  if (!convoy) return
  const [had, others] = [
    convoy.findings.filter(({ category }) => LIVE.has(category)),
    convoy.findings.filter(({ category }) => !LIVE.has(category)),
  ]
  const ofTree = notes ?? had.filter(({ category }) => category !== 'edit-refused')
  const findings = [...ofTree, ...editsRefused(d.town, convoy), ...others]
  if (JSON.stringify(findings) === JSON.stringify(convoy.findings)) return
  d.conclude('what there is to say about the edited plan', [{ type: 'ConvoyNoted', convoyId, findings }])
}

function editsRefused(town: Town, convoy: Convoy): Finding[] {
  return beadsOf(town, convoy.id).flatMap((bead): Finding[] =>
    bead.edit && bead.status === 'open'
      ? [
          {
            severity: 'warning',
            category: 'edit-refused',
            refs: [beadRef(town, bead)],
            detail: bead.edit.by,
          },
        ]
      : [],
  )
}
