import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptApp } from './github/seed.ts'
import type { Placement } from './placement.ts'
import { APP, ORG, PROCESSES, placementIn, readJson, writeWhole } from './placement.ts'

export interface SandboxOptions {
  /** Of the local GitHub; any free one without it. */
  readonly port?: number | null
  /** Everything is kept here. */
  readonly dataDir: string
  /** Without Townhall: it is started by hand with the printed environment. */
  readonly githubOnly?: boolean
  readonly logLevel?: string
}

/** What `npm run sandbox` prints as its one line, and `GET /sandbox/processes` answers. */
export interface Ready {
  readonly ready: true
  readonly web: string
  readonly api: string
  readonly graphql: string
  readonly git: string
  readonly github: { readonly pid: number }
  readonly townhall: { readonly pid: number | null; readonly url: string }
  readonly org: string
  readonly users: Readonly<Record<string, { readonly role: string; readonly token: string }>>
  /** For `npm start` against this GitHub. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Sandbox {
  readonly ready: Ready
  stop(): Promise<void>
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
/** A process that died is started again after this: well within the second that the contract gives. */
const RESTART_MS = 250
const START_PATIENCE_MS = 60_000
/** Asked nicely first; a process that does not listen is killed. */
const STOP_PATIENCE_MS = 15_000

/** The local GitHub and Townhall as two processes that are kept up. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const placement = await placementIn(options.dataDir, options.port ?? null, options.logLevel ?? 'warn')
  endLeftovers(placement.dataDir)
  const environment = townhallEnvironment(placement)
  let users: Ready['users'] = {}
  let github: Kept | null = null
  let townhall: Kept | null = null
  const publish = (): Ready => {
    const ready = readyOf(placement, environment, users, github?.pid() ?? 0, townhall?.pid() ?? null)
    writeWhole(join(placement.dataDir, PROCESSES), JSON.stringify(ready))
    return ready
  }
  const startGitHub = (): ChildProcess => {
    const child = start(file('github-process.ts'), [JSON.stringify(placement)], {})
    child.on('message', (message: { users: Ready['users'] }) => {
      users = message.users
    })
    return child
  }
  github = keepUp(startGitHub, publish)
  await answers(`http://127.0.0.1:${placement.githubPort}/sandbox/faults`)
  if (!options.githubOnly) {
    townhall = keepUp(() => start(file('../main.ts'), [], environment), publish)
    await answers(`${placement.townhallUrl}/readyz`)
  }
  const stop = async (): Promise<void> => {
    await townhall?.stop()
    await github?.stop()
  }
  return { ready: publish(), stop }
}

function readyOf(
  placement: Placement,
  environment: Ready['environment'],
  users: Ready['users'],
  github: number,
  townhall: number | null,
): Ready {
  const web = `http://127.0.0.1:${placement.githubPort}`
  return {
    ready: true,
    web,
    api: `${web}/api/v3`,
    graphql: `${web}/api/graphql`,
    git: web,
    github: { pid: github },
    townhall: { pid: townhall, url: placement.townhallUrl },
    org: ORG,
    users,
    environment,
  }
}

function townhallEnvironment(placement: Placement): Record<string, string> {
  const app = keptApp(placement.dataDir, APP)
  const web = `http://127.0.0.1:${placement.githubPort}`
  return {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey.replaceAll('\n', '\\n'),
    WEBHOOK_SECRET: app.webhookSecret,
    GITHUB_API_URL: `${web}/api/v3`,
    GITHUB_GIT_URL: web,
    PORT: String(placement.townhallPort),
    TOWNHALL_DATA: join(placement.dataDir, 'townhall'),
    TOWNHALL_PACE: 'sandbox',
    TOWNHALL_SCRIPTED_AGENT: file('scripted-agent.ts'),
    TOWNHALL_POLECATS_DIR: join(placement.dataDir, 'polecats'),
    TOWNHALL_PATIENCE_MS: '20000',
    LOG_LEVEL: placement.logLevel,
  }
}

/** Only what a program needs to run at all is handed on, so that the sandbox is the same on every machine. */
function start(program: string, args: readonly string[], environment: Record<string, string>): ChildProcess {
  const { PATH = '', HOME = '', TZ, LANG, DATABASE_URL, REDIS_URL } = process.env
  const inherited = { PATH, HOME, TZ, LANG, DATABASE_URL, REDIS_URL, NODE_NO_WARNINGS: '1' }
  return fork(program, args, {
    execArgv: ['--import', file('follow-parent.ts')],
    env: { ...inherited, ...environment },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
}

interface Kept {
  pid(): number
  stop(): Promise<void>
}

function keepUp(begin: () => ChildProcess, changed: () => void): Kept {
  let child = begin()
  let stopping = false
  const watch = (): void => {
    child.once('exit', () => {
      if (stopping) return
      setTimeout(() => {
        if (stopping) return
        child = begin()
        watch()
        changed()
      }, RESTART_MS)
    })
  }
  watch()
  return {
    pid: () => child.pid ?? 0,
    stop: async () => {
      stopping = true
      await end(child)
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS)
  await gone
  clearTimeout(killer)
}

/** Asked again until it answers: a process that starts has no other way to say so to a stranger. */
async function answers(url: string): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS
  for (;;) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return
    if (Date.now() > deadline) throw new Error(`${url} did not answer in ${START_PATIENCE_MS / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A sandbox that was killed may have left processes on this data; two GitHubs on one folder would be one too many. */
function endLeftovers(dataDir: string): void {
  const left = readJson<Ready>(join(dataDir, PROCESSES))
  for (const pid of [left?.townhall.pid, left?.github.pid])
    if (pid && isOurs(pid)) process.kill(pid, 'SIGKILL')
}

function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('follow-parent.ts')
  } catch {
    return false
  }
}
