import { Refused } from '../../ports.ts'
import { isGraphqlFailure, outcomeOf } from '../errors.ts'
import type { Reach } from '../reach.ts'

/** What is to be changed of an issue, in node ids. */
export interface Change {
  /** `node` null: a new comment. */
  readonly comment: { readonly node: string | null; readonly body: string } | null
  readonly addLabels: readonly string[]
  readonly removeLabels: readonly string[]
  readonly close: 'completed' | 'not_planned' | null
}

export interface Changed {
  /** The comment that was made, by its node id and by the number that REST knows it by. */
  readonly commentNode: string | null
  readonly commentId: string | null
  /** Names of all labels of the issue, when labels were changed. */
  readonly labels: readonly string[]
  /** Parts that could not be changed because what they name is no more. The others were. */
  readonly gone: readonly ('comment' | 'labels')[]
  /** Why a new comment was not taken, though all else was: GitHub lets no App comment on a locked issue. */
  readonly muted: string | null
}

/** One mutation of the document: its variables, their types, and what it looks like. */
interface Part {
  readonly alias: 'create' | 'update' | 'remove' | 'add' | 'close'
  readonly types: Readonly<Record<string, string>>
  readonly variables: Readonly<Record<string, unknown>>
  readonly mutation: string
}

/** All changes in one request: GitHub runs the aliases one after the other, and each may fail by itself. */
export async function changeIssue(reach: Reach, issue: string, change: Change): Promise<Changed> {
  const parts = partsOf(change)
  // GraphQL refuses a document with a variable that nothing uses; an update of a comment alone names no issue.
  const isNamed = parts.some(part => part.mutation.includes('$issue'))
  const types = Object.entries(
    Object.assign(isNamed ? { issue: 'ID!' } : {}, ...parts.map(part => part.types)),
  )
  const document = `mutation(${types.map(([name, type]) => `$${name}:${type}`).join(',')}){${parts
    .map(part => `${part.alias}:${part.mutation}`)
    .join(' ')}}`
  const { data, failed, muted } = await run(
    reach,
    document,
    Object.assign(isNamed ? { issue } : {}, ...parts.map(part => part.variables)),
  )
  const gone = [
    ...(failed.has('update') ? ['comment' as const] : []),
    ...(failed.has('add') || failed.has('remove') ? ['labels' as const] : []),
  ]
  return {
    commentNode: data.create?.commentEdge.node.id ?? null,
    commentId: data.create ? String(data.create.commentEdge.node.fullDatabaseId) : null,
    labels: (data.add ?? data.remove)?.labelable.labels.nodes.map(it => it.name) ?? [],
    gone,
    muted,
  }
}

/** Labels that go are removed before others come: an issue holds 100. */
function partsOf({ comment, addLabels, removeLabels, close }: Change): Part[] {
  return [
    ...(comment ? [commentPart(comment)] : []),
    ...(removeLabels.length > 0 ? [labelsPart('remove', 'removeLabelsFromLabelable', removeLabels)] : []),
    ...(addLabels.length > 0 ? [labelsPart('add', 'addLabelsToLabelable', addLabels)] : []),
    ...(close ? [closePart(close)] : []),
  ]
}

function commentPart({ node, body }: NonNullable<Change['comment']>): Part {
  if (node === null)
    return {
      alias: 'create',
      types: { body: 'String!' },
      variables: { body },
      mutation: 'addComment(input:{subjectId:$issue,body:$body}){commentEdge{node{id fullDatabaseId}}}',
    }
  return {
    alias: 'update',
    types: { comment: 'ID!', body: 'String!' },
    variables: { comment: node, body },
    mutation: 'updateIssueComment(input:{id:$comment,body:$body}){issueComment{id}}',
  }
}

function labelsPart(alias: 'add' | 'remove', mutation: string, ids: readonly string[]): Part {
  return {
    alias,
    types: { [alias]: '[ID!]!' },
    variables: { [alias]: ids },
    mutation: `${mutation}(input:{labelableId:$issue,labelIds:$${alias}}){labelable{labels(first:100){nodes{name}}}}`,
  }
}

function closePart(close: NonNullable<Change['close']>): Part {
  return {
    alias: 'close',
    types: { reason: 'IssueClosedStateReason!' },
    variables: { reason: close === 'completed' ? 'COMPLETED' : 'NOT_PLANNED' },
    mutation: 'closeIssue(input:{issueId:$issue,stateReason:$reason}){issue{id}}',
  }
}

type Labelled = {
  readonly labelable: { readonly labels: { readonly nodes: readonly { readonly name: string }[] } }
}
interface Answer {
  readonly create?: {
    readonly commentEdge: { readonly node: { readonly id: string; readonly fullDatabaseId: string | number } }
  } | null
  readonly add?: Labelled | null
  readonly remove?: Labelled | null
}

/** Sends the document. Aliases that name something that is no more are said by name; any other failure is thrown. */
async function run(
  reach: Reach,
  document: string,
  variables: Record<string, unknown>,
): Promise<{ data: Answer; failed: ReadonlySet<string>; muted: string | null }> {
  try {
    const data = (await reach.octokit.graphql(document, variables)) as Answer
    return { data, failed: new Set(), muted: null }
  } catch (error) {
    if (!isGraphqlFailure(error) || !error.data) throw error
    const aliases = new Set(error.errors.map(one => String(one.path?.[0])))
    const isGone = error.errors.every(one => one.type === 'NOT_FOUND')
    const isMendable = [...aliases].every(
      alias => alias === 'update' || alias === 'add' || alias === 'remove',
    )
    const data = error.data as Answer
    if (isGone && isMendable) return { data, failed: aliases, muted: null }
    if (isGone) throw new Refused(`the issue cannot be changed: ${error.errors[0]?.message}`, 404)
    const outcome = outcomeOf(error, reach.log)
    const isMuted = outcome instanceof Refused && aliases.size === 1 && aliases.has('create')
    if (!isMuted) throw outcome
    return { data, failed: new Set(), muted: outcome.message }
  }
}
