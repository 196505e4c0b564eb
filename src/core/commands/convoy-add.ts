import { holderOf } from '../beads/standing.ts'
import type { Finding } from '../convoys/findings.ts'
import { plannedLeg } from '../convoys/stage.ts'
import { lookAtTree, rootEnd } from '../convoys/tree-effects.ts'
import type { Deliberation } from '../decision.ts'
import type { NamedIssue } from '../events.ts'
import { legId } from '../names.ts'
import { refIn } from '../refinery/pull-story.ts'
import type { Say } from '../shown/says.ts'
import type { Convoy, Town } from '../town.ts'
import { isStaged } from '../town.ts'
import { namedHere, openConvoyHere, refused } from './here.ts'
import { notAllowedThere } from './rights.ts'
import type { CommandSpec, Given } from './spec.ts'

export const convoyAdd: CommandSpec = {
  name: 'convoy add',
  usage: '/convoy add #12 [owner/name#7 …]',
  summary: 'put issues under the convoy; they join it, also when it is under way',
  permission: 'write',
  flags: [],
  needsTree: false,
  needsIssues: true,
  run: add,
}

type Found = NamedIssue & { readonly issue: NonNullable<NamedIssue['issue']> }

/** The link on GitHub is what makes them part of it: they join as soon as it is seen there. */
function add(d: Deliberation, given: Given): Say {
  const convoy = openConvoyHere(d.town, given, 'only an open or staged one takes more')
  if ('kind' in convoy) return refused(convoy)
  const { comment, command } = given
  const named = namedHere(d.town, given)
  if (!named?.length)
    return refused({ kind: 'bad-argument', line: command.line, wants: 'issues, such as `#12 acme/web#7`' })
  const wrong = named.flatMap(one => problemOf(d.town, convoy, one) ?? [])
  if (wrong.length > 0) return refused({ kind: 'findings', findings: wrong })
  const found = named as readonly Found[]
  const rigIds = found.map(({ issue }) => issue.rigId)
  const strangers = notAllowedThere(d.town, comment, rigIds)
  if (strangers) return refused(strangers)
  if (!isStaged(convoy)) addLegs(d, convoy, rigIds)
  link(d, convoy, `add:${comment.commentId}`, found, comment.by)
  return { say: 'done', what: { kind: 'added', refs: found.map(({ ref }) => ref) } }
}

function problemOf(town: Town, convoy: Convoy, { ref, issue, problem }: NamedIssue): Finding | null {
  const error = (category: Finding['category'], detail: string): Finding => ({
    severity: 'error',
    category,
    refs: [ref],
    detail,
  })
  if (!issue) return error('not-a-bead', problem ?? 'it cannot be read')
  if (issue.isPull) return error('not-a-bead', 'it is a pull request')
  if (issue.id === convoy.issueId) return error('not-a-bead', 'it is the issue of the convoy itself')
  if (issue.parent && issue.parent.id !== convoy.issueId) return error('has-parent', issue.parent.ref)
  const other = holderOf(town, issue.id)
  return other && other.id !== convoy.id
    ? error('already-in-convoy', refIn(town, other.rigId, other.number))
    : null
}

function addLegs(d: Deliberation, convoy: Convoy, rigIds: readonly string[]): void {
  for (const rigId of new Set(rigIds)) {
    const rig = d.town.rigs.get(rigId)
    if (!rig || d.town.legs.has(legId(convoy.id, rigId))) continue
    d.conclude('the convoy works in one more repository', [
      { type: 'LegAdded', leg: plannedLeg(convoy, rig) },
    ])
  }
}

function link(d: Deliberation, convoy: Convoy, key: string, found: readonly Found[], by: string): void {
  const { id: convoyId } = convoy
  const root = rootEnd(convoy)
  const places = found.map(({ issue }) => ({
    parent: root,
    child: { issueId: issue.id, rigId: issue.rigId, number: issue.number },
  }))
  d.conclude(
    `${by} adds to it`,
    [],
    [{ do: 'PublishLinks', convoyId, key, root, nths: [], places, edges: [] }, lookAtTree(convoy)],
  )
}
