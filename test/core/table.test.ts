import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { perPart, Table } from '../../src/core/table.ts'

interface Row {
  readonly id: string
  readonly convoyId: string
  readonly n: number
}
const row = (id: string, convoyId: string, n = 0): Row => ({ id, convoyId, n })
const idsOf = (rows: Iterable<Row>): string[] => [...rows].map(it => it.id).sort()

/** What may be done to a table, on a handful of rows in a handful of convoys. */
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('put' as const),
      row: fc.record({ id, convoyId: fc.constantFrom('x', 'y', 'z'), n: fc.nat(9) }),
    }),
    fc.record({ do: fc.constant('drop' as const), id }),
    fc.record({ do: fc.constant('fork' as const) }),
  ),
  { maxLength: 40 },
)

describe('a table', () => {
  it('holds the same rows as a plain map, whatever is done to it, and a fork leaves the other one alone', () => {
    const sum = perPart((rows: ReadonlyMap<string, Row>) => ({
      n: [...rows.values()].reduce((all, it) => all + it.n, 0),
    }))
    fc.assert(
      fc.property(steps, todo => {
        let table = new Table<Row>()
        let plain = new Map<string, Row>()
        const kept: { table: Table<Row>; plain: Map<string, Row> }[] = []
        for (const step of todo) {
          if (step.do === 'put') {
            table.put(step.row)
            plain.set(step.row.id, step.row)
          } else if (step.do === 'drop') {
            table.drop(step.id)
            plain.delete(step.id)
          } else {
            kept.push({ table, plain })
            table = table.fork()
            plain = new Map(plain)
          }
          for (const seen of [...kept, { table, plain }]) {
            expect(new Map([...seen.table.values()].map(it => [it.id, it]))).toEqual(seen.plain)
            expect(seen.table.size).toBe(seen.plain.size)
            for (const convoyId of ['x', 'y', 'z']) {
              const there = [...seen.plain.values()].filter(it => it.convoyId === convoyId)
              expect(idsOf(seen.table.of(convoyId).rows.values())).toEqual(idsOf(there))
              expect(sum(seen.table.of(convoyId)).n).toBe(there.reduce((all, it) => all + it.n, 0))
            }
          }
        }
      }),
    )
  })

  it('counts what was written since the fork, and copies only the convoys that were written to', () => {
    const table = new Table([row('a', 'x'), row('b', 'y')])
    const fork = table.fork()
    fork.patch('a', { n: 1 })
    expect(fork.changes()).toEqual([row('a', 'x', 1)])
    expect(table.get('a')).toEqual(row('a', 'x'))
    expect(fork.of('y')).toBe(table.of('y'))
    expect(fork.of('x')).not.toBe(table.of('x'))
    expect(fork.fork().changes()).toEqual([])
    expect(() => fork.patch('nobody', { n: 1 })).toThrow('no row nobody')
  })

  it('works an answer out once for as long as a convoy stays as it is', () => {
    let asked = 0
    const count = perPart((rows: ReadonlyMap<string, Row>) => {
      asked++
      return { rows: rows.size }
    })
    const table = new Table([row('a', 'x'), row('b', 'y')])
    const all = (of: Table<Row>): number => [...of.parts()].reduce((sum, part) => sum + count(part).rows, 0)
    expect([all(table), all(table), asked]).toEqual([2, 2, 2])
    const fork = table.fork()
    fork.put(row('c', 'x'))
    expect([all(fork), all(table), asked]).toEqual([3, 2, 3])
  })
})
