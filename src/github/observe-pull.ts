import type { PullSeen } from '../core/events.ts'
import { mayWrite, permissionOf } from './permission.ts'
import type { Address, Reach } from './reach.ts'

/** A pull as REST shows it, as far as it is read here. */
export interface PullShown {
  readonly number: number
  readonly state: string
  readonly merged?: boolean
  readonly merged_at: string | null
  readonly merge_commit_sha: string | null
  readonly head: { readonly sha: string }
}

/** Looks at one of our pulls; reviews are read only while they can matter. */
export async function observePull(
  reach: Reach,
  at: Address,
  pullId: string,
  number: number,
): Promise<PullSeen> {
  const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...at,
    pull_number: number,
  })
  const approved = data.state === 'open' && (await isApproved(reach, at, number, data.head.sha))
  return pullSeen(pullId, data, approved)
}

export function pullSeen(pullId: string, shown: PullShown, approved: boolean): PullSeen {
  const merged = shown.merged ?? shown.merged_at !== null
  return {
    type: 'PullSeen',
    pullId,
    number: shown.number,
    headSha: shown.head.sha,
    state: shown.state === 'open' ? 'open' : 'closed',
    merged,
    // Before the merge this field holds GitHub's trial merge, which is on no branch.
    mergeSha: merged ? shown.merge_commit_sha : null,
    approved,
  }
}

/**
 * Approved: of the people with write access one approves this very head, and none asks for changes. A later
 * review of a person replaces the earlier one; mere comments replace nothing.
 */
async function isApproved(reach: Reach, at: Address, number: number, headSha: string): Promise<boolean> {
  const reviews = await reach.octokit.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    ...at,
    pull_number: number,
    per_page: 100,
  })
  const latest = new Map<string, { readonly state: string; readonly commit: string | null }>()
  for (const { user, state, commit_id } of reviews) {
    if (user === null || user.type === 'Bot' || state === 'COMMENTED' || state === 'PENDING') continue
    latest.set(user.login, { state, commit: commit_id })
  }
  let approved = false
  for (const [login, { state, commit }] of latest) {
    const counts = state === 'CHANGES_REQUESTED' || (state === 'APPROVED' && commit === headSha)
    if (!counts || !mayWrite(await permissionOf(reach, at, login))) continue
    if (state === 'CHANGES_REQUESTED') return false
    approved = true
  }
  return approved
}
