import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Person } from '../../src/sandbox/person.ts'
import { type Ready, type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { pushRepository } from '../support/repository.ts'
import { until } from '../support/until.ts'
import {
  answer,
  beads,
  expectAllOnce,
  FILES,
  landed,
  makeEpic,
  patience,
  setOut,
  type Underway,
} from './convoy.ts'
import { luckOf, seedOfToday } from './luck.ts'
import { runnersIn, runningIn } from './processes.ts'

/** Real processes, killed with −9 at any moment: the convoy lands, nothing is lost and nothing is done twice. */

const KILLS = 7

const folder = mkdtempSync(join(tmpdir(), 'townhall-chaos-'))
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ dataDir: folder, logLevel: process.env.STORY_LOG ?? 'silent' })
}, 90_000)
afterAll(async () => {
  await sandbox.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const at = (path: string, init?: RequestInit) => fetch(`${sandbox.ready.web}/sandbox/${path}`, init)
const processes = async (): Promise<Ready> => (await at('processes')).json() as Promise<Ready>

/** Kills Townhall, and waits until another process of it is there: not until it is up. */
async function killTownhall(): Promise<void> {
  const { pid } = (await processes()).townhall
  process.kill(pid!, 'SIGKILL')
  await until('Townhall is started again', processes, ready => ready.townhall.pid !== pid)
}

/** GitHub itself goes away for a moment, in the middle of whatever it was asked. */
async function killGitHub(): Promise<void> {
  process.kill((await processes()).github.pid, 'SIGKILL')
  await until(
    'GitHub is back',
    () => at('processes').catch(() => null),
    answered => answered?.ok === true,
  )
}

async function killManyTimes(luck: () => number): Promise<void> {
  for (let kills = 0; kills < KILLS; kills++) {
    await pause(300 + luck() * 2_500)
    await killTownhall()
  }
}

function killRunners(): number {
  const runners = runnersIn(folder)
  for (const { pid } of runners) process.kill(pid, 'SIGKILL')
  return runners.length
}

/** As soon as it is at work at all. */
async function killPolecat({ epic }: Underway, key: string): Promise<void> {
  await until(
    `the polecat of ${key} is killed`,
    async () => (await at(`polecats/${epic.issues[key]!.number}/kill`, { method: 'POST' })).status,
    status => status === 200,
    patience,
  )
}

it('a convoy lands though Townhall, GitHub, runners and an agent are killed', {
  timeout: 400_000,
}, async () => {
  const luck = luckOf(seedOfToday())
  const { ready } = sandbox
  const wes = new Person(ready, 'wes', ready.users.wes!.token)
  const repo = await pushRepository(new Person(ready, 'olivia', ready.users.olivia!.token), 'web', FILES)
  const convoy = await makeEpic(wes, repo, beads('700ms'))
  const killing = killManyTimes(luck)
  await Promise.all([setOut(convoy), killPolecat(convoy, 'c')])
  // F waits for its answer, so the convoy cannot land before all these kills.
  await killing
  await killGitHub()
  await pause(luck() * 1_000)
  expect(killRunners()).toBeGreaterThan(0)
  await answer(convoy)
  await killTownhall()
  await landed(convoy)
  await expectAllOnce(convoy)
})

it('nothing is left running when the sandbox is stopped', { timeout: 60_000 }, async () => {
  await sandbox.stop()
  expect(
    await until(
      'all processes end',
      async () => runningIn(folder),
      left => left.length === 0,
    ),
  ).toEqual([])
})
