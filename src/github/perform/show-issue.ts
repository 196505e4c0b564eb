import { createHash } from 'node:crypto'
import { LABELS, type Label } from '../../core/effects.ts'
import type { Time } from '../../core/town.ts'
import { Refused } from '../../ports.ts'
import { MAX_CHARS } from '../../text/markdown.ts'
import { renderSay } from '../../text/render.ts'
import { findMarked, marker } from '../marker.ts'
import { hidden } from '../memory.ts'
import { mayCreate } from '../pace.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { type Change, changeIssue } from './issue-change.ts'
import { forgetLabels, labelIds } from './labels.ts'
import { type Doing, type Performer, placeOf } from './performer.ts'
import { pinComment } from './pin.ts'

/** What was last written to an issue. */
export interface Shown {
  readonly issueNode: string
  readonly commentNode: string | null
  readonly bodyHash: string | null
  readonly labels: readonly Label[]
  readonly closed: 'completed' | 'not_planned' | null
  readonly closedAt: Time | null
}

/**
 * Makes an issue look as asked: our labels, our one comment, its state. Only what differs from what was last written
 * is sent, all of it in one request of aliased mutations. What somebody took away meanwhile (our comment, a label of
 * the repository) is made again; labels of others are never named.
 */
export const showIssue: Performer<'ShowIssue'> = async (reach, effect, attempt) => {
  const at = await addressOf(reach, effect.rigId)
  const subject = subjectOf(effect)
  const mark = marker(subject)
  const known = await remembered(reach, subject)
  let shown = known ?? (await firstLook(reach, at, effect))
  if (effect.say !== null && (known || attempt > 0) && shown.commentNode === null)
    shown = await adopted(reach, at, effect.number, mark, shown)
  if (effect.say !== null && shown.commentNode === null) await mayCreate(reach, 1)
  // Noted before the comment is made: a note without a comment means that one may exist that we never heard of.
  if (!known) await reach.mirror.put(reach.townId, subject, shown)
  const body = bodyOf(reach, at, effect, mark)
  const next = await writeDifferences({ reach, at, effect, mark, body }, shown)
  if (next !== shown) await reach.mirror.put(reach.townId, subject, next)
  if (effect.what !== 'bead' || next.closedAt === null) return []
  return [{ type: 'IssueClosed', beadId: effect.id, at: next.closedAt }]
}

/** GitHub takes 65,536 characters: what people see makes room for what is hidden below it. Null: nothing is said. */
function bodyOf(reach: Reach, at: Address, { say, memory }: Doing<'ShowIssue'>, mark: string): string | null {
  if (say === null) return null
  if (memory === null) return `${renderSay(say, placeOf(reach, at))}\n\n${mark}`
  const line = hidden(reach.memoryKey, reach.townId, memory)
  const maxChars = Math.min(MAX_CHARS, MOST_SHOWN - line.length)
  return `${renderSay(say, { ...placeOf(reach, at), maxChars })}\n\n${mark}\n${line}`
}

const MOST_SHOWN = 65_000

const subjectOf = ({ what, id }: Doing<'ShowIssue'>) => `show:${what}:${id}`

async function remembered(reach: Reach, subject: string): Promise<Shown | null> {
  return ((await reach.mirror.get(reach.townId, subject)) ?? null) as Shown | null
}

/** Nothing was written yet as far as we know. The node id was mostly read with the tree and costs no request. */
async function firstLook(reach: Reach, at: Address, { issueId, number }: Doing<'ShowIssue'>): Promise<Shown> {
  const known = reach.nodeIds.get(issueId)
  const nothing = { commentNode: null, bodyHash: null, labels: [], closed: null, closedAt: null }
  if (known) return { issueNode: known, ...nothing }
  const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
    ...at,
    issue_number: number,
  })
  return {
    issueNode: data.node_id,
    ...nothing,
    labels: ours(data.labels.map(it => (typeof it === 'string' ? it : it.name))),
  }
}

interface Showing {
  readonly reach: Reach
  readonly at: Address
  readonly effect: Doing<'ShowIssue'>
  readonly mark: string
  /** Null: no comment of ours. */
  readonly body: string | null
}

/** The comment of ours that carries the marker, if there is one. */
async function adopted(
  reach: Reach,
  at: Address,
  number: number,
  mark: string,
  shown: Shown,
): Promise<Shown> {
  const found = await findMarked(reach, at, number, mark)
  return { ...shown, commentNode: found?.nodeId ?? null, bodyHash: null }
}

/** Writes what differs; says what is shown then, `shown` itself when there was nothing to write. */
async function writeDifferences(showing: Showing, shown: Shown, mayMend = true): Promise<Shown> {
  const { reach, at, effect, body } = showing
  const change = await differences(showing, shown)
  if (isEmpty(change))
    return effect.close === shown.closed ? shown : { ...shown, closed: null, closedAt: null }
  const changed = await changeIssue(reach, shown.issueNode, change)
  if (changed.commentId && effect.what === 'convoy') await pinComment(reach, at, changed.commentId)
  const { muted } = changed
  if (muted !== null) reach.log.warn({ issue: effect.number, why: muted }, 'nothing can be said on an issue')
  const written: Shown = {
    issueNode: shown.issueNode,
    commentNode: changed.commentNode ?? shown.commentNode,
    bodyHash: body === null || muted !== null ? shown.bodyHash : hashOf(body),
    labels: changed.gone.includes('labels') ? shown.labels : effect.labels,
    closed: effect.close,
    closedAt: effect.close === null ? null : change.close ? reach.now() : shown.closedAt,
  }
  if (changed.gone.length > 0) return mend(showing, written, changed.gone, mayMend)
  const stray = ours(changed.labels).filter(name => !effect.labels.includes(name))
  if (stray.length > 0) await removeStray(showing, shown.issueNode, stray)
  return written
}

/** Somebody deleted our comment, or a label of ours from the repository: it is made anew, once. */
async function mend(
  showing: Showing,
  written: Shown,
  gone: readonly ('comment' | 'labels')[],
  mayMend: boolean,
): Promise<Shown> {
  const { reach, at, effect, mark } = showing
  const issue = `${at.owner}/${at.repo}#${effect.number}`
  if (!mayMend) throw new Refused(`the ${gone.join(' and the ')} of ${issue} cannot be set`, 422)
  if (gone.includes('labels')) await forgetLabels(reach, effect.rigId)
  if (!gone.includes('comment')) return writeDifferences(showing, written, false)
  const known = await adopted(reach, at, effect.number, mark, written)
  if (known.commentNode === null) {
    // Noted before there may be a wait, so that what was written already is not written again.
    await reach.mirror.put(reach.townId, subjectOf(effect), known)
    await mayCreate(reach, 1)
  }
  return writeDifferences(showing, known, false)
}

async function differences({ reach, at, effect, body }: Showing, shown: Shown): Promise<Change> {
  const add = effect.labels.filter(name => !shown.labels.includes(name))
  const remove = shown.labels.filter(name => !effect.labels.includes(name))
  const ids =
    add.length + remove.length > 0 ? await labelIds(reach, at, effect.rigId, [...add, ...remove]) : {}
  const isSaid = body === null || (shown.commentNode !== null && shown.bodyHash === hashOf(body))
  return {
    comment: isSaid ? null : { node: shown.commentNode, body },
    addLabels: add.map(name => ids[name]!),
    removeLabels: remove.map(name => ids[name]!),
    close: effect.close === shown.closed ? null : effect.close,
  }
}

/** Labels of ours that were on the issue without our knowing. GitHub told us when it answered the last write. */
async function removeStray(
  { reach, at, effect }: Showing,
  node: string,
  stray: readonly Label[],
): Promise<void> {
  const ids = await labelIds(reach, at, effect.rigId, stray)
  const removeLabels = stray.map(name => ids[name]!)
  await changeIssue(reach, node, { comment: null, addLabels: [], removeLabels, close: null })
}

const isEmpty = ({ comment, addLabels, removeLabels, close }: Change) =>
  !comment && !close && addLabels.length === 0 && removeLabels.length === 0

export const ours = (names: readonly (string | undefined)[]): Label[] =>
  names.filter((name): name is Label => name !== undefined && name in LABELS)

export const hashOf = (body: string) => createHash('sha256').update(body).digest('base64url')
