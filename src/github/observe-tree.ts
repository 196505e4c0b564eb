import type { IssueSeen, Tree } from '../core/events.ts'
import { Refused } from '../ports.ts'
import { isGraphqlFailure, outcomeOf } from './errors.ts'
import type { Address, Reach } from './reach.ts'
import {
  blockersOf,
  type IssueNode,
  isCalledEpic,
  LEVEL,
  MORE_BLOCKERS,
  MORE_CHILDREN,
  type Page,
  type ParentNode,
  ROOT,
  refOf,
  type Shown,
} from './tree-query.ts'

/** GitHub nests no deeper. */
const MOST_LEVELS = 8
/** The core refuses a tree of more than 500 beads: reading on after one more than that would be in vain. */
const MOST_ISSUES = 502
/** 10 parents × 100 children × 50 blockers stay well under GitHub's 500,000 nodes and 10 seconds. */
const PARENTS_AT_ONCE = 10
/** As much as we write ourselves; the core keeps it with every event. */
const MOST_BODY = 60_000

/** What has been read so far. */
interface Reading {
  readonly reach: Reach
  readonly seen: Map<string, IssueSeen>
  /** Children by their parent's id, in GitHub's order. */
  readonly under: Map<string, string[]>
  readonly unreadable: string[]
}

/**
 * An epic and everything under it: one request for the root and its children, one for each ten parents below.
 * What the App has no right to read is named, never silently left out. Throws `Refused` when the epic itself
 * cannot be read.
 */
export async function observeTree(reach: Reach, at: Address, number: number): Promise<Tree> {
  const readAt = reach.now()
  const reading: Reading = { reach, seen: new Map(), under: new Map(), unreadable: [] }
  type Root = { repository: { issue: (IssueNode & ParentNode) | null } | null }
  const { repository } = await query<Root>(reach, ROOT, { ...at, number })
  const root = repository?.issue
  if (!root) throw new Refused(`${at.owner}/${at.repo}#${number} cannot be read`, 404)
  await note(reading, root, null)
  let parents = await noteChildren(reading, root)
  for (let level = 2; parents.length > 0 && level <= MOST_LEVELS && !isFull(reading); level++)
    parents = await nextLevel(reading, parents)
  const rootId = String(root.fullDatabaseId)
  const issues = depthFirst(reading, rootId)
  return { root: reading.seen.get(rootId)!, issues, unreadable: reading.unreadable, readAt }
}

/** Reads the children of all these; says which of those are parents in turn. */
async function nextLevel(reading: Reading, parents: readonly string[]): Promise<string[]> {
  const next: string[] = []
  for (let at = 0; at < parents.length && !isFull(reading); at += PARENTS_AT_ONCE) {
    const ids = parents.slice(at, at + PARENTS_AT_ONCE)
    const { nodes } = await query<{ nodes: readonly (ParentNode | null)[] }>(reading.reach, LEVEL, { ids })
    for (const parent of nodes) if (parent) next.push(...(await noteChildren(reading, parent)))
  }
  return next
}

/** Notes the children of an issue, all pages of them; says which of them have children. */
async function noteChildren(reading: Reading, parent: ParentNode): Promise<string[]> {
  const parents: string[] = []
  let shown = 0
  for await (const page of pagesOf(reading.reach, parent, parent.subIssues, 'subIssues', MORE_CHILDREN)) {
    for (const child of page.nodes) {
      if (child === null) continue
      shown += 1
      if (await note(reading, child, parent)) parents.push(child.id)
    }
  }
  const hidden = parent.subIssuesSummary.total - shown
  if (hidden > 0) reading.unreadable.push(`${hidden} under ${refOf(parent)}`)
  return parents
}

/** Keeps what was seen of an issue; says whether it has children that are still to be read. */
async function note(reading: Reading, node: IssueNode, parent: ParentNode | null): Promise<boolean> {
  const id = String(node.fullDatabaseId)
  if (reading.seen.has(id) || isFull(reading)) return false
  const pages: Page<Shown>[] = []
  for await (const page of pagesOf(reading.reach, node, node.blockedBy, 'blockedBy', MORE_BLOCKERS))
    pages.push(page)
  const parentId = parent ? String(parent.fullDatabaseId) : null
  const hasChildren = node.subIssuesSummary.total > 0
  const isEpic = hasChildren || isCalledEpic(node)
  reading.seen.set(id, issueSeen(node, parentId, isEpic, blockersOf(node, pages)))
  reading.reach.nodeIds.set(id, node.id)
  if (parentId) reading.under.set(parentId, [...(reading.under.get(parentId) ?? []), id])
  return hasChildren
}

/** The first page is at hand; the others are asked for one by one. */
async function* pagesOf<T>(
  reach: Reach,
  { id }: { readonly id: string },
  first: Page<T>,
  field: 'subIssues' | 'blockedBy',
  more: string,
): AsyncGenerator<Page<T>> {
  let page: Page<T> | undefined = first
  while (page) {
    yield page
    if (!page.pageInfo.hasNextPage) return
    type More = { node: Record<string, Page<T>> | null }
    const answer: More = await query<More>(reach, more, { id, after: page.pageInfo.endCursor })
    page = answer.node?.[field]
  }
}

const isFull = (reading: Reading) => reading.seen.size >= MOST_ISSUES

function issueSeen(
  node: IssueNode,
  parentId: string | null,
  hasChildren: boolean,
  blockedBy: IssueSeen['blockedBy'],
): IssueSeen {
  return {
    id: String(node.fullDatabaseId),
    rigId: String(node.repository.databaseId),
    repo: node.repository.nameWithOwner,
    number: node.number,
    title: node.title,
    body: node.body.slice(0, MOST_BODY).toWellFormed(),
    state: node.state === 'OPEN' ? 'open' : 'closed',
    reason: reasonOf(node),
    parentId,
    hasChildren,
    blockedBy,
  }
}

function reasonOf({ state, stateReason }: Shown): IssueSeen['reason'] {
  if (state === 'OPEN') return null
  if (stateReason === 'NOT_PLANNED') return 'not_planned'
  return stateReason === 'DUPLICATE' ? 'duplicate' : 'completed'
}

function depthFirst({ seen, under }: Reading, rootId: string): IssueSeen[] {
  const walk = (id: string): IssueSeen[] => [seen.get(id)!, ...(under.get(id) ?? []).flatMap(walk)]
  return walk(rootId)
}

/**
 * A query whose answer may have holes: what the App must not see comes as null with an error beside it, and the rest
 * of the answer is good. Any other error is one.
 */
async function query<T>(reach: Reach, text: string, variables: Record<string, unknown>): Promise<T> {
  try {
    return (await reach.octokit.graphql(text, variables)) as T
  } catch (error) {
    const isHole = isGraphqlFailure(error) && outcomeOf(error, reach.log) instanceof Refused
    if (isHole && error.data) return error.data as T
    throw error
  }
}
