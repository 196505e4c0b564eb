import type { PullFound } from '../../core/recovery/seen.ts'
import type { Time } from '../../core/town.ts'
import type { Address, Reach } from '../reach.ts'

/** In the first line of a body that we wrote; what follows may be titles of others. */
const MARKER = /^<!-- townhall:pull:(\S+) -->/

/** Pull requests of ours in a rig, open or over, that something happened to since then. */
export async function ourPulls(
  { octokit, self }: Reach,
  at: Address,
  rigId: string,
  since: Time,
): Promise<readonly PullFound[]> {
  const found: PullFound[] = []
  const pages = octokit.paginate.iterator('GET /repos/{owner}/{repo}/pulls', {
    ...at,
    state: 'all',
    sort: 'updated',
    direction: 'desc',
    per_page: 100,
  })
  for await (const { data } of pages) {
    for (const pull of data) {
      const [, id] = MARKER.exec(pull.body ?? '') ?? []
      const isOurs = pull.user?.type === 'Bot' && pull.user.login === `${self.slug}[bot]`
      // A fork's branch may be called anything.
      if (!id || !isOurs || pull.head.repo?.id !== pull.base.repo.id) continue
      found.push({
        id,
        rigId,
        number: pull.number,
        title: pull.title,
        head: pull.head.ref,
        base: pull.base.ref,
        headSha: pull.head.sha,
        state: pull.state === 'open' ? 'open' : 'closed',
        createdAt: Date.parse(pull.created_at),
        mergedAt: pull.merged_at === null ? null : Date.parse(pull.merged_at),
        mergeSha: pull.merge_commit_sha,
      })
    }
    const last = data.at(-1)
    if (last && Date.parse(last.updated_at) < since) break
  }
  return found
}
