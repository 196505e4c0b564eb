import { beadsOfTree } from '../convoys/stage.ts'
import { beadPullId, id8, legId, runId } from '../names.ts'
import { newPull } from '../refinery/new-pull.ts'
import type { Bead, Convoy, Leg, Pull, Town } from '../town.ts'
import { isOver } from '../town.ts'
import type { BeadMemory } from './memory.ts'
import { inOrder, nthOf, pullRow, waitingAs } from './recovered-pull.ts'
import type { BeadSeen, ConvoySeen, PullFound } from './seen.ts'

interface Rows {
  readonly beads: readonly Bead[]
  readonly pulls: readonly Pull[]
}

/** Everything that is known of one bead. */
interface Clues {
  readonly town: Town
  readonly seen: ConvoySeen
  readonly leg: Leg | undefined
  /** As its issue shows it. */
  readonly fresh: Bead
  readonly own: BeadSeen | undefined
  readonly known: BeadMemory | null
  /** First to last. */
  readonly pulls: readonly PullFound[]
}

export function recoveredBeads(town: Town, convoy: Convoy, legs: readonly Leg[], seen: ConvoySeen): Rows {
  const inTree = beadsOfTree(convoy.id, seen.tree)
  const present = new Set(inTree.map(bead => bead.id))
  const left = (seen.memory?.beads ?? [])
    .filter(({ bead }) => !present.has(bead.id))
    .map(({ bead }): Bead => ({ ...bead, ...NOT_REMEMBERED, convoyId: convoy.id }))
  const rows = [...inTree, ...left]
    .filter(bead => town.rigs.has(bead.rigId) && !isElsewhere(town, bead, seen))
    .map(fresh => recoveredBead(cluesOf(town, legs, fresh, seen)))
  return { beads: rows.map(row => row.bead), pulls: rows.flatMap(row => row.pulls) }
}

/** A bead that left the tree: what its issue says is not read with it. */
const NOT_REMEMBERED = { body: '', blockers: [], checkpoint: null, shown: null } as const

/** Another convoy has it. */
function isElsewhere(town: Town, bead: Bead, { beads, others }: ConvoySeen): boolean {
  const before = town.beads.get(bead.id)
  const other = before && town.convoys.get(before.convoyId)
  if (other && other.id !== bead.convoyId && !isOver(other)) return true
  const remembers = beads.get(bead.id)?.memory?.convoyId
  return remembers !== undefined && remembers !== bead.convoyId && others.has(remembers)
}

function cluesOf(town: Town, legs: readonly Leg[], fresh: Bead, seen: ConvoySeen): Clues {
  const own = seen.beads.get(fresh.id)
  const told = own?.memory?.convoyId === fresh.convoyId ? own.memory : null
  const prefix = beadPullId(fresh, 0).slice(0, -1)
  return {
    town,
    seen,
    leg: legs.find(leg => leg.id === legId(fresh.convoyId, fresh.rigId)),
    fresh,
    own,
    known: told ?? seen.memory?.beads.find(({ bead }) => bead.id === fresh.id) ?? null,
    pulls: inOrder(seen.pulls.filter(pull => pull.rigId === fresh.rigId && pull.id.startsWith(prefix))),
  }
}

function recoveredBead(clues: Clues): { bead: Bead; pulls: Pull[] } {
  const bead = onItsBranch({ ...asRemembered(clues), shown: shownBefore(clues) }, clues)
  const landing = clues.pulls.findLast(pull => pull.mergedAt !== null && isNews(pull, clues.known))
  if (landing && (clues.known === null || bead.status !== 'closed'))
    return { bead: landed(bead, landing, clues), pulls: pullRows(clues, null) }
  const current = currentOf(clues)
  if (!current) return withoutPull(bead, clues)
  const isReview =
    bead.status === 'in_review' || (bead.status === 'open' && isNews(current, clues.known, true))
  const reviewed = isReview
    ? ({ ...bead, status: 'in_review', headSha: current.headSha, wakeAt: null } as const)
    : bead
  return { bead: reviewed, pulls: pullRows(clues, { found: current, isReview }) }
}

/** What was shown of it once is kept true: as long as this is no hash of anything, it is shown again. */
const shownBefore = ({ own }: Clues): string | null =>
  own && (own.memory !== null || own.labels.length > 0) ? 'before' : null

/** Is it the pull that was open when its bead was last shown, or a later one? `later`: only a later one. */
function isNews(pull: PullFound, known: BeadMemory | null, later = false): boolean {
  if (!known || nthOf(pull.id) > known.pulls) return true
  return !later && known.pull?.id === pull.id
}

/** The one that is open; or the one that was, and a person closed it meanwhile. */
function currentOf({ pulls, known }: Clues): PullFound | undefined {
  const open = pulls.findLast(pull => pull.state === 'open')
  if (open) return open
  const last = pulls.at(-1)
  return last && last.mergedAt === null && known !== null && isNews(last, known) ? last : undefined
}

/** Nobody knows of a run any more, and that is nobody's fault: it costs no try. */
function asRemembered({ town, seen, fresh, own, known }: Clues): Bead {
  const { at } = seen
  const isIssueClosed = fresh.status === 'closed'
  const labels = own?.labels ?? []
  if (!known) {
    const held = fresh.status === 'open' && labels.includes('gt:held')
    const bead = trusting({ ...fresh, held }, own)
    return labels.includes('gt:failed') && bead.status === 'open'
      ? { ...bead, status: 'failed', why: FAILED }
      : bead
  }
  const { id, rigId, number, title, parentId, position } = fresh
  const was = known.bead
  const bead: Bead = {
    ...fresh,
    ...was,
    ...{ id, rigId, number, title, parentId, position },
    kind: was.runs > 0 ? was.kind : fresh.kind,
    blockers: fresh.blockers.map(it => (known.skips.includes(it.id) ? { ...it, skipped: true } : it)),
  }
  if (bead.status === 'closed')
    return { ...bead, issueClosedAt: isIssueClosed ? at : (bead.issueClosedAt ?? bead.closedAt) }
  return trusting(
    {
      ...bead,
      status: bead.status === 'in_progress' ? 'open' : bead.status,
      held: bead.held || labels.includes('gt:held'),
      wakeAt: bead.status === 'open' ? wakeOf(bead, at, town.pace.remindMs) : null,
    },
    own,
  )
}

const FAILED = 'it had failed, and nobody remembers why'

/** Words that someone without write access wrote after the start reach an agent only when a person lets them. */
function trusting(bead: Bead, own: BeadSeen | undefined): Bead {
  const by = own?.strangerAt ?? null
  if (by === null || bead.kind !== 'task' || bead.status === 'closed') return bead
  return { ...bead, trusted: false, edit: { by, hash: '' } }
}

/** Reminders that were due meanwhile are not made up for. */
function wakeOf({ question, wakeAt }: Bead, at: number, remindMs: number): number | null {
  if (!question) return wakeAt !== null && wakeAt > at ? wakeAt : null
  const since = Math.max(0, at - question.askedAt)
  return question.askedAt + (Math.floor(since / remindMs) + 1) * remindMs
}

/** Its branch as it is on the remote; one that began after its comment was written is known by its name. */
function onItsBranch(bead: Bead, { seen, known }: Clues): Bead {
  if (bead.status === 'closed' || bead.kind !== 'task') return bead
  const branches = seen.branches.get(bead.rigId) ?? new Map<string, string>()
  if (bead.branch !== null) return { ...bead, headSha: branches.get(bead.branch) ?? null }
  for (let nth = (known?.bead.runs ?? 0) + MOST_UNTOLD_RUNS; nth >= 0; nth--) {
    const tail = id8(runId(bead, nth))
    const branch = [...branches.keys()].find(name => name.endsWith(`/${tail}`) && POLECAT.test(name))
    if (!branch) continue
    const polecat = POLECAT.exec(branch)![1]!
    return { ...bead, branch, polecat, headSha: branches.get(branch)!, runs: Math.max(bead.runs, nth + 1) }
  }
  return bead
}

/** Runs that may have begun since a bead was last shown. */
const MOST_UNTOLD_RUNS = 3
const POLECAT = /(?:^|\/)gt\/([a-z0-9-]+)\/[0-9a-f]{8}$/

function landed(bead: Bead, pull: PullFound, { fresh, seen }: Clues): Bead {
  return {
    ...bead,
    status: 'closed',
    how: 'landed',
    closes: 'completed',
    landedSha: pull.mergeSha,
    closedAt: pull.mergedAt,
    issueClosedAt: fresh.status === 'closed' ? seen.at : null,
    held: false,
    question: null,
    wakeAt: null,
    why: null,
  }
}

/** A finished branch whose pull was never opened is asked for again; without the branch there is nothing to review. */
function withoutPull(bead: Bead, clues: Clues): { bead: Bead; pulls: Pull[] } {
  const pulls = pullRows(clues, null)
  if (bead.status !== 'in_review') return { bead, pulls }
  const { leg, known, seen } = clues
  if (!leg || bead.branch === null || bead.headSha === null)
    return { bead: { ...bead, status: 'open' }, pulls }
  const { id: beadId, rigId, convoyId, title, branch: head, headSha } = bead
  const subject = {
    id: known?.pull?.id ?? beadPullId(bead, pulls.length + 1),
    kind: 'bead',
    rigId,
    convoyId,
    beadId,
    title,
  } as const
  const wanted = newPull(
    { ...subject, head, base: leg.target, headSha, wakeAt: seen.at },
    known?.pull?.queuedAt ?? seen.at,
  )
  return { bead, pulls: [...pulls, wanted] }
}

/** A row for each pull of the bead; at most the current one is not over. */
function pullRows(clues: Clues, current: { found: PullFound; isReview: boolean } | null): Pull[] {
  const { town, seen, fresh, known, pulls } = clues
  const owner = { kind: 'bead', convoyId: fresh.convoyId, beadId: fresh.id } as const
  return pulls.map((found): Pull => {
    const remembered = known?.pull?.id === found.id ? known.pull : null
    const row = pullRow(owner, found, remembered)
    if (row.state === 'merged') return row
    if (found !== current?.found) return { ...row, state: 'closed', why: row.why ?? 'not wanted any more' }
    if (!current.isReview) return { ...row, state: 'returned', why: remembered?.why ?? null }
    return waitingAs({ ...row, state: 'queued' }, remembered, seen.at, town.pace.recheckMs)
  })
}
