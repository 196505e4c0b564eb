import type { Time } from '../core/town.ts'

/** When a heartbeat was last kept: more often than four times per lease, it says nothing new. */
export class Beats {
  readonly #everyMs: number
  readonly #last = new Map<string, Time>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  isDue(run: string, now: Time): boolean {
    return now - (this.#last.get(run) ?? Number.NEGATIVE_INFINITY) >= this.#everyMs
  }

  kept(run: string, now: Time): void {
    this.#last.delete(run)
    this.#last.set(run, now)
    // In order of age: what is due again needs no memory.
    for (const [old, at] of this.#last) {
      if (now - at < this.#everyMs) break
      this.#last.delete(old)
    }
  }
}
