/**
 * Rows by id, copied on the first write after a fork. `decide` forks a town, folds its own events into the
 * fork, and hands the fork back: the caller's town is never touched, so a failed transaction costs nothing
 * to undo, and a town of 10,000 beads is copied at most once per decision rather than once per event.
 * Rows are values: replaced, never mutated.
 */
export class Table<Row extends { readonly id: string }> {
  #rows: Map<string, Row>
  #shared: boolean
  #changed: Set<string>

  constructor(rows: Iterable<Row> = []) {
    this.#rows = new Map()
    for (const row of rows) this.#rows.set(row.id, row)
    this.#shared = false
    this.#changed = new Set()
  }

  /** A table with the same rows that can be written without the other one noticing. Changes are counted anew. */
  fork(): Table<Row> {
    const fork = new Table<Row>()
    fork.#rows = this.#rows
    fork.#shared = true
    this.#shared = true
    return fork
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  has(id: string): boolean {
    return this.#rows.has(id)
  }

  values(): IterableIterator<Row> {
    return this.#rows.values()
  }

  put(row: Row): void {
    this.#own()
    this.#rows.set(row.id, row)
    this.#changed.add(row.id)
  }

  /** Replace some fields of a row that exists; a row that does not exist is a fault of ours, said loudly. */
  patch(id: string, fields: Partial<Row>): Row {
    const row = this.#rows.get(id)
    if (!row) throw new Error(`no row ${id} to change`)
    const next = { ...row, ...fields }
    this.put(next)
    return next
  }

  /** Drop a row from memory without recording a change (it is final and saved; see `forget` in load). */
  drop(id: string): void {
    this.#own()
    this.#rows.delete(id)
    this.#changed.delete(id)
  }

  /** The rows written since the fork. */
  changes(): Row[] {
    return [...this.#changed].flatMap(id => this.#rows.get(id) ?? [])
  }

  #own(): void {
    if (!this.#shared) return
    this.#rows = new Map(this.#rows)
    this.#shared = false
  }
}
