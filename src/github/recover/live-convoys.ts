import type { RigSeen } from '../../core/events.ts'
import type { ConvoyMemory } from '../../core/recovery/memory.ts'
import { timeIn } from '../../core/recovery/recovered.ts'
import type { Time } from '../../core/town.ts'
import type { Reach } from '../reach.ts'
import { type ConvoyIssue, convoyIssues } from './convoy-issues.ts'
import { type OurIssue, ourIssues, type Showing, showingsOn } from './our-issues.ts'

/** The issue of a convoy that is not over as far as anybody can tell, with its card. */
export interface Root {
  readonly issue: ConvoyIssue
  readonly ours: OurIssue
  readonly card: Showing | null
  readonly memory: ConvoyMemory | null
}

/** Convoys that go on, those first that are remembered: a bead belongs to whoever is known to have it. */
export async function liveConvoys(
  reach: Reach,
  rigs: readonly RigSeen[],
  now: Time,
): Promise<readonly Root[]> {
  const issues: ConvoyIssue[] = []
  for (const rig of rigs) issues.push(...(await convoyIssues(reach, rig, now)))
  const found = await ourIssues(
    reach,
    issues.map(issue => issue.nodeId),
  )
  const roots = issues.flatMap((issue): Root[] => {
    const ours = found.get(issue.id)
    if (!ours) return []
    const card = newest(showingsOn(reach, ours, 'convoy'))
    const memory =
      card?.memory?.of === 'convoy' && card.memory.convoy.issueId === issue.id ? card.memory : null
    // Of a closed one without a memory nothing says that it goes on.
    if (memory ? memory.convoy.endedAt !== null : !issue.isOpen) return []
    return [{ issue, ours, card, memory }]
  })
  return roots.sort(
    (a, b) => Number(a.memory === null) - Number(b.memory === null) || stagedAt(a) - stagedAt(b),
  )
}

/** 0: nobody knows. */
export const stagedAt = ({ memory, card }: Root): Time =>
  memory?.convoy.stagedAt ?? timeIn(card?.id ?? '') ?? 0

/** An issue that had several convoys has a card of each. */
const newest = (cards: readonly Showing[]): Showing | null =>
  [...cards].sort((a, b) => (timeIn(b.id) ?? 0) - (timeIn(a.id) ?? 0))[0] ?? null
