import type { Fact, RigSeen, Tree } from '../../core/events.ts'
import { evolve } from '../../core/evolve.ts'
import { recovered } from '../../core/recovery/recovered.ts'
import type { BeadSeen, ConvoySeen, PullFound } from '../../core/recovery/seen.ts'
import { isPullOver, newTown, type Pull, type Time, type Town } from '../../core/town.ts'
import { type News, Refused } from '../../ports.ts'
import { observeInstallation } from '../observe-installation.ts'
import { observePull } from '../observe-pull.ts'
import { observeTrees, PARENTS_AT_ONCE } from '../observe-tree.ts'
import type { Reach } from '../reach.ts'
import { LONGEST_AGO_MS } from '../sweep.ts'
import { heardAlready } from './answered.ts'
import { liveConvoys, type Root, stagedAt } from './live-convoys.ts'
import { ourBranches } from './our-branches.ts'
import { type OurIssue, ourIssues, showingsOn } from './our-issues.ts'
import { ourPulls } from './our-pulls.ts'
import { rememberChecks, rememberIssue } from './remember.ts'
import { strangersAt } from './strangers.ts'

export interface TownRecovered {
  readonly login: string
  readonly rigs: number
  /** To be appended as a whole. */
  readonly news: readonly News[]
  /** The town as it will be once the news are in, before anything follows from them. */
  readonly town: Town
  /** Convoys that could not be read, each with a sentence. */
  readonly lost: readonly string[]
}

/**
 * A town from GitHub alone, for a database that knows nothing of it. Reads only; what is there is noted in the mirror.
 * Doing it again before anybody has thought about the news does it once.
 */
export async function recover(reach: Reach): Promise<TownRecovered> {
  const at = reach.now()
  const { facts, rigs, installedAt } = await observeInstallation(reach)
  const town = newTown(reach.townId)
  for (const fact of facts) evolve(town, fact, at)
  const learned: Fact[] = [...facts]
  const lost: string[] = []
  const roots = await liveConvoys(reach, rigs, at)
  const others = new Set(roots.flatMap(({ memory }) => memory?.convoy.id ?? []))
  const found: Found[] = []
  for (const { root, tree } of await withTrees(reach, roots)) {
    if (tree instanceof Refused) lost.push(tree.message)
    else found.push({ root, tree })
  }
  const shown = await shownIn(reach, rigs, found)
  for (const it of found) learned.push(...(await convoyFacts({ reach, town, shown, others, at }, it)))
  const heard = await comments(reach, town, rigs, Math.max(installedAt, at - LONGEST_AGO_MS))
  const news = learned.map(fact => ({ townId: reach.townId, fact, dedupe: null }))
  return { login: town.login, rigs: rigs.length, news: [...news, ...heard], town, lost }
}

interface Found {
  readonly root: Root
  readonly tree: Tree
}

/** What all convoys together were looked at for. */
interface Shown {
  /** By the issue's id. */
  readonly issues: ReadonlyMap<string, OurIssue>
  readonly pulls: readonly PullFound[]
  readonly branches: ReadonlyMap<string, ReadonlyMap<string, string>>
}

async function shownIn(reach: Reach, rigs: readonly RigSeen[], found: readonly Found[]): Promise<Shown> {
  const issues = await ourIssues(reach, [...new Set(found.flatMap(it => nodesOf(reach, it)))])
  const since = Math.min(...found.map(({ root }) => stagedAt(root)))
  const touched = new Set(
    found.flatMap(({ root, tree }) => [...tree.issues, ...(root.memory?.legs ?? [])].map(it => it.rigId)),
  )
  const pulls: PullFound[] = []
  const branches = new Map<string, ReadonlyMap<string, string>>()
  for (const { id, owner, name } of rigs) {
    if (!touched.has(id)) continue
    pulls.push(...(await ourPulls(reach, { owner, repo: name }, id, since)))
    branches.set(id, await ourBranches(reach, { owner, repo: name }))
  }
  return { issues, pulls, branches }
}

async function withTrees(
  reach: Reach,
  roots: readonly Root[],
): Promise<readonly { readonly root: Root; readonly tree: Tree | Refused }[]> {
  const read: { root: Root; tree: Tree | Refused }[] = []
  for (let at = 0; at < roots.length; at += PARENTS_AT_ONCE) {
    const some = roots.slice(at, at + PARENTS_AT_ONCE)
    const places = some.map(({ issue: { rig, number } }) => ({ owner: rig.owner, repo: rig.name, number }))
    const trees = await observeTrees(reach, places)
    for (const [nth, root] of some.entries()) read.push({ root, tree: trees[nth]! })
  }
  return read
}

/** What the recovery of each convoy looks at. `town` grows with each. */
interface Sight {
  readonly reach: Reach
  readonly town: Town
  readonly shown: Shown
  readonly others: ReadonlySet<string>
  readonly at: Time
}

async function convoyFacts(sight: Sight, { root, tree }: Found): Promise<Fact[]> {
  const { reach, town, shown, at } = sight
  const issues = tree.issues.flatMap(issue => (issue === tree.root ? [] : (shown.issues.get(issue.id) ?? [])))
  const seen: ConvoySeen = {
    tree,
    labels: root.ours.labels,
    memory: root.memory,
    cardId: root.card?.id ?? null,
    beads: await beadsSeen(reach, root, tree, issues),
    pulls: shown.pulls,
    branches: shown.branches,
    others: sight.others,
    at,
  }
  const fact = recovered(town, seen)
  evolve(town, fact, at)
  await rememberIssue(reach, `show:convoy:${fact.convoy.id}`, root.ours, cardOf(root, fact.convoy.id))
  await rememberBeads(reach, issues)
  await rememberChecks(reach, fact.pulls)
  const pulls = await Promise.all(
    fact.pulls.filter(pull => !isPullOver(pull) && pull.number !== null).map(pull => pullFact(sight, pull)),
  )
  return [fact, ...pulls, { type: 'TreeSeen', convoyId: fact.convoy.id, tree }]
}

const cardOf = ({ card }: Root, convoyId: string) => (card?.id === convoyId ? card.comment : null)

/** Of all that is under its root. */
function nodesOf(reach: Reach, { tree }: Found): string[] {
  const ids = tree.issues.map(issue => issue.id)
  return ids.filter(id => id !== tree.root.id).flatMap(id => reach.nodeIds.get(id) ?? [])
}

async function beadsSeen(
  reach: Reach,
  { memory }: Root,
  tree: Tree,
  issues: readonly OurIssue[],
): Promise<ReadonlyMap<string, BeadSeen>> {
  const begunAt = memory?.convoy.startedAt ?? null
  const strangers = begunAt === null ? new Map<string, string>() : await strangersAt(reach, tree, begunAt)
  return new Map(
    issues.map(issue => {
      const showing = showingsOn(reach, issue, 'bead').find(it => it.id === issue.id)
      const told =
        showing?.memory?.of === 'bead' && showing.memory.bead.id === issue.id ? showing.memory : null
      return [issue.id, { labels: issue.labels, memory: told, strangerAt: strangers.get(issue.id) ?? null }]
    }),
  )
}

async function rememberBeads(reach: Reach, issues: readonly OurIssue[]): Promise<void> {
  for (const issue of issues) {
    const showing = showingsOn(reach, issue, 'bead').find(it => it.id === issue.id)
    if (showing || issue.labels.length > 0)
      await rememberIssue(reach, `show:bead:${issue.id}`, issue, showing?.comment ?? null)
  }
}

/** As it was listed; a landing may wait for somebody's approval, so its reviews are read as well. */
async function pullFact({ reach, town, shown }: Sight, pull: Pull): Promise<Fact> {
  const rig = town.rigs.get(pull.rigId)!
  if (pull.kind === 'landing')
    return observePull(reach, { owner: rig.owner, repo: rig.name }, pull.id, pull.number!)
  const { state, mergedAt, mergeSha, headSha } = shown.pulls.find(found => found.id === pull.id)!
  const merged = mergedAt !== null
  return {
    type: 'PullSeen',
    pullId: pull.id,
    number: pull.number!,
    headSha,
    state,
    merged,
    mergeSha: merged ? mergeSha : null,
    approved: false,
  }
}

/** Comments of the rigs that need not be heard again. */
async function comments(
  reach: Reach,
  town: Town,
  rigs: readonly RigSeen[],
  since: Time,
): Promise<readonly News[]> {
  const heard: News[] = []
  for (const { id, owner, name } of rigs) {
    const beads = [...town.beads.values()].filter(bead => bead.rigId === id)
    const convoys = [...town.convoys.values()].filter(convoy => convoy.rigId === id)
    const ids = new Map([
      ...convoys.map(convoy => [convoy.number, convoy.issueId] as const),
      ...beads.map(bead => [bead.number, bead.id] as const),
    ])
    const asked = new Map(
      beads.flatMap(bead => (bead.question ? [[bead.number, bead.question.askedAt] as const] : [])),
    )
    const idOf = (number: number) => ids.get(number) ?? `${owner}/${name}#${number}`
    heard.push(...(await heardAlready(reach, { owner, repo: name }, id, since, asked, idOf)))
  }
  return heard
}
