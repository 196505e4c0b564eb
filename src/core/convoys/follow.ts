import { beadsOf } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import type { Fact, Tree } from '../events.ts'
import type { Convoy } from '../town.ts'
import { isOver, isStaged } from '../town.ts'
import { edit, join, leave, obeyState } from './follow-bead.ts'
import { isPublished, restage } from './restage.ts'
import { leavesByEpic } from './stage.ts'
import { lookAtTree } from './tree-effects.ts'
import { followable, noteLive } from './untie.ts'

/** An issue changed somewhere: look again at the trees for which that can matter. */
export function hearIssue(d: Deliberation, fact: Extract<Fact, { type: 'IssueTouched' }>): void {
  const concerned = new Set<string>()
  const bead = d.town.beads.get(fact.issueId)
  if (bead) concerned.add(bead.convoyId)
  for (const convoy of d.town.convoys.values()) if (convoy.issueId === fact.issueId) concerned.add(convoy.id)
  for (const other of d.town.beads.values()) {
    if (other.status !== 'closed' && other.blockers.some(blocker => blocker.id === fact.issueId))
      concerned.add(other.convoyId)
  }
  for (const id of concerned) lookAgain(d, id)
}

/** A repository that came, went, or is set up otherwise: what there is to say about a plan that is staged may differ. */
export function hearRigs(d: Deliberation): void {
  const changed = new Set(d.town.rigs.changes().map(rig => rig.id))
  if (changed.size === 0) return
  for (const convoy of [...d.town.convoys.values()])
    if (isStaged(convoy) && beadsOf(d.town, convoy.id).some(bead => changed.has(bead.rigId)))
      lookAgain(d, convoy.id)
}

function lookAgain(d: Deliberation, convoyId: string): void {
  const convoy = d.town.convoys.get(convoyId)
  // What is still being published is our own doing, and looked at when it is all there.
  if (!convoy || isOver(convoy) || convoy.status === 'publishing') return
  d.conclude('an issue of the convoy changed', [], [lookAtTree(convoy)])
}

/** People edit the plan on GitHub, before and after the start; the convoy follows. */
export function hearTree(d: Deliberation, fact: Extract<Fact, { type: 'TreeSeen' }>): void {
  const convoy = d.town.convoys.get(fact.convoyId)
  if (!convoy || isOver(convoy)) return
  // Read before what was followed already: GitHub is asked by several of us, and the answers overtake each other.
  if (convoy.readAt !== null && fact.tree.readAt < convoy.readAt) return
  if (convoy.status === 'publishing' && !isPublished(d.town, convoy)) return
  if (isStaged(convoy)) restage(d, convoy, fact.tree)
  else follow(d, convoy, fact.tree)
}

function follow(d: Deliberation, convoy: Convoy, tree: Tree): void {
  const { beads, notes } = followable(d.town, convoy, tree)
  const seen = new Map(tree.issues.map(issue => [issue.id, issue]))
  for (const bead of beads ?? []) {
    const known = d.town.beads.get(bead.id)
    if (known?.convoyId === convoy.id) edit(d, known, bead)
    else join(d, convoy, bead, known)
  }
  const under = leavesByEpic(d.town.beads.of(convoy.id).rows)
  for (const bead of beadsOf(d.town, convoy.id)) {
    const issue = seen.get(bead.id)
    // How an epic stands follows from what is under it; one that holds nothing is a person's word.
    if (issue && !under.has(bead.id)) obeyState(d, bead, issue, tree.readAt)
    else if (!issue && tree.unreadable.length === 0) leave(d, bead)
  }
  noteLive(d, convoy.id, notes)
}
