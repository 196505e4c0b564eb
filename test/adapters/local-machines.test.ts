import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { localMachines } from '../../src/machines/local.ts'
import { type Machines, Unreachable } from '../../src/ports.ts'
import { quietLog } from '../support/log.ts'
import { tempDir } from './git-client.ts'
import { type DoorOptions, openDoor, townOnPaper } from './runner-town.ts'

const RUNNER = fileURLToPath(new URL('../../runners/main.ts', import.meta.url))

async function townWith(options: DoorOptions = {}) {
  const temp = await tempDir()
  const town = townOnPaper()
  const door = await openDoor(town, options)
  const opened: Machines[] = []
  const machines = () => {
    const made = localMachines({
      url: () => door.url,
      tokenFor: () => door.once(),
      registry: town.store.machines,
      workDir: temp.dir,
      seats: 2,
      path: process.env.PATH ?? '',
      patienceMs: 120_000,
      env: {},
      clock: { now: Date.now },
      aliveMs: 5000,
      log: quietLog,
    })
    opened.push(made)
    return made
  }
  return {
    town,
    dir: temp.dir,
    machines,
    envOfRunner: () => ({
      TOWNHALL_URL: door.url,
      TOWNHALL_TOWN: '42',
      TOWNHALL_MACHINE_TOKEN: door.once(),
      TOWNHALL_WORK_DIR: temp.dir,
    }),
    [Symbol.asyncDispose]: async () => {
      for (const each of opened) await each.close()
      // Whoever was started by one that is closed already.
      for (const { pid } of town.machines) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
      await door.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const within = { timeout: 10_000, interval: 50 }

describe('machines that are processes here', { timeout: 20_000 }, () => {
  test('a town that is woken many times has one, and it takes the order', async () => {
    await using at = await townWith()
    const machines = at.machines()
    at.town.order()
    await Promise.all([machines.wake('42'), machines.wake('42'), machines.wake('42')])
    await expect.poll(() => at.town.of('RunStarted').length, within).toBe(1)
    await machines.wake('42')
    expect(at.town.machines).toMatchObject([{ townId: '42' }])
    expect(await readFile(path.join(at.dir, 'town-42', 'runner.log'), 'utf8')).toContain('Registered')
  })

  test('one that was started before a restart of ours is not doubled, and one that was killed is not counted', async () => {
    await using at = await townWith()
    await at.machines().wake('42')
    await expect.poll(() => at.town.machines.length, within).toBe(1)
    const afterRestart = at.machines()
    await afterRestart.wake('42')
    const first = at.town.machines[0]?.pid ?? 0
    for (const machine of at.town.machines) machine.seenAt -= 60_000
    await afterRestart.wake('42')
    process.kill(first, 'SIGKILL')
    await expect.poll(() => isRunning(first), within).toBe(false)
    expect(at.town.machines).toHaveLength(1)
    await afterRestart.wake('42')
    await expect.poll(() => at.town.machines.length, within).toBe(2)
  })

  test('one that breaks is replaced without being asked for', async () => {
    await using at = await townWith()
    await at.machines().wake('42')
    await expect.poll(() => at.town.machines.length, within).toBe(1)
    process.kill(at.town.machines[0]?.pid ?? 0, 'SIGKILL')
    await expect.poll(() => at.town.machines.length, within).toBe(2)
  })

  test('one that ends because there is nothing to do stays away until it is wanted', async () => {
    await using at = await townWith({ idleMs: 300 })
    const machines = at.machines()
    await machines.wake('42')
    await expect.poll(() => at.town.machines.length, within).toBe(1)
    await expect.poll(() => isRunning(at.town.machines[0]?.pid ?? 0), within).toBe(false)
    at.town.order()
    await machines.wake('42')
    await expect.poll(() => at.town.of('RunStarted').length, within).toBe(1)
    expect(at.town.machines).toHaveLength(2)
  })

  test('gets nothing of our environment but the path', async () => {
    process.env.SOME_SECRET_OF_OURS = 'secret'
    try {
      await using at = await townWith()
      await at.machines().wake('42')
      await expect.poll(() => at.town.machines.length, within).toBe(1)
      const environ = await readFile(`/proc/${at.town.machines[0]?.pid}/environ`, 'utf8')
      const names = environ.split('\0').map(each => each.split('=')[0])
      expect(names.filter(name => name && !name.startsWith('TOWNHALL_'))).toEqual(['PATH'])
    } finally {
      delete process.env.SOME_SECRET_OF_OURS
    }
  })

  test('one that a killed process of ours has left behind ends with us, too', async () => {
    await using at = await townWith()
    const env = { ...process.env, ...at.envOfRunner() }
    // Its parent is gone at once, as it is after a kill.
    spawn('sh', ['-c', `"$0" "$1" >/dev/null 2>&1 &`, process.execPath, RUNNER], { env })
    await expect.poll(() => at.town.machines.length, within).toBe(1)
    const pid = at.town.machines[0]?.pid ?? 0
    const machines = at.machines()
    await machines.wake('42')
    expect(isRunning(pid)).toBe(true)
    await machines.close()
    await expect.poll(() => isRunning(pid), within).toBe(false)
    expect(at.town.machines).toHaveLength(1)
  })

  test('ends with us when we are closed', async () => {
    await using at = await townWith()
    const machines = at.machines()
    await machines.wake('42')
    await expect.poll(() => at.town.machines.length, within).toBe(1)
    await machines.close()
    await expect.poll(() => isRunning(at.town.machines[0]?.pid ?? 0), { timeout: 1000 }).toBe(false)
    // Who asks has to ask again, or a run that was given back just now would wait for nobody.
    await expect(machines.wake('42')).rejects.toThrow(Unreachable)
    expect(at.town.machines).toHaveLength(1)
  })
})
