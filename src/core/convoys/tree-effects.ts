import type { Effect, IssueEnd } from '../effects.ts'
import type { Bead, Convoy } from '../town.ts'

/** The issue of a convoy, as requests name it. */
export const rootEnd = ({ issueId, rigId, number }: Convoy): IssueEnd => ({ issueId, rigId, number })

/** The issue of a bead, as requests name it. */
export const beadEnd = ({ id, rigId, number }: Bead): IssueEnd => ({ issueId: id, rigId, number })

/** After what was asked for on the tree before: it is in one lane with that. */
export const lookAtTree = ({ id, rigId, number }: Convoy): Effect => ({
  do: 'LookAtTree',
  rigId,
  convoyId: id,
  number,
})
