import type { DatabaseSync } from 'node:sqlite'

/** Keys under which the documents of a collection can be found; `undefined` leaves a document out of that index. */
export type Indexes<T> = { readonly [name: string]: (doc: T) => string | number | undefined }

/** Documents of one kind, by id. A document is never changed in place: `put` and `change` replace it. */
export interface Collection<T extends { readonly id: number }> {
  get(id: number): T | undefined
  put(doc: T): T
  /** Replaces some fields of a document that must be there. */
  change(id: number, fields: Partial<T>): T
  remove(id: number): void
  /** All documents, oldest id first. */
  all(): T[]
  /** The documents under a key of an index, oldest id first. */
  find(index: string, key: string | number): T[]
  /** The first of `find`. */
  one(index: string, key: string | number): T | undefined
  /** How many `find` would give. */
  count(index: string, key: string | number): number
}

/** Loads the documents of a kind; `remember` takes what undoes each change. */
export function openCollection<T extends { readonly id: number }>(
  db: DatabaseSync,
  kind: string,
  indexes: Indexes<T>,
  remember: (undo: () => void) => void,
): Collection<T> {
  const docs = new Map<number, T>()
  const keys = new Map(Object.keys(indexes).map(name => [name, new Map<string | number, Map<number, T>>()]))
  const hold = (doc: T) => {
    const old = docs.get(doc.id)
    docs.set(doc.id, doc)
    for (const [name, keyOf] of Object.entries(indexes)) {
      const key = keyOf(doc)
      const before = old === undefined ? undefined : keyOf(old)
      // A document whose key stays keeps its place, so that the lists stay sorted.
      if (before !== undefined && before !== key) keys.get(name)!.get(before)?.delete(doc.id)
      if (key === undefined) continue
      const index = keys.get(name)!
      if (!index.has(key)) index.set(key, new Map())
      index.get(key)!.set(doc.id, doc)
    }
  }
  const drop = (id: number) => {
    const old = docs.get(id)
    if (old === undefined) return
    docs.delete(id)
    for (const [name, keyOf] of Object.entries(indexes)) {
      const key = keyOf(old)
      if (key !== undefined) keys.get(name)!.get(key)?.delete(id)
    }
  }
  const restore = (id: number) => {
    const old = docs.get(id)
    remember(() => (old === undefined ? drop(id) : hold(old)))
  }
  for (const row of db.prepare('SELECT body FROM documents WHERE kind = ? ORDER BY id').iterate(kind)) {
    hold(JSON.parse(row.body as string) as T)
  }
  const write = db.prepare('INSERT OR REPLACE INTO documents (kind, id, body) VALUES (?, ?, ?)')
  const erase = db.prepare('DELETE FROM documents WHERE kind = ? AND id = ?')
  const byId = (a: T, b: T) => a.id - b.id
  const under = (index: string, key: string | number) => {
    const found = keys.get(index)
    if (found === undefined) throw new Error(`No index ${index} on ${kind}`)
    return found.get(key)
  }
  const find = (index: string, key: string | number) => [...(under(index, key)?.values() ?? [])].sort(byId)
  const put = (doc: T) => {
    write.run(kind, doc.id, JSON.stringify(doc))
    restore(doc.id)
    hold(doc)
    return doc
  }
  return {
    get: id => docs.get(id),
    put,
    change: (id, fields) => {
      const old = docs.get(id)
      if (old === undefined) throw new Error(`No document ${id} in ${kind}`)
      return put({ ...old, ...fields })
    },
    remove: id => {
      erase.run(kind, id)
      restore(id)
      drop(id)
    },
    all: () => [...docs.values()].sort(byId),
    find,
    one: (index, key) => find(index, key)[0],
    count: (index, key) => under(index, key)?.size ?? 0,
  }
}
