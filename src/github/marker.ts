import type { Address, Reach, Self } from './reach.ts'

/** A hidden line that says what something of ours is, so that one whose creation was never answered is found again. */
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
    const found = data.find(it => isOurs(self, it) && it.body?.includes(mark))
    if (found) return { nodeId: found.node_id }
  }
  return null
}

/** What the last hidden line of ours in a text says: the words of others before it may hold one that looks like it. */
export function markedAs(text: string): string | null {
  const marks = text.matchAll(/<!-- townhall:([\w:.@/-]+) -->/g)
  return [...marks].at(-1)?.[1] ?? null
}

/** The words of an issue that we made, as its author wrote them: our hidden line is for us. */
export const withoutMark = (text: string): string =>
  text.replace(/\s*<!-- townhall:task:[\w:.@/-]+ -->\s*$/, '')

/** An issue or a comment of ours, as REST shows it. */
export function isOurs(
  { appId, slug }: Self,
  it: {
    readonly performed_via_github_app?: { readonly id: number } | null
    readonly user: { readonly login: string } | null
  },
): boolean {
  return it.performed_via_github_app?.id === appId || it.user?.login === `${slug}[bot]`
}
