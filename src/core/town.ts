import type { Finding } from './convoys/findings.ts'
import { Table } from './table.ts'

/** Milliseconds since the epoch. The core has no clock: every time is an argument. */
export type Time = number

/** What a rig's `.github/townhall.yml` says, with defaults filled in. */
export interface RigConfig {
  readonly gates: readonly Gate[]
  readonly mergeMode: MergeModeName
  readonly landing: 'auto' | 'approve' | 'manual'
  /** Runs of polecats at once in this rig. */
  readonly maxPolecats: number
  /** Tries per bead before it has failed and a person decides. */
  readonly tries: number
}

/** A command that must end with 0 on the merged result before anything lands. */
export interface Gate {
  readonly name: string
  readonly run: string
  readonly timeoutMs: number
}

/** How one gate went. */
export interface GateResult {
  readonly name: string
  readonly ok: boolean
  readonly seconds: number
  /** Last part of the output, at most 4,000 characters. */
  readonly tail: string
}

export type MergeModeName = 'review-then-land' | 'review-and-merge'

export const DEFAULT_CONFIG: RigConfig = {
  gates: [],
  mergeMode: 'review-then-land',
  landing: 'auto',
  maxPolecats: 4,
  tries: 3,
}

/** One repository of the town. `id` is GitHub's database id as text: names change, ids do not. */
export interface Rig {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly defaultBranch: string
  readonly archived: boolean
  /** The App was taken off it, or it was deleted. Its beads wait; nothing is forgotten. */
  readonly gone: boolean
  readonly config: RigConfig
  /** Blob SHA of the config file that `config` was read from; null without a file. */
  readonly configSha: string | null
  /** What is wrong with the file in the default branch (then `config` is the last good one). */
  readonly configProblem: string | null
}

export type ConvoyStatus = 'staged_ready' | 'staged_warnings' | 'open' | 'landing' | 'landed' | 'closed'

/** A batch of beads under one issue (the epic), with one way of merging. */
export interface Convoy {
  /** `c` + the epic issue's database id + the time of staging: an issue may have had convoys before. */
  readonly id: string
  readonly rigId: string
  readonly issueId: string
  readonly number: number
  readonly title: string
  readonly status: ConvoyStatus
  /** Overlay on any status before the end: nothing is dispatched, landed or merged while it is on. */
  readonly paused: boolean
  readonly mergeMode: MergeModeName
  readonly findings: readonly Finding[]
  /** Login of the person who staged it. */
  readonly by: string
  readonly stagedAt: Time
  readonly startedAt: Time | null
  readonly endedAt: Time | null
  /** Why it is closed without having landed. */
  readonly why: string | null
  /** Hash of the card that was last asked for, so that asking again without news asks nothing. */
  readonly shown: string | null
}

/** A convoy's part in one rig: the branch its beads merge into, and whether that branch exists. */
export interface Leg {
  /** `<convoy id>@<rig id>` */
  readonly id: string
  readonly convoyId: string
  readonly rigId: string
  /** Where beads start from and merge into: the convoy's own branch, or the rig's default branch. */
  readonly target: string
  /** Where the landing pull request goes. */
  readonly base: string
  readonly state: 'planned' | 'asked' | 'ready' | 'landed'
  readonly wakeAt: Time | null
  readonly why: string | null
}

export type BeadStatus = 'open' | 'in_progress' | 'in_review' | 'closed' | 'failed'
export type ClosedHow = 'landed' | 'done' | 'cancelled' | 'duplicate'

/** What a blocker outside the convoy looked like when it was last read. `unseen`: no right to read it. */
export type OutsideState = 'open' | 'completed' | 'not_planned' | 'unseen'

/** An edge "this bead waits for that issue". */
export interface Blocker {
  /** Database id of the blocking issue: a bead's id when it is one of ours. */
  readonly id: string
  /** `owner/name#number`, for people. */
  readonly ref: string
  /** Only asked when the issue is not a bead of the town. */
  readonly outside: OutsideState
  /** A person said: go on without it (`/bead release`). */
  readonly skipped: boolean
}

/** Why a bead came back from a try, for the next polecat and for people. */
export interface Feedback {
  readonly kind: 'gate' | 'conflict' | 'failed' | 'answer'
  readonly text: string
  readonly files: readonly string[]
}

/** A question that a polecat asked and a person has to answer. */
export interface Question {
  readonly id: string
  readonly text: string
  readonly askedAt: Time
}

export interface Answer {
  readonly question: string
  readonly answer: string
  readonly by: string
}

/** One piece of work: an issue. An epic holds beads and is never worked on itself. */
export interface Bead {
  /** The issue's database id as text. */
  readonly id: string
  readonly convoyId: string
  readonly rigId: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly kind: 'task' | 'epic'
  /** The bead that holds it; null directly under the convoy's issue. */
  readonly parentId: string | null
  /** Position in the walk of the tree: the order among equals. */
  readonly position: number
  readonly status: BeadStatus
  readonly how: ClosedHow | null
  readonly held: boolean
  readonly blockers: readonly Blocker[]
  /** Tries that failed since the last `/bead retry`. */
  readonly tries: number
  /** Conflicts and lost runs since the last `/bead retry`: nobody's fault, so they have a cap of their own. */
  readonly setbacks: number
  /** Runs ever made: the next run's number. */
  readonly runs: number
  readonly polecat: string | null
  readonly branch: string | null
  /** Last commit of the branch that the runner pushed. */
  readonly headSha: string | null
  /** What the agent needs to go on from `headSha`; opaque, at most 4,000 characters. */
  readonly checkpoint: string | null
  readonly feedback: Feedback | null
  readonly question: Question | null
  readonly answers: readonly Answer[]
  /** Not to be dispatched before; also the reminder for an open question. */
  readonly wakeAt: Time | null
  /** In one sentence, why it failed or was closed. */
  readonly why: string | null
  readonly landedSha: string | null
  readonly closedAt: Time | null
  /** When we closed the issue on GitHub: an issue seen open *later* was reopened by a person. */
  readonly issueClosedAt: Time | null
  readonly shown: string | null
}

export type RunState = 'ordered' | 'running' | 'done' | 'failed' | 'asked' | 'lost' | 'stopped'
export type RunKind = 'work' | 'rework' | 'conflict' | 'gate'

/** One try of one agent at one bead, or one gate run on a merged result, under a lease. */
export interface Run {
  readonly id: string
  readonly kind: RunKind
  readonly rigId: string
  readonly convoyId: string
  readonly beadId: string | null
  readonly pullId: string | null
  readonly polecat: string | null
  /** 1 for the first run of the bead or pull, and so on. */
  readonly number: number
  readonly state: RunState
  readonly orderedAt: Time
  readonly startedAt: Time | null
  readonly endedAt: Time | null
  /** A run that is silent for longer is lost. */
  readonly leaseUntil: Time
  readonly why: string | null
}

export type PullState =
  | 'opening'
  | 'queued'
  | 'gating'
  | 'merging'
  | 'waiting'
  /** The gate found nothing to merge: GitHub is asked whether somebody merged it already. */
  | 'doubted'
  /** A landing that a person closed: it goes on when it is reopened. */
  | 'shut'
  | 'returned'
  | 'merged'
  | 'closed'

/** A pull request of ours: a bead into its target, or a convoy's branch into the base (the landing). */
export interface Pull {
  readonly id: string
  readonly kind: 'bead' | 'landing'
  readonly rigId: string
  readonly convoyId: string
  readonly beadId: string | null
  readonly head: string
  readonly base: string
  readonly title: string
  /** The commit that we decided on. Nothing else is merged. Null for a landing until it is seen. */
  readonly headSha: string | null
  /** GitHub's number; null until GitHub says that it is open. */
  readonly number: number | null
  readonly state: PullState
  readonly queuedAt: Time
  /** Gate runs ever ordered: the next one's number. */
  readonly gates: number
  readonly gateRunId: string | null
  /** What the last green gate run has tested: only that is merged. */
  readonly testedHead: string | null
  readonly testedBase: string | null
  /** Reviews by people with write access at `headSha`. */
  readonly approved: boolean
  readonly wakeAt: Time | null
  /** What it waits for, in one sentence. */
  readonly why: string | null
  readonly mergeSha: string | null
  /** Hash of the check run last asked for. */
  readonly shown: string | null
}

/** A worker's lasting name and record. */
export interface Polecat {
  /** `<rig id>/<name>` */
  readonly id: string
  readonly rigId: string
  readonly name: string
  readonly runs: number
  readonly landed: number
}

/** How long things take before the core stops waiting. One set for GitHub, a short one for the sandbox. */
export interface Pace {
  /** Silence after which a run is lost. */
  readonly leaseMs: number
  /** How often the runner reports. Well under half of the lease. */
  readonly beatMs: number
  /** First wait before a bead is tried again; doubles up to the maximum. */
  readonly backoffMs: number
  readonly backoffMaxMs: number
  /** How long a pull that GitHub does not let us merge, or a branch we could not make, is left alone. */
  readonly recheckMs: number
  /** How often a person is reminded of an open question. */
  readonly remindMs: number
  /** At most one write of a convoy's card in this time. */
  readonly coalesceMs: number
}

export const PACE: Pace = {
  leaseMs: 120_000,
  beatMs: 15_000,
  backoffMs: 30_000,
  backoffMaxMs: 15 * 60_000,
  recheckMs: 5 * 60_000,
  remindMs: 24 * 3_600_000,
  coalesceMs: 5_000,
}

/** One installation of the App with everything that is not over yet. */
export interface Town {
  /** The installation's id as text. */
  readonly id: string
  login: string
  /** The App's own login without `[bot]`: how people see us. */
  appSlug: string
  suspended: boolean
  readonly pace: Pace
  readonly rigs: Table<Rig>
  readonly convoys: Table<Convoy>
  readonly legs: Table<Leg>
  readonly beads: Table<Bead>
  readonly runs: Table<Run>
  readonly pulls: Table<Pull>
  readonly polecats: Table<Polecat>
}

export function newTown(id: string, pace: Pace = PACE): Town {
  return {
    id,
    login: '',
    appSlug: '',
    suspended: false,
    pace,
    rigs: new Table(),
    convoys: new Table(),
    legs: new Table(),
    beads: new Table(),
    runs: new Table(),
    pulls: new Table(),
    polecats: new Table(),
  }
}

/** A town that can be changed without the other noticing; see Table. */
export function forkTown(town: Town): Town {
  return {
    ...town,
    rigs: town.rigs.fork(),
    convoys: town.convoys.fork(),
    legs: town.legs.fork(),
    beads: town.beads.fork(),
    runs: town.runs.fork(),
    pulls: town.pulls.fork(),
    polecats: town.polecats.fork(),
  }
}

export const isLive = (run: Run): boolean => run.state === 'ordered' || run.state === 'running'
export const isOver = (convoy: Convoy): boolean => convoy.status === 'landed' || convoy.status === 'closed'
export const isStaged = (convoy: Convoy): boolean =>
  convoy.status === 'staged_ready' || convoy.status === 'staged_warnings'
/** Landed code, or closed as done without code: what a dependent waits for. */
export const isSatisfied = (bead: Bead): boolean =>
  bead.status === 'closed' && (bead.how === 'landed' || bead.how === 'done')
export const isPullOver = (pull: Pull): boolean => pull.state === 'merged' || pull.state === 'closed'
export const repoOf = (rig: Rig): string => `${rig.owner}/${rig.name}`
