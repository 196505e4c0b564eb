import type { IssueSeen, Tree } from '../core/events.ts'
import type { Time } from '../core/town.ts'
import { Refused } from '../ports.ts'
import { queryWithHoles } from './holes.ts'
import { withoutMark } from './marker.ts'
import type { Address, Reach } from './reach.ts'
import { storable } from './storable.ts'
import {
  blockersOf,
  type IssueAt,
  type IssueNode,
  isCalled,
  LEVEL,
  MORE_BLOCKERS,
  MORE_CHILDREN,
  type Page,
  type ParentNode,
  refOf,
  rootsQuery,
  type Shown,
} from './tree-query.ts'
import { noTreeThere } from './whereabouts.ts'

/** GitHub nests no deeper. */
const MOST_LEVELS = 8
/** The core refuses a tree of more than 500 beads: reading on after one more than that would be in vain. */
const MOST_ISSUES = 502
/** 10 parents × 100 children × (50 blockers + 100 labels) stay well under GitHub's 500,000 nodes and 10 seconds. */
export const PARENTS_AT_ONCE = 10
/** As much as we write ourselves; the core keeps it with every event. */
export const MOST_BODY = 60_000
/** GitHub's own limit for a title, in characters: an emoji is two units or more. */
export const MOST_TITLE = 1_024

/** What has been read so far of one tree. */
interface Reading {
  readonly reach: Reach
  readonly rootId: string
  readonly readAt: Time
  readonly seen: Map<string, IssueSeen>
  /** Children by their parent's id, in GitHub's order. */
  readonly under: Map<string, string[]>
  readonly unreadable: string[]
}

/** An issue whose children are still to be read. */
interface Parent {
  readonly reading: Reading
  readonly nodeId: string
  readonly id: string
  readonly ref: string
  readonly children: number
}

/**
 * An epic and everything under it: one request for the root and its children, one for each ten parents below.
 * What the App has no right to read is named, never silently left out. Throws `Refused` with a sentence for people
 * when the epic itself cannot be read: deleted, moved, none of ours.
 */
export async function observeTree(reach: Reach, at: Address, number: number): Promise<Tree> {
  const [tree] = await observeTrees(reach, [{ ...at, number }])
  if (tree instanceof Refused) throw tree
  return tree!
}

/** Several trees at once, at most PARENTS_AT_ONCE: their roots cost one request, and so does each level of them. */
export async function observeTrees(
  reach: Reach,
  roots: readonly IssueAt[],
): Promise<readonly (Tree | Refused)[]> {
  const readAt = reach.now()
  type Root = { issue: (IssueNode & ParentNode) | null } | null
  const { text, variables } = rootsQuery(roots)
  const answer = await queryWithHoles<Record<string, Root>>(reach, text, variables)
  const trees: (Reading | Refused)[] = []
  let parents: Parent[] = []
  for (const [nth, at] of roots.entries()) {
    const root = answer[`root${nth}`]?.issue
    const reading = root ? begun(reach, root, readAt) : await noTreeThere(reach, at, at.number)
    trees.push(reading)
    if (!root || reading instanceof Refused) continue
    await note(reading, root, null)
    parents.push(...(await noteChildren(reading, root)))
  }
  for (let level = 2; parents.length > 0 && level <= MOST_LEVELS; level++)
    parents = await nextLevel(reach, parents)
  for (const { reading, children, ref } of parents) reading.unreadable.push(`${children} under ${ref}`)
  return trees.map(tree => (tree instanceof Refused ? tree : treeOf(tree)))
}

function begun(reach: Reach, root: IssueNode, readAt: Time): Reading {
  const rootId = String(root.fullDatabaseId)
  return { reach, rootId, readAt, seen: new Map(), under: new Map(), unreadable: [] }
}

function treeOf({ rootId, readAt, seen, under, unreadable }: Reading): Tree {
  const walk = (id: string): IssueSeen[] => {
    const issue = seen.get(id)
    return issue ? [issue, ...(under.get(id) ?? []).flatMap(walk)] : []
  }
  return { root: seen.get(rootId)!, issues: walk(rootId), unreadable, readAt }
}

/** Reads the children of all these; says which of those are parents in turn. */
async function nextLevel(reach: Reach, parents: readonly Parent[]): Promise<Parent[]> {
  const next: Parent[] = []
  const wanted = parents.filter(({ reading }) => !isFull(reading))
  for (let at = 0; at < wanted.length; at += PARENTS_AT_ONCE) {
    const some = wanted.slice(at, at + PARENTS_AT_ONCE)
    const ids = some.map(it => it.nodeId)
    const { nodes } = await queryWithHoles<{ nodes: readonly (ParentNode | null)[] }>(reach, LEVEL, { ids })
    for (const [nth, parent] of some.entries()) {
      const node = nodes[nth]
      if (node) next.push(...(await noteChildren(parent.reading, node)))
      else lose(parent)
    }
  }
  return next
}

/** It was there a moment ago, and is not any more: whether what was under it still belongs here, nobody can tell now. */
function lose({ reading, id, ref }: Parent): void {
  reading.seen.delete(id)
  reading.unreadable.push(ref)
}

/** Notes the children of an issue, all pages of them; says which of them have children. */
async function noteChildren(reading: Reading, parent: ParentNode): Promise<Parent[]> {
  const parents: Parent[] = []
  let shown = 0
  for await (const page of pagesOf(reading.reach, parent, parent.subIssues, 'subIssues', MORE_CHILDREN)) {
    for (const child of page.nodes) {
      if (child === null) continue
      shown += 1
      const isNew = await note(reading, child, parent)
      if (isNew && child.subIssuesSummary.total > 0) parents.push(parentOf(reading, child))
    }
  }
  const hidden = parent.subIssuesSummary.total - shown
  if (hidden > 0) reading.unreadable.push(`${hidden} under ${refOf(parent)}`)
  return parents
}

function parentOf(reading: Reading, node: IssueNode): Parent {
  const id = String(node.fullDatabaseId)
  return { reading, nodeId: node.id, id, ref: refOf(node), children: node.subIssuesSummary.total }
}

/** Keeps what was seen of an issue; false when it was seen before, or there is no room for more. */
async function note(reading: Reading, node: IssueNode, parent: ParentNode | null): Promise<boolean> {
  const id = String(node.fullDatabaseId)
  if (reading.seen.has(id) || isFull(reading)) return false
  const pages: Page<Shown>[] = []
  for await (const page of pagesOf(reading.reach, node, node.blockedBy, 'blockedBy', MORE_BLOCKERS))
    pages.push(page)
  const parentId = parent ? String(parent.fullDatabaseId) : null
  reading.seen.set(id, issueSeen(node, parentId, blockersOf(node, pages)))
  reading.reach.nodeIds.set(id, node.id)
  if (parentId) reading.under.set(parentId, [...(reading.under.get(parentId) ?? []), id])
  return true
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
    const answer: More = await queryWithHoles<More>(reach, more, { id, after: page.pageInfo.endCursor })
    page = answer.node?.[field]
  }
}

const isFull = (reading: Reading) => reading.seen.size >= MOST_ISSUES

function issueSeen(node: IssueNode, parentId: string | null, blockedBy: IssueSeen['blockedBy']): IssueSeen {
  return {
    id: String(node.fullDatabaseId),
    rigId: String(node.repository.databaseId),
    repo: node.repository.nameWithOwner,
    number: node.number,
    title: storable(node.title, MOST_TITLE),
    body: storable(withoutMark(node.body), MOST_BODY),
    state: node.state === 'OPEN' ? 'open' : 'closed',
    reason: reasonOf(node),
    parentId,
    hasChildren: node.subIssuesSummary.total > 0 || isCalled('epic', node),
    isDecision: isCalled('decision', node),
    blockedBy,
  }
}

function reasonOf({ state, stateReason }: Shown): IssueSeen['reason'] {
  if (state === 'OPEN') return null
  if (stateReason === 'NOT_PLANNED') return 'not_planned'
  return stateReason === 'DUPLICATE' ? 'duplicate' : 'completed'
}
