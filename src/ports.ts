import type { Outcome, SeenFact } from './core/decision.ts'
import type { Effect, OrderRun } from './core/effects.ts'
import type { Fact } from './core/events.ts'
import type { RunHistory } from './core/forecast/spans.ts'
import type { Look } from './core/looks.ts'
import type { Time, Town } from './core/town.ts'

export type { Outcome, SeenFact } from './core/decision.ts'
export type { RunHistory } from './core/forecast/spans.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface Clock {
  now(): Time
}

/** A webhook as it came in, already verified. */
export interface Delivery {
  /** GitHub's GUID: the same for every redelivery. */
  readonly id: string
  readonly event: string
  readonly action: string | null
  /** The installation as text; null for deliveries that belong to none (`ping`, `github_app_authorization`). */
  readonly townId: string | null
  readonly payload: unknown
}

/** A webhook on its way in: its payload is the JSON as GitHub sent it, and is kept so. */
export interface Arrival extends Omit<Delivery, 'payload'> {
  readonly payload: string
}

/** A fact on its way in. Two facts of a town with one `dedupe` are one. */
export interface News {
  readonly townId: string
  readonly fact: Fact
  readonly dedupe: string | null
}

/** GitHub, seen from the loop: look at something, do something. */
export interface GitHub {
  /** What a webhook makes us look at (pure). */
  hints(delivery: Delivery): readonly Look[]
  /** Look with our own eyes. Throws `Unreachable` when GitHub cannot be asked now. */
  look(townId: string, look: Look): Promise<readonly News[]>
  /** What a sweep looks at in a town, cheapest first: lost webhooks are found here. */
  sweep(townId: string, since: Time): Promise<readonly News[]>
  /** Every installation of the App, to find towns whose first webhook was lost. */
  towns(): Promise<readonly string[]>
  /** Ensure the effect and say what was learned. Throws `Unreachable` (try later) or `Refused` (it will not change). */
  perform(townId: string, effect: GitHubEffect, attempt: number): Promise<readonly Fact[]>
  /** A token that may only push to one repository, for the runner, and where to clone from. */
  gitAccess(
    townId: string,
    rigId: string,
  ): Promise<{ readonly cloneUrl: string; readonly token: string; readonly expiresAt: Time }>
}

export type GitHubEffect = Exclude<Effect, OrderRun | { readonly do: 'WakeMachine' | 'Foretell' }>

/** Cannot be asked or answered now: network, 5xx, limits. Says nothing about the thing itself. */
export class Unreachable extends Error {
  /** GitHub's own wish (`retry-after`), or null. */
  readonly retryAfterMs: number | null
  constructor(message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'Unreachable'
    this.retryAfterMs = retryAfterMs
  }
}

/** Not now, because we create no faster than GitHub lets us. No failure: it counts as no attempt. */
export class Paced extends Error {
  readonly waitMs: number
  constructor(waitMs: number) {
    super(`waits ${Math.ceil(waitMs / 1000)} s: GitHub limits what may be created in a minute and in an hour`)
    this.name = 'Paced'
    this.waitMs = waitMs
  }
}

/** GitHub understood and said no; asking again will not help until something changes. */
export class Refused extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}

/** What was last written to GitHub for a subject, so that only differences are sent. */
export interface Mirror {
  get(townId: string, subject: string): Promise<unknown>
  put(townId: string, subject: string, written: object): Promise<void>
}

/** Rigs and the like, for adapters that need an address. Read-only. */
export interface Directory {
  rig(
    townId: string,
    rigId: string,
  ): Promise<{
    readonly owner: string
    readonly name: string
    readonly defaultBranch: string
    readonly configSha: string | null
  } | null>
  /** Has a fact with this dedupe key come in already? Saves looking again. */
  isKnown(townId: string, dedupe: string): Promise<boolean>
  /** Pulls by their number, for hints. */
  pull(
    townId: string,
    rigId: string,
    number: number,
  ): Promise<{ readonly id: string; readonly headSha: string | null } | null>
  /** Convoys that are not over, with their issues, for sweeps. */
  openConvoys(townId: string): Promise<
    readonly {
      readonly id: string
      readonly rigId: string
      readonly issueId: string
      readonly number: number
    }[]
  >
  rigs(
    townId: string,
  ): Promise<readonly { readonly id: string; readonly owner: string; readonly name: string }[]>
}

/**
 * GitHub lets an App create only so much in a minute and in an hour (facts: 80 and 500), and asks for silence when it
 * was too much. Counted in one place for all processes, per installation.
 */
export interface Allowance {
  /**
   * Takes `creations` out of what may be created now; 0 when they may, else how long to wait in ms. `share`: the part
   * of the limits that is meant for it, so that publishing a large plan leaves room for answers to people.
   */
  spend(townId: string, creations: number, now: Time, share: number): Promise<number>
}

export interface Machines {
  /** See to it that a runner is up for the town. Idempotent, quick, and safe to call often. */
  wake(townId: string): Promise<void>
  close(): Promise<void>
}

export type Topic = 'delivery' | 'town' | 'perform' | 'patrol'

/** Wakes us; holds no truth. See `queue/queue.ts`. */
export interface Queue {
  wake(topic: Topic, id: string, delayMs?: number): Promise<void>
  work(topic: Topic, atOnce: number, look: (id: string) => Promise<void>): Promise<void>
  every(topic: Topic, id: string, everyMs: number): Promise<void>
  close(): Promise<void>
  wipe(): Promise<void>
}

/** An effect that is due, taken by one performer until `takenUntil`. */
export interface DueEffect {
  readonly townId: string
  readonly seq: number
  readonly version: number
  readonly effect: Effect
  readonly lane: string
  /** 0 on the first try. */
  readonly attempt: number
}

/** A runner that has come in through the door. */
export interface Machine {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly startedAt: Time
  readonly seenAt: Time
}

/** Who may claim orders. Tokens are known by their hash only. */
export interface MachineRegistry {
  /** Returns the machine's id. */
  register(townId: string, host: string, pid: number, tokenHash: string): Promise<string>
  find(tokenHash: string): Promise<{ readonly id: string; readonly townId: string } | null>
  seen(id: string, at: Time): Promise<void>
  /** Machines of the town that were seen at `since` or later, oldest first. */
  alive(townId: string, since: Time): Promise<readonly Machine[]>
}

export interface Store {
  readonly mirror: Mirror
  readonly directory: Directory
  readonly machines: MachineRegistry
  readonly allowance: Allowance

  /** Keep a delivery; false when its GUID is known. */
  keepDelivery(arrival: Arrival): Promise<boolean>
  delivery(id: string): Promise<Delivery | null>
  /** The delivery has been looked at and these facts were learned: both or neither. */
  absorbed(deliveryId: string, news: readonly News[]): Promise<void>
  /** It could not be looked at; remembered with the reason, looked at again by patrol. `final`: kept and explained, never again. */
  notAbsorbed(deliveryId: string, why: string, final: boolean): Promise<void>

  /** Facts come in. A town that is not known is made. Returns the towns that have something new. */
  append(news: readonly News[]): Promise<readonly string[]>

  /**
   * The only place where state changes: lock the town, load it (or use the warm one), hand over its news, keep
   * what comes back, in one transaction. `null`: the town is not known. Facts that `decide` throws on are put aside
   * one by one (kept, marked, logged), so that one bad fact never blocks a town.
   */
  inTown(
    townId: string,
    now: Time,
    decide: (town: Town, news: readonly SeenFact[]) => Outcome,
  ): Promise<ReconcileResult | null>

  /** Take up to `limit` effects that are due, one per lane, oldest first. `OrderRun` is not among them: runners claim it. */
  takeDue(townId: string, now: Time, limit: number): Promise<readonly DueEffect[]>
  /** It is done, and this was learned: both or neither. A newer wish on the same key stays due. */
  performed(due: DueEffect, learned: readonly Fact[]): Promise<void>
  /** `counts`: whether it was an attempt that failed. */
  postpone(due: DueEffect, until: Time, why: string, counts: boolean): Promise<void>
  /** GitHub asks the installation for silence: nothing of the town is taken before `until`. */
  hold(townId: string, until: Time): Promise<void>
  /** Not tried again. Becomes the fact `EffectGivenUp`. */
  giveUp(due: DueEffect, why: string, refused: boolean): Promise<void>
  /** A runner of the town takes the oldest order that is still wanted at `now`; null when there is none. */
  claimOrder(townId: string, machine: string, now: Time): Promise<OrderRun | null>
  /** The town as it was when it was last saved, to look at and think about; nothing that is done to it is kept. */
  snapshot(townId: string): Promise<Town | null>
  /** The last `limit` runs of each kind that ended by themselves. */
  history(townId: string, limit: number): Promise<RunHistory>
  /** Does anybody still wait for this run? */
  isLive(townId: string, runId: string): Promise<boolean>

  /** What patrol finds on the clock: towns and deliveries that should have been looked at by `now`. */
  overdue(now: Time): Promise<{
    readonly deliveries: readonly string[]
    readonly towns: readonly string[]
    readonly performs: readonly string[]
  }>
  /** Every town that is not suspended, with when it was last swept and how much there is to look at. */
  sweepable(): Promise<
    readonly { readonly townId: string; readonly sweptAt: Time; readonly openConvoys: number }[]
  >
  swept(townId: string, at: Time): Promise<void>

  /** Forgets deliveries that were looked at long ago; says how many. The event log is kept. */
  prune(now: Time): Promise<number>

  ping(): Promise<void>
  close(): Promise<void>
}

export interface ReconcileResult {
  readonly events: number
  readonly effects: number
  /** When the first effect that was asked for is due; null when there is none. */
  readonly effectsDueAt: Time | null
  readonly wakeAt: Time | null
}
