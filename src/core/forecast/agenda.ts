import type { SeenFact } from '../decision.ts'
import type { Fact } from '../events.ts'
import type { Time } from '../town.ts'

/** Facts that will come in, at their times on the virtual clock. A few dozen at most, so a list in order will do. */
export class Agenda {
  readonly #ahead: SeenFact[] = []
  #seq = 0

  add(at: Time, fact: Fact): void {
    const seen = { seq: ++this.#seq, at, fact }
    const later = this.#ahead.findLastIndex(other => other.at <= at) + 1
    this.#ahead.splice(later, 0, seen)
  }

  /** When the next fact comes in; null when none will. */
  get next(): Time | null {
    return this.#ahead[0]?.at ?? null
  }

  /** All that come in by then, in order; they are not ahead any more. */
  take(by: Time): SeenFact[] {
    const after = this.#ahead.findIndex(seen => seen.at > by)
    return this.#ahead.splice(0, after < 0 ? this.#ahead.length : after)
  }
}
