import type { Collection } from '../collection.ts'
import type { Issue, Repo } from '../documents.ts'
import { type Call, canSee, gone, Refusal } from '../kit.ts'
import { fullName } from '../render.ts'
import type { World } from '../world.ts'

/** Issues that are not where they were: moved to another repository, or gone for good. Their numbers stay taken. */

export interface Departed {
  readonly id: number
  readonly repoId: number
  readonly number: number
  /** The id that it had. */
  readonly issueId: number
  /** The id that it has in its new repository; null when it is gone. */
  readonly movedTo: number | null
}

export const departed = (world: World): Collection<Departed> =>
  world.collection<Departed>('departed_issues', {
    repo: it => it.repoId,
    number: it => `${it.repoId}#${it.number}`,
    issue: it => it.issueId,
  })

export function noteDeparture(world: World, issue: Issue, movedTo: number | null): void {
  const { id: issueId, repoId, number } = issue
  departed(world).put({ id: world.next(), repoId, number, issueId, movedTo })
}

/** What the address of an issue answers that was there once: 301 to where it is now, or 410. Undefined: never there. */
export function departure(call: Call, number: number): Refusal | undefined {
  const { world, repo, actor } = call
  let left = departed(world).one('number', `${repo.id}#${number}`)
  while (left !== undefined) {
    const moved = left.movedTo === null ? undefined : world.issues.get(left.movedTo)
    const now = moved === undefined ? undefined : world.repos.get(moved.repoId)
    if (moved !== undefined && now !== undefined)
      return canSee(actor, now) && FOLLOWED.includes(below(call)[0] ?? '')
        ? redirect(call, now, moved)
        : undefined
    if (left.movedTo === null) return gone('This issue was deleted')
    left = departed(world).one('issue', left.movedTo)
  }
  return undefined
}

/** The issue itself, and what GitHub says that it redirects below it; the rest (comments, sub-issues …) is not found. */
const FOLLOWED: readonly string[] = ['', 'labels', 'dependencies', 'parent']

/** The path below the issue's address. */
const below = ({ path }: Call): string[] => path.split('/').slice(6)

/** To the same thing below the issue's new address. */
function redirect(call: Call, repo: Repo, issue: Issue): Refusal {
  const { world, query } = call
  const address = [world.urls.api, 'repos', fullName(world, repo), 'issues', issue.number]
  const there = [...address, ...below(call)].join('/')
  const location = query.size === 0 ? there : `${there}?${query}`
  return new Refusal(301, 'Moved Permanently', { headers: { location } })
}
