import { think } from '../decide.ts'
import type { Decision, SeenFact } from '../decision.ts'
import type { Time, Town } from '../town.ts'
import { isLive, isOver } from '../town.ts'
import { Agenda } from './agenda.ts'
import { answerTo, underWay } from './answers.ts'
import { free, isPast } from './scene.ts'
import type { Spans } from './spans.ts'

/** How one play went. */
export interface Played {
  /** From the beginning of the play until the convoy was over; null when it came to no end. */
  readonly ms: number | null
  /** Most polecats at work for the convoy at once. */
  readonly polecats: number
  /** How long each bead took that landed, from its first run in the play (or the play's beginning) on. */
  readonly took: ReadonlyMap<string, number>
}

/** Thoughts per bead, far more than tries and retries need: past it, a convoy gets nowhere (all its runs fail, say). */
const MOST_THOUGHTS = 60

/** In the largest convoys so many take about 5 ms. */
const THOUGHTS_PER_BREATH = 64

/**
 * One convoy from `now` to its end on virtual time: the thinking of production (`think`), and a world in which every
 * effect is answered after a while. Nothing gets lost on the way, and nobody asks or edits anything.
 */
export class Play {
  #town: Town
  #now: Time
  readonly #convoyId: string
  readonly #spans: Spans
  readonly #from: Time
  readonly #agenda = new Agenda()
  readonly #began = new Map<string, Time>()
  readonly #took = new Map<string, number>()
  readonly #decisions: readonly string[]
  #polecats = 0

  constructor(scene: Town, convoyId: string, spans: Spans, now: Time) {
    this.#town = scene
    this.#convoyId = convoyId
    this.#spans = spans
    this.#from = now
    this.#now = now
    const beads = [...scene.beads.of(convoyId).rows.values()]
    this.#decisions = beads.filter(bead => bead.kind === 'decision').map(bead => bead.id)
    for (const bead of beads)
      if (bead.status === 'in_progress' || bead.status === 'in_review') this.#began.set(bead.id, now)
    for (const { inMs, fact } of underWay(scene, spans, now)) this.#agenda.add(now + inMs, fact)
  }

  /** Stops for breath now and then, so that whoever plays it may do other things in between. */
  *toItsEnd(): Generator<void, Played, void> {
    let news: SeenFact[] = []
    for (let left = MOST_THOUGHTS * (this.#town.beads.size + 1); left > 0; left--) {
      const wakeAt = this.#think(news)
      const convoy = this.#town.convoys.get(this.#convoyId)!
      if (isOver(convoy)) return this.#ended(this.#now - this.#from)
      if (left % THOUGHTS_PER_BREATH === 0) yield
      news = []
      if (this.#peopleAct()) continue
      const next = Math.min(this.#agenda.next ?? Number.POSITIVE_INFINITY, wakeAt ?? Number.POSITIVE_INFINITY)
      if (next === Number.POSITIVE_INFINITY) break
      this.#now = next
      news = this.#agenda.take(next)
    }
    return this.#ended(null)
  }

  #ended(ms: number | null): Played {
    return { ms, polecats: this.#polecats, took: this.#took }
  }

  /** Returns when to think again though nothing comes in. */
  #think(news: readonly SeenFact[]): Time | null {
    const { town, decisions, wakeAt } = think(this.#town, news, this.#now)
    this.#town = town
    for (const decision of decisions) this.#follow(decision)
    this.#forget()
    this.#polecats = Math.max(this.#polecats, this.#working)
    return wakeAt
  }

  /** A town must not grow with its past: half of the time would go into walking over it. */
  #forget(): void {
    const { runs, pulls } = this.#town
    for (const run of runs.changes()) if (!isLive(run)) runs.drop(run.id)
    for (const pull of pulls.changes()) if (isPast(pull)) pulls.drop(pull.id)
  }

  get #working(): number {
    let working = 0
    for (const run of this.#town.runs.of(this.#convoyId).rows.values()) if (run.beadId) working++
    return working
  }

  #follow({ events, effects }: Decision): void {
    for (const event of events) {
      if (event.type === 'BeadDispatched' && !this.#began.has(event.beadId))
        this.#began.set(event.beadId, this.#now)
      if (event.type === 'BeadClosed' && event.how === 'landed')
        this.#took.set(event.beadId, this.#now - (this.#began.get(event.beadId) ?? this.#from))
    }
    for (const effect of effects) {
      const coming = answerTo(effect, this.#spans)
      if (coming) this.#agenda.add(this.#now + coming.inMs, coming.fact)
    }
  }

  /** Failed beads get another round, decisions are made as soon as they can be. */
  #peopleAct(): boolean {
    const failed = this.#town.beads.changes().filter(bead => bead.status === 'failed')
    const asked = this.#decisions.flatMap(id => this.#town.beads.get(id) ?? [])
    let acted = false
    for (const bead of [...failed, ...asked]) {
      const isOurs = bead.convoyId === this.#convoyId
      if (isOurs && free(this.#town, bead, this.#now)) acted = true
    }
    return acted
  }
}
