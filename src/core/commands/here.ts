import type { CommentSeen } from '../events.ts'
import type { Refusal, Say } from '../shown/says.ts'
import type { Bead, Convoy, Town } from '../town.ts'

export const refused = (refusal: Refusal): Say => ({ say: 'refused', refusal })

/** The convoy that a comment is about: on its own issue, on one of its beads, or on one of its pull requests. */
export function convoyHere(town: Town, comment: CommentSeen): Convoy | undefined {
  for (const convoy of town.convoys.values()) if (convoy.issueId === comment.issueId) return convoy
  const bead = town.beads.get(comment.issueId)
  if (bead) return town.convoys.get(bead.convoyId)
  for (const pull of town.pulls.values()) {
    if (pull.rigId === comment.rigId && pull.number === comment.number) return town.convoys.get(pull.convoyId)
  }
  return undefined
}

/** The bead that a comment is about: on its issue, or on its pull request. */
export function beadHere(town: Town, comment: CommentSeen): Bead | undefined {
  const bead = town.beads.get(comment.issueId)
  if (bead) return bead
  for (const pull of town.pulls.values()) {
    if (pull.rigId === comment.rigId && pull.number === comment.number && pull.beadId)
      return town.beads.get(pull.beadId)
  }
  return undefined
}
