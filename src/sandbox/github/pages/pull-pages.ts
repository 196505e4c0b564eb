import { latestRuns, latestStatuses, runOutcome } from '../code/check-state.ts'
import { checkRuns, type Pull, pulls, reviewComments, reviews } from '../code/documents.ts'
import { pullComparison, pullFacts } from '../code/pull-facts.ts'
import { issueOf, pullNumbered, reopen, setDraft } from '../code/pull-life.ts'
import { mergePull } from '../code/pull-merge.ts'
import { serially } from '../code/repository.ts'
import { addReview, type ReviewEvent } from '../code/review-life.ts'
import { notFound } from '../kit.ts'
import { conversation, type Turn } from './conversation.ts'
import { diff } from './diff.ts'
import { type Html, html } from './html.ts'
import { answer, answerForm, around, section, stateLinks } from './issue-pages.ts'
import { markdown } from './markdown.ts'
import { branchLink, issueRow, repoPath, saying, state, time, whoAmI } from './parts.ts'
import { chosen, numberOf, type Page, type Shown, type Visit } from './visit.ts'

/** Pull requests: the list, and one of them with its conversation, checks, reviews and diff. */

function pullAt(visit: Visit): Pull {
  const found = pullNumbered(visit.world, visit.repo, numberOf(visit))
  if (found === undefined) throw notFound()
  return found
}

const pullPath = ({ world, repo }: Visit, pull: Pull): string =>
  `${repoPath(world, repo)}/pull/${pull.number}`

function list(visit: Visit): Shown {
  const { world, repo, query } = visit
  const wanted = query.get('state') ?? 'open'
  const all = pulls(world)
    .find('repo', repo.id)
    .map(it => issueOf(world, it))
    .reverse()
  const shown = all.filter(it => it.state === wanted)
  const main = html`
    <div id="live"><div class="box">${stateLinks(all, wanted)}
      ${shown.length === 0 ? html`<div class="body soft">Nothing here.</div>` : shown.map(it => issueRow(world, it))}
    </div></div>`
  return { title: 'Pull requests', main, tab: 'pulls' }
}

async function one(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const pull = pullAt(visit)
  const issue = issueOf(world, pull)
  const between = await pullComparison(world, repo, pull)
  const main = html`
    <div id="live">
      <h1>${issue.title} <span class="number">#${pull.number}</span></h1>
      <p>${state(issue)} <span class="soft">${world.accounts.get(issue.authorId)?.login} wants to merge
        ${pull.size.commits} commit${pull.size.commits === 1 ? '' : 's'} from</span> ${branchLink(world, repo, pull.headRef)}
        <span class="soft">into</span> ${branchLink(world, repo, pull.baseRef)}</p>
      <div class="columns">
        <div>${conversation(visit, issue, said(visit, pull))}${await standing(visit, pull)}</div>
        <aside>${around(visit, issue)}${section('Commits', commits(visit, between?.commits ?? []))}</aside>
      </div>
    </div>
    ${issue.state === 'open' && mergeForm(visit, pull)}
    <h2>Say something</h2>${answerForm(visit, issue)}
    ${issue.state === 'open' && html`<h2>Review</h2>${reviewForm(visit, pull)}`}
    <h2>Changes</h2>${diff(between?.files ?? [])}`
  return { title: `${issue.title} · #${pull.number}`, main, tab: 'pulls' }
}

const SAID = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'asked for changes',
  COMMENTED: 'reviewed',
  DISMISSED: 'reviewed (dismissed)',
}

/** Submitted reviews and comments on lines. */
function said({ world, repo }: Visit, pull: Pull): Turn[] {
  const spoken = reviews(world)
    .find('pull', pull.id)
    .flatMap(it =>
      it.state === 'PENDING' || (it.state === 'COMMENTED' && it.body === '')
        ? []
        : [{ ...it, word: SAID[it.state] }],
    )
    .map(it => {
      const createdAt = it.submittedAt ?? ''
      const parts = {
        ...it,
        createdAt,
        subject: `review:${it.id}`,
        what: html`<b>${it.word}</b>`,
        id: `pullrequestreview-${it.id}`,
      }
      return { id: it.id, html: saying(world, repo, parts) }
    })
  const onLines = reviewComments(world)
    .find('pull', pull.id)
    .map(it => {
      const what = html`on <span class="mono">${it.path}${it.line === null ? '' : `:${it.line}`}</span>`
      const parts = { ...it, subject: `review_comment:${it.id}`, what, id: `discussion_r${it.id}` }
      return { id: it.id, html: html`<pre>${it.diffHunk}</pre>${saying(world, repo, parts)}` }
    })
  return [...spoken, ...onLines]
}

/** Checks, and whether the pull request could be merged now. */
async function standing({ world, repo }: Visit, pull: Pull): Promise<Html> {
  const marks = { success: '✔', failure: '✘', pending: '●', missing: '●' }
  const line = (name: string, outcome: keyof typeof marks, words: string | null, href: string | null) => html`
    <div class="row"><span class="dot ${outcome}">${marks[outcome]}</span>
      <span class="grow">${href === null ? name : html`<a href="${href}">${name}</a>`} <span class="soft">${words}</span></span></div>`
  const runs = latestRuns(world, repo, pull.headSha).map(it =>
    line(
      it.name,
      runOutcome(it),
      it.output.title ?? it.conclusion ?? it.status,
      `${repoPath(world, repo)}/runs/${it.id}`,
    ),
  )
  const statuses = latestStatuses(world, repo, pull.headSha).map(it =>
    line(it.context, it.state === 'error' ? 'failure' : it.state, it.description, null),
  )
  const { mergeable, mergeableState } = await pullFacts(world, repo, pull)
  const verdict = mergeable === null ? false : html`<div class="row"><b>${VERDICTS[mergeableState]}</b></div>`
  const lines = [...runs, ...statuses]
  return html`${(lines.length > 0 || verdict) && html`<div class="box">${lines}${verdict}</div>`}`
}

const VERDICTS = {
  clean: 'Ready to merge.',
  unstable: 'Can be merged; some checks have not succeeded.',
  dirty: 'Conflicts with its base branch.',
  blocked: 'The rules of the base branch hold it back.',
  behind: 'Must be brought up to date with its base branch first.',
  draft: 'A draft: not to be merged yet.',
  unknown: '',
}

function commits({ world, repo }: Visit, all: readonly { sha: string; message: string }[]): Html | false {
  const line = (it: { sha: string; message: string }) => html`
    <li><a class="mono" href="${repoPath(world, repo)}/commit/${it.sha}">${it.sha.slice(0, 7)}</a> ${it.message.split('\n')[0]}</li>`
  return all.length > 0 && html`<ul>${all.map(line)}</ul>`
}

const mergeForm = (visit: Visit, pull: Pull): Html => html`
  <form method="post" action="${pullPath(visit, pull)}/merge"><div class="bar">${whoAmI(visit)}
    <select name="method"><option value="merge">with a merge commit</option><option value="squash">squashed</option><option value="rebase">rebased</option></select>
    <button class="main" name="do" value="merge">Merge</button>
    ${issueOf(visit.world, pull).pull?.draft && html`<button name="do" value="ready">Ready for review</button>`}
  </div></form>`

const reviewForm = (visit: Visit, pull: Pull): Html => html`
  <form method="post" action="${pullPath(visit, pull)}/reviews">
    <textarea name="body" placeholder="What do you think of it?"></textarea>
    <div class="bar">${whoAmI(visit)}<button name="event" value="APPROVE">Approve</button>
      <button name="event" value="REQUEST_CHANGES">Ask for changes</button><button name="event" value="COMMENT">Comment</button></div>
  </form>`

async function review(visit: Visit): Promise<Shown> {
  const { world, repo, form } = visit
  const pull = pullAt(visit)
  const event = (['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const).find(
    (it): it is ReviewEvent => it === form.get('event'),
  )
  const wanted = {
    event: event ?? 'COMMENT',
    body: form.get('body') ?? '',
    commitSha: pull.headSha,
    comments: [],
  } as const
  await addReview(world, chosen(visit), repo, pull, wanted)
  return { goTo: pullPath(visit, pull) }
}

async function merge(visit: Visit): Promise<Shown> {
  const { world, repo, form } = visit
  const actor = chosen(visit)
  const pull = pullAt(visit)
  const method = (['squash', 'rebase'] as const).find(it => it === form.get('method')) ?? 'merge'
  if (form.get('do') === 'ready') setDraft(world, actor, pull, false)
  else await serially(world, repo, () => mergePull(world, actor, repo, pullAt(visit), { method }))
  return { goTo: pullPath(visit, pull) }
}

/** A pull request is reopened with whatever its branch holds now, which takes more than an issue. */
async function reply(visit: Visit): Promise<Shown> {
  const { world, repo } = visit
  const shown = answer(visit)
  if (visit.form.get('do') === 'reopen') {
    await serially(world, repo, () => reopen(world, chosen(visit), repo, pullAt(visit)))
  }
  return shown
}

/** A check run, with what it put out. */
function run(visit: Visit): Shown {
  const { world, repo } = visit
  const it = checkRuns(world).get(numberOf(visit))
  if (it?.repoId !== repo.id) throw notFound()
  const { title, summary, text } = it.output
  const written = (part: string | null) =>
    part !== null &&
    html`<div class="box"><div class="body markdown">${markdown(part, repoPath(world, repo))}</div></div>`
  const main = html`<div id="live">
    <h1>${it.name} <span class="number">${it.conclusion ?? it.status}</span></h1>
    <p class="soft">on <a class="mono" href="${repoPath(world, repo)}/commit/${it.headSha}">${it.headSha.slice(0, 7)}</a>, started ${time(it.startedAt)}</p>
    <h2>${title}</h2>${written(summary)}${written(text)}</div>`
  return { title: it.name, main, tab: 'pulls' }
}

export const pullPages: readonly Page[] = [
  ['GET', /^\/pulls$/, list],
  ['GET', /^\/pull\/(?<number>\d+)(\/(files|commits|checks))?$/, one],
  ['POST', /^\/pull\/(?<number>\d+)$/, reply],
  ['POST', /^\/pull\/(?<number>\d+)\/reviews$/, review],
  ['POST', /^\/pull\/(?<number>\d+)\/merge$/, merge],
  ['GET', /^\/runs\/(?<number>\d+)$/, run],
]
