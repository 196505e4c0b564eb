import type { Finding } from '../convoys/findings.ts'
import type { CommentSeen } from '../events.ts'
import { maySteer } from '../permission.ts'
import { refIn } from '../refinery/pull-story.ts'
import { repoOf } from '../rig.ts'
import type { Refusal } from '../shown/says.ts'
import type { Bead, Town } from '../town.ts'

/** Rigs among these in which the comment's author may not make agents act: asked of GitHub when the comment was read. */
function strangeTo(comment: CommentSeen, rigIds: readonly string[]): string[] {
  const rights = new Map(comment.rights.map(({ rigId, permission }) => [rigId, permission]))
  rights.set(comment.rigId, comment.permission)
  return [...new Set(rigIds)].filter(rigId => !maySteer(rights.get(rigId) ?? 'none'))
}

/** Whoever starts or publishes a convoy must be allowed to in every repository that it works in. */
export function notAllowedThere(town: Town, comment: CommentSeen, rigIds: readonly string[]): Refusal | null {
  const repos = strangeTo(comment, rigIds).flatMap(rigId => {
    const rig = town.rigs.get(rigId)
    return rig ? repoOf(rig) : []
  })
  return repos.length > 0 ? { kind: 'not-allowed-there', by: comment.by, repos } : null
}

/** To stage is to draw a plan: who may not start it is told so, and someone who may can. */
export function rightsFindings(town: Town, comment: CommentSeen, tasks: readonly Bead[]): Finding[] {
  return strangeTo(
    comment,
    tasks.map(task => task.rigId),
  ).flatMap(rigId => {
    const rig = town.rigs.get(rigId)
    if (!rig) return []
    const refs = tasks.filter(task => task.rigId === rigId).map(task => refIn(town, rigId, task.number))
    return {
      severity: 'warning',
      category: 'no-right',
      refs,
      detail: `${comment.by} ${repoOf(rig)}`,
    } as const
  })
}
