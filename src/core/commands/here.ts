import type { CommentSeen, NamedIssue } from '../events.ts'
import { repoOf } from '../rig.ts'
import type { Refusal, Say } from '../shown/says.ts'
import type { Bead, Convoy, Pull, Town } from '../town.ts'
import { isOver } from '../town.ts'
import { refOf, refsIn, seenAs } from './refs.ts'
import type { Given } from './spec.ts'

export const refused = (refusal: Refusal): Say => ({ say: 'refused', refusal })

/** The pull request of ours that a comment is on. */
export function pullHere(town: Town, comment: CommentSeen): Pull | undefined {
  for (const pull of town.pulls.values())
    if (pull.rigId === comment.rigId && pull.number === comment.number) return pull
  return undefined
}

/** The convoy that a comment is about: on its own issue, on one of its beads, or on one of its pull requests. */
export function convoyHere(town: Town, comment: CommentSeen): Convoy | undefined {
  for (const convoy of town.convoys.values()) if (convoy.issueId === comment.issueId) return convoy
  const about = town.beads.get(comment.issueId) ?? pullHere(town, comment)
  return about && town.convoys.get(about.convoyId)
}

/** The same as far as something can still be done with it; else why not. `hint`: with what it can. */
export function openConvoyHere(town: Town, { comment, command }: Given, hint: string): Convoy | Refusal {
  const convoy = convoyHere(town, comment)
  if (!convoy) return { kind: 'no-convoy-here' }
  const isOpen = !isOver(convoy) && convoy.status !== 'publishing'
  return isOpen
    ? convoy
    : { kind: 'not-now', command: command.name ?? '', is: `this convoy is ${convoy.status}`, hint }
}

/** The issues that this command of a comment names, in its order; null when a word of it names none. */
export function namedHere(town: Town, { comment, command }: Given): NamedIssue[] | null {
  const rig = town.rigs.get(comment.rigId)
  const repo = rig ? repoOf(rig) : ''
  if (command.args.some(word => refOf(word, repo) === null)) return null
  return refsIn([command], repo).map(named => seenAs(comment.named, named))
}

/** The bead that a comment is about: on its issue, or on its pull request. */
export function beadHere(town: Town, comment: CommentSeen): Bead | undefined {
  const beadId = pullHere(town, comment)?.beadId
  return town.beads.get(comment.issueId) ?? (beadId ? town.beads.get(beadId) : undefined)
}
