import { beadsOf, isDistrusted } from '../../src/core/beads/standing.ts'
import { beadCardOf, cardOf } from '../../src/core/shown/card.ts'
import { type Bead, type Convoy, isLeaf, isOver, isStaged, type Town } from '../../src/core/town.ts'
import { renderSay } from '../../src/text/render.ts'
import type { Comment, SeenIssue } from '../stories/town.ts'
import { blockers, children, type Place, type Plot, placeOf } from './plan-people.ts'
import type { Stored } from './plan-state.ts'

/** Does GitHub show what Postgres says? Everything that differs, in words. */

interface Node extends Place {
  readonly parentId: string | null
  readonly isEpic: boolean
  readonly isDecision: boolean
  readonly issue: SeenIssue & { readonly title: string }
  readonly blockedBy: readonly { readonly id: string; readonly state: string }[]
}

const say = (issue: SeenIssue): string =>
  issue.state === 'open' ? 'open' : issue.state_reason === 'completed' ? 'completed' : 'not_planned'

/** An issue's tree as GitHub shows it, its root first. */
async function grown(plot: Plot, place: Place, parentId: string | null = null): Promise<Node[]> {
  const issue = await plot.story.people.olivia.get<Node['issue']>(
    `/repos/${place.repo}/issues/${place.number}`,
  )
  const under = await children(plot, place)
  const isCalled = (name: string) => issue.labels.some(label => label.name === name)
  const node: Node = {
    ...place,
    parentId,
    isEpic: under.length > 0 || isCalled('epic'),
    isDecision: isCalled('decision'),
    issue,
    blockedBy: (await blockers(plot, place)).map(it => ({ id: String(it.id), state: say(it) })),
  }
  const below: Node[] = []
  for (const child of under) below.push(...(await grown(plot, placeOf(child), String(place.id))))
  return [node, ...below]
}

export async function differences(plot: Plot, { town, ever, robbed }: Stored): Promise<string[]> {
  const found: string[] = []
  for (const convoy of ever.convoys.values()) {
    if (isOver(convoy) && robbed.has(convoy.id)) continue
    const seen = isOver(convoy) ? ever : town
    const differs = (what: string) => found.push(`${convoy.title} (${convoy.status}): ${what}`)
    for (const line of await cardDifferences(plot, seen, convoy)) differs(line)
    if (isOver(convoy)) continue
    const tree = await grown(plot, await rootOf(plot, seen, convoy))
    for (const line of [...memberDifferences(seen, convoy, tree), ...beadDifferences(seen, convoy, tree)])
      differs(line)
  }
  return found
}

async function rootOf({ story }: Plot, town: Town, { rigId, number }: Convoy): Promise<Place> {
  const { owner, name } = town.rigs.get(rigId)!
  return placeOf(await story.people.olivia.get(`/repos/${owner}/${name}/issues/${number}`))
}

/** Without error findings: with those a staged convoy keeps the plan that it had, and a running one its edges. */
const isFollowed = (convoy: Convoy): boolean =>
  !convoy.findings.some(({ severity, category }) => severity === 'error' || category === 'cycle')

function memberDifferences(town: Town, convoy: Convoy, [root, ...tree]: readonly Node[]): string[] {
  if (isStaged(convoy) && !isFollowed(convoy)) return []
  const leaves = beadsOf(town, convoy.id).filter(bead => isLeaf(bead) && bead.status !== 'closed')
  const ours = new Set(leaves.filter(bead => !bead.leaving).map(bead => bead.id))
  const theirs = new Set(
    tree
      .filter(node => !isHolder(town, node) && node.issue.state === 'open' && isWanted(town, convoy, node))
      .map(node => String(node.id)),
  )
  const named = (id: string) => `#${tree.find(node => String(node.id) === id)?.number ?? id}`
  return [
    ...[...ours].filter(id => !theirs.has(id)).map(id => `${named(id)} is unfinished here and not there`),
    ...[...theirs].filter(id => !ours.has(id)).map(id => `${named(id)} is open under #${root!.number} only`),
  ]
}

/** It holds work and is none; what was begun stays work, though somebody put something under it. */
const isHolder = (town: Town, node: Node): boolean =>
  node.isEpic && (town.beads.get(String(node.id))?.runs ?? 0) === 0

/** Another convoy has it, or the convoy does not work where it is: then it does not join. */
function isWanted(town: Town, convoy: Convoy, { id, repo }: Node): boolean {
  const known = town.beads.get(String(id))
  const other = known && known.convoyId !== convoy.id ? town.convoys.get(known.convoyId) : undefined
  if (other && !isOver(other)) return false
  const legs = [...town.legs.values()].filter(leg => leg.convoyId === convoy.id)
  const repos = legs.map(leg => town.rigs.get(leg.rigId)!).map(rig => `${rig.owner}/${rig.name}`)
  return repos.includes(repo) || isStaged(convoy)
}

function beadDifferences(town: Town, convoy: Convoy, tree: readonly Node[]): string[] {
  const nodes = new Map(tree.map(node => [String(node.id), node]))
  return beadsOf(town, convoy.id).flatMap(bead => {
    const node = nodes.get(bead.id)
    if (!node || (isStaged(convoy) && !isFollowed(convoy))) return []
    const wrong = [
      ...stateDifferences(bead, node),
      ...labelDifferences(bead, node),
      ...(isFollowed(convoy) ? edgeDifferences(bead, node, nodes, tree[0]!) : []),
    ]
    const parent = node.parentId === String(tree[0]!.id) ? null : node.parentId
    if (isFollowed(convoy) && bead.parentId !== parent)
      wrong.push(`is under ${bead.parentId} here and under ${parent} there`)
    return wrong.map(what => `#${bead.number} ${what}`)
  })
}

function stateDifferences(bead: Bead, { issue }: Node): string[] {
  const state = say(issue)
  // How an epic stands follows from what is under it, whatever becomes of its issue.
  if (bead.kind === 'epic')
    return bead.closes && issue.state === 'open' ? [`is ${bead.how}, and open there`] : []
  const wanted =
    bead.status !== 'closed'
      ? 'open'
      : bead.how === 'landed' || bead.how === 'done'
        ? 'completed'
        : 'not_planned'
  // Both let go on what waits for it.
  if (bead.how === 'skipped' && state !== 'open') return []
  return state === wanted ? [] : [`is ${bead.status} (${bead.how}) here and ${state} there`]
}

const MARKS: Readonly<Record<Bead['status'], readonly string[]>> = {
  open: [],
  closed: [],
  in_progress: ['gt:in-progress'],
  in_review: ['gt:in-review'],
  failed: ['gt:failed'],
}

function labelDifferences(bead: Bead, { issue }: Node): string[] {
  if (bead.kind === 'epic') return []
  const there = issue.labels.map(label => label.name).filter(name => name.startsWith('gt:'))
  const isHeld = bead.held || (bead.status === 'open' && isDistrusted(bead))
  const wanted = [
    'gt:bead',
    ...MARKS[bead.status],
    ...(isHeld ? ['gt:held'] : []),
    ...(bead.question ? ['gt:escalation'] : []),
  ]
  const expected = bead.shown === null ? [] : wanted
  return there.sort().join() === expected.sort().join()
    ? []
    : [`has the labels ${there} instead of ${expected}`]
}

/** What it waits for itself, and what the epics above it wait for, but not for something inside of them. */
function edgeDifferences(bead: Bead, node: Node, nodes: ReadonlyMap<string, Node>, root: Node): string[] {
  const above: Node[] = []
  for (let at = node.parentId; at && at !== String(root.id); at = nodes.get(at)?.parentId ?? null)
    above.push(nodes.get(at)!)
  const isInside = (id: string, epic: Node): boolean => {
    for (let at: string | null = id; at; at = nodes.get(at)?.parentId ?? null)
      if (at === String(epic.id)) return true
    return false
  }
  const wanted = new Map<string, string>()
  for (const epic of [...above, root])
    for (const it of epic.blockedBy) if (!isInside(it.id, epic)) wanted.set(it.id, it.state)
  for (const it of node.blockedBy) wanted.set(it.id, it.state)
  const has = bead.blockers.map(it => `${it.id} ${it.outside}`).sort()
  const want = [...wanted].map(([id, state]) => `${id} ${state}`).sort()
  return has.join() === want.join() ? [] : [`waits for ${has.join()} here and for ${want.join()} there`]
}

/** The convoy's card and its labels, and the comments of its beads, are what is to be said of what is stored. */
async function cardDifferences(plot: Plot, town: Town, convoy: Convoy): Promise<string[]> {
  const { rigId, number, id } = convoy
  const wrong: string[] = []
  const card = renderSay({ say: 'card', card: cardOf(town, convoy, Date.now()) }, placeIn(town, rigId))
  const said = await commentOf(plot, town, { rigId, number }, `show:convoy:${id}`)
  if (said !== card) wrong.push(`its card differs: ${unlike(said, card)}`)
  for (const bead of beadsOf(town, id).filter(it => it.shown !== null && it.kind !== 'epic')) {
    const text = renderSay({ say: 'bead', bead: beadCardOf(town, bead) }, placeIn(town, bead.rigId))
    const there = await commentOf(plot, town, bead, `show:bead:${bead.id}`)
    if (there !== text) wrong.push(`#${bead.number} says otherwise: ${unlike(there, text)}`)
  }
  const { owner, name } = town.rigs.get(rigId)!
  const issue = await plot.story.issue(`${owner}/${name}`, number)
  const labels = issue.labels.map(it => it.name).filter(it => it.startsWith('gt:'))
  const wanted = convoy.status === 'closed' ? [] : ['gt:convoy']
  if (isStaged(convoy) && convoy.status !== 'publishing') wanted.push('gt:staged')
  if (convoy.paused && convoy.status !== 'closed') wanted.push('gt:paused')
  if (labels.sort().join() !== wanted.sort().join())
    wrong.push(`has the labels ${labels} instead of ${wanted}`)
  return wrong
}

/** The lines that only one of them has. */
function unlike(there: string | null, here: string): string {
  const [theirs, ours] = [(there ?? 'nothing').split('\n'), here.split('\n')]
  const only = (sign: string, some: string[], others: string[]) =>
    some.filter(line => !others.includes(line)).map(line => `${sign} ${line}`)
  return ['', ...only('there', theirs, ours), ...only('here', ours, theirs)].join('\n')
}

const placeIn = (town: Town, rigId: string) => {
  const { owner, name } = town.rigs.get(rigId)!
  return { repo: `${owner}/${name}`, appSlug: town.appSlug }
}

async function commentOf(
  { story }: Plot,
  town: Town,
  { rigId, number }: { readonly rigId: string; readonly number: number },
  mark: string,
): Promise<string | null> {
  const { owner, name } = town.rigs.get(rigId)!
  const comments = await story.people.olivia.get<Comment[]>(
    `/repos/${owner}/${name}/issues/${number}/comments?per_page=100`,
  )
  const marked = comments.filter(
    it => it.user.type === 'Bot' && it.body.includes(`<!-- townhall:${mark} -->`),
  )
  if (marked.length > 1) return `${marked.length} comments`
  return marked[0]?.body.split(`\n\n<!-- townhall:${mark}`)[0] ?? null
}
