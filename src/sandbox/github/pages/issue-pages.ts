import type { Issue } from '../documents.ts'
import { addComment } from '../issues/comments.ts'
import { convertToDiscussion, deleteIssue, setLocked, transferIssue } from '../issues/fate.ts'
import { issueNumbered, openIssue, setState } from '../issues/issue.ts'
import { notFound, unprocessable } from '../kit.ts'
import { subIssuesSummary } from '../render-issue.ts'
import { conversation } from './conversation.ts'
import { type Html, html } from './html.ts'
import { ago, issuePath, issueRow, labels, person, repoPath, state, time, whoAmI } from './parts.ts'
import { chosen, numberOf, type Page, type Shown, type Visit } from './visit.ts'

/** Issues: the list, one of them with everything around it, and the forms to open, answer, close and reopen. */

function issueAt(visit: Visit): Issue {
  const found = issueNumbered(visit.world, visit.repo, numberOf(visit))
  if (found === undefined) throw notFound()
  return found
}

/** Links that choose between open and closed things. */
export function stateLinks(all: readonly Issue[], wanted: string): Html {
  const link = (which: 'open' | 'closed') => {
    const count = all.filter(it => it.state === which).length
    return html`<a href="?state=${which}">${which === wanted ? html`<b>${count} ${which}</b>` : `${count} ${which}`}</a>`
  }
  return html`<div class="head">${link('open')} &nbsp; ${link('closed')}</div>`
}

function list(visit: Visit): Shown {
  const { world, repo, query } = visit
  const wanted = query.get('state') ?? 'open'
  const all = world.issues
    .find('repo', repo.id)
    .filter(it => it.pull === null)
    .reverse()
  const shown = all.filter(it => it.state === wanted)
  const main = html`
    <div id="live"><div class="box">${stateLinks(all, wanted)}
      ${shown.length === 0 ? html`<div class="body soft">Nothing here.</div>` : shown.map(it => issueRow(world, it))}
    </div></div>
    <h2>New issue</h2>
    <form method="post" action="${repoPath(world, repo)}/issues">
      <input type="text" name="title" placeholder="Title" required>
      <p><textarea name="body" placeholder="What is it about? Markdown works."></textarea></p>
      <div class="bar">${whoAmI(visit)}<button class="main">Open issue</button></div>
    </form>`
  return { title: 'Issues', main, tab: 'issues' }
}

function open(visit: Visit): Shown {
  const { world, repo, form } = visit
  const actor = chosen(visit)
  const wanted = { title: form.get('title') ?? '', body: form.get('body') || null }
  const issue = world.atomically(() => openIssue(world, actor, repo, wanted))
  return { goTo: issuePath(world, issue) }
}

function one(visit: Visit): Shown {
  const { world } = visit
  const issue = issueAt(visit)
  if (issue.pull !== null) return { goTo: issuePath(world, issue) }
  const main = html`
    <div id="live">
      <h1>${issue.title} <span class="number">#${issue.number}</span></h1>
      <p>${state(issue)} <span class="soft">opened ${time(issue.createdAt)} by ${world.accounts.get(issue.authorId)?.login}</span></p>
      <div class="columns"><div>${conversation(visit, issue)}</div><aside>${around(visit, issue)}</aside></div>
    </div>
    <div class="columns"><div>${answerForm(visit, issue)}${fateForm(visit, issue)}</div></div>`
  return { title: `${issue.title} · #${issue.number}`, main, tab: 'issues' }
}

/** What stands beside an issue: labels, people, sub-issues and dependencies. */
export function around({ world }: Visit, issue: Issue): Html {
  const those = (ids: readonly number[]) => ids.flatMap(id => world.issues.get(id) ?? [])
  const parent = those(issue.parentId === null ? [] : [issue.parentId])
  const { total, completed, percent_completed } = subIssuesSummary(world, issue)
  const bar = html`<div class="bar-progress"><i style="width:${percent_completed}%"></i></div>
    <div class="soft">${completed} of ${total} closed</div>`
  return html`
    ${section('Labels', issue.labelIds.length > 0 && labels(world, issue))}
    ${section(
      'Assignees',
      issue.assigneeIds.map(id => person(world, id)),
    )}
    ${section('Parent', links(parent))}
    ${section('Sub-issues', total > 0 && html`${bar}${links(those(issue.childIds))}`)}
    ${section('Blocked by', links(those(issue.blockedByIds)))}
    ${section('Blocking', links(those(issue.blockingIds)))}`

  function links(issues: readonly Issue[]): Html | false {
    const line = (it: Issue) =>
      html`<li>${it.state === 'closed' ? '✔' : '○'} <a href="${issuePath(world, it)}" title="${it.state}, ${ago(it.updatedAt)}">#${it.number} ${it.title}</a></li>`
    return issues.length > 0 && html`<ul>${issues.map(line)}</ul>`
  }
}

export const section = (name: string, content: Html | readonly Html[] | false): Html | false =>
  content !== false &&
  !(Array.isArray(content) && content.length === 0) &&
  html`<section><h3>${name}</h3>${content}</section>`

export const answerForm = (visit: Visit, issue: Issue): Html => html`
  <form method="post" action="${issuePath(visit.world, issue)}">
    <textarea name="body" placeholder="Write a comment. A line such as /help or /convoy start is a command to Townhall."></textarea>
    <div class="bar">${whoAmI(visit)}<button class="main" name="do" value="comment">Comment</button>
      ${issue.pull?.mergedAt ? '' : html`<button name="do" value="${issue.state === 'open' ? 'close' : 'reopen'}">${issue.state === 'open' ? 'Close' : 'Reopen'}</button>`}
    </div>
  </form>`

/** Says something about an issue or a pull request, and closes or reopens it. */
function answer(visit: Visit): Shown {
  const { world, form } = visit
  const issue = issueAt(visit)
  const actor = chosen(visit)
  const body = form.get('body') ?? ''
  const verb = form.get('do')
  world.atomically(() => {
    if (verb === 'comment' || body.trim() !== '') addComment(world, actor, issue, body)
    const now = world.issues.get(issue.id)!
    if (verb === 'close') setState(world, actor, now, 'closed', issue.pull === null ? 'completed' : null)
    if (verb === 'reopen' && issue.pull === null) setState(world, actor, now, 'open')
  })
  return { goTo: issuePath(world, issue) }
}

/** What happens to the whole issue; GitHub has it beside and below. */
const fateForm = (visit: Visit, issue: Issue): Html => {
  const { world, repo } = visit
  const others = world.repos.all().filter(it => it.id !== repo.id && it.ownerId === repo.ownerId)
  const choices = others.map(it => html`<option value="${it.id}">${it.name}</option>`)
  return html`<details id="fate"><summary class="soft">Lock, move or delete</summary>
    <form method="post" action="${issuePath(world, issue)}/fate"><div class="bar">${whoAmI(visit)}
      <button name="do" value="${issue.locked ? 'unlock' : 'lock'}">${issue.locked ? 'Unlock' : 'Lock'}</button>
      <button name="do" value="discuss">Convert to discussion</button>
      <button name="do" value="delete">Delete</button>
      ${choices.length > 0 && html`<button name="do" value="transfer">Transfer to</button><select name="to">${choices}</select>`}
    </div></form></details>`
}

function decideFate(visit: Visit): Shown {
  const { world, repo, form } = visit
  const issue = issueAt(visit)
  const actor = chosen(visit)
  const list = `${repoPath(world, repo)}/issues`
  return world.atomically(() => {
    switch (form.get('do')) {
      case 'lock':
      case 'unlock':
        return { goTo: issuePath(world, setLocked(world, actor, issue, form.get('do') === 'lock')) }
      case 'delete':
        deleteIssue(world, actor, issue)
        return { goTo: list }
      case 'discuss':
        convertToDiscussion(world, actor, issue)
        return { goTo: list }
      default: {
        const target = world.repos.get(Number(form.get('to')))
        if (target === undefined) throw unprocessable('Choose a repository.')
        return { goTo: issuePath(world, transferIssue(world, actor, issue, target, false)) }
      }
    }
  })
}

export const issuePages: readonly Page[] = [
  ['GET', /^\/issues$/, list],
  ['POST', /^\/issues$/, open],
  ['GET', /^\/issues\/(?<number>\d+)$/, one],
  ['POST', /^\/issues\/(?<number>\d+)$/, answer],
  ['POST', /^\/issues\/(?<number>\d+)\/fate$/, decideFate],
]

export { answer }
