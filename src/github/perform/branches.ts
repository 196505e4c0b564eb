import { Refused } from '../../ports.ts'
import { saidBy, statusOf } from '../errors.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import type { Performer } from './performer.ts'

/** Branches that Townhall names (core/names.ts). No other is ever adopted or deleted. */
const OURS =
  /^(convoy\/[a-z0-9-]+\/[0-9a-f]{8}\/(head|gt\/[a-z0-9-]+\/[0-9a-f]{8})|gt\/[a-z0-9-]+\/[0-9a-f]{8})$/

/** The commit that a branch is at; null when there is no such branch, or no commit at all. */
export async function shaOf({ octokit }: Reach, at: Address, branch: string): Promise<string | null> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
      ...at,
      ref: `heads/${branch}`,
    })
    return data.object.sha
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 409) return null
    throw error
  }
}

export const ensureBranch: Performer<'EnsureBranch'> = async (reach, { rigId, legId, branch, from }) => {
  const at = await addressOf(reach, rigId)
  const tip = await shaOf(reach, at, from)
  if (tip === null) throw new Refused(`${at.owner}/${at.repo} has no branch ${from} to start from`, 404)
  return [{ type: 'BranchMade', legId, sha: await madeAt(reach, at, branch, tip) }]
}

/** A branch of this name that exists is ours only if nobody else would name one so. */
async function madeAt(reach: Reach, at: Address, branch: string, sha: string): Promise<string> {
  try {
    await reach.octokit.request('POST /repos/{owner}/{repo}/git/refs', {
      ...at,
      ref: `refs/heads/${branch}`,
      sha,
    })
    return sha
  } catch (error) {
    if (statusOf(error) !== 422) throw error
    const existing = await shaOf(reach, at, branch)
    if (existing === null) throw error
    if (!OURS.test(branch)) throw new Refused(`there is a branch ${branch} already: ${saidBy(error)}`, 422)
    return existing
  }
}

export const deleteBranch: Performer<'DeleteBranch'> = async (reach, { rigId, branch }) => {
  if (!OURS.test(branch)) throw new Refused(`${branch} is no branch of ours, so it is not deleted`, 422)
  try {
    const ref = `heads/${branch}`
    await reach.octokit.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', {
      ...(await addressOf(reach, rigId)),
      ref,
    })
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 422) throw error
  }
  return []
}
