import type { Address, Reach } from './reach.ts'

/** A hidden line that says what a comment of ours is, so that one whose creation was never answered is found again. */
export const marker = (name: string) => `<!-- townhall:${name.replaceAll(/[^\w:.@/-]|--+/g, '-')} -->`

/** A comment of ours with this marker; null when there is none. Nobody else's comment counts, whatever it says. */
export async function findMarked(
  { octokit, self }: Reach,
  at: Address,
  number: number,
  mark: string,
): Promise<{ readonly nodeId: string } | null> {
  const pages = octokit.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...at,
    issue_number: number,
    per_page: 100,
  })
  for await (const { data } of pages) {
    const found = data.find(it => {
      const ours = it.performed_via_github_app?.id === self.appId || it.user?.login === `${self.slug}[bot]`
      return ours && it.body?.includes(mark)
    })
    if (found) return { nodeId: found.node_id }
  }
  return null
}
