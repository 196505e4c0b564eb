import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type GitHub, Refused, Unreachable } from '../../src/ports.ts'
import { gitServer } from '../../src/sandbox/github/git/http.ts'
import { createRepository } from '../../src/sandbox/github/git/plumbing.ts'
import { begin, runGit, tempDir } from './git-client.ts'
import { type DoorOptions, type OpenDoor, openDoor, type TownOnPaper, townOnPaper } from './runner-town.ts'

const MAIN = fileURLToPath(new URL('../../runners/main.ts', import.meta.url))
const AGENT = fileURLToPath(new URL('../../src/sandbox/scripted-agent.ts', import.meta.url))

const TOKEN = 'ghs_only_for_the_runner'
/** A rig whose repository is asked for and never answers. */
const SILENT = '8'

interface World extends AsyncDisposable {
  readonly town: TownOnPaper
  readonly dir: string
  readonly pids: string
  /** Opens the door again where it was. */
  reopen(): Promise<void>
  closeDoor(): Promise<void>
  start(env?: Record<string, string>): RunningRunner
  tip(branch: string): Promise<string | null>
  text(branch: string, file: string): Promise<string | null>
  /** How often the silent repository was asked for. */
  silentAsked(): number
}

interface RunningRunner {
  readonly child: ChildProcess
  readonly ended: Promise<number | string | null>
  log(): string
}

/** A repository that only lets the token in, over HTTP. */
async function repository(dir: string) {
  const root = path.join(dir, 'git')
  const bare = await createRepository(root, 7)
  const serve = await gitServer<string>({
    root,
    identify: header => {
      const [, password] = Buffer.from(header.split(' ')[1] ?? '', 'base64')
        .toString()
        .split(':')
      return password === TOKEN ? 'townhall' : undefined
    },
    access: caller => (caller ? { may: 'write', dir: bare } : { may: 'identify' }),
    judge: async () => ({ forwardOnly: [] }),
    pushed: async () => undefined,
  })
  let silentAsked = 0
  const http = createServer((request, response) => {
    if (request.url?.startsWith('/acme/silent.git')) silentAsked += 1
    else void serve(request, response)
  })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  const wes = await begin(dir, bare)
  await wes.commit('first', { 'a.txt': 'a\n' })
  await wes.must('push', 'origin', 'main')
  const urlOf = (name: string) => `http://127.0.0.1:${port}/acme/${name}.git`
  return { bare, http, urlOf, silentAsked: () => silentAsked }
}

async function world(options: DoorOptions = {}): Promise<World> {
  const temp = await tempDir()
  const { bare, http, urlOf, silentAsked } = await repository(temp.dir)
  const town = townOnPaper()
  const gitAccess: GitHub['gitAccess'] = async (_, rigId) => ({
    cloneUrl: urlOf(rigId === SILENT ? 'silent' : 'demo'),
    token: TOKEN,
    expiresAt: Date.now() + 3_600_000,
  })
  let door: OpenDoor = await openDoor(town, { gitAccess, ...options })
  const { port } = door
  const children: RunningRunner[] = []
  const ask = async (...args: string[]) => {
    const { code, said } = await runGit(bare, args)
    return code === 0 ? said.trim() : null
  }
  const pids = path.join(temp.dir, 'polecats')
  return {
    town,
    dir: temp.dir,
    pids,
    reopen: async () => {
      door = await openDoor(town, { gitAccess, ...options, port })
    },
    closeDoor: () => door.close(),
    start: (env = {}) => {
      const runner = runProcess({
        TOWNHALL_URL: door.url,
        TOWNHALL_TOWN: '42',
        TOWNHALL_MACHINE_TOKEN: door.once(),
        TOWNHALL_WORK_DIR: path.join(temp.dir, 'work'),
        TOWNHALL_SCRIPTED_AGENT: AGENT,
        TOWNHALL_POLECATS_DIR: pids,
        ...env,
      })
      children.push(runner)
      return runner
    },
    tip: branch => ask('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`),
    text: (branch, file) => ask('show', `refs/heads/${branch}:${file}`),
    silentAsked,
    [Symbol.asyncDispose]: async () => {
      for (const { child } of children) child.kill('SIGKILL')
      await Promise.all(children.map(({ ended }) => ended))
      await door.close()
      http.closeAllConnections()
      http.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

function runProcess(env: Record<string, string>): RunningRunner {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...env } })
  let log = ''
  child.stderr.on('data', text => {
    log += text
  })
  const ended = new Promise<number | string | null>(resolve => {
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  return { child, ended, log: () => log }
}

const bead = (number: number, ...steps: string[]) => ({
  number,
  title: `Bead ${number}`,
  body: `\`\`\`polecat\n${steps.join('\n')}\n\`\`\`\n`,
})
const within = { timeout: 15_000, interval: 50 }

/** The agent has come as far as the file that is left half done. */
const isHalfDone = (at: World) => isThere(at, 'clone/half.txt')

const isThere = (at: World, file: string) =>
  expect
    .poll(async () => (await readdir(path.join(at.dir, 'work'), { recursive: true })).join(), within)
    .toContain(file)

describe('a runner', { timeout: 30_000 }, () => {
  test('does several runs at once, reports each, and ends when there is nothing to do', async () => {
    await using at = await world({ idleMs: 800 })
    at.town.order({ runId: 'r1', branch: 'gt/nux/1', bead: bead(1, '- write: one.txt\n  content: "1"') })
    at.town.order({ runId: 'r2', branch: 'gt/ace/2', bead: bead(2, '- fail: No idea.') })
    at.town.order({ runId: 'r3', branch: 'gt/kit/3', bead: bead(3, '- ask: Which?') })
    at.town.order({ runId: 'r4', kind: 'gate', branch: 'gt/nux/none', bead: null, polecat: null })
    const runner = at.start()
    expect(await runner.ended).toBe(0)
    expect(at.town.of('RunStarted')).toHaveLength(4)
    expect(at.town.of('RunDone')).toEqual([
      { type: 'RunDone', runId: 'r1', sha: await at.tip('gt/nux/1'), changed: true },
    ])
    expect(at.town.of('RunFailed')).toMatchObject([{ runId: 'r2', why: 'No idea.', sha: null }])
    expect(at.town.of('RunAsked')).toMatchObject([{ runId: 'r3', question: 'Which?', checkpoint: '0' }])
    expect(at.town.of('GateReported')).toMatchObject([{ runId: 'r4', outcome: 'unable' }])
    expect(await readdir(path.join(at.dir, 'work', 'runs'))).toEqual([])
    expect(runner.log()).not.toContain(TOKEN)
  })

  test('keeps the token out of everything that an agent can read', async () => {
    await using at = await world({ idleMs: 800 })
    const look = `env; cat .git/config; grep -rls ${TOKEN} "${at.dir}/work" && echo FOUND`
    at.town.order({ bead: bead(1, `- run: '(${look}; true) > seen.txt 2>&1'`) })
    await at.start().ended
    const seen = await at.text('gt/nux/12', 'seen.txt')
    expect(seen).toContain('GIT_TERMINAL_PROMPT=0')
    expect(seen).not.toMatch(/FOUND|ghs_|TOWNHALL_MACHINE_TOKEN|TOWNHALL_URL/)
  })

  test('keeps the run alive with heartbeats while its agent works, and ends it when nobody waits for it', async () => {
    await using at = await world({ leaseMs: 800 })
    at.town.order({ bead: bead(1, '- write: half.txt\n  content: half', '- sleep: 60s') })
    at.start()
    await expect.poll(() => at.town.of('RunBeat').length, within).toBeGreaterThan(2)
    at.town.end('r1')
    await expect.poll(() => readdir(path.join(at.dir, 'work', 'runs')), within).toEqual([])
    for (const type of ['RunFailed', 'RunReleased'])
      expect(at.town.facts.map(fact => fact.type)).not.toContain(type)
    expect(await at.tip('gt/nux/12')).toBeNull()
  })

  test('ends an agent that goes silent, and says so', async () => {
    await using at = await world({ silenceMs: 1500 })
    at.town.order({ bead: bead(1, '- hang: true') })
    at.start()
    await expect
      .poll(() => at.town.of('RunFailed'), within)
      .toMatchObject([{ why: 'The agent went silent for 1.5 s and was ended.' }])
  })

  test('says so when its agent is killed', async () => {
    await using at = await world()
    at.town.order({ bead: bead(9, '- write: half.txt\n  content: half', '- sleep: 60s') })
    at.start()
    const pidFile = path.join(at.pids, '9.pid')
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), within).not.toBe('')
    await isHalfDone(at)
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL')
    await expect
      .poll(() => at.town.of('RunFailed'), within)
      .toMatchObject([{ why: 'The agent was killed (SIGKILL).' }])
  })

  test('goes on while Townhall is away, and reports when it is back', async () => {
    await using at = await world()
    at.town.order({ bead: bead(1, '- write: half.txt\n  content: half', '- sleep: 1500ms') })
    const runner = at.start()
    await isHalfDone(at)
    await at.closeDoor()
    await expect.poll(() => at.tip('gt/nux/12'), within).not.toBeNull()
    expect(at.town.of('RunDone')).toEqual([])
    await at.reopen()
    await expect.poll(() => at.town.of('RunDone'), within).toMatchObject([{ runId: 'r1', changed: true }])
    at.town.order({ runId: 'r2', branch: 'gt/nux/13', bead: bead(2, '- write: c.txt\n  content: c') })
    await expect.poll(() => at.town.of('RunDone').length, within).toBe(2)
    expect(runner.child.exitCode).toBeNull()
  })

  test('ends with its work pushed when Townhall does not come back', async () => {
    await using at = await world()
    at.town.order({ bead: bead(1, '- write: half.txt\n  content: half', '- sleep: 60s') })
    const runner = at.start({ TOWNHALL_PATIENCE_MS: '1500' })
    await isHalfDone(at)
    await at.closeDoor()
    expect(await runner.ended).toBe(1)
    expect(await at.text('gt/nux/12', 'half.txt')).toBe('half')
    expect(runner.log()).toContain('Townhall has been away for 2 s.')
  })

  test('told to end, pushes what its agents have made, gives it back and goes', async () => {
    await using at = await world()
    at.town.order({ bead: bead(1, '- write: half.txt\n  content: half', '- sleep: 60s') })
    const runner = at.start()
    await isHalfDone(at)
    runner.child.kill('SIGTERM')
    expect(await runner.ended).toBe(0)
    expect(await at.text('gt/nux/12', 'half.txt')).toBe('half')
    expect(at.town.of('RunReleased')).toEqual([
      { type: 'RunReleased', runId: 'r1', sha: await at.tip('gt/nux/12') },
    ])
    expect(at.town.of('RunFailed')).toEqual([])
    expect(await readdir(path.join(at.dir, 'work', 'runs'))).toEqual([])
  })

  test('told to end, gives back what it has not pushed anything for: a gate, and a run that it still clones', async () => {
    await using at = await world()
    at.town.order({ runId: 'r1', bead: bead(1, '- write: one.txt\n  content: "1"'), branch: 'gt/nux/1' })
    const runner = at.start()
    await expect.poll(() => at.town.of('RunDone').length, within).toBe(1)
    const gates = [{ name: 'slow', run: 'touch at-it; sleep 60', timeoutMs: 60_000 }]
    at.town.order({ runId: 'r2', kind: 'gate', branch: 'gt/nux/1', bead: null, polecat: null, gates })
    at.town.order({
      runId: 'r3',
      rigId: SILENT,
      branch: 'gt/ace/3',
      bead: bead(3, '- write: c.txt\n  content: c'),
    })
    await isThere(at, 'merged/at-it')
    await expect.poll(() => at.silentAsked(), within).toBeGreaterThan(0)
    runner.child.kill('SIGTERM')
    expect(await runner.ended).toBe(0)
    const released = at.town.of('RunReleased').toSorted((a, b) => a.runId.localeCompare(b.runId))
    expect(released).toEqual([
      { type: 'RunReleased', runId: 'r2', sha: null },
      { type: 'RunReleased', runId: 'r3', sha: null },
    ])
    expect([at.town.of('GateReported'), at.town.of('RunFailed')]).toEqual([[], []])
  })

  test('whose agent lost its runner does not leave the agent behind', async () => {
    await using at = await world()
    at.town.order({ bead: bead(1, '- write: half.txt\n  content: half', '- run: sleep 600 & sleep 600') })
    const runner = at.start()
    const pidFile = path.join(at.pids, '1.pid')
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), within).not.toBe('')
    const pid = Number(await readFile(pidFile, 'utf8'))
    await isHalfDone(at)
    runner.child.kill('SIGKILL')
    await expect.poll(() => isRunning(pid), within).toBe(false)
    at.start()
    await expect.poll(() => readdir(path.join(at.dir, 'work', 'runs')), within).toEqual([])
  })

  test('waits for GitHub, and takes its no for an answer', async () => {
    let asked = 0
    await using at = await world({
      gitAccess: async () => {
        asked += 1
        if (asked < 3) throw new Unreachable('GitHub is away.')
        throw new Refused('The repository is gone.', 404)
      },
    })
    at.town.order()
    at.start()
    await expect
      .poll(() => at.town.of('RunFailed'), within)
      .toMatchObject([{ why: expect.stringContaining('The repository is gone.'), sha: null }])
  })

  test('in a real installation refuses the scripted agent', async () => {
    await using at = await world()
    at.town.order()
    at.start({ TOWNHALL_SCRIPTED_AGENT: '' })
    await expect
      .poll(() => at.town.of('RunFailed'), within)
      .toMatchObject([
        { why: 'The scripted agent works only in the sandbox and in tests, and this machine is neither.' },
      ])
  })

  test('fails a run whose repository cannot be cloned, and goes on with the next', async () => {
    await using at = await world({
      gitAccess: async () => ({ cloneUrl: '/nowhere/at/all.git', token: TOKEN, expiresAt: 0 }),
    })
    at.town.order()
    at.town.order({ runId: 'r2', kind: 'gate', bead: null, polecat: null })
    at.start()
    await expect.poll(() => at.town.of('GateReported'), within).toMatchObject([{ outcome: 'unable' }])
    await expect
      .poll(() => at.town.of('RunFailed'), within)
      .toMatchObject([{ why: expect.stringMatching(/nowhere/), sha: null }])
  })

  test('without what it needs in its environment says what is missing', async () => {
    const runner = runProcess({ TOWNHALL_URL: 'nonsense' })
    expect(await runner.ended).toBe(2)
    expect(runner.log()).toMatch(/TOWNHALL_URL.*TOWNHALL_TOWN/s)
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
