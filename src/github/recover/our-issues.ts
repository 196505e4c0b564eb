import type { Label } from '../../core/effects.ts'
import type { Memory } from '../../core/recovery/memory.ts'
import { queryWithHoles } from '../holes.ts'
import { markedAs } from '../marker.ts'
import { memoryIn } from '../memory.ts'
import { ours } from '../perform/show-issue.ts'
import type { Reach } from '../reach.ts'

/** A comment by our App. */
export interface OurComment {
  readonly nodeId: string
  readonly body: string
}

/** What there is of ours on an issue. */
export interface OurIssue {
  readonly id: string
  readonly nodeId: string
  readonly number: number
  readonly labels: readonly Label[]
  readonly closed: 'completed' | 'not_planned' | null
  readonly comments: readonly OurComment[]
}

/** Issues in one request: 20 × 30 comments of at most 65,536 characters stay far from what GitHub cannot answer in 10 s. */
const AT_ONCE = 20

interface Page {
  readonly nodes: readonly ({
    readonly id: string
    readonly body: string
    readonly author: { readonly __typename: string; readonly login: string } | null
  } | null)[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
interface Node {
  readonly id: string
  readonly fullDatabaseId: string | number
  readonly number: number
  readonly state: 'OPEN' | 'CLOSED'
  readonly stateReason: string | null
  readonly labels: { readonly nodes: readonly { readonly name: string }[] } | null
  readonly comments: Page
}

const COMMENTS = 'nodes{id body author{__typename login}} pageInfo{hasNextPage endCursor}'
const ISSUES = `query($ids:[ID!]!){nodes(ids:$ids){...on Issue{
  id fullDatabaseId number state stateReason(enableDuplicate:true) labels(first:100){nodes{name}}
  comments(first:30){${COMMENTS}}
}}}`
const MORE = `query($id:ID!,$after:String){node(id:$id){...on Issue{comments(first:100,after:$after){${COMMENTS}}}}}`

/** Labels, state and comments of ours on these issues, by their database ids. What is not there is left out. */
export async function ourIssues(
  reach: Reach,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, OurIssue>> {
  const found = new Map<string, OurIssue>()
  for (let at = 0; at < nodeIds.length; at += AT_ONCE) {
    const ids = nodeIds.slice(at, at + AT_ONCE)
    const { nodes } = await queryWithHoles<{ nodes: readonly (Partial<Node> | null)[] }>(reach, ISSUES, {
      ids,
    })
    for (const node of nodes) {
      if (!isIssue(node)) continue
      const it = await ourIssue(reach, node)
      found.set(it.id, it)
    }
  }
  return found
}

/** Something else than an issue comes as an empty object. */
const isIssue = (node: Partial<Node> | null): node is Node => node?.comments !== undefined

async function ourIssue(reach: Reach, node: Node): Promise<OurIssue> {
  const comments: OurComment[] = []
  let page: Page | undefined = node.comments
  while (page) {
    // Users cannot be bots, and no two Apps share a name.
    for (const comment of page.nodes)
      if (comment?.author?.__typename === 'Bot' && comment.author.login === reach.self.slug)
        comments.push({ nodeId: comment.id, body: comment.body })
    if (!page.pageInfo.hasNextPage) break
    const variables = { id: node.id, after: page.pageInfo.endCursor }
    const more: { node: { comments: Page } | null } = await queryWithHoles(reach, MORE, variables)
    page = more.node?.comments
  }
  const isUndone = node.stateReason === 'NOT_PLANNED' || node.stateReason === 'DUPLICATE'
  return {
    id: String(node.fullDatabaseId),
    nodeId: node.id,
    number: node.number,
    labels: ours((node.labels?.nodes ?? []).map(label => label.name)),
    closed: node.state === 'OPEN' ? null : isUndone ? 'not_planned' : 'completed',
    comments,
  }
}

/** A comment of ours that shows something, and what it remembers: null when that cannot be believed or read. */
export interface Showing {
  readonly comment: OurComment
  /** Of the convoy or the bead. */
  readonly id: string
  readonly memory: Memory | null
}

/** All cards of convoys, or the comments of beads, on an issue, first to last. */
export function showingsOn(reach: Reach, issue: OurIssue, what: 'convoy' | 'bead'): Showing[] {
  return issue.comments.flatMap(comment => {
    const mark = markedAs(comment.body)
    if (!mark?.startsWith(`show:${what}:`)) return []
    const memory = memoryIn(reach.memoryKey, reach.townId, comment.body)
    return [{ comment, id: mark.slice(`show:${what}:`.length), memory }]
  })
}
