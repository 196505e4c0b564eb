import { beadsOf } from '../../src/core/beads/standing.ts'
import { parseCommands } from '../../src/core/commands/parse.ts'
import { decide } from '../../src/core/decide.ts'
import type { Fact, IssueSeen, PullSeen, Tree } from '../../src/core/events.ts'
import { DEFAULT_CONFIG } from '../../src/core/rig.ts'
import type { Bead, Pull, Town } from '../../src/core/town.ts'
import { isLive } from '../../src/core/town.ts'
import type { Store } from '../../src/ports.ts'

/** For each bead of a plan, in order, the earlier ones that it waits for. */
export type Plan = readonly (readonly number[])[]

export const RIGS = 10
/** As many as there are names, so that a front of ten finds free polecats. */
const SEATS = 32
const BODY = 'Read the module, write the test first, then the change; keep the public functions as they are. '

/** A town on a real store that lives by facts alone, as if GitHub and the runners had reported them. */
export class BenchTown {
  readonly id: string
  readonly #store: Store
  /** As the last reconcile left it. */
  town!: Town
  /** Of `decide` alone in the last reconcile, in milliseconds. */
  decideMs = 0
  #now = 1_000_000
  #issues = 0
  #comments = 0

  private constructor(store: Store, id: string) {
    this.#store = store
    this.id = id
  }

  static async begin(store: Store, id: string): Promise<BenchTown> {
    const it = new BenchTown(store, id)
    await it.learn(
      { type: 'TownSeen', login: 'acme', ownerType: 'Organization', appSlug: 'townhall', suspended: false },
      { type: 'RigsSeen', complete: true, rigs: Array.from({ length: RIGS }, (_, nth) => rigSeen(nth)) },
    )
    return it
  }

  /** Facts come in and are reconciled; returns milliseconds from their append to the commit of what follows. */
  async learn(...facts: Fact[]): Promise<number> {
    this.#now += 1
    const from = performance.now()
    await this.#store.append(facts.map(fact => ({ townId: this.id, fact, dedupe: null })))
    await this.#store.inTown(this.id, this.#now, (town, news) => {
      const began = performance.now()
      const outcome = decide(town, news, this.#now)
      this.decideMs = performance.now() - began
      this.town = outcome.town
      return outcome
    })
    return performance.now() - from
  }

  /** Somebody stages and starts a convoy, and its branch is made: the first front is at work. Returns its id. */
  async start(plan: Plan, rig: number): Promise<string> {
    const tree = this.#treeOf(plan, rig)
    await this.#say('/convoy stage --start --force', tree.root, tree)
    const convoy = [...this.town.convoys.values()].find(it => it.issueId === tree.root.id)
    if (convoy?.status !== 'open') throw new Error(`the convoy did not start: ${JSON.stringify(convoy)}`)
    const asked = [...this.town.legs.values()].filter(leg => leg.state === 'asked')
    await this.learn(...asked.map(leg => ({ type: 'BranchMade', legId: leg.id, sha: sha(1) }) as const))
    return convoy.id
  }

  async close(convoyId: string): Promise<void> {
    const { issueId: id, number, rigId } = this.town.convoys.get(convoyId)!
    await this.#say('/convoy close --force', { id, number, rigId }, null)
  }

  /** Beads of the convoy in the order of the plan. */
  beads(convoyId: string): Bead[] {
    return beadsOf(this.town, convoyId)
  }

  /** Whoever works in the convoy reports done, and the pull requests are opened: all are in the refinery. */
  async finishWork(convoyId: string): Promise<void> {
    const working = [...this.town.runs.values()].filter(
      run => run.convoyId === convoyId && isLive(run) && run.beadId,
    )
    await this.learn(
      ...working.map(run => ({ type: 'RunDone', runId: run.id, sha: sha(2), changed: true }) as const),
    )
    const opening = [...this.town.pulls.values()].filter(
      pull => pull.convoyId === convoyId && pull.state === 'opening',
    )
    await this.learn(...opening.map(pull => pullSeen(pull, Number(pull.beadId), null)))
  }

  /** The gate of the pull that is tested now is green; returns that pull, which is then being merged. */
  async pass(convoyId: string): Promise<Pull> {
    const pull = [...this.town.pulls.values()].find(it => it.convoyId === convoyId && it.state === 'gating')
    if (!pull) throw new Error('nothing is being tested')
    await this.learn({
      type: 'GateReported',
      runId: pull.gateRunId!,
      outcome: 'green',
      baseSha: sha(1),
      headSha: pull.headSha,
      results: [],
      files: [],
      why: null,
    })
    return this.town.pulls.get(pull.id)!
  }

  /** GitHub says that it is merged; returns milliseconds until what follows is committed. */
  land(pull: Pull): Promise<number> {
    return this.learn(pullSeen(pull, pull.number!, sha(3)))
  }

  async #say(body: string, on: Pick<IssueSeen, 'id' | 'number' | 'rigId'>, tree: Tree | null): Promise<void> {
    await this.learn({
      type: 'CommentSeen',
      commentId: String(++this.#comments),
      rigId: on.rigId,
      issueId: on.id,
      number: on.number,
      by: 'wes',
      permission: 'write',
      body,
      edited: false,
      commands: parseCommands(body),
      tree,
      treeProblem: null,
      named: [],
      rights: Array.from({ length: RIGS }, (_, nth) => ({ rigId: rigId(nth), permission: 'write' as const })),
    })
  }

  #treeOf(plan: Plan, rig: number): Tree {
    const root = this.#issue(rig, null, [])
    const issues = [root]
    for (const after of plan)
      issues.push(
        this.#issue(
          rig,
          root.id,
          after.map(nth => issues[nth + 1]!),
        ),
      )
    return { root, issues, unreadable: [], readAt: this.#now }
  }

  #issue(rig: number, parentId: string | null, after: readonly IssueSeen[]): IssueSeen {
    const number = ++this.#issues
    return {
      id: String(number),
      rigId: rigId(rig),
      repo: `acme/rig-${rig}`,
      number,
      title: `Count the coins in drawer ${number}`,
      body: BODY.repeat(6),
      state: 'open',
      reason: null,
      parentId,
      hasChildren: parentId === null,
      isDecision: false,
      blockedBy: after.map(it => ({ id: it.id, ref: `${it.repo}#${it.number}`, state: 'open' })),
    }
  }
}

const sha = (nth: number): string => nth.toString(16).padStart(40, '0')
const rigId = (nth: number): string => String(900 + nth)

function rigSeen(nth: number) {
  return {
    id: rigId(nth),
    owner: 'acme',
    name: `rig-${nth}`,
    defaultBranch: 'main',
    archived: false,
    config: { ...DEFAULT_CONFIG, maxPolecats: SEATS },
    configSha: null,
    problem: null,
  }
}

function pullSeen(pull: Pull, number: number, mergeSha: string | null): PullSeen {
  const merged = mergeSha !== null
  return {
    type: 'PullSeen',
    pullId: pull.id,
    number,
    headSha: pull.headSha!,
    state: merged ? 'closed' : 'open',
    merged,
    mergeSha,
    approved: false,
  }
}
