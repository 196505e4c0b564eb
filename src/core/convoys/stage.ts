import type { Node } from '../beads/dag.ts'
import { wavesOf } from '../beads/dag.ts'
import type { IssueSeen, Tree } from '../events.ts'
import { MERGE_MODES } from '../merge-modes/registry.ts'
import { convoyBranch, legId } from '../names.ts'
import type { Rig } from '../rig.ts'
import type { Bead, Blocker, ClosedHow, Convoy, Leg, Town } from '../town.ts'
import { isLeaf, isOpenLeaf, PRIORITY } from '../town.ts'
import type { Finding } from './findings.ts'
import { findingsOf } from './stage-findings.ts'

/** What staging an epic would come to. With errors among the findings nothing of it is written. */
export interface Plan {
  readonly beads: readonly Bead[]
  readonly legs: readonly Leg[]
  readonly findings: readonly Finding[]
  readonly waves: readonly (readonly string[])[]
}

/** Pure: the same tree in the same town gives the same plan, so staging again only shows what changed. */
export function planOf(town: Town, convoy: Convoy, tree: Tree): Plan {
  const beads = beadsOfTree(convoy.id, tree)
  const tasks = beads.filter(isOpenLeaf)
  const nodes = openNodes(beads)
  const waves = wavesOf(nodes)
  return {
    beads,
    legs: plannedLegs(town, convoy, tasks),
    findings: findingsOf({ town, convoy, tree, beads, tasks, nodes, waves }),
    waves,
  }
}

export const errorsIn = (findings: readonly Finding[]): Finding[] =>
  findings.filter(f => f.severity === 'error')
export const warningsIn = (findings: readonly Finding[]): Finding[] =>
  findings.filter(f => f.severity === 'warning')

export function refOf(issue: IssueSeen): string {
  return `${issue.repo}#${issue.number}`
}

/** The rows of a tree. A blocker of an epic blocks what is under it; the hierarchy itself orders nothing. */
export function beadsOfTree(convoyId: string, tree: Tree): Bead[] {
  const byId = new Map(tree.issues.map(issue => [issue.id, issue]))
  return tree.issues
    .filter(issue => issue.id !== tree.root.id)
    .map((issue, position) =>
      newBead(convoyId, issue, position, inheritedBlockers(issue, byId), tree.root.id),
    )
}

function inheritedBlockers(issue: IssueSeen, byId: ReadonlyMap<string, IssueSeen>): Blocker[] {
  const seen = [...issue.blockedBy]
  for (const epic of ancestorsOf(issue, byId)) {
    // An epic that waits for something inside itself would make that thing wait for itself.
    seen.push(...epic.blockedBy.filter(blocker => !isWithin(blocker.id, epic.id, byId)))
  }
  const blockers = new Map(
    seen.map(({ id, ref, state }) => [id, { id, ref, outside: state, skipped: false }]),
  )
  return [...blockers.values()]
}

function ancestorsOf(issue: IssueSeen, byId: ReadonlyMap<string, IssueSeen>): IssueSeen[] {
  const above: IssueSeen[] = []
  for (let at = issue; at.parentId; ) {
    const parent = byId.get(at.parentId)
    if (!parent || above.includes(parent)) break
    above.push(parent)
    at = parent
  }
  return above
}

/** Leaves that are not over, with what they wait for among themselves and elsewhere. */
export function openNodes(beads: readonly Bead[]): Node[] {
  const open = new Set(beads.filter(isOpenLeaf).map(bead => bead.id))
  return leafNodes(beads).filter(node => open.has(node.id))
}

function isWithin(id: string, epicId: string, byId: ReadonlyMap<string, IssueSeen>): boolean {
  const issue = byId.get(id)
  return id === epicId || (issue !== undefined && ancestorsOf(issue, byId).some(epic => epic.id === epicId))
}

function newBead(
  convoyId: string,
  issue: IssueSeen,
  position: number,
  blockers: readonly Blocker[],
  rootId: string,
): Bead {
  const over = issue.state === 'closed' && !issue.hasChildren
  return {
    id: issue.id,
    convoyId,
    rigId: issue.rigId,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    kind: issue.hasChildren ? 'epic' : issue.isDecision ? 'decision' : 'task',
    parentId: issue.parentId === rootId ? null : issue.parentId,
    position,
    priority: PRIORITY,
    status: over ? 'closed' : 'open',
    how: over ? closedHow(issue) : null,
    closes: null,
    held: false,
    leaving: false,
    blockers,
    tries: 0,
    setbacks: 0,
    runs: 0,
    polecat: null,
    branch: null,
    headSha: null,
    checkpoint: null,
    feedback: null,
    question: null,
    answers: [],
    wakeAt: null,
    why: null,
    landedSha: null,
    closedAt: null,
    issueClosedAt: null,
    trusted: true,
    edit: null,
    shown: null,
  }
}

/** Closed by a person: completed counts as done without code, the rest satisfies nobody. */
export function closedHow(issue: IssueSeen): ClosedHow {
  if (issue.reason === 'duplicate') return 'duplicate'
  return issue.reason === 'not_planned' ? 'cancelled' : 'done'
}

/** The leaves under each epic, however deep. */
export function leavesByEpic(beads: ReadonlyMap<string, Bead>): Map<string, Bead[]> {
  const leaves = new Map<string, Bead[]>()
  for (const bead of beads.values()) {
    if (!isLeaf(bead)) continue
    const seen = new Set<string>()
    for (let up = bead.parentId; up && !seen.has(up); up = beads.get(up)?.parentId ?? null) {
      seen.add(up)
      const known = leaves.get(up)
      if (known) known.push(bead)
      else leaves.set(up, [bead])
    }
  }
  return leaves
}

/** Leaves with what they wait for, where an epic stands for all leaves under it. */
export function leafNodes(beads: readonly Bead[]): Node[] {
  const leaves = leavesByEpic(new Map(beads.map(bead => [bead.id, bead])))
  const standIns = (id: string): string[] => leaves.get(id)?.map(leaf => leaf.id) ?? [id]
  return beads
    .filter(isLeaf)
    .map(bead => ({ id: bead.id, after: bead.blockers.filter(b => !b.skipped).flatMap(b => standIns(b.id)) }))
}

function plannedLegs(town: Town, convoy: Convoy, tasks: readonly Bead[]): Leg[] {
  return [...new Set(tasks.map(task => task.rigId))].flatMap(rigId => {
    const rig = town.rigs.get(rigId)
    if (!rig) return []
    const kept = town.legs.get(legId(convoy.id, rigId))
    return kept && kept.state !== 'planned' ? kept : plannedLeg(convoy, rig)
  })
}

/** How the convoy will work in a rig: as was asked for when it was staged, else as the rig says. */
export function plannedLeg(convoy: Convoy, rig: Rig): Leg {
  const mergeMode = convoy.givenMode ?? rig.config.mergeMode
  const base = convoy.givenBase ?? rig.defaultBranch
  return {
    id: legId(convoy.id, rig.id),
    convoyId: convoy.id,
    rigId: rig.id,
    target: MERGE_MODES[mergeMode].target(convoyBranch(convoy.title, convoy.id), base),
    base,
    mergeMode,
    state: 'planned',
    wakeAt: null,
    why: null,
  }
}
