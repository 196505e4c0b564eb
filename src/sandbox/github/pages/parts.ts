import { encodePath } from '../code/render-code.ts'
import type { Account, Issue, Label, Repo } from '../documents.ts'
import { fullName } from '../render.ts'
import type { World } from '../world.ts'
import { type Html, html, trusted } from './html.ts'
import { markdown } from './markdown.ts'
import { people, type Visit } from './visit.ts'

/** Pieces that several pages are made of. */

export const repoPath = (world: World, repo: Repo): string => `/${fullName(world, repo)}`

export const ago = (when: string): string => {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(when)) / 1000))
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  const unit = units.find(([, length]) => seconds >= length)
  if (unit === undefined) return 'just now'
  const count = Math.floor(seconds / unit[1])
  return `${count} ${unit[0]}${count === 1 ? '' : 's'} ago`
}

const time = (when: string): Html => html`<time datetime="${when}" title="${when}">${ago(when)}</time>`

export const person = (world: World, id: number | null): Html => {
  const account = id === null ? undefined : world.accounts.get(id)
  if (account === undefined) return html`<b>ghost</b>`
  return html`<img class="avatar" src="/sandbox/avatars/${account.id}" alt=""><b>${account.login}</b>`
}

export const label = ({ name, color, description }: Label): Html => {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map(at => Number.parseInt(color.slice(at, at + 2), 16))
  const ink = r * 0.299 + g * 0.587 + b * 0.114 > 150 ? '#1f2328' : '#ffffff'
  return html`<span class="label" style="background:#${color};color:${ink}" title="${description}">${name}</span>`
}

export const labels = (world: World, issue: Issue): Html[] =>
  issue.labelIds.flatMap(id => world.labels.get(id) ?? []).map(label)

/** The state of an issue or a pull request in a word. */
export function state(issue: Issue): Html {
  if (issue.pull?.mergedAt) return html`<span class="state merged">Merged</span>`
  if (issue.state === 'open') {
    return issue.pull?.draft
      ? html`<span class="state draft">Draft</span>`
      : html`<span class="state open">Open</span>`
  }
  if (issue.pull !== null) return html`<span class="state refused">Closed</span>`
  return html`<span class="state closed">Closed${issue.stateReason === 'completed' ? '' : ` as ${issue.stateReason}`}</span>`
}

export const issuePath = (world: World, issue: Issue): string => {
  const repo = world.repos.get(issue.repoId)!
  return `${repoPath(world, repo)}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`
}

/** One line of a list of issues or pull requests. */
export const issueRow = (world: World, issue: Issue): Html => html`
  <div class="row">
    ${state(issue)}
    <div class="grow">
      <a href="${issuePath(world, issue)}"><b>${issue.title}</b></a> ${labels(world, issue)}
      <div class="soft">#${issue.number} opened ${time(issue.createdAt)} by ${world.accounts.get(issue.authorId)?.login}${progress(issue)}</div>
    </div>
    <span class="soft">${world.comments.find('issue', issue.id).length || ''}</span>
  </div>`

const progress = (issue: Issue): string =>
  [
    issue.childIds.length > 0 ? ` · ${issue.childIds.length} sub-issues` : '',
    issue.blockedByIds.length > 0 ? ` · waits for ${issue.blockedByIds.length}` : '',
  ].join('')

const EMOJI = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
}

export const reactions = (world: World, subject: string): Html | false => {
  const all = world.reactions.find('subject', subject)
  const kinds = [...new Set(all.map(it => it.content))]
  const shown = kinds.map(
    kind => html`<span>${EMOJI[kind]} ${all.filter(it => it.content === kind).length}</span>`,
  )
  return shown.length > 0 && html`<p class="reactions">${shown}</p>`
}

/** Something that somebody said. */
export function saying(
  world: World,
  repo: Repo,
  it: {
    authorId: number
    body: string | null
    createdAt: string
    subject: string
    what?: Html
    id: string
    pinned?: boolean
  },
): Html {
  const text = it.body?.trim()
    ? markdown(it.body, repoPath(world, repo))
    : html`<p class="soft">No words.</p>`
  return html`
    <div class="box ${it.pinned ? 'card' : ''}" id="${it.id}">
      <div class="head">${person(world, it.authorId)} ${it.what ?? 'said'} ${time(it.createdAt)}${it.pinned ? ' · pinned' : ''}</div>
      <div class="body markdown">${text}${reactions(world, it.subject)}</div>
    </div>`
}

/** The choice of who acts, in a form. */
export const whoAmI = ({ world, login }: Visit): Html => html`
  <label>as <select name="as">${people(world).map(it => option(it, login))}</select></label>`

const option = ({ login, role }: Account, now: string): Html =>
  html`<option value="${login}" ${login === now ? trusted('selected') : ''}>${login} (${role === 'none' ? 'no access' : role})</option>`

export const branchLink = (world: World, repo: Repo, branch: string): Html =>
  html`<a class="mono" href="${repoPath(world, repo)}/tree/${encodePath(branch)}">${branch}</a>`

export { time }
