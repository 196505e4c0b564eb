import type { IssueEnd } from '../../core/effects.ts'
import { Refused } from '../../ports.ts'
import { type Mutation, mutate } from '../aliases.ts'
import { queryWithHoles } from '../holes.ts'
import { mayCreate, PUBLISHING_SHARE } from '../pace.ts'
import type { Reach } from '../reach.ts'
import { throwUndone, type Undone } from '../undone.ts'
import { goneOf, nodesOf, refOf } from './issue-nodes.ts'
import type { Doing, Performer } from './performer.ts'

type Nodes = ReadonlyMap<string, string>

/** A place in the tree, or an edge: `of` is the child, or the one that waits; `to` its parent, or its blocker. */
interface Link {
  readonly kind: 'place' | 'edge'
  readonly of: IssueEnd
  readonly to: IssueEnd
}

interface Failed {
  readonly link: Link
  readonly error: Undone['error']
}

/**
 * Puts issues under their parents and makes them wait for each other, in one request. Links that are there already
 * are none to make: after a try whose answer was lost they are looked for first, and what GitHub says no to is looked
 * at before that counts as one, because it words "it is so already" in too many ways.
 */
export const publishLinks: Performer<'PublishLinks'> = async (reach, effect, attempt) => {
  const { convoyId, nths } = effect
  const wanted = linksOf(effect)
  const nodes = await nodesOf(
    reach,
    wanted.flatMap(link => [link.of, link.to]),
  )
  const isThere = ({ of, to }: Link) => nodes.has(of.issueId) && nodes.has(to.issueId)
  const makeable = wanted.filter(isThere)
  const made = attempt > 0 ? await alreadyThere(reach, makeable, nodes) : new Set()
  const missing = makeable.filter(link => !made.has(link))
  await mayCreate(reach, missing.length, PUBLISHING_SHARE)
  const failed = await make(reach, missing, nodes)
  for (const link of wanted.filter(link => !isThere(link)))
    failed.push({ link, error: new Refused('not found', 404) })
  throwUndone(await Promise.all(failed.map(it => undoneOf(reach, it, nodes))))
  return nths.length > 0 ? [{ type: 'LinksPublished', convoyId, nths }] : []
}

const linksOf = ({ places, edges }: Doing<'PublishLinks'>): Link[] => [
  ...places.map(({ parent, child }) => ({ kind: 'place' as const, of: child, to: parent })),
  ...edges.map(({ blocked, blocker }) => ({ kind: 'edge' as const, of: blocked, to: blocker })),
]

/** Says which could not be made and are not there either. */
async function make(reach: Reach, links: readonly Link[], nodes: Nodes): Promise<Failed[]> {
  if (links.length === 0) return []
  const outcomes = await mutate(
    reach,
    links.map(link => mutationOf(link, nodes)),
  )
  const failed = outcomes.flatMap(({ error }, nth) => (error ? [{ link: links[nth]!, error }] : []))
  const refused = failed.filter(({ error }) => error instanceof Refused).map(({ link }) => link)
  const made = await alreadyThere(reach, refused, nodes)
  return failed.filter(({ link }) => !made.has(link))
}

const mutationOf = ({ kind, of, to }: Link, nodes: Nodes): Mutation => {
  const [child, parent] = [nodes.get(of.issueId), nodes.get(to.issueId)]
  return kind === 'place'
    ? { field: 'addSubIssue', input: { issueId: parent, subIssueId: child }, show: 'subIssue{id}' }
    : { field: 'addBlockedBy', input: { issueId: child, blockingIssueId: parent }, show: 'issue{id}' }
}

/** An issue waits for 50 others at most, so that one page holds them all. */
const LINKS = `query($ids:[ID!]!){
  nodes(ids:$ids){...on Issue{id parent{id} blockedBy(first:100){nodes{id}}}}
}`

interface Linked {
  readonly id: string
  readonly parent: { readonly id: string } | null
  readonly blockedBy: { readonly nodes: readonly ({ readonly id: string } | null)[] }
}

/** Of these, the ones that are on GitHub. */
async function alreadyThere(reach: Reach, links: readonly Link[], nodes: Nodes): Promise<ReadonlySet<Link>> {
  if (links.length === 0) return new Set()
  const ids = [...new Set(links.map(({ of }) => nodes.get(of.issueId)!))]
  const answer = await queryWithHoles<{ nodes: readonly (Linked | null)[] }>(reach, LINKS, { ids })
  const shown = new Map(answer.nodes.flatMap(it => (it ? [[it.id, it] as const] : [])))
  const isMade = ({ kind, of, to }: Link): boolean => {
    const issue = shown.get(nodes.get(of.issueId)!)
    const end = nodes.get(to.issueId)!
    if (kind === 'place') return issue?.parent?.id === end
    return issue?.blockedBy.nodes.some(blocker => blocker?.id === end) ?? false
  }
  return new Set(links.filter(isMade))
}

async function undoneOf(reach: Reach, { link, error }: Failed, nodes: Nodes): Promise<Undone> {
  const { kind, of, to } = link
  const does = kind === 'place' ? 'be put under' : 'wait for'
  const what = `${await refOf(reach, of)} cannot ${does} ${await refOf(reach, to)}`
  return { what, error, gone: await goneOf(reach, error, [of, to], nodes) }
}
