import type { RigSeen } from '../../core/events.ts'
import type { Time } from '../../core/town.ts'
import { statusOf } from '../errors.ts'
import type { Reach } from '../reach.ts'

/** An issue that says of itself that it is a convoy's. */
export interface ConvoyIssue {
  readonly id: string
  readonly nodeId: string
  readonly rig: RigSeen
  readonly number: number
  readonly isOpen: boolean
}

/** Whoever closes the issue of a convoy that goes on is rare, and notices within this time that it went on. */
const CLOSED_LATELY_MS = 30 * 24 * 3_600_000

/** Issues with our label in a rig: the open ones, and those closed lately, whose convoy may go on all the same. */
export async function convoyIssues(
  { octokit, nodeIds }: Reach,
  rig: RigSeen,
  now: Time,
): Promise<readonly ConvoyIssue[]> {
  const list = (state: 'open' | 'closed', since?: string) =>
    octokit.paginate('GET /repos/{owner}/{repo}/issues', {
      owner: rig.owner,
      repo: rig.name,
      labels: 'gt:convoy',
      state,
      ...(since ? { since } : {}),
      sort: 'created',
      direction: 'asc',
      per_page: 100,
    })
  try {
    const issues = [
      ...(await list('open')),
      ...(await list('closed', new Date(now - CLOSED_LATELY_MS).toISOString())),
    ]
    return issues.flatMap(issue => {
      if (issue.pull_request) return []
      const id = String(issue.id)
      nodeIds.set(id, issue.node_id)
      return [{ id, nodeId: issue.node_id, rig, number: issue.number, isOpen: issue.state === 'open' }]
    })
  } catch (error) {
    // Issues are switched off there.
    if (statusOf(error) === 410 || statusOf(error) === 404) return []
    throw error
  }
}
