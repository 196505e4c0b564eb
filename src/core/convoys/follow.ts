import { beadsOf } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import type { Conclusion, Fact, IssueSeen, Tree } from '../events.ts'
import { legId } from '../names.ts'
import type { Bead, Blocker, Convoy, Leg, Town } from '../town.ts'
import { isOver, isStaged } from '../town.ts'
import type { Plan } from './stage.ts'
import { beadsOfTree, closedHow, errorsIn, planOf, warningsIn } from './stage.ts'

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

function lookAgain(d: Deliberation, convoyId: string): void {
  const convoy = d.town.convoys.get(convoyId)
  if (!convoy || isOver(convoy)) return
  d.conclude(
    'an issue of the convoy changed',
    [],
    [{ do: 'LookAtTree', rigId: convoy.rigId, convoyId, number: convoy.number }],
  )
}

/** People edit the plan on GitHub, before and after the start; the convoy follows. */
export function hearTree(d: Deliberation, fact: Extract<Fact, { type: 'TreeSeen' }>): void {
  const convoy = d.town.convoys.get(fact.convoyId)
  if (!convoy || isOver(convoy)) return
  if (isStaged(convoy)) restage(d, convoy, fact.tree)
  else follow(d, convoy, fact.tree)
}

/** A staged plan is only a picture of the tree: draw it again. */
function restage(d: Deliberation, convoy: Convoy, tree: Tree): void {
  const draft = { ...convoy, title: tree.root.title }
  const staged = stagedAs(d.town, draft, planOf(d.town, draft, tree))
  const unchanged =
    same(staged.convoy, convoy, ['status', 'findings', 'title']) && sameBeads(d.town, staged.beads)
  if (!unchanged) d.conclude('the plan was edited on GitHub', [{ type: 'ConvoyStaged', ...staged }])
}

/** The rows of a staged convoy; with errors it keeps the beads that it had, and says what is wrong. */
export function stagedAs(
  town: Town,
  convoy: Convoy,
  plan: Plan,
): { convoy: Convoy; legs: readonly Leg[]; beads: Bead[] } {
  const { findings, legs } = plan
  const wrong = errorsIn(findings).length > 0
  const status = wrong || warningsIn(findings).length > 0 ? 'staged_warnings' : 'staged_ready'
  const gone = wrong ? [] : removedBeads(town, convoy, plan.beads)
  const beads = wrong ? [] : plan.beads.map(bead => keepHold(town.beads.get(bead.id), bead))
  return { convoy: { ...convoy, status, findings }, legs, beads: [...beads, ...gone] }
}

function keepHold(known: Bead | undefined, bead: Bead): Bead {
  return known && known.convoyId === bead.convoyId
    ? { ...bead, held: known.held, shown: known.shown, issueClosedAt: known.issueClosedAt }
    : bead
}

function removedBeads(town: Town, convoy: Convoy, beads: readonly Bead[]): Bead[] {
  const kept = new Set(beads.map(bead => bead.id))
  return beadsOf(town, convoy.id)
    .filter(bead => !kept.has(bead.id) && bead.status !== 'closed')
    .map(bead => ({ ...bead, status: 'closed', how: 'cancelled', why: REMOVED }))
}

const REMOVED = 'it was taken out of the epic'

function sameBeads(town: Town, beads: readonly Bead[]): boolean {
  return beads.every(bead => JSON.stringify(town.beads.get(bead.id)) === JSON.stringify(bead))
}

function same<T>(a: T, b: T, keys: readonly (keyof T)[]): boolean {
  return keys.every(key => JSON.stringify(a[key]) === JSON.stringify(b[key]))
}

function follow(d: Deliberation, convoy: Convoy, tree: Tree): void {
  const wanted = beadsOfTree(convoy.id, tree)
  const seen = new Map(tree.issues.map(issue => [issue.id, issue]))
  const isKnot = noteCycles(d, convoy, tree)
  for (const bead of wanted) {
    const known = d.town.beads.get(bead.id)
    if (!isKnot && known?.convoyId === convoy.id) edit(d, known, bead)
    else if (!isKnot) join(d, bead, known)
    const now = d.town.beads.get(bead.id)
    if (now?.convoyId === convoy.id) obeyState(d, now, seen.get(bead.id)!, tree.readAt)
  }
  if (tree.unreadable.length > 0) return
  for (const bead of beadsOf(d.town, convoy.id)) if (!seen.has(bead.id)) leave(d, bead)
}

/** Edits that tie a knot are reported and not followed until it is undone: a cycle never wedges a running convoy. */
function noteCycles(d: Deliberation, convoy: Convoy, tree: Tree): boolean {
  const cycles = planOf(d.town, convoy, tree).findings.filter(finding => finding.category === 'cycle')
  const others = convoy.findings.filter(finding => finding.category !== 'cycle')
  const findings = [...cycles, ...others]
  if (JSON.stringify(findings) !== JSON.stringify(convoy.findings)) {
    d.conclude(
      cycles.length > 0 ? 'the edited plan has a cycle and is not followed' : 'the cycle is undone',
      [{ type: 'ConvoyNoted', convoyId: convoy.id, findings }],
    )
  }
  return cycles.length > 0
}

/** A new sub-issue joins, unless another convoy has it or its repository is none of ours. */
function join(d: Deliberation, bead: Bead, known: Bead | undefined): void {
  const other = known ? d.town.convoys.get(known.convoyId) : undefined
  if ((other && !isOver(other)) || bead.status === 'closed') return
  if (!d.town.legs.has(legId(bead.convoyId, bead.rigId))) return
  d.conclude('a sub-issue was added to the epic', [{ type: 'BeadJoined', bead }])
}

type Place = Pick<Bead, 'parentId' | 'position' | 'kind' | 'blockers'>
const PLACE = ['parentId', 'position', 'kind', 'blockers'] as const

/**
 * Places and edges are followed always. Words are those of the start: whoever started the convoy let them reach an
 * agent, and an issue's author may edit them later without the right to do that.
 */
function edit(d: Deliberation, known: Bead, seen: Bead): void {
  const { parentId, position } = seen
  const kind = known.runs > 0 ? known.kind : seen.kind
  const next: Place = { parentId, position, kind, blockers: keepSkips(known.blockers, seen.blockers) }
  if (same<Place>(next, known, PLACE)) return
  d.conclude('the issue was edited', [{ type: 'BeadEdited', beadId: known.id, ...next }])
}

/** What a person skipped stays skipped for as long as the edge is there. */
function keepSkips(known: readonly Blocker[], seen: readonly Blocker[]): Blocker[] {
  const skipped = new Set(known.filter(blocker => blocker.skipped).map(blocker => blocker.id))
  return seen.map(blocker => (skipped.has(blocker.id) ? { ...blocker, skipped: true } : blocker))
}

/** Close and reopen by people are obeyed; our own closing is told apart by when it was done. */
function obeyState(d: Deliberation, bead: Bead, issue: IssueSeen, readAt: number): void {
  if (bead.kind === 'epic') return
  const event = stateChange(bead, issue, readAt)
  if (event)
    d.conclude(event.type === 'BeadReopened' ? 'a person reopened the issue' : 'a person closed the issue', [
      event,
    ])
}

function stateChange(bead: Bead, issue: IssueSeen, readAt: number): Conclusion | null {
  if (issue.state === 'closed') {
    if (bead.status === 'closed') return null
    return {
      type: 'BeadClosed',
      beadId: bead.id,
      how: closedHow(issue),
      sha: null,
      why: 'a person closed the issue',
    }
  }
  if (bead.status !== 'closed') return null
  const closedAt = bead.how === 'landed' ? bead.issueClosedAt : bead.closedAt
  if (closedAt === null || readAt <= closedAt) return null
  return { type: 'BeadReopened', beadId: bead.id, why: 'a person reopened the issue' }
}

function leave(d: Deliberation, bead: Bead): void {
  if (bead.status === 'closed') return
  d.conclude(REMOVED, [{ type: 'BeadClosed', beadId: bead.id, how: 'cancelled', sha: null, why: REMOVED }])
}
