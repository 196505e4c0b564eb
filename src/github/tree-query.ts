import type { BlockerSeen } from '../core/events.ts'

/**
 * The queries that read a tree, and the answers' shapes. Written by hand: the published schema packages do not know
 * dependencies yet. Database ids come as `fullDatabaseId`, because ids of issues have outgrown `databaseId`.
 */

export interface Page<T> {
  readonly nodes: readonly (T | null)[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** What a blocker shows of itself. */
export interface Shown {
  readonly fullDatabaseId: string | number
  readonly number: number
  readonly state: 'OPEN' | 'CLOSED'
  readonly stateReason: 'REOPENED' | 'NOT_PLANNED' | 'COMPLETED' | 'DUPLICATE' | null
  readonly repository: { readonly nameWithOwner: string }
}

export interface IssueNode extends Shown {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly repository: { readonly nameWithOwner: string; readonly databaseId: number }
  readonly subIssuesSummary: { readonly total: number }
  readonly labels: { readonly nodes: readonly { readonly name: string }[] } | null
  readonly issueDependenciesSummary: { readonly blockedBy: number; readonly totalBlockedBy: number }
  readonly blockedBy: Page<Shown>
}

/** An issue whose children were asked for. */
export interface ParentNode
  extends Pick<IssueNode, 'id' | 'fullDatabaseId' | 'number' | 'repository' | 'subIssuesSummary'> {
  readonly subIssues: Page<IssueNode>
}

const BLOCKERS = `fragment Blockers on IssueConnection{
  nodes{fullDatabaseId number state stateReason(enableDuplicate:true) repository{nameWithOwner}}
  pageInfo{hasNextPage endCursor}
}`

const SEEN = `fragment Seen on Issue{
  id fullDatabaseId number title body state stateReason(enableDuplicate:true)
  repository{databaseId nameWithOwner}
  subIssuesSummary{total}
  labels(first:20){nodes{name}}
  issueDependenciesSummary{blockedBy totalBlockedBy}
  blockedBy(first:50){...Blockers}
}
${BLOCKERS}`

const CHILDREN = `fragment Children on IssueConnection{nodes{...Seen} pageInfo{hasNextPage endCursor}}
${SEEN}`

export const ROOT = `query($owner:String!,$repo:String!,$number:Int!){
  repository(owner:$owner,name:$repo){issue(number:$number){...Seen subIssues(first:100){...Children}}}
}
${CHILDREN}`

export const LEVEL = `query($ids:[ID!]!){
  nodes(ids:$ids){...on Issue{
    id fullDatabaseId number repository{databaseId nameWithOwner} subIssuesSummary{total} subIssues(first:100){...Children}
  }}
}
${CHILDREN}`

export const MORE_CHILDREN = `query($id:ID!,$after:String){
  node(id:$id){...on Issue{subIssues(first:100,after:$after){...Children}}}
}
${CHILDREN}`

export const MORE_BLOCKERS = `query($id:ID!,$after:String){
  node(id:$id){...on Issue{blockedBy(first:100,after:$after){...Blockers}}}
}
${BLOCKERS}`

export const refOf = (issue: Pick<Shown, 'number' | 'repository'>) =>
  `${issue.repository.nameWithOwner}#${issue.number}`

/** An issue that is called an epic is one, though nothing is under it yet: it holds work and is none. */
export const isCalledEpic = ({ labels }: Pick<IssueNode, 'labels'>): boolean =>
  (labels?.nodes ?? []).some(({ name }) => /^(type[:/ -]\s*)?epic$/i.test(name))

/** All pages of an issue's blockers as facts. Those that the App may not see block too, as long as they are open. */
export function blockersOf(issue: IssueNode, pages: readonly Page<Shown>[]): BlockerSeen[] {
  const shown = pages.flatMap(page => page.nodes).filter(node => node !== null)
  const { blockedBy, totalBlockedBy } = issue.issueDependenciesSummary
  const open = shown.filter(node => node.state === 'OPEN').length
  const hidden = Math.max(0, Math.min(totalBlockedBy - shown.length, blockedBy - open))
  const unseen = Array.from({ length: hidden }, (_, nth) => ({
    id: `unseen:${issue.fullDatabaseId}:${nth + 1}`,
    ref: `an issue that the App may not see (${nth + 1} of ${hidden} that block ${refOf(issue)})`,
    state: 'unseen' as const,
  }))
  return [...shown.map(blockerSeen), ...unseen]
}

function blockerSeen(node: Shown): BlockerSeen {
  const undone = node.stateReason === 'NOT_PLANNED' || node.stateReason === 'DUPLICATE'
  return {
    id: String(node.fullDatabaseId),
    ref: refOf(node),
    state: node.state === 'OPEN' ? 'open' : undone ? 'not_planned' : 'completed',
  }
}
