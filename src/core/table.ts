interface Listed {
  readonly id: string
  readonly convoyId?: string
}

/** The rows of one convoy, or all those of a kind that belongs to no convoy. Another object as soon as one differs. */
export interface Part<Row> {
  readonly rows: ReadonlyMap<string, Row>
}

interface OwnPart<Row> extends Part<Row> {
  readonly rows: Map<string, Row>
}

/**
 * Rows by id, convoy by convoy, copied on the first write after a fork. `decide` forks a town, folds its own events
 * into the fork, and hands the fork back: the caller's town is never touched, so a failed transaction costs nothing
 * to undo. Only the convoys that are written to are copied, so a landing costs as much in a town of 10,000 beads as
 * in one of 100. Rows are values: replaced, never mutated.
 */
export class Table<Row extends Listed> {
  #parts = new Map<string, OwnPart<Row>>()
  /** In which part a row is. */
  #places = new Map<string, string>()
  /** Parts that nobody else sees; the others are copied before they are written to. */
  #own = new Set<string>()
  #shared = { parts: false, places: false }
  #changed = new Set<string>()

  constructor(rows: Iterable<Row> = []) {
    for (const row of rows) this.#set(row)
  }

  /** A table with the same rows that can be written without the other one noticing. Changes are counted anew. */
  fork(): Table<Row> {
    const fork = new Table<Row>()
    fork.#parts = this.#parts
    fork.#places = this.#places
    fork.#shared = { parts: true, places: true }
    this.#shared = { parts: true, places: true }
    this.#own = new Set()
    return fork
  }

  get size(): number {
    return this.#places.size
  }

  get(id: string): Row | undefined {
    const place = this.#places.get(id)
    return place === undefined ? undefined : this.#parts.get(place)!.rows.get(id)
  }

  has(id: string): boolean {
    return this.#places.has(id)
  }

  *values(): IterableIterator<Row> {
    for (const { rows } of this.#parts.values()) yield* rows.values()
  }

  /** For questions that each convoy answers by itself; see `perPart`. */
  parts(): IterableIterator<Part<Row>> {
    return this.#parts.values()
  }

  of(convoyId: string): Part<Row> {
    return this.#parts.get(convoyId) ?? NOTHING
  }

  /** Takes rows in that are kept elsewhere and are looked at once more: no change. */
  recall(rows: Iterable<Row>): void {
    for (const row of rows) this.#set(row)
  }

  put(row: Row): void {
    this.#set(row)
    this.#changed.add(row.id)
  }

  /** Replace some fields of a row that exists; a row that does not exist is a fault of ours, said loudly. */
  patch(id: string, fields: Partial<Row>): Row {
    const row = this.get(id)
    if (!row) throw new Error(`no row ${id} to change`)
    const next = { ...row, ...fields }
    this.put(next)
    return next
  }

  /** Drop a row from memory without recording a change (it is final and saved; see `forget` in load). */
  drop(id: string): void {
    this.#leave(id)
    this.#changed.delete(id)
  }

  /** The rows written since the fork. */
  changes(): Row[] {
    return [...this.#changed].flatMap(id => this.get(id) ?? [])
  }

  #set(row: Row): void {
    const place = row.convoyId ?? ''
    if (this.#places.get(row.id) !== place) {
      this.#leave(row.id)
      this.#ownPlaces().set(row.id, place)
    }
    this.#write(place, rows => rows.set(row.id, row))
  }

  /** Out of the part that it is in. */
  #leave(id: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#ownPlaces().delete(id)
    this.#write(place, rows => rows.delete(id))
    if (this.#parts.get(place)!.rows.size === 0) this.#parts.delete(place)
  }

  #ownPlaces(): Map<string, string> {
    if (this.#shared.places) this.#places = new Map(this.#places)
    this.#shared.places = false
    return this.#places
  }

  #write(place: string, change: (rows: Map<string, Row>) => void): void {
    if (this.#shared.parts) this.#parts = new Map(this.#parts)
    this.#shared.parts = false
    const found = this.#parts.get(place)?.rows
    const rows = found && this.#own.has(place) ? found : new Map(found)
    this.#own.add(place)
    change(rows)
    this.#parts.set(place, { rows })
  }
}

const NOTHING = { rows: new Map<string, never>() }

/**
 * An answer that follows from the rows of one convoy alone, worked out once for as long as none of them changes: the
 * rules ask it of every convoy each time, and hardly any has changed.
 */
export function perPart<Row, Answer extends object>(
  answer: (rows: ReadonlyMap<string, Row>) => Answer,
): (part: Part<Row>) => Answer {
  const known = new WeakMap<Part<Row>, Answer>()
  return part => {
    const before = known.get(part)
    if (before) return before
    const now = answer(part.rows)
    known.set(part, now)
    return now
  }
}
