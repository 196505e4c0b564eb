import { Refused } from '../../ports.ts'
import { outcomeOf } from '../errors.ts'
import type { Address, Reach } from '../reach.ts'

/**
 * Pins the convoy's card to the top of its issue. Newer than this App's permissions may know, and absent from older
 * GitHub Enterprise Servers: where it is refused the card stays where it was written.
 */
export async function pinComment(reach: Reach, at: Address, commentId: string): Promise<void> {
  try {
    await reach.octokit.request('PUT /repos/{owner}/{repo}/issues/comments/{comment_id}/pin', {
      ...at,
      comment_id: Number(commentId),
    })
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw outcome
    reach.log.info({ repo: `${at.owner}/${at.repo}`, why: outcome.message }, 'the card could not be pinned')
  }
}
