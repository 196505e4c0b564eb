import type { IssueEnd } from '../../core/effects.ts'
import { Refused } from '../../ports.ts'
import { outcomeOf, statusOf } from '../errors.ts'
import { addressOf, type Reach } from '../reach.ts'
import { reasonOf } from '../undone.ts'
import { refOf } from './issue-nodes.ts'
import type { Performer } from './performer.ts'

/** Takes an issue from under its parent. One that is not under it, or is no more, is nothing to do. */
export const unlinkIssue: Performer<'UnlinkIssue'> = async (reach, { parent, child }) => {
  try {
    await reach.octokit.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/sub_issue', {
      ...(await addressOf(reach, parent.rigId)),
      issue_number: parent.number,
      sub_issue_id: Number(child.issueId),
    })
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw outcome
    if (!(await isUnder(reach, child, parent))) return []
    const what = `${await refOf(reach, child)} cannot be taken from under ${await refOf(reach, parent)}`
    throw new Refused(`${what}: ${reasonOf(outcome)}`, outcome.status)
  }
  return []
}

async function isUnder(reach: Reach, child: IssueEnd, parent: IssueEnd): Promise<boolean> {
  try {
    const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/parent', {
      ...(await addressOf(reach, child.rigId)),
      issue_number: child.number,
    })
    return String(data.id) === parent.issueId
  } catch (error) {
    const status = statusOf(error)
    if (status === 404 || status === 410) return false
    throw error
  }
}
