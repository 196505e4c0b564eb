import type { Command } from '../core/commands/command.ts'
import { parseCommands } from '../core/commands/parse.ts'
import type { Named } from '../core/commands/refs.ts'
import { refsIn } from '../core/commands/refs.ts'
import { needsIssues, needsTree } from '../core/commands/registry.ts'
import { namedInChecklist } from '../core/convoys/checklist.ts'
import type { CommentSeen, NamedIssue, Permission, Tree } from '../core/events.ts'
import type { Time } from '../core/town.ts'
import { type News, Refused, Unreachable } from '../ports.ts'
import { outcomeOf, statusOf } from './errors.ts'
import { observeNamed } from './observe-named.ts'
import { observeTree } from './observe-tree.ts'
import { permissionOf, rightsIn } from './permission.ts'
import type { Address, Reach } from './reach.ts'
import { storable } from './storable.ts'

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
  const body = storable(shown.body ?? '', MOST_BODY)
  const commands = parseCommands(body)
  const edited = shown.updated_at !== shown.created_at
  const from: Speech = { by: shown.user.login, permission, commands }
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
    ...(edited ? NOTHING : await asked(reach, { at, rigId, number }, from)),
  }
}

type Asked = Pick<CommentSeen, 'tree' | 'treeProblem' | 'named' | 'rights'>
const NOTHING: Asked = { tree: null, treeProblem: null, named: [], rights: [] }

/** Where something was said. */
interface Thread {
  readonly at: Address
  readonly rigId: string
  readonly number: number
}
/** Who said what, and may give which of these commands. */
interface Speech {
  readonly by: string
  readonly permission: Permission
  readonly commands: readonly Command[]
}

/** What the commands need to see, and the rights of who gave them wherever that reaches. Strangers cause no reading. */
async function asked(reach: Reach, thread: Thread, { by, permission, commands }: Speech): Promise<Asked> {
  const { at, rigId, number } = thread
  const naming = commands.filter(command => needsIssues([command], permission))
  const [seen, inWords] = await Promise.all([
    needsTree(commands, permission) ? treeOrWhy(reach, at, number) : NOTHING,
    namedIn(reach, thread, refsIn(naming, `${at.owner}/${at.repo}`)),
  ])
  const listed = seen.tree && naming.length === 0 ? namedInChecklist(seen.tree) : []
  const named = [...inWords, ...(await namedIn(reach, thread, listed))]
  const reached = [
    ...(seen.tree?.issues ?? []).map(issue => issue.rigId),
    ...named.flatMap(({ issue }) => issue?.rigId ?? []),
  ]
  const elsewhere = reached.filter(id => id !== rigId)
  const rights = await rightsIn(reach, by, elsewhere)
  return { tree: seen.tree, treeProblem: seen.treeProblem, named, rights }
}

async function namedIn(
  reach: Reach,
  { at, rigId }: Thread,
  named: readonly Named[],
): Promise<readonly NamedIssue[]> {
  return named.length === 0 ? [] : observeNamed(reach, { id: rigId, owner: at.owner, name: at.repo }, named)
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

/**
 * Comments written since then that have not come in yet, oldest first. `miss` is told of each that cannot be looked at
 * now, with when it was written.
 */
export async function commentsSince(
  reach: Reach,
  at: Address,
  rigId: string,
  wantedSince: Time,
  miss: (createdAt: Time, unreachable: Unreachable) => void,
): Promise<readonly News[]> {
  // GitHub's times have no milliseconds.
  const since = Math.floor(wantedSince / 1000) * 1000
  if (!(await hasCommentsSince(reach, at, since))) return []
  const shown = await reach.octokit.paginate('GET /repos/{owner}/{repo}/issues/comments', {
    ...at,
    since: new Date(since).toISOString(),
    sort: 'updated',
    direction: 'asc',
    per_page: 100,
  })
  const found: News[] = []
  for (const comment of shown) {
    const createdAt = Date.parse(comment.created_at)
    // An old comment that was edited just now: it was known then, or written before anybody watched.
    if (createdAt < since) continue
    const dedupe = commentKey(comment.id)
    if (await reach.directory.isKnown(reach.townId, dedupe)) continue
    try {
      const seen = await commentSeen(reach, at, rigId, comment)
      if (seen) found.push({ townId: reach.townId, fact: seen, dedupe })
    } catch (error) {
      const outcome = outcomeOf(error, reach.log)
      // Its issue is gone: there is nothing that it could be about.
      if (outcome instanceof Refused) continue
      if (!(outcome instanceof Unreachable) || outcome.retryAfterMs !== null) throw error
      miss(createdAt, outcome)
    }
  }
  return found
}

/** Mostly there are none, and GitHub says so for free (see conditional-fetch). */
async function hasCommentsSince({ octokit }: Reach, at: Address, since: Time): Promise<boolean> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/comments', {
    ...at,
    sort: 'updated',
    direction: 'desc',
    per_page: 1,
  })
  const [newest] = data
  return newest !== undefined && Date.parse(newest.updated_at) >= since
}
