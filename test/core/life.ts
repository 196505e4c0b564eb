import { addressOf } from '../../src/core/address.ts'
import { standingOf } from '../../src/core/beads/standing.ts'
import { parseCommands } from '../../src/core/commands/parse.ts'
import { refsIn } from '../../src/core/commands/refs.ts'
import { decide } from '../../src/core/decide.ts'
import type { Effect, OrderRun } from '../../src/core/effects.ts'
import type { Fact, GateReported } from '../../src/core/events.ts'
import { invariants } from '../../src/core/invariants.ts'
import { DEFAULT_CONFIG } from '../../src/core/rig.ts'
import { whyBead } from '../../src/core/shown/why.ts'
import { whyConvoy } from '../../src/core/shown/why-convoy.ts'
import type { Town } from '../../src/core/town.ts'
import { isLive, isOver, newTown } from '../../src/core/town.ts'
import type { Sketch } from './world.ts'
import { namedIssue, RIG, sha, tree } from './world.ts'

/** What luck and people do next: a number in [0, 1) per call, so that a life can be lived again. */
export type Luck = () => number

interface RemotePull {
  number: number
  head: string
  base: string
  state: 'open' | 'merged' | 'closed'
  mergeSha: string | null
}

/**
 * A whole life of one convoy in a model of the outside world: branches, pulls, an outbox, runners and people, with
 * faults by luck (lost and repeated facts, answers lost after the effect, silence, restarts, meddling). It knows
 * the truth, so it notices what must never happen: untested or double merges, work before its blockers landed.
 */
export class Life {
  town: Town = newTown('77')
  now = 1_000_000
  readonly broken: string[] = []
  /** Things that have happened so far. */
  steps = 0
  readonly #luck: Luck
  readonly #sketch: Record<number, Sketch>
  readonly #outbox = new Map<string, Effect>()
  readonly #done = new Set<string>()
  readonly #orders: OrderRun[] = []
  readonly #branches = new Map<string, string>([['main', sha(1)]])
  readonly #pulls = new Map<string, RemotePull>()
  readonly #late: Fact[] = []
  #serial = 100
  #comments = 0

  constructor(sketch: Record<number, Sketch>, luck: Luck) {
    this.#sketch = structuredClone(sketch)
    this.#luck = luck
    this.#learn({
      type: 'TownSeen',
      login: 'acme',
      ownerType: 'Organization',
      appSlug: 'townhall',
      suspended: false,
    })
    const rig = {
      id: RIG,
      owner: 'acme',
      name: 'web',
      defaultBranch: 'main',
      archived: false,
      configSha: null,
      problem: null,
    }
    const config = {
      ...DEFAULT_CONFIG,
      maxPolecats: 1 + Math.floor(luck() * 4),
      mergeMode: luck() < 0.3 ? 'review-and-merge' : 'review-then-land',
    } as const
    this.#learn({ type: 'RigsSeen', complete: true, rigs: [{ ...rig, config }] })
    this.#say('/convoy stage --start --force', 1)
  }

  get isOver(): boolean {
    const convoys = [...this.town.convoys.values()]
    return convoys.length > 0 && convoys.every(isOver)
  }

  /** How things stand, for the message of a failing test. */
  describe(): string {
    const beads = [...this.town.beads.values()].map(bead => `#${bead.number} ${standingOf(this.town, bead)}`)
    const pulls = [...this.town.pulls.values()].map(pull => `${pull.id} ${pull.state} (${pull.why})`)
    const convoys = [...this.town.convoys.values()].map(
      convoy => `${convoy.status}${convoy.paused ? ' paused' : ''}`,
    )
    return [...convoys, ...beads, ...pulls, ...this.#outbox.keys()].join('\n')
  }

  /** One thing happens, by luck. `trouble` is how likely each fault and each meddling is. */
  step(trouble: number): void {
    this.steps++
    const roll = this.#luck()
    if (roll < trouble * 0.5) this.#meddle()
    else if (roll < trouble * 0.6) this.#repeatOrDelay()
    else if (roll < 0.55 && this.#outbox.size > 0) this.#perform(trouble)
    else if (roll < 0.85 && this.#orders.length > 0) this.#work(trouble)
    else this.#wait()
  }

  /** People set right what only people can: retry, release, resume, answer, reopen. */
  mend(): void {
    for (const convoy of this.town.convoys.values()) if (convoy.paused) this.#say('/convoy resume', 1)
    for (const bead of [...this.town.beads.values()]) {
      if (bead.held || !bead.trusted) this.#say('/bead release', bead.number)
      if (standingOf(this.town, bead) === 'deciding') this.#setIssue(bead.number, { closed: 'completed' })
      if (bead.status === 'failed') this.#say('/bead retry', bead.number)
      if (bead.question) this.#say('an answer', bead.number)
      if (standingOf(this.town, bead) === 'parked') this.#say('/bead release', bead.number)
    }
    for (const [id, pull] of this.#pulls)
      if (pull.state === 'closed' && id.includes('@')) this.#see(id, { ...pull, state: 'open' })
  }

  #learn(...facts: Fact[]): void {
    const outcome = decide(
      this.town,
      facts.map(fact => ({ seq: 0, at: this.now, fact })),
      this.now,
    )
    this.town = outcome.town
    for (const effect of outcome.decisions.flatMap(decision => decision.effects)) this.#take(effect)
    this.broken.push(...invariants(this.town, this.now))
    this.broken.push(...this.#unexplained())
    const again = decide(this.town, [], this.now, true).decisions
    if (again.length > 0) this.broken.push(`not quiet: ${again.map(decision => decision.because).join('; ')}`)
  }

  /** Everything that waits can be asked why, and the answer has no holes. */
  #unexplained(): string[] {
    const { town, now } = this
    const answers = [
      ...[...town.beads.values()].map(bead => whyBead(town, bead, now)),
      ...[...town.convoys.values()].map(convoy => whyConvoy(town, convoy, now)),
    ]
    return answers.flatMap(chain => {
      const text = JSON.stringify(chain)
      return chain.length === 0 || /undefined|null\)|: null/.test(text)
        ? [`an answer to /why has a hole: ${text}`]
        : []
    })
  }

  #take(effect: Effect): void {
    const { key, policy } = addressOf(effect)
    if (policy === 'once' && (this.#done.has(key) || this.#outbox.has(key))) {
      if (effect.do === 'OrderRun') this.broken.push(`run ${effect.runId} was ordered twice`)
      return
    }
    if (effect.do === 'OrderRun') this.#checkOrder(effect)
    this.#outbox.delete(key)
    this.#outbox.set(key, effect)
  }

  /** Work begins only when everything it waits for has landed, is done, or was skipped by a person. */
  #checkOrder(order: OrderRun): void {
    if (!order.bead) return
    for (const blocker of this.town.beads.get(String(order.bead.number + 1000))?.blockers ?? []) {
      const bead = this.town.beads.get(blocker.id)
      const fine =
        blocker.skipped ||
        (bead?.status === 'closed' &&
          (bead.how === 'done' ||
            bead.how === 'skipped' ||
            (bead.how === 'landed' && bead.landedSha !== null)))
      if (!fine) this.broken.push(`#${order.bead.number} began before ${blocker.ref} landed`)
    }
  }

  #perform(trouble: number): void {
    const keys = [...this.#outbox.keys()]
    const key = keys[Math.floor(this.#luck() * keys.length)]!
    const effect = this.#outbox.get(key)!
    if (this.#luck() < trouble * 0.2) return
    const facts = this.#ensure(effect)
    // The answer got lost after the effect: it is performed again.
    if (this.#luck() < trouble * 0.2) return
    this.#outbox.delete(key)
    if (addressOf(effect).policy === 'once') this.#done.add(key)
    if (this.#luck() < trouble * 0.1)
      this.#learn({ type: 'EffectGivenUp', effect, why: 'it never got through', refused: false })
    else this.#learn(...facts)
  }

  #ensure(effect: Effect): Fact[] {
    switch (effect.do) {
      case 'EnsureBranch': {
        const at = this.#branches.get(effect.branch) ?? this.#branches.get(effect.from)!
        this.#branches.set(effect.branch, at)
        return [{ type: 'BranchMade', legId: effect.legId, sha: at }]
      }
      case 'OpenPull': {
        const head = this.#branches.get(effect.head)
        if (!head || (effect.headSha && head !== effect.headSha))
          return [
            { type: 'PullOpenRefused', pullId: effect.pullId, reason: 'no-branch', detail: 'no such branch' },
          ]
        const pull = this.#pulls.get(effect.pullId) ?? {
          number: ++this.#serial,
          head: effect.head,
          base: effect.base,
          state: 'open',
          mergeSha: null,
        }
        this.#pulls.set(effect.pullId, pull)
        return [this.#seen(effect.pullId, pull)]
      }
      case 'MergePull':
        return [this.#merge(effect)]
      case 'LookAtPull':
        return [this.#seen(effect.pullId, this.#pulls.get(effect.pullId)!)]
      case 'ClosePull': {
        const pull = this.#pulls.get(effect.pullId)
        if (pull?.state === 'open') pull.state = 'closed'
        return []
      }
      case 'LookAtTree':
        return [{ type: 'TreeSeen', convoyId: effect.convoyId, tree: tree(this.#sketch, this.now) }]
      case 'ShowIssue':
        return this.#show(effect)
      case 'PublishLinks':
        for (const { blocked, blocker } of effect.edges) this.#addEdge(blocked.number, blocker.number)
        for (const { child } of effect.places) this.#place(child.number, false)
        return []
      case 'UnlinkIssue':
        this.#place(effect.child.number, true)
        return []
      case 'LookAtWords':
        return [this.#words(effect)]
      case 'ShowBoard':
        return [
          { type: 'BoardSeen', number: effect.board, board: { url: 'https://github/board', why: null } },
        ]
      case 'OrderRun':
        this.#orders.push(effect)
        return [{ type: 'RunStarted', runId: effect.runId, machine: 'm1' }]
      case 'DeleteBranch':
        this.#branches.delete(effect.branch)
        return []
      default:
        return []
    }
  }

  #show(effect: Extract<Effect, { do: 'ShowIssue' }>): Fact[] {
    if (effect.what !== 'bead' || !effect.close) return []
    const it = this.#sketch[effect.number]
    if (it) this.#sketch[effect.number] = { ...it, closed: it.closed ?? effect.close }
    return [{ type: 'IssueClosed', beadId: effect.id, at: this.now }]
  }

  #addEdge(blocked: number, blocker: number): void {
    const it = this.#sketch[blocked]
    if (it) this.#sketch[blocked] = { ...it, after: [...new Set([...(it.after ?? []), blocker])] }
  }

  #place(number: number, gone: boolean): void {
    const it = this.#sketch[number]
    if (it) this.#sketch[number] = { ...it, gone }
  }

  #words({ beadId, number }: Extract<Effect, { do: 'LookAtWords' }>): Fact {
    const { title = `Bead ${number}`, body = '' } = this.#sketch[number] ?? {}
    const permission = this.#luck() < 0.7 ? 'write' : 'read'
    return { type: 'WordsSeen', beadId, title, body, by: [{ login: 'ann', permission }] }
  }

  #merge(effect: Extract<Effect, { do: 'MergePull' }>): Fact {
    const pull = this.#pulls.get(effect.pullId)!
    const refuse = (reason: 'head-moved' | 'base-moved' | 'not-allowed'): Fact => ({
      type: 'MergeRefused',
      pullId: effect.pullId,
      reason,
      detail: reason,
    })
    if (pull.state === 'merged') return this.#seen(effect.pullId, pull)
    if (pull.state === 'closed') return refuse('not-allowed')
    if (this.#branches.get(pull.base) !== effect.baseSha) return refuse('base-moved')
    if (this.#branches.get(pull.head) !== effect.headSha) return refuse('head-moved')
    const known = this.town.pulls.get(effect.pullId)
    if (known?.state === 'merging' && known.testedHead !== effect.headSha)
      this.broken.push(`${effect.pullId} merged untested`)
    return this.#mergeNow(effect.pullId, pull)
  }

  #mergeNow(id: string, pull: RemotePull): Fact {
    pull.state = 'merged'
    pull.mergeSha = sha(++this.#serial)
    this.#branches.set(pull.base, pull.mergeSha)
    return this.#seen(id, pull)
  }

  #seen(pullId: string, pull: RemotePull): Fact {
    const headSha = this.#branches.get(pull.head) ?? sha(0)
    return {
      type: 'PullSeen',
      pullId,
      number: pull.number,
      headSha,
      state: pull.state === 'open' ? 'open' : 'closed',
      merged: pull.state === 'merged',
      mergeSha: pull.mergeSha,
      approved: false,
    }
  }

  #see(pullId: string, pull: RemotePull): void {
    this.#pulls.set(pullId, pull)
    this.#learn(this.#seen(pullId, pull))
  }

  /** A runner ends an order: well, badly, or in silence. */
  #work(trouble: number): void {
    const order = this.#orders.splice(Math.floor(this.#luck() * this.#orders.length), 1)[0]!
    const luck = this.#luck()
    if (luck < trouble * 0.3) return
    if (luck < trouble * 0.5) this.#learn({ type: 'RunBeat', runId: order.runId })
    else if (luck < trouble * 0.6) return this.#learn(this.#released(order))
    this.#learn(order.kind === 'gate' ? this.#gate(order, trouble) : this.#result(order, trouble))
  }

  #gate(order: OrderRun, trouble: number): Fact {
    const outcomes = ['red', 'conflict', 'unable', 'empty'] as const
    const outcome: GateReported['outcome'] =
      this.#luck() < trouble * 0.6 ? outcomes[Math.floor(this.#luck() * outcomes.length)]! : 'green'
    const headSha = this.#branches.get(order.branch) ?? null
    if (!headSha)
      return {
        type: 'GateReported',
        runId: order.runId,
        outcome: 'unable',
        baseSha: null,
        headSha: null,
        results: [],
        files: [],
        why: 'no such branch',
      }
    return {
      type: 'GateReported',
      runId: order.runId,
      outcome,
      baseSha: this.#branches.get(order.base)!,
      headSha: order.headSha ?? headSha,
      results: [],
      files: ['a.txt'],
      why: null,
    }
  }

  #result(order: OrderRun, trouble: number): Fact {
    const luck = this.#luck()
    const head = sha(++this.#serial)
    if (luck < trouble * 0.7)
      return { type: 'RunFailed', runId: order.runId, why: 'it broke', log: '', sha: null }
    // A run that nobody wants any more must not move the branch: the runner drops it at its next heartbeat.
    const run = this.town.runs.get(order.runId)
    if (run && isLive(run)) this.#branches.set(order.branch, head)
    if (luck < trouble)
      return { type: 'RunAsked', runId: order.runId, question: 'Which?', sha: head, checkpoint: null }
    return { type: 'RunDone', runId: order.runId, sha: head, changed: luck > trouble * 1.1 }
  }

  /** Its machine stops. What was made is pushed, if there was anything yet. */
  #released(order: OrderRun): Fact {
    const { runId } = order
    const run = this.town.runs.get(runId)
    if (order.kind === 'gate' || !run || !isLive(run) || this.#luck() < 0.3)
      return { type: 'RunReleased', runId, sha: null }
    const head = sha(++this.#serial)
    this.#branches.set(order.branch, head)
    return { type: 'RunReleased', runId, sha: head }
  }

  /** Moments while somebody is at work, so that leases seldom end by themselves; else to whatever is due next. */
  #wait(): void {
    const { wakeAt } = decide(this.town, [], this.now)
    const isBusy = this.#orders.length > 0 || this.#outbox.size > 0
    const jumps = this.#luck() < (isBusy ? 0.05 : 0.7)
    const moment = Math.floor(this.#luck() * (isBusy ? 8_000 : 60_000))
    this.now = jumps && wakeAt !== null ? wakeAt : this.now + moment
    this.#learn()
  }

  #repeatOrDelay(): void {
    const again = this.#late.pop()
    if (again) return this.#learn(again)
    for (const [id, pull] of this.#pulls) if (this.#luck() < 0.5) this.#late.push(this.#seen(id, pull))
  }

  /** People do as they like: commands, edits, merging and closing by hand, pushing to branches. */
  #meddle(): void {
    const numbers = Object.keys(this.#sketch).map(Number)
    const number = numbers[Math.floor(this.#luck() * numbers.length)]!
    const commands = [
      '/convoy pause',
      '/convoy resume',
      '/bead hold',
      '/bead release',
      '/bead retry',
      '/bead skip',
      '/bead cancel',
      `/bead priority ${Math.floor(this.#luck() * 5)}`,
      `/convoy add #${number}`,
      `/convoy remove #${number}`,
      `/convoy remove #${number} --finish`,
      '/convoy simulate',
      '/why',
      '/convoy status',
      'words',
    ]
    const choice = Math.floor(this.#luck() * (commands.length + 7)) - commands.length
    const command = commands[choice + commands.length]
    if (command) return this.#say(command, command.startsWith('/bead') ? number : 1)
    if (choice === 0) return this.#editIssue(number)
    if (choice === 1) return this.#editEdges(number, numbers)
    if (choice === 2) return this.#moveCard(number)
    if (choice === 3) return this.#setIssue(number, { gone: !this.#sketch[number]!.gone })
    const pulls = [...this.#pulls].filter(([, pull]) => pull.state === 'open')
    const picked = pulls[Math.floor(this.#luck() * pulls.length)]
    if (!picked) return
    if (choice === 4) this.#learn(this.#mergeNow(...picked))
    if (choice === 5) this.#see(picked[0], { ...picked[1], state: 'closed' })
    if (choice === 6) {
      this.#branches.set(picked[1].head, sha(++this.#serial))
      this.#learn(this.#seen(...picked))
    }
  }

  #editIssue(number: number): void {
    const states = [undefined, 'completed', 'not_planned'] as const
    const closed = states[Math.floor(this.#luck() * states.length)]
    this.#setIssue(number, { title: `Bead ${++this.#serial}`, closed })
  }

  /** Any edge that GitHub allows, also one that ties a knot. */
  #editEdges(number: number, numbers: readonly number[]): void {
    const others = numbers.filter(other => other !== number)
    this.#setIssue(number, { after: others.filter(() => this.#luck() < 0.3) })
  }

  #moveCard(number: number): void {
    const columns = ['Held', 'Ready', 'Cancelled', 'other'] as const
    const to = columns[Math.floor(this.#luck() * columns.length)]!
    const permission = this.#luck() < 0.8 ? 'write' : 'read'
    this.#learn({ type: 'CardMoved', issueId: String(number + 1000), to, by: 'ann', permission })
  }

  #setIssue(number: number, fields: Sketch): void {
    this.#sketch[number] = { ...this.#sketch[number], ...fields }
    this.now += 1
    this.#learn({ type: 'IssueTouched', rigId: RIG, issueId: String(number + 1000) })
  }

  #say(body: string, number: number): void {
    const commands = parseCommands(body)
    this.#learn({
      type: 'CommentSeen',
      commentId: String(++this.#comments),
      rigId: RIG,
      issueId: String(number + 1000),
      number,
      by: 'wes',
      permission: 'write',
      body,
      edited: false,
      commands,
      tree: tree(this.#sketch, this.now),
      treeProblem: null,
      named: refsIn(commands, 'acme/web').map(({ number: named }) => namedIssue(named)),
      rights: [],
    })
  }
}
