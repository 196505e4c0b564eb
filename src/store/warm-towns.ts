import type { Town } from '../core/town.ts'

interface Warm {
  readonly town: Town
  readonly version: number
}

/** Towns that this process saw last, as they were when it let go of them; the longest unseen goes first. */
export class WarmTowns {
  #warm = new Map<string, Warm>()
  #turns = new Map<string, Promise<unknown>>()
  #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** The town as it is at this version, if it is at hand. */
  at(townId: string, version: number): Town | null {
    const warm = this.#warm.get(townId)
    return warm?.version === version ? warm.town : null
  }

  keep(town: Town, version: number): void {
    this.#warm.delete(town.id)
    this.#warm.set(town.id, { town, version })
    for (const longest of this.#warm.keys()) {
      if (this.#warm.size <= this.#most) return
      this.#warm.delete(longest)
    }
  }

  drop(townId: string): void {
    this.#warm.delete(townId)
  }

  /**
   * One after the other within this process. The database's lock would do it too, but each who waits for it keeps
   * a connection, and might go on before the town that was just saved is at hand here.
   */
  async inTurn<Result>(townId: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(townId)
    const turn = before ? before.then(work, work) : work()
    this.#turns.set(townId, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(townId) === turn) this.#turns.delete(townId)
    }
  }
}
