import { notFound, unprocessable } from '../kit.ts'
import { accessTo } from '../projects/access.ts'
import {
  type Project,
  type ProjectField,
  type ProjectItem,
  projectItems,
  projects,
} from '../projects/documents.ts'
import { fieldNamed, fieldsOf } from '../projects/fields.ts'
import { clearValue, setArchived, setValue } from '../projects/items.ts'
import { deleteProject } from '../projects/project.ts'
import { shownValue } from '../projects/tell.ts'
import type { World } from '../world.ts'
import { type Html, html, trusted } from './html.ts'
import { issuePath, state, whoAmI } from './parts.ts'
import { chosen, numberOf, type Page, type Shown, type Visit } from './visit.ts'

/** Boards: a column for each status, a card for each item, and a form on each card to move it. */

const path = (world: World, project: Project): string => {
  const owner = world.accounts.get(project.ownerId)!
  return `/${owner.type === 'Organization' ? 'orgs' : 'users'}/${owner.login}/projects/${project.number}`
}

/** The boards that there are, for the first page. */
export function boardList(world: World): Html | false {
  const all = projects(world).all()
  const row = (
    it: Project,
  ) => html`<div class="row"><span class="grow"><a href="${path(world, it)}"><b>${it.title}</b></a>
    <div class="soft">${world.accounts.get(it.ownerId)?.login}, number ${it.number}${it.closedAt === null ? '' : ', closed'}</div></span>
    <span class="soft">${it.itemIds.length} items</span></div>`
  return all.length > 0 && html`<h1>Projects</h1><div class="box">${all.map(row)}</div>`
}

function projectAt(visit: Visit): Project {
  const { world, params } = visit
  const owner = world.accounts.one('login', (params.owner ?? '').toLowerCase())
  const found = projects(world).one('number', `${owner?.id}#${numberOf(visit)}`)
  if (found === undefined) throw notFound()
  return found
}

function itemAt(visit: Visit, project: Project): ProjectItem {
  const found = projectItems(visit.world).get(Number(visit.params.item))
  if (found?.projectId !== project.id) throw notFound()
  return found
}

function one(visit: Visit): Shown {
  const { world } = visit
  const project = projectAt(visit)
  const status = fieldNamed(world, project, 'Status')
  const items = project.itemIds.flatMap(id => projectItems(world).get(id) ?? [])
  const shown = items.filter(it => it.archivedAt === null)
  const columns = [undefined, ...(status?.options ?? [])].map(option => {
    const here = shown.filter(it => status === undefined || optionOf(it, status) === option?.id)
    return html`<section class="column"><h2>${option?.name ?? 'No Status'} <span class="soft">${here.length}</span></h2>
      ${here.map(it => card(visit, project, it, status))}</section>`
  })
  const main = html`<div id="live"><h1>${project.title} <span class="number">#${project.number}</span></h1>
    <p class="soft">${project.shortDescription}${items.length > shown.length ? ` ${items.length - shown.length} archived.` : ''}</p>
    <div class="board">${columns}</div></div>
    <form method="post" action="${path(world, project)}"><div class="bar">${whoAmI(visit)}
      <button name="do" value="delete">Delete this project</button></div></form>`
  return { title: project.title, main }
}

const optionOf = (item: ProjectItem, field: ProjectField): string | undefined => {
  const value = item.values[field.id]
  return value !== undefined && 'optionId' in value ? value.optionId : undefined
}

function card(visit: Visit, project: Project, item: ProjectItem, status: ProjectField | undefined): Html {
  const { world } = visit
  const issue = world.issues.get(item.issueId)!
  const facts = fieldsOf(world, project)
    .filter(it => it.id !== status?.id && item.values[it.id] !== undefined)
    .map(it => {
      const value = shownValue(it, item.values[it.id])
      return html`<div class="soft">${it.name}: ${typeof value === 'object' && value !== null ? value.name : value}</div>`
    })
  const now = status === undefined ? undefined : optionOf(item, status)
  const choice = (id: string, name: string) =>
    html`<option value="${id}" ${id === (now ?? '') ? trusted('selected') : ''}>${name}</option>`
  return html`<div class="box"><div class="body">${state(issue)}
    <a href="${issuePath(world, issue)}">${issue.title} <span class="soft">#${issue.number}</span></a>${facts}
    <form method="post" action="${path(world, project)}/items/${item.id}"><div class="bar">
      <select name="status">${choice('', 'No Status')}${(status?.options ?? []).map(it => choice(it.id, it.name))}</select>
      ${whoAmI(visit)}<button class="small" name="do" value="move">Move</button>
      <button class="small" name="do" value="archive">Archive</button></div></form></div></div>`
}

/** Moves a card to another column, or puts it away. */
function change(visit: Visit): Shown {
  const { world, form } = visit
  const project = projectAt(visit)
  const item = itemAt(visit, project)
  const actor = chosen(visit)
  const status = fieldNamed(world, project, 'Status')
  world.atomically(() => {
    if (form.get('do') === 'archive') return setArchived(world, actor, item, true)
    if (status === undefined) throw unprocessable('This project has no field named Status.')
    const optionId = form.get('status')
    return optionId
      ? setValue(world, actor, item, status, { singleSelectOptionId: optionId })
      : clearValue(world, actor, item, status)
  })
  return { goTo: path(world, project) }
}

function remove(visit: Visit): Shown {
  const project = projectAt(visit)
  const actor = chosen(visit)
  if (accessTo(visit.world, actor, project) === 'none') throw notFound()
  visit.world.atomically(() => deleteProject(visit.world, actor, project))
  return { goTo: '/' }
}

const board = '^/(?:orgs|users)/(?<owner>[^/]+)/projects/(?<number>\\d+)'

/** Outside of any repository: the patterns are tried on the whole path. */
export const boardPages: readonly Page[] = [
  ['GET', new RegExp(`${board}$`), one],
  ['POST', new RegExp(`${board}$`), remove],
  ['POST', new RegExp(`${board}/items/(?<item>\\d+)$`), change],
]
