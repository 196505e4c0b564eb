import type { Issue, TimelineEntry } from '../documents.ts'
import type { World } from '../world.ts'
import { type Html, html } from './html.ts'
import { issuePath, label, person, saying, time } from './parts.ts'
import type { Visit } from './visit.ts'

/** What was said and done on an issue or a pull request. */

/** One thing in a conversation. Ids grow with time, over all kinds of things. */
export interface Turn {
  readonly id: number
  readonly html: Html
}

/** The opening words, a pinned comment, and what else followed, oldest first. */
export function conversation(visit: Visit, issue: Issue, more: readonly Turn[] = []): Html {
  const { world, repo } = visit
  const opening = { ...issue, subject: `issue:${issue.id}`, what: html`opened this`, id: 'first' }
  const turns = [...comments(visit, issue), ...events(visit, issue), ...more].sort((a, b) => a.id - b.id)
  return html`${saying(world, repo, opening)}${turns.map(it => it.html)}`
}

function comments({ world, repo }: Visit, issue: Issue): Turn[] {
  return world.comments.find('issue', issue.id).map(it => {
    const pinned = it.pinnedAt !== null
    const said = { ...it, subject: `comment:${it.id}`, id: `issuecomment-${it.id}`, pinned }
    return { id: pinned ? 0 : it.id, html: saying(world, repo, said) }
  })
}

function events({ world }: Visit, issue: Issue): Turn[] {
  return world.timeline.find('issue', issue.id).flatMap(it => {
    const line = eventLine(world, it)
    if (line === undefined) return []
    const shown = html`<p class="event">${person(world, it.actorId)} ${line} ${time(it.createdAt)}</p>`
    return [{ id: it.id, html: shown }]
  })
}

/** A timeline entry in words; comments and reviews stand for themselves. */
function eventLine(world: World, { event, detail, linked }: TimelineEntry): Html | undefined {
  if (event === 'commented' || event === 'reviewed') return undefined
  const words = WORDS[event] ?? event.replaceAll('_', ' ')
  if (linked !== undefined && 'issueId' in linked) {
    const other = world.issues.get(linked.issueId)
    return other && html`${words} <a href="${issuePath(world, other)}">#${other.number} ${other.title}</a>`
  }
  if (linked !== undefined) return html`${words} ${person(world, linked.accountId)}`
  const about = (key: string) => detail[key] as { [field: string]: string } | undefined
  const tag = about('label')
  if (tag)
    return html`${words} ${label({ ...EMPTY_LABEL, name: tag.name ?? '', color: tag.color ?? 'ededed' })}`
  const renamed = about('rename')
  if (renamed) return html`renamed this from “${renamed.from}” to “${renamed.to}”`
  const commit =
    typeof detail.commit_id === 'string' && html`<span class="mono">${detail.commit_id.slice(0, 7)}</span>`
  return html`${words} ${commit}`
}

/** Words for events whose names are not words yet. */
const WORDS: { readonly [event: string]: string } = {
  labeled: 'added',
  unlabeled: 'took away',
  sub_issue_added: 'added the sub-issue',
  sub_issue_removed: 'took away the sub-issue',
  parent_issue_added: 'made this a sub-issue of',
  parent_issue_removed: 'took this away from',
  blocked_by_added: 'made this wait for',
  blocked_by_removed: 'lets this no longer wait for',
  blocking_added: 'made this block',
  blocking_removed: 'lets this no longer block',
  review_requested: 'asked for a review by',
  review_request_removed: 'no longer asks for a review by',
}

const EMPTY_LABEL = { id: 0, repoId: 0, description: null, default: false } as const
