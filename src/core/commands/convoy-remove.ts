import { beadEnd, lookAtTree, rootEnd } from '../convoys/tree-effects.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Say } from '../shown/says.ts'
import type { Bead, Convoy } from '../town.ts'
import { namedHere, openConvoyHere, refused } from './here.ts'
import type { CommandSpec, Given } from './spec.ts'

export const convoyRemove: CommandSpec = {
  name: 'convoy remove',
  usage: '/convoy remove #12 [#14 …] [--finish]',
  summary: 'take beads out of the convoy: what runs is stopped, or with `--finish` finished first',
  permission: 'write',
  flags: ['finish'],
  needsTree: false,
  needsIssues: true,
  run: remove,
}

/** The link on GitHub is taken away; with that they leave. */
function remove(d: Deliberation, given: Given): Say {
  const convoy = openConvoyHere(d.town, given, 'nothing is left to take out')
  if ('kind' in convoy) return refused(convoy)
  const { comment, command } = given
  const named = namedHere(d.town, given)
  if (!named?.length)
    return refused({ kind: 'bad-argument', line: command.line, wants: 'beads of this convoy, such as `#12`' })
  const beads = named.map(({ issue }) => (issue ? d.town.beads.get(issue.id) : undefined))
  const strangers = named.filter((_, at) => beads[at]?.convoyId !== convoy.id)
  if (strangers.length > 0) {
    const findings = strangers.map(
      ({ ref }) =>
        ({
          severity: 'error',
          category: 'not-a-bead',
          refs: [ref],
          detail: 'it is not in this convoy',
        }) as const,
    )
    return refused({ kind: 'findings', findings })
  }
  const leaving = beads as readonly Bead[]
  const finishing = command.flags.includes('finish') ? leaving.filter(isBegun) : []
  d.conclude(
    `${comment.by} takes them out`,
    finishing.map(bead => ({ type: 'BeadLeaving', beadId: bead.id, by: comment.by }) as const),
    [...leaving.map(bead => unlink(d, convoy, bead, comment.commentId)), lookAtTree(convoy)],
  )
  const refs = (of: readonly Bead[]): string[] => of.map(bead => beadRef(d.town, bead))
  return { say: 'done', what: { kind: 'removed', refs: refs(leaving), finishing: refs(finishing) } }
}

const isBegun = (bead: Bead): boolean => bead.status === 'in_progress' || bead.status === 'in_review'

function unlink({ town }: Deliberation, convoy: Convoy, bead: Bead, commentId: string): Effect {
  const above = bead.parentId ? town.beads.get(bead.parentId) : undefined
  const parent = above ? beadEnd(above) : rootEnd(convoy)
  const child = beadEnd(bead)
  return { do: 'UnlinkIssue', convoyId: convoy.id, key: `remove:${commentId}:${bead.id}`, parent, child }
}
