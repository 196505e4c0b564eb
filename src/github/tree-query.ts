import type { BlockerSeen } from '../core/events.ts'
import type { Address } from './reach.ts'

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
  /** An issue holds at most 100. */
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
  labels(first:100){nodes{name}}
  issueDependenciesSummary{blockedBy totalBlockedBy}
  blockedBy(first:50){...Blockers}
}
${BLOCKERS}`

const CHILDREN = `fragment Children on IssueConnection{nodes{...Seen} pageInfo{hasNextPage endCursor}}
${SEEN}`

/** An issue as people name it: where it is, and its number there. */
export type IssueAt = Address & { readonly number: number }

/** The roots of several trees with their children, in one request. Their answers are called `root0`, `root1` … */
export function rootsQuery(roots: readonly IssueAt[]): { text: string; variables: Record<string, unknown> } {
  const types = roots.map((_, nth) => `$owner${nth}:String!,$repo${nth}:String!,$number${nth}:Int!`)
  const fields = roots.map(
    (_, nth) => `root${nth}:repository(owner:$owner${nth},name:$repo${nth}){
  issue(number:$number${nth}){...Seen subIssues(first:100){...Children}}
}`,
  )
  const variables = Object.fromEntries(
    roots.flatMap(({ owner, repo, number }, nth) => [
      [`owner${nth}`, owner],
      [`repo${nth}`, repo],
      [`number${nth}`, number],
    ]),
  )
  return { text: `query(${types.join(',')}){${fields.join(' ')}}\n${CHILDREN}`, variables }
}

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

/** A label that says what kind of bead an issue is: `epic`, `type: epic`, `type/epic`, and the same for decisions. */
const KIND = /^(?:type[:/ -]\s*)?(epic|decision)$/i

/** What kind of bead a label of this name makes of an issue; null: none of its business. */
export const kindCalled = (label: string): 'epic' | 'decision' | null =>
  (KIND.exec(label)?.[1]?.toLowerCase() as 'epic' | 'decision' | undefined) ?? null

/** An issue that is called an epic is one, though nothing is under it yet: it holds work and is none. */
export const isCalled = (kind: 'epic' | 'decision', { labels }: Pick<IssueNode, 'labels'>): boolean =>
  (labels?.nodes ?? []).some(({ name }) => kindCalled(name) === kind)

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
