import type { Pull } from '../../core/town.ts'
import { isPullOver } from '../../core/town.ts'
import { hashOf, type Shown } from '../perform/show-issue.ts'
import type { Reach } from '../reach.ts'
import type { OurComment, OurIssue } from './our-issues.ts'

/** What is there is noted as written, so that nothing is written a second time. */
export async function rememberIssue(
  reach: Reach,
  subject: string,
  issue: OurIssue,
  comment: OurComment | null,
): Promise<void> {
  const shown: Shown = {
    issueNode: issue.nodeId,
    commentNode: comment?.nodeId ?? null,
    bodyHash: comment === null ? null : hashOf(comment.body),
    labels: issue.labels,
    closed: issue.closed,
    closedAt: issue.closed === null ? null : reach.now(),
  }
  await reach.mirror.put(reach.townId, subject, shown)
}

/** A check of ours may be there: it is looked for before another is made. */
export async function rememberChecks(reach: Reach, pulls: readonly Pull[]): Promise<void> {
  for (const pull of pulls) {
    if (isPullOver(pull) || pull.headSha === null) continue
    await reach.mirror.put(reach.townId, `check:${pull.id}:${pull.headSha}`, { checkId: null, hash: null })
  }
}
