import type { Issue, TimelineEntry } from '../documents.ts'
import { type Html, html } from './html.ts'
import { label, person, saying, time } from './parts.ts'
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
    const line = eventLine(it)
    if (line === undefined) return []
    const shown = html`<p class="event">${person(world, it.actorId)} ${line} ${time(it.createdAt)}</p>`
    return [{ id: it.id, html: shown }]
  })
}

/** A timeline entry in words; comments and reviews stand for themselves. */
function eventLine({ event, detail }: TimelineEntry): Html | undefined {
  if (event === 'commented' || event === 'reviewed') return undefined
  const about = (key: string) => detail[key] as { [field: string]: string } | undefined
  const tag = about('label')
  if (tag)
    return html`${event === 'labeled' ? 'added' : 'took away'} ${label({ ...EMPTY_LABEL, name: tag.name ?? '', color: tag.color ?? 'ededed' })}`
  const link = LINKS[event]
  const other = link && about(link[1])
  if (other)
    return html`${link[0]} <a href="${new URL(other.html_url ?? '/', 'http://here').pathname}">#${other.number} ${other.title}</a>`
  const renamed = about('rename')
  if (renamed) return html`renamed this from “${renamed.from}” to “${renamed.to}”`
  const who = about('assignee') ?? about('requested_reviewer')
  return html`${event.replaceAll('_', ' ')} ${who?.login} ${typeof detail.commit_id === 'string' ? html`<span class="mono">${detail.commit_id.slice(0, 7)}</span>` : ''}`
}

/** Words for an event about another issue, and the key under which that stands. */
const LINKS: { readonly [event: string]: readonly [words: string, key: string] } = {
  sub_issue_added: ['added the sub-issue', 'sub_issue'],
  sub_issue_removed: ['took away the sub-issue', 'sub_issue'],
  parent_issue_added: ['made this a sub-issue of', 'parent_issue'],
  parent_issue_removed: ['took this away from', 'parent_issue'],
  blocked_by_added: ['made this wait for', 'blocker'],
  blocked_by_removed: ['lets this no longer wait for', 'blocker'],
  blocking_added: ['made this block', 'blocked'],
  blocking_removed: ['lets this no longer block', 'blocked'],
}

const EMPTY_LABEL = { id: 0, repoId: 0, description: null, default: false } as const
