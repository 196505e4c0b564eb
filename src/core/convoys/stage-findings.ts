import type { Node } from '../beads/dag.ts'
import { cyclesOf } from '../beads/dag.ts'
import { holderOf } from '../beads/standing.ts'
import type { Tree } from '../events.ts'
import { refIn } from '../refinery/pull-story.ts'
import type { Rig } from '../rig.ts'
import { repoOf } from '../rig.ts'
import type { Bead, Convoy, Town } from '../town.ts'
import type { Finding } from './findings.ts'

/** Everything that the rules below look at. */
export interface Staging {
  readonly town: Town
  readonly convoy: Convoy
  readonly tree: Tree
  readonly beads: readonly Bead[]
  /** Beads that are to be worked on: leaves that are not closed. */
  readonly tasks: readonly Bead[]
  readonly nodes: readonly Node[]
  readonly waves: readonly (readonly string[])[]
}

/** GitHub's own limits (100 sub-issues, 8 levels) allow more; a plan that nobody can read is no plan. */
const MOST_BEADS = 500

type Rule = (staging: Staging, ref: (id: string) => string) => Finding[]

/** Errors first: with one of them nothing is written. The order is the order in which people read them. */
const RULES: readonly Rule[] = [
  empty,
  cycles,
  homeless,
  taken,
  archived,
  unreadable,
  outside,
  parked,
  gated,
  badConfig,
  apart,
  crossRig,
  wide,
  ungated,
  overlap,
]

export function findingsOf(staging: Staging): Finding[] {
  const refs = new Map(staging.tree.issues.map(issue => [issue.id, `${issue.repo}#${issue.number}`]))
  return RULES.flatMap(rule => rule(staging, id => refs.get(id) ?? id))
}

function find(
  severity: Finding['severity'],
  category: Finding['category'],
  refs: string[],
  detail: string,
): Finding {
  return { severity, category, refs, detail }
}

function empty({ beads, tasks, tree }: Staging, ref: (id: string) => string): Finding[] {
  const root = ref(tree.root.id)
  if (beads.length > MOST_BEADS)
    return [find('error', 'too-many', [root], `${beads.length} issues, at most ${MOST_BEADS}`)]
  if (tasks.some(task => task.kind === 'task')) return []
  if (tasks.length > 0) return [find('error', 'empty', [root], 'only decisions are left under it')]
  if (beads.length === 0) return [find('error', 'empty', [root], 'it has no sub-issues')]
  if (beads.every(bead => bead.kind === 'epic')) {
    return [
      find(
        'error',
        'only-epics',
        beads.map(bead => ref(bead.id)),
        'everything under it is an epic',
      ),
    ]
  }
  return [find('error', 'empty', [root], 'everything under it is closed')]
}

function cycles({ nodes }: Staging, ref: (id: string) => string): Finding[] {
  return cycleFindings(nodes, ref)
}

/** All of them, each with its path. */
export function cycleFindings(nodes: readonly Node[], ref: (id: string) => string): Finding[] {
  return cyclesOf(nodes).map(path => find('error', 'cycle', path.map(ref), path.map(ref).join(' → ')))
}

function homeless({ town, tasks }: Staging, ref: (id: string) => string): Finding[] {
  const lost = tasks.filter(task => town.rigs.get(task.rigId)?.gone ?? true)
  return lost.map(task => find('error', 'no-rig', [ref(task.id)], ref(task.id).split('#')[0]!))
}

function taken({ town, convoy, tasks }: Staging, ref: (id: string) => string): Finding[] {
  return tasks.flatMap(task => {
    const other = holderOf(town, task.id)
    if (!other || other.id === convoy.id) return []
    return [find('error', 'already-in-convoy', [ref(task.id)], refIn(town, other.rigId, other.number))]
  })
}

function archived({ town, tasks }: Staging, ref: (id: string) => string): Finding[] {
  return rigsOf(town, tasks)
    .filter(rig => rig.archived)
    .map(rig =>
      find(
        'error',
        'rig-archived',
        tasks.filter(task => task.rigId === rig.id).map(task => ref(task.id)),
        repoOf(rig),
      ),
    )
}

function unreadable({ tree }: Staging): Finding[] {
  return tree.unreadable.length > 0
    ? [find('warning', 'unreadable', [...tree.unreadable], 'not readable for the App')]
    : []
}

/** An edge that leaves the convoy is never dropped: it blocks, and the person is told before the start. */
function outside({ town, beads, tasks }: Staging, ref: (id: string) => string): Finding[] {
  const inside = new Set(beads.map(bead => bead.id))
  return tasks.flatMap(task =>
    task.blockers
      .filter(
        blocker =>
          !inside.has(blocker.id) &&
          blocker.outside !== 'completed' &&
          !town.beads.get(blocker.id)?.landedSha,
      )
      .map(blocker => find('warning', 'blocked-outside', [ref(task.id), blocker.ref], blocker.outside)),
  )
}

/** Nothing begins in a parked rig, so a plan that counts on it stands still. */
function parked({ town, tasks }: Staging, ref: (id: string) => string): Finding[] {
  return rigsOf(town, tasks)
    .filter(rig => rig.config.parked)
    .map(rig => {
      const there = tasks.filter(task => task.rigId === rig.id)
      return find(
        'warning',
        'rig-parked',
        there.map(task => ref(task.id)),
        repoOf(rig),
      )
    })
}

/** What waits for a decision waits for a person: nobody may be surprised by that after the start. */
function gated({ tasks, nodes }: Staging, ref: (id: string) => string): Finding[] {
  const decisions = new Set(tasks.filter(task => task.kind === 'decision').map(task => task.id))
  return [...decisions].flatMap(decision => {
    const behind = nodes.filter(node => node.after.includes(decision)).map(node => ref(node.id))
    return behind.length > 0 ? [find('warning', 'gated', [...behind, ref(decision)], ref(decision))] : []
  })
}

const FILE = /(?:[\w.-]+\/)+[\w.-]+\.[a-z]{1,5}\b/gi
/** More pairs than these are not listed. */
const MOST_OVERLAPS = 10

/** Beads of one wave whose texts name the same file will likely conflict there. */
function overlap({ tasks, waves }: Staging, ref: (id: string) => string): Finding[] {
  const files = new Map(tasks.map(task => [task.id, filesIn(task)]))
  const found = waves.flatMap(wave => {
    const named = Map.groupBy(
      wave.flatMap(id => (files.get(id) ?? []).map(file => ({ id, file }))),
      one => one.file,
    )
    return [...named].flatMap(([file, by]) =>
      by.length < 2
        ? []
        : find(
            'advice',
            'overlap',
            by.map(one => ref(one.id)),
            file,
          ),
    )
  })
  return found.slice(0, MOST_OVERLAPS)
}

const filesIn = (task: Bead): string[] => [
  ...new Set([...`${task.title}\n${task.body.slice(0, 20_000)}`.matchAll(FILE)].map(([file]) => file)),
]

function badConfig({ town, tasks }: Staging): Finding[] {
  return rigsOf(town, tasks)
    .filter(rig => rig.configProblem !== null)
    .map(rig => find('advice', 'bad-config', [], `${repoOf(rig)}: ${rig.configProblem}`))
}

/** A task with no edge in or out may be right, or a forgotten dependency. */
function apart({ nodes }: Staging, ref: (id: string) => string): Finding[] {
  if (nodes.length < 3) return []
  const touched = new Set(nodes.flatMap(node => node.after))
  const alone = nodes.filter(node => node.after.length === 0 && !touched.has(node.id))
  if (alone.length === 0 || alone.length === nodes.length) return []
  return [
    find(
      'advice',
      'orphan',
      alone.map(node => ref(node.id)),
      `${alone.length}`,
    ),
  ]
}

function crossRig({ town, tasks }: Staging): Finding[] {
  const rigs = rigsOf(town, tasks)
  return rigs.length > 1 ? [find('advice', 'cross-rig', [], rigs.map(repoOf).join(', '))] : []
}

function wide({ town, tasks, waves }: Staging): Finding[] {
  const seats = rigsOf(town, tasks).reduce((sum, rig) => sum + rig.config.maxPolecats, 0)
  const widest = Math.max(0, ...waves.map(wave => wave.length))
  return widest > seats ? [find('advice', 'wide-wave', [], `${widest} beads at once, ${seats} polecats`)] : []
}

function ungated({ town, tasks }: Staging): Finding[] {
  return rigsOf(town, tasks)
    .filter(rig => rig.config.gates.length === 0)
    .map(rig => find('advice', 'no-gate', [], repoOf(rig)))
}

function rigsOf(town: Town, tasks: readonly Bead[]): Rig[] {
  return [...new Set(tasks.map(task => task.rigId))].flatMap(id => town.rigs.get(id) ?? [])
}
