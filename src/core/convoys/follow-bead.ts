import { runOf } from '../beads/standing.ts'
import type { Conclusion } from '../conclusions.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { Fact, IssueSeen } from '../events.ts'
import { id8, legId } from '../names.ts'
import { maySteer } from '../permission.ts'
import type { Bead, Blocker, Convoy } from '../town.ts'
import { isGivenUp, isOver } from '../town.ts'
import { closedHow } from './stage.ts'
import { noteLive } from './untie.ts'

/**
 * A new sub-issue joins, unless another convoy has it or the convoy does not work in its repository. Whoever may add
 * sub-issues need not have the right to make agents read them, so its words are looked at before anybody gets them.
 */
export function join(d: Deliberation, convoy: Convoy, bead: Bead, known: Bead | undefined): void {
  if ((known && isAtWork(d, known)) || bead.status === 'closed') return
  if (!d.town.legs.has(legId(convoy.id, bead.rigId))) return
  const isRead = bead.kind !== 'task'
  d.conclude(
    'a sub-issue was added to the epic',
    [{ type: 'BeadJoined', bead: { ...bead, trusted: isRead } }],
    isRead ? [] : [lookAtWords(bead)],
  )
}

/** Another convoy has it still. What that one gave up or was rid of is free as soon as nobody works on it any more. */
function isAtWork({ town }: Deliberation, known: Bead): boolean {
  const other = town.convoys.get(known.convoyId)
  return other !== undefined && !isOver(other) && (!isGivenUp(known) || runOf(town, known.id) !== undefined)
}

const lookAtWords = ({ rigId, id, number }: Bead): Effect => ({
  do: 'LookAtWords',
  rigId,
  beadId: id,
  number,
})

type Place = Pick<Bead, 'parentId' | 'position' | 'kind' | 'blockers'>

/** Places and edges are followed always; words only from people who may, and only while nobody has begun with them. */
export function edit(d: Deliberation, known: Bead, seen: Bead): void {
  const { parentId, position } = seen
  const kind = known.runs > 0 ? known.kind : seen.kind
  const next: Place = { parentId, position, kind, blockers: keepSkips(known.blockers, seen.blockers) }
  const before: Place = {
    parentId: known.parentId,
    position: known.position,
    kind: known.kind,
    blockers: known.blockers,
  }
  if (JSON.stringify(next) !== JSON.stringify(before))
    d.conclude('the issue was edited', [{ type: 'BeadEdited', beadId: known.id, ...next }])
  const isReworded = known.title !== seen.title || known.body !== seen.body
  if (isReworded && !isBegun(known) && known.edit?.hash !== hashOf(seen))
    d.conclude('its words were edited: who did that?', [], [lookAtWords(known)])
}

/** What a polecat was given stays what it was given: another text would be another piece of work. */
const isBegun = (bead: Bead): boolean => bead.runs > 0 || bead.status !== 'open'

const hashOf = ({ title, body }: Pick<Bead, 'title' | 'body'>): string =>
  `${id8(`${title}\n${body}`)}${body.length.toString(36)}`

/** Followed when everybody who wrote them has write access; else the polecat keeps what someone with that right let in. */
export function hearWords(d: Deliberation, fact: Extract<Fact, { type: 'WordsSeen' }>): void {
  const bead = d.town.beads.get(fact.beadId)
  if (!bead || isBegun(bead)) return
  const { title, body } = fact
  const stranger = fact.by.find(({ permission }) => !maySteer(permission))
  const isNews = !bead.trusted || bead.title !== title || bead.body !== body
  if (!isNews) return
  if (!stranger) {
    const by = fact.by[0]?.login ?? ''
    d.conclude('someone with write access wrote it', [
      { type: 'BeadWorded', beadId: bead.id, title, body, by },
    ])
  } else {
    const by = stranger.login
    d.conclude('someone without write access wrote it', [
      { type: 'BeadEditRefused', beadId: bead.id, by, hash: hashOf(fact) },
    ])
  }
  noteLive(d, bead.convoyId)
}

/** What a person skipped stays skipped for as long as the edge is there. */
export function keepSkips(known: readonly Blocker[], seen: readonly Blocker[]): Blocker[] {
  const skipped = new Set(known.filter(blocker => blocker.skipped).map(blocker => blocker.id))
  return seen.map(blocker => (skipped.has(blocker.id) ? { ...blocker, skipped: true } : blocker))
}

/** Close and reopen by people are obeyed; our own closing is told apart by when it was done. */
export function obeyState(d: Deliberation, bead: Bead, issue: IssueSeen, readAt: number): void {
  const event = stateChange(bead, issue, readAt)
  if (event)
    d.conclude(event.type === 'BeadReopened' ? 'a person reopened the issue' : 'a person closed the issue', [
      event,
    ])
}

function stateChange(bead: Bead, issue: IssueSeen, readAt: number): Conclusion | null {
  if (issue.state === 'closed') {
    if (bead.status === 'closed' && !isClosedAnew(bead, issue, readAt)) return null
    return {
      type: 'BeadClosed',
      beadId: bead.id,
      how: closedHow(issue),
      sha: null,
      why: 'a person closed the issue',
      closes: null,
    }
  }
  if (bead.status !== 'closed') return null
  // What we close ourselves is open on GitHub until we have done so.
  const closedAt = bead.closes === null ? bead.closedAt : bead.issueClosedAt
  if (closedAt === null || readAt <= closedAt) return null
  return { type: 'BeadReopened', beadId: bead.id, why: 'a person reopened the issue' }
}

/** A person closed it once more, for another reason: completed satisfies what waits for it, not planned does not. */
function isClosedAnew(bead: Bead, issue: IssueSeen, readAt: number): boolean {
  if (bead.how === 'landed' || bead.how === 'skipped' || bead.how === closedHow(issue)) return false
  // What we are still to close may have been closed before that.
  return bead.closes === null || (bead.issueClosedAt !== null && readAt > bead.issueClosedAt)
}

export const REMOVED = 'it was taken out of the epic'

/** Out of the tree is out of the convoy; what is begun is finished first where a person asked for that. */
export function leave(d: Deliberation, bead: Bead): void {
  if (bead.status === 'closed') return
  if (bead.leaving && (bead.status === 'in_progress' || bead.status === 'in_review')) return
  d.conclude(REMOVED, [
    { type: 'BeadClosed', beadId: bead.id, how: 'left', sha: null, why: REMOVED, closes: null },
  ])
}
