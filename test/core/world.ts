import { wavesOf } from '../../src/core/beads/dag.ts'
import { standingOf } from '../../src/core/beads/standing.ts'
import { parseCommands } from '../../src/core/commands/parse.ts'
import { decide } from '../../src/core/decide.ts'
import type { Decision } from '../../src/core/decision.ts'
import type { Effect } from '../../src/core/effects.ts'
import type {
  BlockerSeen,
  Fact,
  IssueSeen,
  NamedIssue,
  Permission,
  RightSeen,
  Tree,
} from '../../src/core/events.ts'
import { invariants } from '../../src/core/invariants.ts'
import type { RigConfig } from '../../src/core/rig.ts'
import { DEFAULT_CONFIG } from '../../src/core/rig.ts'
import type { Say } from '../../src/core/shown/says.ts'
import type { Bead, Convoy, Pull, Run, Town } from '../../src/core/town.ts'
import { isLive, newTown } from '../../src/core/town.ts'

export { wavesOf }

export const sha = (n: number): string => n.toString(16).padStart(40, '0')
export const RIG = '900'
export const EPIC = 1

/** An issue of a test epic: what it waits for, whether it is closed, and what is under it. */
export interface Sketch {
  after?: number[]
  outside?: BlockerSeen[]
  closed?: 'completed' | 'not_planned'
  under?: number
  epic?: boolean
  decision?: boolean
  title?: string
  body?: string
  rig?: string
  /** Not in the tree (any more). */
  gone?: boolean
}

/** `tree({ 2: {}, 3: { after: [2] } })`: epic #1 with sub-issues #2 and #3. An issue's id is its number + 1000. */
export function tree(sketch: Record<number, Sketch>, readAt = 0): Tree {
  const idOf = (n: number): string => String(n + 1000)
  const root = issue({ id: idOf(EPIC), number: EPIC, title: 'The epic', parentId: null, hasChildren: true })
  const there = Object.entries(sketch).filter(([, it]) => !it.gone)
  const children = there.map(([key, it]) => {
    const number = Number(key)
    return issue({
      id: idOf(number),
      number,
      rigId: it.rig ?? RIG,
      title: it.title ?? `Bead ${number}`,
      body: it.body ?? '',
      state: it.closed ? 'closed' : 'open',
      reason: it.closed ?? null,
      parentId: idOf(it.under ?? EPIC),
      hasChildren: it.epic ?? false,
      isDecision: it.decision ?? false,
      blockedBy: [
        ...(it.after ?? []).map(n => ({ id: idOf(n), ref: `acme/web#${n}`, state: 'open' as const })),
        ...(it.outside ?? []),
      ],
    })
  })
  return { root, issues: [root, ...children], unreadable: [], readAt }
}

function issue(fields: Partial<IssueSeen> & Pick<IssueSeen, 'id' | 'number'>): IssueSeen {
  return {
    rigId: RIG,
    repo: 'acme/web',
    title: '',
    body: '',
    state: 'open',
    reason: null,
    parentId: null,
    hasChildren: false,
    isDecision: false,
    blockedBy: [],
    ...fields,
  }
}

/** A town under test: facts in, effects out, with the invariants checked after every step. */
export class World {
  town: Town
  now = 1_000_000
  effects: Effect[] = []
  decisions: Decision[] = []
  #comments = 0
  #seq = 0

  constructor(config: Partial<RigConfig> = {}) {
    this.town = newTown('77')
    this.given({
      type: 'TownSeen',
      login: 'acme',
      ownerType: 'Organization',
      appSlug: 'townhall',
      suspended: false,
    })
    this.rig(RIG, 'web', config)
  }

  rig(id: string, name: string, config: Partial<RigConfig> = {}): void {
    const seen = {
      id,
      owner: 'acme',
      name,
      defaultBranch: 'main',
      archived: false,
      configSha: null,
      problem: null,
    }
    this.given({
      type: 'RigsSeen',
      complete: false,
      rigs: [{ ...seen, config: { ...DEFAULT_CONFIG, ...config } }],
    })
  }

  /** Facts come in; returns the effects that were asked for because of them. */
  given(...facts: Fact[]): Effect[] {
    const outcome = decide(
      this.town,
      facts.map(fact => ({ seq: ++this.#seq, at: this.now, fact })),
      this.now,
    )
    this.town = outcome.town
    this.decisions.push(...outcome.decisions)
    const broken = invariants(this.town, this.now)
    if (broken.length > 0) throw new Error(broken.join('\n'))
    const effects = outcome.decisions.flatMap(decision => decision.effects)
    this.effects.push(...effects)
    return effects
  }

  later(ms: number): Effect[] {
    this.now += ms
    return this.given()
  }

  /** A comment on an issue; returns what was answered to its commands. */
  comment(
    body: string,
    options: {
      on?: number
      by?: string
      permission?: Permission
      tree?: Tree | null
      edited?: boolean
      named?: readonly NamedIssue[]
      rights?: readonly RightSeen[]
    } = {},
  ): Say[] {
    const number = options.on ?? EPIC
    const effects = this.given({
      type: 'CommentSeen',
      commentId: String(++this.#comments),
      rigId: RIG,
      issueId: String(number + 1000),
      number,
      by: options.by ?? 'wes',
      permission: options.permission ?? 'write',
      body,
      edited: options.edited ?? false,
      commands: parseCommands(body),
      tree: options.tree ?? null,
      treeProblem: null,
      named: options.named ?? [],
      rights: options.rights ?? [],
    })
    return effects.flatMap(effect => (effect.do === 'Reply' ? effect.says : []))
  }

  /** Stage and start the epic; its branch is there. */
  start(sketch: Record<number, Sketch>): void {
    const seen = tree(sketch)
    this.comment('/convoy stage --start --force', { tree: seen })
    this.branches()
  }

  branches(): void {
    for (const leg of [...this.town.legs.values()])
      if (leg.state === 'asked') this.given({ type: 'BranchMade', legId: leg.id, sha: sha(1) })
  }

  bead(number: number): Bead {
    const bead = this.town.beads.get(String(number + 1000))
    if (!bead) throw new Error(`no bead #${number}`)
    return bead
  }

  standing(number: number): string {
    return standingOf(this.town, this.bead(number))
  }

  get convoy(): Convoy {
    const convoys = [...this.town.convoys.values()]
    if (convoys.length !== 1) throw new Error(`${convoys.length} convoys`)
    return convoys[0]!
  }

  run(number: number): Run {
    for (const run of this.town.runs.values())
      if (run.beadId === String(number + 1000) && isLive(run)) return run
    throw new Error(`nobody works on #${number}`)
  }

  pull(number: number): Pull {
    const pull = [...this.town.pulls.values()].findLast(
      candidate => candidate.beadId === String(number + 1000),
    )
    if (!pull) throw new Error(`no pull for #${number}`)
    return pull
  }

  get landing(): Pull {
    const pull = [...this.town.pulls.values()].findLast(candidate => candidate.kind === 'landing')
    if (!pull) throw new Error('no landing')
    return pull
  }

  /** Who is at work now, by issue number. */
  get working(): number[] {
    return [...this.town.beads.values()]
      .filter(bead => bead.status === 'in_progress')
      .map(bead => bead.number)
  }

  done(number: number, head = sha(number)): Effect[] {
    return this.given({ type: 'RunDone', runId: this.run(number).id, sha: head, changed: true })
  }

  fail(number: number, why = 'it broke'): Effect[] {
    return this.given({ type: 'RunFailed', runId: this.run(number).id, why, log: '', sha: null })
  }

  opened(
    pull: Pull,
    number = pull.beadId ? Number(pull.beadId) : 500,
    head = pull.headSha ?? sha(77),
  ): Effect[] {
    return this.given({
      type: 'PullSeen',
      pullId: pull.id,
      number,
      headSha: head,
      state: 'open',
      merged: false,
      mergeSha: null,
      approved: false,
    })
  }

  gate(
    pull: Pull,
    outcome: 'green' | 'red' | 'conflict' | 'empty' | 'unable',
    files: string[] = [],
  ): Effect[] {
    const results = [
      { name: 'test', ok: outcome !== 'red', seconds: 1, tail: outcome === 'red' ? 'assertion failed' : '' },
    ]
    return this.given({
      type: 'GateReported',
      runId: pull.gateRunId!,
      outcome,
      baseSha: sha(1),
      headSha: pull.headSha,
      results,
      files,
      why: null,
    })
  }

  merged(pull: Pull, head = pull.headSha!): Effect[] {
    return this.given({
      type: 'PullSeen',
      pullId: pull.id,
      number: pull.number!,
      headSha: head,
      state: 'closed',
      merged: true,
      mergeSha: sha(9),
      approved: false,
    })
  }

  /** From a finished run to the merge. */
  land(number: number): Effect[] {
    this.done(number)
    this.opened(this.pull(number))
    this.gate(this.pull(number), 'green')
    return this.merged(this.pull(number))
  }
}

/** An issue as a command names it, with the id that the sketches give it. */
export function namedIssue(
  number: number,
  more: Partial<NonNullable<NamedIssue['issue']>> = {},
  repo = 'acme/web',
): NamedIssue {
  const id = String(number + 1000)
  const issue = {
    id,
    rigId: RIG,
    number,
    title: `Bead ${number}`,
    state: 'open' as const,
    isPull: false,
    hasChildren: false,
    parent: null,
  }
  return { ref: `${repo}#${number}`, issue: { ...issue, ...more }, problem: null }
}

/** The kinds of effects, for short assertions. */
export const kinds = (effects: readonly Effect[]): string[] => effects.map(effect => effect.do)
