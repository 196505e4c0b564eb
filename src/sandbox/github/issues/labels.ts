import type { Issue, Label, Repo } from '../documents.ts'
import { type Actor, invalid } from '../kit.ts'
import { label as renderLabel } from '../render.ts'
import type { World } from '../world.ts'
import { note, tell } from './tell.ts'

/** Labels of a repository, and on its issues. Names are compared without case, as on GitHub. */

const MAX_LABELS = 100
export const MAX_NAME = 50

export const labelNamed = (world: World, repo: Repo, name: string): Label | undefined =>
  world.labels.one('name', `${repo.id}/${name.toLowerCase()}`)

/** Makes a label; `ededed` is the colour that GitHub gives to one made by putting an unknown name on an issue. */
export function makeLabel(
  world: World,
  actor: Actor,
  repo: Repo,
  wanted: { name: string; color?: string | undefined; description?: string | null | undefined },
): Label {
  const made = world.labels.put({
    id: world.next(),
    repoId: repo.id,
    name: wanted.name,
    color: wanted.color?.toLowerCase() ?? 'ededed',
    description: wanted.description ?? null,
    default: false,
  })
  if (actor.kind !== 'anonymous')
    world.emit('label', 'created', repo, { label: renderLabel(world, made) }, actor.account)
  return made
}

/** The labels of these names; those that do not exist yet are made. */
export function labelsOf(world: World, actor: Actor, repo: Repo, names: readonly string[]): Label[] {
  const wanted = new Map(names.map(name => [name.trim().toLowerCase(), name.trim()]))
  return [...wanted.values()].map(name => {
    if (name === '' || name.length > MAX_NAME)
      throw invalid({ resource: 'Label', field: 'name', code: 'invalid', value: name })
    return labelNamed(world, repo, name) ?? makeLabel(world, actor, repo, { name })
  })
}

/** Makes the issue carry exactly these labels, telling of each one that comes or goes. */
export function setLabels(world: World, actor: Actor, issue: Issue, labels: readonly Label[]): Issue {
  if (labels.length > MAX_LABELS)
    throw invalid({
      resource: 'Issue',
      field: 'labels',
      code: 'custom',
      message: `cannot have more than ${MAX_LABELS} labels`,
    })
  const wanted = labels.map(it => it.id)
  const coming = wanted.filter(id => !issue.labelIds.includes(id))
  const going = issue.labelIds.filter(id => !wanted.includes(id))
  if (coming.length + going.length === 0) return issue
  const labelIds = [...issue.labelIds.filter(id => wanted.includes(id)), ...coming]
  const changed = world.issues.change(issue.id, { labelIds, updatedAt: world.now() })
  const each = (ids: readonly number[], action: 'labeled' | 'unlabeled') => {
    for (const label of ids.flatMap(id => world.labels.get(id) ?? [])) {
      note(world, actor, changed, action, { label: { name: label.name, color: label.color } })
      tell(world, actor, changed, action, { label: renderLabel(world, label) })
    }
  }
  each(going, 'unlabeled')
  each(coming, 'labeled')
  return changed
}

/** The labels that the issue carries now. */
export const carried = (world: World, issue: Issue): Label[] =>
  issue.labelIds.flatMap(id => world.labels.get(id) ?? [])
