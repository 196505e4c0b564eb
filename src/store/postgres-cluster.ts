// The data of an embedded PostgreSQL: where it lies, how it is made, and who is running it.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isCode, mayEnter, nobody, type Owner, renameUnlessThere } from './postgres-binaries.ts'

export const superuser = 'townhall'

export interface Cluster {
  /** PostgreSQL's own data folder, as PostgreSQL itself calls it. */
  readonly folder: string
  readonly password: string
}

/** Where root keeps what PostgreSQL must be able to reach when it is closed to it where it lies. */
const openHomes = ['/var/lib/townhall', '/var/tmp/townhall']

/**
 * The folder for the data. It is `dataDir` itself, except for root with a `dataDir` below a closed folder (a
 * checkout in root's home): the owner of the server cannot enter that, so the data lies in an open home and
 * `dataDir/open` links to it. Without the link the data counts as gone, so removing `dataDir` starts afresh.
 */
export async function reachableFolder(dataDir: string, owner: Owner | null): Promise<string> {
  const folder = await ourFolder(dataDir)
  if (owner === null || (await mayEnter(owner, folder))) return folder
  const link = join(folder, 'open')
  const target = await readlink(link).catch(() => null)
  if (target !== null && existsSync(target)) return target
  if (target !== null) await rm(link, { force: true })
  const made = await mkdtemp(join(await openHome(), 'data-'))
  await chmod(made, 0o755)
  await symlink(made, link).catch(async error => {
    await rm(made, { recursive: true })
    if (!isCode(error, 'EEXIST')) throw error
  })
  // Somebody else may have been first.
  return readlink(link)
}

async function ourFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(dataDir)
  } catch (cause) {
    throw new Error(`${dataDir} is not ours to write in. Remove it, or use another data folder.`, { cause })
  }
}

/** The first home that root can have to itself. Only root asks. */
export async function openHome(): Promise<string> {
  const problems: unknown[] = []
  for (const home of openHomes) {
    try {
      await mkdir(home, { recursive: true })
      // Anybody may have made a folder of this name in /var/tmp; binaries in it would be run by us.
      if ((await lstat(home)).uid !== 0) throw new Error(`${home} is somebody else's.`)
      await chmod(home, 0o755)
      return home
    } catch (error) {
      problems.push(error)
    }
  }
  throw new AggregateError(problems, 'PostgreSQL cannot enter the data folder, nor any folder made for it.')
}

/**
 * Whom PostgreSQL runs as on `dataDir`, when that is not simply ourselves. Root takes whoever made the cluster, so
 * that it can use what an ordinary user began.
 */
export async function ownerOf(dataDir: string): Promise<Owner | null> {
  if (process.getuid?.() !== 0) return null
  const found = await stat(join(dataDir, 'cluster')).catch(() => null)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : nobody
}

export interface Making {
  readonly home: string
  readonly binaries: string
  readonly owner: Owner | null
  readonly durable: boolean
}

/** The cluster in `home`, made if it is not there yet. Several may ask at once: one of them makes it for all. */
export async function openCluster(making: Making): Promise<Cluster> {
  const folder = join(making.home, 'cluster')
  // One draft at a time is only to save work; the renaming decides. So a wait that lasts too long is given up.
  for (let waits = 0; !existsSync(folder); waits++) {
    const busy = await sweepDrafts(making.home)
    if (busy && waits < 200) await pause(50)
    else await makeCluster(making, folder)
  }
  return { folder, password: await readFile(passwordFile(folder), 'utf8') }
}

const passwordFile = (folder: string) => join(folder, 'townhall.password')

/**
 * Made under a name of our own and renamed when complete: a kill in the middle leaves a draft that is never used
 * and is swept away by the next one who makes a cluster here.
 */
async function makeCluster(making: Making, folder: string): Promise<void> {
  const { home, owner } = making
  const draft = join(home, `cluster-draft-${process.pid}-${randomBytes(4).toString('hex')}`)
  const password = randomBytes(24).toString('base64url')
  const wanted = `${draft}.password`
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(wanted, password, { mode: 0o600 })
    if (owner) for (const path of [draft, wanted]) await chown(path, owner.uid, owner.gid)
    await initdb(making, draft, wanted)
    await writeFile(passwordFile(draft), password, { mode: 0o600 })
    if (owner) await chown(passwordFile(draft), owner.uid, owner.gid)
    await renameUnlessThere(draft, folder)
  } finally {
    for (const path of [draft, wanted]) await rm(path, { recursive: true, force: true })
  }
}

/** Removes what dead starters left in the middle; true when a living one is at work. */
async function sweepDrafts(home: string): Promise<boolean> {
  let busy = false
  for (const name of await readdir(home)) {
    const pid = Number(/^cluster-draft-(\d+)-/.exec(name)?.[1])
    if (pid && isAlive(pid)) busy = true
    // The initdb of a killed starter may still be writing there; without its folder it gives up.
    else if (pid) await rm(join(home, name), { recursive: true, force: true, maxRetries: 10 })
  }
  return busy
}

function initdb({ binaries, owner, durable }: Making, folder: string, passwordFile: string): Promise<void> {
  const args = [
    ...['-D', folder, '--username', superuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // The same order of texts on every machine, whatever its locales.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ]
  const child = spawn(join(binaries, 'bin', 'initdb'), args, {
    ...owner,
    cwd: '/',
    env: plainEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (said += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`initdb failed: ${said.trim().split('\n').slice(-3).join(' ')}`))
    })
  })
}

/** Nothing of ours: PG* variables would lead the server astray, and secrets have no business in it. */
export const plainEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** What `postmaster.pid` says of the server that runs, or last ran, on a cluster. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

export async function readPostmaster(folder: string): Promise<Postmaster | null> {
  try {
    const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

/**
 * Is the process of `postmaster.pid` a server of this cluster? After a restart of a container its id may be
 * another process's, and PostgreSQL would then refuse to start for ever.
 */
export async function isPostmasterOf(folder: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.split('\0').includes(folder)
}

/**
 * Removes `postmaster.pid` when its process is no server of this cluster. Only for when PostgreSQL has refused to
 * start because of it: otherwise PostgreSQL itself tells a dead server from a live one, without a race.
 */
export async function forgetStranger(folder: string): Promise<void> {
  const found = await readPostmaster(folder)
  if (found && !(await isPostmasterOf(folder, found.pid)))
    await rm(join(folder, 'postmaster.pid'), { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}
