import type { Finding } from './convoys/findings.ts'
import type { Forecast } from './forecast/forecast.ts'
import type { MergeModeName, Rig } from './rig.ts'
import { Table } from './table.ts'

/** Milliseconds since the epoch. The core has no clock: every time is an argument. */
export type Time = number

/** `publishing`: its issues and links are still being made on GitHub; then it is staged. */
export type ConvoyStatus =
  | 'publishing'
  | 'staged_ready'
  | 'staged_warnings'
  | 'open'
  | 'landing'
  | 'landed'
  | 'closed'

/** A batch of beads under one issue (the epic), with one way of merging. */
export interface Convoy {
  /** `c` + the epic issue's database id + the time of staging: an issue may have had convoys before. */
  readonly id: string
  readonly rigId: string
  /** `new:<comment id>` and number 0 until the issue that we open for it is there. */
  readonly issueId: string
  readonly number: number
  readonly title: string
  /** `--title`: holds whatever the issue is called. */
  readonly givenTitle: string | null
  readonly status: ConvoyStatus
  /** Overlay on any status before the end: nothing is dispatched, landed or merged while it is on. */
  readonly paused: boolean
  /** `--mode`; null: each rig's own way. What holds in a rig is in its leg. */
  readonly givenMode: MergeModeName | null
  /** `--base`: where it lands, in every rig that has such a branch by that name; null: the default branches. */
  readonly givenBase: string | null
  readonly findings: readonly Finding[]
  /** `--start`: whoever asked for it when the plan was still being published; with `--force`, in spite of warnings. */
  readonly startWhenStaged: 'no' | 'if-ready' | 'force'
  /** Login of the person who staged it. */
  readonly by: string
  readonly stagedAt: Time
  readonly startedAt: Time | null
  readonly endedAt: Time | null
  /** Why it is closed without having landed, or why publishing it does not go on. */
  readonly why: string | null
  /** When the newest reading of its tree began that was followed: an older one that comes later is old news. */
  readonly readAt: Time | null
  /** What was foretold when it was staged; kept to be compared with what came. */
  readonly forecast: Forecast | null
  /** Hash of the card that was last asked for, so that asking again without news asks nothing. */
  readonly shown: string | null
  /** The same for its cards on the board. */
  readonly boardShown: string | null
  /** Times that a person moved one of those: each has to be put right once. */
  readonly cardsMoved: number
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
  /** How beads merge in this rig, fixed at the start. */
  readonly mergeMode: MergeModeName
  readonly state: 'planned' | 'asked' | 'ready' | 'landed'
  readonly wakeAt: Time | null
  readonly why: string | null
}

export type BeadStatus = 'open' | 'in_progress' | 'in_review' | 'closed' | 'failed'
/**
 * `skipped`: a person said that what waits for it goes on without it. `left`: it was taken out of the convoy, and its
 * issue goes on without us.
 */
export type ClosedHow = 'landed' | 'done' | 'skipped' | 'cancelled' | 'duplicate' | 'left'

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

/** Who is dispatched first among the ready; 0 is the most urgent, as in the field's P0 to P4. */
export type Priority = 0 | 1 | 2 | 3 | 4
export const PRIORITY: Priority = 2

/** A task of a plan that is being published: an issue to be made, or one that exists and is to be linked. */
export interface DraftTask {
  /** `<convoy id>#<nth>` */
  readonly id: string
  readonly convoyId: string
  /** Its number in the plan, from 1, as its author counts. */
  readonly nth: number
  readonly title: string
  readonly body: string
  /** Where it is made; for one that exists, where it is. */
  readonly rigId: string
  /** `nth` of the task that it is under; null: directly under the convoy's issue. */
  readonly parent: number | null
  /** `nth`s that it waits for. */
  readonly after: readonly number[]
  /** The issue, once it is there. */
  readonly issueId: string | null
  readonly number: number | null
  /** It was there before the plan, and is put under its parent as it is. */
  readonly existed: boolean
  /** `made`: the issue is there; `done`: so are its place in the tree and the edges of `after`. */
  readonly step: 'wanted' | 'making' | 'made' | 'linking' | 'done'
}

/** One piece of work: an issue. An epic holds beads, a decision is a person's: neither is worked on. */
export interface Bead {
  /** The issue's database id as text. */
  readonly id: string
  readonly convoyId: string
  readonly rigId: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly kind: 'task' | 'epic' | 'decision'
  /** The bead that holds it; null directly under the convoy's issue. */
  readonly parentId: string | null
  /** Position in the walk of the tree: the order among equals. */
  readonly position: number
  readonly priority: Priority
  readonly status: BeadStatus
  readonly how: ClosedHow | null
  /** How its issue is to be closed by us; null: not by us. */
  readonly closes: 'completed' | 'not_planned' | null
  readonly held: boolean
  /** Taken out of the convoy, and what is begun is finished: no further try. */
  readonly leaving: boolean
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
  /**
   * Someone with write access stands behind its words: who started the convoy, wrote them, or released the bead.
   * Without that no polecat gets to read them.
   */
  readonly trusted: boolean
  /** An edit of title or body after the start that is not followed: by whom, and a hash of what they wrote. */
  readonly edit: { readonly by: string; readonly hash: string } | null
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

/** A Projects v2 board as far as we know. */
export interface Board {
  readonly url: string | null
  /** Without a `url` why there is none, else a remark; for people. */
  readonly why: string | null
}

/** A board as it was last seen. `url` null: it cannot be, and `why` says why; with a `url`, `why` is a remark. */
export interface KnownBoard extends Board {
  /** As the config names it; null: the town's own. */
  readonly number: number | null
  readonly seenAt: Time
}

/** One installation of the App with everything that is not over yet. */
export interface Town {
  /** The installation's id as text. */
  readonly id: string
  login: string
  /** Boards are for organisations: an App sees none of a user. */
  ownerType: 'Organization' | 'User'
  boards: readonly KnownBoard[]
  /** The App's own login without `[bot]`: how people see us. */
  appSlug: string
  suspended: boolean
  readonly pace: Pace
  readonly rigs: Table<Rig>
  readonly convoys: Table<Convoy>
  readonly legs: Table<Leg>
  readonly beads: Table<Bead>
  readonly drafts: Table<DraftTask>
  readonly runs: Table<Run>
  readonly pulls: Table<Pull>
  readonly polecats: Table<Polecat>
}

export function newTown(id: string, pace: Pace = PACE): Town {
  return {
    id,
    login: '',
    ownerType: 'Organization',
    boards: [],
    appSlug: '',
    suspended: false,
    pace,
    rigs: new Table(),
    convoys: new Table(),
    legs: new Table(),
    beads: new Table(),
    drafts: new Table(),
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
    drafts: town.drafts.fork(),
    runs: town.runs.fork(),
    pulls: town.pulls.fork(),
    polecats: town.polecats.fork(),
  }
}

export const isLive = (run: Run): boolean => run.state === 'ordered' || run.state === 'running'
export const isOver = (convoy: Convoy): boolean => convoy.status === 'landed' || convoy.status === 'closed'
/** Not started yet: its plan may still change as a whole. */
export const isStaged = (convoy: Convoy): boolean =>
  convoy.status === 'staged_ready' || convoy.status === 'staged_warnings' || convoy.status === 'publishing'
/** Landed code, closed as done without code, or skipped by a person: what a dependent waits for. */
export const isSatisfied = (bead: Bead): boolean =>
  bead.status === 'closed' && (bead.how === 'landed' || bead.how === 'done' || bead.how === 'skipped')
/** Its convoy has nothing more to do with it: another one may have it. */
export const isGivenUp = (bead: Bead): boolean => bead.how === 'cancelled' || bead.how === 'left'
/** What a convoy must see the end of: epics follow from what is under them. */
export const isLeaf = (bead: Bead): boolean => bead.kind !== 'epic'
export const isOpenLeaf = (bead: Bead): boolean => isLeaf(bead) && bead.status !== 'closed'
export const isPullOver = (pull: Pull): boolean => pull.state === 'merged' || pull.state === 'closed'
