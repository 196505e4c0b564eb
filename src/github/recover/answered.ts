import { parseCommands } from '../../core/commands/parse.ts'
import type { Fact } from '../../core/events.ts'
import type { Time } from '../../core/town.ts'
import type { News } from '../../ports.ts'
import { isOurs, markedAs } from '../marker.ts'
import { commentKey } from '../observe-comment.ts'
import type { Address, Reach } from '../reach.ts'

/**
 * Comments that must not be heard again by the first sweep: commands that have their reply, and words that answer no
 * open question. They become known, and mean no more than that something was said on an issue. What is left out is
 * what nobody heard yet, and the first sweep hears it.
 * `askedAt`: since when there is an open question on an issue, by its number. `idOf`: GitHub lists comments with the
 * numbers of their issues only.
 */
export async function heardAlready(
  reach: Reach,
  at: Address,
  rigId: string,
  since: Time,
  askedAt: ReadonlyMap<number, Time>,
  idOf: (number: number) => string,
): Promise<readonly News[]> {
  const comments = await reach.octokit.paginate('GET /repos/{owner}/{repo}/issues/comments', {
    ...at,
    since: new Date(since).toISOString(),
    sort: 'created',
    direction: 'asc',
    per_page: 100,
  })
  const said = comments.filter(comment => isOurs(reach.self, comment))
  const marks = new Set(said.map(({ body }) => markedAs(body ?? '')))
  return comments.flatMap(({ id, user, body, issue_url, created_at }): News[] => {
    if (user === null || user.type === 'Bot') return []
    const number = Number(issue_url.split('/').at(-1))
    // GitHub's times have no milliseconds: an answer may bear the second in which the question was asked.
    const asked = askedAt.get(number)
    const mayAnswer = asked !== undefined && Date.parse(created_at) >= Math.floor(asked / 1000) * 1000
    const isCommand = parseCommands(body ?? '').length > 0
    if (isCommand ? !marks.has(`reply:${id}`) : mayAnswer) return []
    const fact: Fact = { type: 'IssueTouched', rigId, issueId: idOf(number) }
    return [{ townId: reach.townId, fact, dedupe: commentKey(id) }]
  })
}
