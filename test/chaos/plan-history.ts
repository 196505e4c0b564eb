import type { Conclusion } from '../../src/core/conclusions.ts'
import type { Effect } from '../../src/core/effects.ts'
import type { Fact } from '../../src/core/events.ts'
import type { Bead, Blocker, ClosedHow, ConvoyStatus, Leg } from '../../src/core/town.ts'
import { type Plot, stampOf } from './plan-people.ts'

/** What the events tell, told again by other means than the core's own: who did what, and in which order. */

type Event = (Conclusion | Fact) & {
  readonly at: number
  readonly state: string
  readonly problem: string | null
}

interface Known {
  readonly convoyId: string
  readonly rigId: string
  readonly number: number
  readonly kind: Bead['kind']
  readonly parentId: string | null
  readonly blockers: readonly Blocker[]
  readonly how: ClosedHow | null
  readonly held: boolean
}

interface Group {
  readonly status: ConvoyStatus
  readonly paused: boolean
}

/** Those who may steer agents. `''`: ourselves. */
const WRITERS: ReadonlySet<string> = new Set(['olivia', 'wes', ''])

/** All that was not as it must be, in words. */
export async function faultsIn({ sql }: Plot): Promise<string[]> {
  const rows = await sql<{ event: Event }[]>`
    select data || jsonb_build_object('at', at, 'state', state, 'problem', problem) as event
    from events order by seq`
  const orders = await sql<{ effect: Extract<Effect, { do: 'OrderRun' }> }[]>`
    select effect from outbox where kind = 'OrderRun'`
  const history = new History(rows.map(row => row.event))
  return [...history.faults, ...history.wordsIn(orders.map(({ effect }) => effect))]
}

class History {
  readonly faults: string[] = []
  readonly #beads = new Map<string, Known>()
  readonly #groups = new Map<string, Group>()
  readonly #legs = new Map<string, Pick<Leg, 'mergeMode'>>()
  /** Run and its bead; when somebody who may stood behind the words of that bead. */
  readonly #dispatched = new Map<string, { beadId: string; at: number }>()
  readonly #letIn = new Map<string, number[]>()

  constructor(events: readonly Event[]) {
    for (const event of events) {
      if (event.state === 'put aside') this.faults.push(`${event.type} was put aside: ${event.problem}`)
      this.#checkRight(event)
      this.#tell(event)
    }
  }

  #checkRight(event: Event): void {
    // What they say of somebody is what that one may not, or only asked for.
    if (['BeadEditRefused', 'CardMoved', 'CommentSeen'].includes(event.type)) return
    const who = [
      'by' in event && typeof event.by === 'string' ? event.by : '',
      'answer' in event ? event.answer.by : '',
      'convoy' in event ? event.convoy.by : '',
    ]
    for (const by of who) if (!WRITERS.has(by)) this.faults.push(`${event.type} by ${by}`)
  }

  /** Each polecat got to read only what somebody who may steer wrote, started or let in afterwards. */
  wordsIn(orders: readonly Extract<Effect, { do: 'OrderRun' }>[]): string[] {
    return orders.flatMap(({ runId, bead }) => {
      const stamp = bead && stampOf(bead.body)
      const run = this.#dispatched.get(runId)
      if (!stamp || !run || WRITERS.has(stamp.by)) return []
      const isLetIn = (this.#letIn.get(run.beadId) ?? []).some(at => at >= stamp.at && at <= run.at)
      return isLetIn ? [] : [`${runId} got to read the words of ${stamp.by}`]
    })
  }

  #patch(id: string, change: Partial<Known>): void {
    const known = this.#beads.get(id)
    if (known) this.#beads.set(id, { ...known, ...change })
  }

  #group(id: string, change: Partial<Group>): void {
    this.#groups.set(id, { ...this.#groups.get(id)!, ...change })
  }

  #tell(event: Event): void {
    switch (event.type) {
      case 'ConvoyDrafted':
        return void this.#groups.set(event.convoy.id, event.convoy)
      case 'ConvoyStaged':
        this.#groups.set(event.convoy.id, event.convoy)
        for (const bead of event.beads) this.#beads.set(bead.id, bead)
        for (const leg of event.legs) this.#legs.set(leg.id, leg)
        return
      case 'LegAdded':
        return void this.#legs.set(event.leg.id, event.leg)
      case 'ConvoyStarted':
        for (const [id, bead] of this.#beads) if (bead.convoyId === event.convoyId) this.#let(id, event.at)
        return this.#group(event.convoyId, { status: 'open' })
      case 'ConvoyPaused':
        return this.#group(event.convoyId, { paused: true })
      case 'ConvoyResumed':
        return this.#group(event.convoyId, { paused: false })
      case 'ConvoyLanding':
        return this.#group(event.convoyId, { status: 'landing' })
      case 'ConvoyReopened':
        return this.#group(event.convoyId, { status: 'open' })
      case 'ConvoyLanded':
        return this.#group(event.convoyId, { status: 'landed' })
      case 'ConvoyClosed':
        return this.#group(event.convoyId, { status: 'closed' })
      case 'BeadJoined':
        return void this.#beads.set(event.bead.id, event.bead)
      default:
        this.#tellOfBead(event)
    }
  }

  #let(beadId: string, at: number): void {
    this.#letIn.set(beadId, [...(this.#letIn.get(beadId) ?? []), at])
  }

  #tellOfBead(event: Event): void {
    switch (event.type) {
      case 'BeadEdited':
        return this.#patch(event.beadId, {
          parentId: event.parentId,
          kind: event.kind,
          blockers: event.blockers,
        })
      case 'BeadReleased': {
        const blockers = this.#beads.get(event.beadId)?.blockers ?? []
        this.#let(event.beadId, event.at)
        return this.#patch(event.beadId, {
          held: false,
          blockers: blockers.map(it => (event.skip.includes(it.id) ? { ...it, skipped: true } : it)),
        })
      }
      case 'BeadHeld':
        return this.#patch(event.beadId, { held: true })
      case 'BeadClosed':
        return this.#patch(event.beadId, { how: event.how, held: false })
      case 'BeadReopened':
      case 'BeadRetried':
        return this.#patch(event.beadId, { how: null })
      case 'BeadDispatched':
        return this.#checkDispatch(event)
      default:
    }
  }

  #checkDispatch({ beadId, run, at }: Extract<Event, { type: 'BeadDispatched' }>): void {
    this.#dispatched.set(run.id, { beadId, at })
    const bead = this.#beads.get(beadId)
    const group = bead && this.#groups.get(bead.convoyId)
    const isOpen = group && !group.paused && (group.status === 'open' || group.status === 'landing')
    const says = (why: string) => this.faults.push(`${run.id} of #${bead?.number} was dispatched ${why}`)
    if (!isOpen) says(`in a convoy that is ${JSON.stringify(group)}`)
    if (bead?.held) says('though it is held')
    if (bead?.kind !== 'task') says(`though it is a ${bead?.kind}`)
    for (const blocker of bead?.blockers ?? [])
      if (!this.#isSatisfied(bead!, blocker)) says(`before its blocker ${blocker.ref} had landed`)
  }

  #isSatisfied(bead: Known, blocker: Blocker): boolean {
    if (blocker.skipped) return true
    const known = this.#beads.get(blocker.id)
    if (!known) return blocker.outside === 'completed'
    const theirs = this.#groups.get(known.convoyId)
    const isOver = theirs?.status === 'landed' || theirs?.status === 'closed'
    // Of a convoy that is over GitHub alone tells what became of its issues later.
    if (known.convoyId !== bead.convoyId && isOver && blocker.outside === 'completed') return true
    if (known.how === 'done' || known.how === 'skipped') return true
    if (known.how !== 'landed') return false
    const leg = this.#legs.get(`${known.convoyId}@${known.rigId}`)
    const isThere = theirs?.status === 'landed' || leg?.mergeMode === 'review-and-merge'
    return known.convoyId === bead.convoyId || isThere
  }
}
