import { LABELS, type Label } from '../../core/effects.ts'
import { statusOf } from '../errors.ts'
import type { Address, Reach } from '../reach.ts'

/** Mirror subject: the node ids of our labels in a rig. */
const subjectOf = (rigId: string) => `labels:${rigId}`

type Ids = Partial<Record<Label, string>>

/** Node ids of these labels in a rig; a label that the rig does not have is made. One request each, once per rig. */
export async function labelIds(
  reach: Reach,
  at: Address,
  rigId: string,
  names: readonly Label[],
): Promise<Ids> {
  const known = await kept(reach, rigId)
  if (names.every(name => known[name])) return known
  // One after the other within a rig, or ten beads that begin at once would each make the same label.
  const key = `${reach.townId}:${rigId}`
  const before = reach.labelling.get(key) ?? Promise.resolve()
  const ours = before.then(noMatter, noMatter).then(() => makeMissing(reach, at, rigId, names))
  reach.labelling.set(key, ours)
  return ours
}

/** Whoever came before says for himself what went wrong. */
const noMatter = () => {}

async function makeMissing(reach: Reach, at: Address, rigId: string, names: readonly Label[]): Promise<Ids> {
  const known = await kept(reach, rigId)
  const missing = names.filter(name => !known[name])
  for (const name of missing) known[name] = await ensureLabel(reach, at, name)
  if (missing.length > 0) await reach.mirror.put(reach.townId, subjectOf(rigId), known)
  return known
}

/** Somebody deleted a label of ours: what was remembered of the rig's labels holds no more. */
export const forgetLabels = (reach: Reach, rigId: string) =>
  reach.mirror.put(reach.townId, subjectOf(rigId), {})

async function kept(reach: Reach, rigId: string): Promise<Ids> {
  return ((await reach.mirror.get(reach.townId, subjectOf(rigId))) ?? {}) as Ids
}

async function ensureLabel({ octokit }: Reach, at: Address, name: Label): Promise<string> {
  try {
    const made = await octokit.request('POST /repos/{owner}/{repo}/labels', { ...at, name, ...LABELS[name] })
    return made.data.node_id
  } catch (error) {
    if (statusOf(error) !== 422) throw error
    return (await octokit.request('GET /repos/{owner}/{repo}/labels/{name}', { ...at, name })).data.node_id
  }
}
