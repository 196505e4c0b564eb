import { dispatch } from './beads/dispatch.ts'
import {
  hearAsked,
  hearDone,
  hearFailed,
  hearReleased,
  loseSilentRuns,
  remind,
  stopUnwantedRuns,
} from './beads/polecat.ts'
import { hearCardMoved } from './board/move.ts'
import { completeConvoys, makeBranches, rollUpEpics } from './convoys/convoy.ts'
import { hearIssue, hearRigs, hearTree } from './convoys/follow.ts'
import { hearWords } from './convoys/follow-bead.ts'
import { hearTreeGivenUp } from './convoys/hear-given-up.ts'
import { hearPublished } from './convoys/publish.ts'
import { hearForecast } from './convoys/restage.ts'
import type { Outcome, SeenFact } from './decision.ts'
import { Deliberation } from './decision.ts'
import type { Fact } from './events.ts'
import { evolve } from './evolve.ts'
import { hearComment } from './hear-comment.ts'
import { hearGate } from './refinery/gate-report.ts'
import { hearGivenUp, hearMergeRefused, hearOpenRefused, hearPull } from './refinery/merge.ts'
import { refine } from './refinery/refinery.ts'
import { show, touchedBy } from './shown/shown.ts'
import type { Time, Town } from './town.ts'
import { nextWake } from './wake.ts'

type Hears = { readonly [T in Fact['type']]: (d: Deliberation, fact: Extract<Fact, { type: T }>) => void }

/** For facts that only change what we know: the standing rules draw the conclusions. */
const known = (): void => {}

/** What each fact means, at the moment it comes in. */
const HEAR: Hears = {
  TownSeen: known,
  RigsSeen: hearRigs,
  CommentSeen: hearComment,
  IssueTouched: hearIssue,
  TreeSeen: hearTree,
  PullSeen: hearPull,
  PullOpenRefused: hearOpenRefused,
  MergeRefused: hearMergeRefused,
  IssueClosed: known,
  BranchMade: known,
  RunStarted: known,
  RunBeat: known,
  RunDone: hearDone,
  RunFailed: hearFailed,
  RunAsked: hearAsked,
  RunReleased: hearReleased,
  GateReported: hearGate,
  EffectGivenUp(d, fact) {
    hearGivenUp(d, fact)
    hearTreeGivenUp(d, fact)
  },
  ConvoyIssueOpened: hearPublished,
  IssuesPublished: hearPublished,
  LinksPublished: hearPublished,
  WordsSeen: hearWords,
  BoardSeen: known,
  CardMoved: hearCardMoved,
  ForecastMade: hearForecast,
  ConvoyRecovered: known,
}

/**
 * What follows from how things stand, in this order, again and again until nothing follows any more. So a bead
 * that landed (refine) closes its epic (rollUpEpics), completes its convoy, or releases the next beads (dispatch)
 * in the same transaction: the whole front at once.
 */
const STANDING_RULES: readonly ((d: Deliberation) => void)[] = [
  loseSilentRuns,
  stopUnwantedRuns,
  remind,
  makeBranches,
  refine,
  rollUpEpics,
  completeConvoys,
  dispatch,
]

/** Far more passes than any chain of rules needs: past it, two rules are undoing each other. */
const MOST_PASSES = 100

/**
 * The thinking of Townhall: what is so from now on and what is to be done, given a town, what came in, and the
 * time. Pure; the town given is not touched. Deciding again without news decides nothing.
 * `everything`: also show again what no news touched (after an upgrade, or when a process sees a town first).
 */
export function decide(given: Town, news: readonly SeenFact[], now: Time, everything = false): Outcome {
  const d = deliberate(given, news, now)
  show(d, everything ? wholeTown(d.town) : touchedBy(d.town))
  return outcomeOf(d)
}

/** The same thinking without showing anything to anybody: for what is played through on virtual time. */
export function think(given: Town, news: readonly SeenFact[], now: Time): Outcome {
  return outcomeOf(deliberate(given, news, now))
}

function deliberate(given: Town, news: readonly SeenFact[], now: Time): Deliberation {
  const d = new Deliberation(given, now)
  for (const { fact, at } of news) {
    evolve(d.town, fact, at)
    hear(d, fact)
  }
  settle(d)
  return d
}

const outcomeOf = (d: Deliberation): Outcome => ({
  town: d.town,
  decisions: d.decisions,
  wakeAt: nextWake(d.town, d.now),
})

function hear<T extends Fact['type']>(d: Deliberation, fact: Extract<Fact, { type: T }>): void {
  HEAR[fact.type as T](d, fact)
}

function settle(d: Deliberation): void {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const before = d.decisions.length
    for (const rule of STANDING_RULES) rule(d)
    if (d.decisions.length === before) return
  }
  const last = d.decisions.slice(-3).map(decision => decision.because)
  throw new Error(`the rules do not settle: ${last.join('; ')}`)
}

function wholeTown(town: Town): ReturnType<typeof touchedBy> {
  return {
    convoys: [...town.convoys.values()],
    beads: [...town.beads.values()],
    pulls: [...town.pulls.values()],
  }
}
