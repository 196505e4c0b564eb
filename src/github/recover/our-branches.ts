import { statusOf } from '../errors.ts'
import type { Address, Reach } from '../reach.ts'

/** Where the branches that Townhall names begin (core/names.ts). */
const PLACES = ['convoy/', 'gt/'] as const

/** Branches of convoys and polecats in a rig, with the commits that they are at. */
export async function ourBranches({ octokit }: Reach, at: Address): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const place of PLACES) {
    try {
      // Its pages are unknown to Octokit's types.
      const refs = (await octokit.paginate('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
        ...at,
        ref: `heads/${place}`,
        per_page: 100,
      })) as readonly { readonly ref: string; readonly object: { readonly sha: string } }[]
      for (const { ref, object } of refs) found.set(ref.slice('refs/heads/'.length), object.sha)
    } catch (error) {
      // A repository without a commit has no branches.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error
    }
  }
  return found
}
