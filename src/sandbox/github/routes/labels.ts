import { z } from 'zod'
import type { Label } from '../documents.ts'
import { labelNamed, MAX_NAME, makeLabel } from '../issues/labels.ts'
import {
  actorAccount,
  type Call,
  created,
  invalid,
  noContent,
  notFound,
  ok,
  page,
  type Route,
  read,
} from '../kit.ts'
import { label } from '../render.ts'

/** Labels of a repository. */

const name = z.string().trim().min(1).max(MAX_NAME)
const color = z.string().regex(/^[0-9a-fA-F]{6}$/, 'is not a hex color without #')
const description = z.string().max(100).nullish()

function labelInPath(call: Call): Label {
  const found = labelNamed(call.world, call.repo, call.params.name ?? '')
  if (found === undefined) throw notFound()
  return found
}

function create(call: Call) {
  const { world, repo } = call
  const wanted = read(call, z.object({ name, color: color.optional(), description }), 'Label')
  if (labelNamed(world, repo, wanted.name) !== undefined)
    throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' })
  return created(label(world, makeLabel(world, call.actor, repo, wanted)))
}

function update(call: Call) {
  const { world, repo } = call
  const before = labelInPath(call)
  const wanted = read(
    call,
    z.object({ new_name: name.optional(), color: color.optional(), description }),
    'Label',
  )
  const taken = wanted.new_name === undefined ? undefined : labelNamed(world, repo, wanted.new_name)
  if (taken !== undefined && taken.id !== before.id)
    throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' })
  const after = world.labels.change(before.id, {
    name: wanted.new_name ?? before.name,
    color: wanted.color?.toLowerCase() ?? before.color,
    description: wanted.description === undefined ? before.description : wanted.description,
  })
  const changes = {
    ...(after.name === before.name ? {} : { name: { from: before.name } }),
    ...(after.color === before.color ? {} : { color: { from: before.color } }),
    ...(after.description === before.description ? {} : { description: { from: before.description ?? '' } }),
  }
  world.emit('label', 'edited', repo, { label: label(world, after), changes }, actorAccount(call.actor))
  return ok(label(world, after))
}

function remove(call: Call) {
  const { world, repo } = call
  const gone = labelInPath(call)
  const shown = label(world, gone)
  for (const issue of world.issues.find('repo', repo.id))
    if (issue.labelIds.includes(gone.id))
      world.issues.change(issue.id, { labelIds: issue.labelIds.filter(id => id !== gone.id) })
  world.labels.remove(gone.id)
  world.emit('label', 'deleted', repo, { label: shown }, actorAccount(call.actor))
  return noContent
}

const list = (call: Call) =>
  page(call, call.world.labels.find('repo', call.repo.id), it => label(call.world, it))

const reading = ['issues:read', 'pull_requests:read'] as const
const writing = { permission: ['issues:write', 'pull_requests:write'], role: 'write' } as const

export const labelRoutes: readonly Route[] = [
  ['GET', '/repos/{owner}/{repo}/labels', list, { permission: reading }],
  ['POST', '/repos/{owner}/{repo}/labels', create, writing],
  [
    'GET',
    '/repos/{owner}/{repo}/labels/{name}',
    call => ok(label(call.world, labelInPath(call))),
    { permission: reading },
  ],
  ['PATCH', '/repos/{owner}/{repo}/labels/{name}', update, writing],
  ['DELETE', '/repos/{owner}/{repo}/labels/{name}', remove, writing],
]
