// What every queue must do, whatever it stands on. Run over both backends by `queue.contract.test.ts`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Log, Queue } from '../../src/ports.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { listeningLog } from './log.ts'

export interface Where {
  readonly redisUrl?: string
  readonly databaseUrl: string
}

/** Remembers who was looked at, and how many at once. */
function watcher(worksFor: (id: string) => Promise<unknown> = async () => {}) {
  const seen: string[] = []
  const running = new Map<string, number>()
  const most = { ofOneId: 0, ofAll: 0 }
  const look = async (id: string) => {
    seen.push(id)
    running.set(id, (running.get(id) ?? 0) + 1)
    most.ofOneId = Math.max(most.ofOneId, running.get(id) ?? 0)
    most.ofAll = Math.max(
      most.ofAll,
      [...running.values()].reduce((sum, count) => sum + count, 0),
    )
    await worksFor(id)
    running.set(id, (running.get(id) ?? 0) - 1)
  }
  return { seen, most, look, times: (id: string) => seen.filter(other => other === id).length }
}

const soon = { timeout: 4_000, interval: 10 }

export function queueContract(where: () => Where): void {
  let opened: Queue[] = []
  let prefix = ''
  let test_ = 0
  const open = async (log: Log = listeningLog()) => {
    const queue = await openQueue({ ...where(), prefix, log })
    opened.push(queue)
    return queue
  }
  beforeEach(() => {
    prefix = `test-${process.pid}-${++test_}`
  })
  afterEach(async () => {
    await opened[0]?.wipe()
    await Promise.all(opened.map(queue => queue.close()))
    opened = []
  })

  test('who is woken is looked at, and again when woken again', async () => {
    const queue = await open()
    const watch = watcher()
    await queue.work('town', 1, watch.look)
    for (let turn = 1; turn <= 3; turn++) {
      await queue.wake('town', 'acme')
      await expect.poll(() => watch.times('acme'), soon).toBe(turn)
    }
  })

  test('topics do not mix', async () => {
    const queue = await open()
    const towns = watcher()
    const performs = watcher()
    await queue.work('town', 1, towns.look)
    await queue.work('perform', 1, performs.look)
    await queue.wake('perform', 'acme')
    await expect.poll(() => performs.seen, soon).toEqual(['acme'])
    expect(towns.seen).toEqual([])
  })

  test('any text can be an id', async () => {
    const queue = await open()
    const watch = watcher()
    await queue.work('delivery', 1, watch.look)
    const ids = ['a:b:c', 'with space', 'ümläut/🏙', '-', '0', "o'hara", 'x'.repeat(300)]
    for (const id of ids) await queue.wake('delivery', id)
    await expect.poll(() => watch.seen, soon).toEqual(ids)
  })

  test('many wake-ups before anyone works are one look', async () => {
    const queue = await open()
    const watch = watcher()
    await Promise.all(Array.from({ length: 50 }, () => queue.wake('town', 'acme')))
    for (let n = 0; n < 10; n++) await queue.wake('town', 'acme')
    await queue.wake('town', 'last')
    await queue.work('town', 1, watch.look)
    await expect.poll(() => watch.times('last'), soon).toBe(1)
    expect(watch.times('acme')).toBe(1)
  })

  test('wake-ups during a look lead to one more look, after it', async () => {
    const queue = await open()
    const gate = Promise.withResolvers<void>()
    const watch = watcher(() => gate.promise)
    await queue.work('town', 4, watch.look)
    await queue.wake('town', 'acme')
    await expect.poll(() => watch.times('acme'), soon).toBe(1)
    for (let n = 0; n < 5; n++) await queue.wake('town', 'acme')
    await pause(200)
    expect(watch.times('acme')).toBe(1)
    gate.resolve()
    await expect.poll(() => watch.times('acme'), soon).toBe(2)
    await pause(200)
    expect(watch.times('acme')).toBe(2)
    expect(watch.most.ofOneId).toBe(1)
  })

  test('a slow look does not keep others waiting, and no more than asked for run at once', async () => {
    const queue = await open()
    const gate = Promise.withResolvers<void>()
    const watch = watcher(id => (id.startsWith('slow') ? gate.promise : pause(5)))
    await queue.work('town', 3, watch.look)
    for (const id of ['slow-1', 'slow-2', 'quick-1', 'quick-2', 'quick-3']) await queue.wake('town', id)
    await expect.poll(() => watch.seen.length, soon).toBe(5)
    expect(watch.most.ofAll).toBe(3)
    gate.resolve()
  })

  test('a delayed wake-up is looked at when its time has come', async () => {
    const queue = await open()
    const watch = watcher()
    await queue.work('town', 1, watch.look)
    const asked = Date.now()
    await queue.wake('town', 'acme', 400)
    await expect.poll(() => watch.times('acme'), soon).toBe(1)
    expect(Date.now() - asked).toBeGreaterThanOrEqual(395)
    expect(Date.now() - asked).toBeLessThan(1_500)
  })

  test('of several delayed wake-ups the earliest stays, in whatever order they came', async () => {
    const queue = await open()
    const watch = watcher()
    await queue.work('town', 1, watch.look)
    const asked = Date.now()
    await queue.wake('town', 'brought-forward', 60_000)
    await queue.wake('town', 'brought-forward', 300)
    await queue.wake('town', 'not-put-off', 300)
    await queue.wake('town', 'not-put-off', 60_000)
    await Promise.all([60_000, 300, 30_000, 90_000].map(ms => queue.wake('town', 'at-the-same-time', ms)))
    await expect
      .poll(() => watch.seen.toSorted(), soon)
      .toEqual(['at-the-same-time', 'brought-forward', 'not-put-off'])
    expect(Date.now() - asked).toBeLessThan(2_000)
  })

  test('a wake-up does not wait for a delayed one, and does not lose it', async () => {
    const queue = await open()
    const watch = watcher()
    await queue.work('town', 1, watch.look)
    await queue.wake('town', 'acme', 700)
    await queue.wake('town', 'acme')
    await expect.poll(() => watch.times('acme'), { timeout: 500, interval: 5 }).toBe(1)
    await expect.poll(() => watch.times('acme'), soon).toBe(2)
  })

  test('a look that asks for a later one gets it, time after time', async () => {
    const queue = await open()
    const watch = watcher(() => queue.wake('town', 'acme', 20))
    await queue.work('town', 2, watch.look)
    await queue.wake('town', 'acme')
    await expect.poll(() => watch.times('acme'), { timeout: 8_000 }).toBeGreaterThan(20)
    expect(watch.most.ofOneId).toBe(1)
  })

  test('a look that fails is tried again, is logged, and holds up nobody else', async () => {
    const log = listeningLog()
    const queue = await open(log)
    const watch = watcher()
    let tries = 0
    await queue.work('town', 1, async id => {
      if (id === 'bad' && ++tries < 3) throw new Error(`try ${tries}`)
      await watch.look(id)
    })
    await queue.wake('town', 'bad')
    await queue.wake('town', 'good')
    await expect.poll(() => watch.seen, soon).toEqual(['good', 'bad'])
    expect(tries).toBe(3)
    expect(log.said.map(line => line.level)).toEqual(['warn', 'warn'])
  })

  test('a look that fails does not wait out its pause when it is woken', async () => {
    const queue = await open()
    let tries = 0
    await queue.work('town', 1, async () => {
      if (++tries < 5) throw new Error('not yet')
    })
    await queue.wake('town', 'acme')
    // The pauses alone take 250 + 500 + 1000 + 2000 ms.
    const begun = Date.now()
    while (tries < 5) {
      await pause(30)
      await queue.wake('town', 'acme')
    }
    expect(Date.now() - begun).toBeLessThan(2_000)
  })

  test('a clock wakes once over all who ask for it', async () => {
    const watch = watcher()
    for (const queue of [await open(), await open(), await open()]) {
      await queue.work('patrol', 1, watch.look)
      await queue.every('patrol', 'sweep', 300)
    }
    await pause(1_700)
    // Seven ticks when all is quiet: one at once and one every 270 to 300 ms.
    expect(watch.seen.length).toBeGreaterThanOrEqual(4)
    expect(watch.seen.length).toBeLessThanOrEqual(8)
  })

  test('after a wipe nothing old comes back, and everything works: wake-ups, delays, clocks, running looks', async () => {
    const queue = await open()
    const gate = Promise.withResolvers<void>()
    const watch = watcher(id => (id === 'running' ? gate.promise : pause(0)))
    await queue.wake('town', 'old')
    await queue.wake('town', 'old-delayed', 300)
    await queue.wake('perform', 'running')
    await queue.every('patrol', 'sweep', 200)
    await queue.work('perform', 1, watch.look)
    await expect.poll(() => watch.seen, soon).toEqual(['running'])
    await queue.wake('perform', 'running')
    await queue.wipe()
    await queue.work('town', 1, watch.look)
    await queue.work('patrol', 1, watch.look)
    await queue.wake('perform', 'running')
    gate.resolve()
    await queue.wake('town', 'new')
    await queue.wake('town', 'old-delayed', 100)
    await expect.poll(() => watch.times('running'), soon).toBeGreaterThanOrEqual(2)
    await expect.poll(() => watch.times('sweep'), soon).toBeGreaterThanOrEqual(2)
    await expect.poll(() => watch.times('old-delayed'), soon).toBe(1)
    await pause(300)
    expect([watch.times('old'), watch.times('old-delayed'), watch.times('new')]).toEqual([0, 1, 1])
  })

  test('closing waits for the looks that run; what has not begun is left for others', async () => {
    const first = await open()
    const gate = Promise.withResolvers<void>()
    const watch = watcher(() => gate.promise)
    await first.work('town', 1, watch.look)
    await first.wake('town', 'running')
    await expect.poll(() => watch.seen, soon).toEqual(['running'])
    await first.wake('town', 'waiting')
    let closed = false
    const closing = first.close().then(() => {
      closed = true
    })
    await pause(200)
    expect(closed).toBe(false)
    gate.resolve()
    await closing
    expect(watch.seen).toEqual(['running'])
    const second = await open()
    opened = [second]
    const later = watcher()
    await second.work('town', 1, later.look)
    await expect.poll(() => later.seen, soon).toEqual(['waiting'])
  })

  test('no last word is lost: whatever is asked, by whomever and whenever, is looked at afterwards', async () => {
    const ids = Array.from({ length: 8 }, (_, n) => `town-${n}`)
    const asked = new Map<string, number>()
    const answered = new Map<string, number>()
    const watch = watcher(async id => {
      const upTo = asked.get(id) ?? 0
      await pause(Math.random() * 4)
      answered.set(id, Math.max(upTo, answered.get(id) ?? 0))
    })
    const queues = [await open(), await open()]
    for (const queue of queues) await queue.work('town', 4, watch.look)
    const asker = async (queue: Queue) => {
      for (let n = 0; n < 150; n++) {
        const id = ids[Math.floor(Math.random() * ids.length)] ?? ''
        asked.set(id, (asked.get(id) ?? 0) + 1)
        await queue.wake('town', id, Math.random() < 0.3 ? Math.random() * 20 : 0)
      }
    }
    await Promise.all([...queues, ...queues].map(asker))
    await expect.poll(() => answered, { timeout: 8_000, interval: 20 }).toEqual(asked)
    expect(watch.most.ofOneId).toBe(1)
  })

  test('the work of a process that is killed in the middle is done by another', async () => {
    const queue = await open()
    await queue.wake('town', 'acme')
    const victim = worker({ ...where(), prefix })
    await once(victim, 'message')
    // Asked while the victim still has it: must not get lost with the victim either.
    await queue.wake('town', 'acme')
    victim.kill('SIGKILL')
    const watch = watcher()
    await queue.work('town', 1, watch.look)
    await expect.poll(() => watch.times('acme'), { timeout: 10_000 }).toBeGreaterThanOrEqual(1)
  })

  let children: ChildProcess[] = []
  const worker = (options: object) => {
    const program = fileURLToPath(new URL('./queue-worker.ts', import.meta.url))
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    children.push(child)
    return child
  }
  beforeAll(() => () => {
    for (const child of children) child.kill('SIGKILL')
    children = []
  })
}
