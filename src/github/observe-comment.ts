import { parseCommands } from '../core/commands/parse.ts'
import { needsTree } from '../core/commands/registry.ts'
import type { CommentSeen, Tree } from '../core/events.ts'
import { Refused } from '../ports.ts'
import { outcomeOf, statusOf } from './errors.ts'
import { observeTree } from './observe-tree.ts'
import { permissionOf } from './permission.ts'
import type { Address, Reach } from './reach.ts'

/** A comment as REST shows it, as far as it is read here. */
export interface CommentShown {
  readonly id: number | bigint
  readonly body?: string
  readonly issue_url: string
  readonly created_at: string
  readonly updated_at: string
  readonly user: { readonly login: string; readonly type: string } | null
}

/** More than that is no answer and no command. */
const MOST_BODY = 10_000

export const commentKey = (commentId: string | number | bigint) => `comment:${commentId}`

/** A comment by its id; null when it is gone, or a bot's. */
export async function observeComment(
  reach: Reach,
  at: Address,
  rigId: string,
  commentId: string,
): Promise<CommentSeen | null> {
  try {
    const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...at,
      comment_id: Number(commentId),
    })
    return await commentSeen(reach, at, rigId, data)
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** A comment that is at hand, with its author's right and what its commands need to see. */
export async function commentSeen(
  reach: Reach,
  at: Address,
  rigId: string,
  shown: CommentShown,
): Promise<CommentSeen | null> {
  if (shown.user === null || shown.user.type === 'Bot') return null
  const number = Number(shown.issue_url.split('/').at(-1))
  const [issue, permission] = await Promise.all([
    reach.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...at, issue_number: number }),
    permissionOf(reach, at, shown.user.login),
  ])
  const issueId = String(issue.data.id)
  reach.nodeIds.set(issueId, issue.data.node_id)
  const body = (shown.body ?? '').slice(0, MOST_BODY).toWellFormed()
  const commands = parseCommands(body)
  const edited = shown.updated_at !== shown.created_at
  const wanted = !edited && needsTree(commands, permission)
  return {
    type: 'CommentSeen',
    commentId: String(shown.id),
    rigId,
    issueId,
    number,
    by: shown.user.login,
    permission,
    body,
    edited,
    commands,
    ...(wanted ? await treeOrWhy(reach, at, number) : { tree: null, treeProblem: null }),
  }
}

/** A tree that GitHub will not show is an answer for the person who asked; one that it cannot show now is not. */
async function treeOrWhy(
  reach: Reach,
  at: Address,
  number: number,
): Promise<{ tree: Tree | null; treeProblem: string | null }> {
  try {
    return { tree: await observeTree(reach, at, number), treeProblem: null }
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw error
    return { tree: null, treeProblem: outcome.message }
  }
}
