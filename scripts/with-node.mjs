// Installs what is missing, then runs a TypeScript file with the Node that the project brings along:
//
//   node scripts/with-node.mjs <target> [args…]
//
// This file must run on any Node from 20.18 on and before anything is installed, so it is plain JavaScript
// with no dependencies. Standard output belongs to the target alone: whatever npm says goes to standard error.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.townhall-installed')
const lockFile = join(root, '.townhall', 'install.lock')

/** What an installation must match: these manifests, on this kind of machine. */
function wantedStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const name of ['package.json', 'package-lock.json']) hash.update(`\0${readOr(join(root, name), '')}`)
  return hash.digest('hex')
}

function readOr(path, otherwise) {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise
    throw error
  }
}

const installed = () => readOr(stampFile, '') === wantedStamp()

// A process id alone is soon given to another process; with the moment of its start it is not.
function birthOf(pid) {
  if (process.platform !== 'linux') return 'unknown'
  const stat = readOr(`/proc/${pid}/stat`, '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function lives({ pid, birth }) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  return birthOf(pid) === birth
}

/** The processes that hold the lock: the one that took it, and its npm, which outlives it after a kill -9. */
const describe = pids => JSON.stringify(pids.map(pid => ({ pid, birth: birthOf(pid) })))

function writeLock(pids, replace) {
  const draft = `${lockFile}.${process.pid}`
  fs.writeFileSync(draft, describe(pids))
  try {
    if (replace) fs.renameSync(draft, lockFile)
    else fs.linkSync(draft, lockFile)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

/** Removes a lock whose holders are dead. One at a time, so that nobody removes the lock of the next holder. */
function breakLock() {
  const guard = `${lockFile}.break`
  try {
    fs.mkdirSync(guard)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const made = fs.statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - made > 5000) fs.rmSync(guard, { recursive: true, force: true })
    return
  }
  const holders = readOr(lockFile, '')
  if (holders !== '' && !JSON.parse(holders).some(lives)) fs.rmSync(lockFile, { force: true })
  fs.rmSync(guard, { recursive: true, force: true })
}

/** Waits for the lock; false when somebody else has installed in the meantime. */
async function takeLock() {
  fs.mkdirSync(dirname(lockFile), { recursive: true })
  for (let told = false; ; await pause(200)) {
    if (installed()) return false
    if (writeLock([process.pid], false)) return true
    const holder = JSON.parse(readOr(lockFile, '[]')).find(lives)
    if (!holder) breakLock()
    if (holder && !told) say(`waiting for the installation that process ${holder.pid} is doing…`)
    told ||= Boolean(holder)
  }
}

function say(sentence) {
  process.stderr.write(`townhall: ${sentence}\n`)
}

function stop(sentence) {
  say(sentence)
  process.exit(1)
}

/** npm as this Node would run it: the one that started us, the one beside this Node, or the one on the path. */
function npmCommand() {
  const started = process.env.npm_execpath
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')
  for (const path of [started, beside]) {
    if (path && basename(path) === 'npm-cli.js' && fs.existsSync(path)) return [process.execPath, path]
  }
  return ['npm']
}

async function install() {
  if (!(await takeLock())) return
  // npm writes this file last, and we remove it first. A tree without it was left in the middle: it may hold
  // packages that lack files, and npm would believe them complete.
  const whole = join(modules, '.package-lock.json')
  const before = readOr(whole, '')
  if (before === '') fs.rmSync(modules, { recursive: true, force: true, maxRetries: 3 })
  for (const file of [whole, stampFile]) fs.rmSync(file, { force: true })
  say('installing…')
  const [command, ...first] = npmCommand()
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const npm = spawn(command, [...first, 'install', ...flags], { cwd: root, stdio: ['ignore', 2, 2] })
  if (npm.pid) writeLock([process.pid, npm.pid], true)
  const end = await outcome(npm)
  if (end.signal) await die(end.signal)
  fs.mkdirSync(modules, { recursive: true })
  if (end.code === 0) fs.writeFileSync(stampFile, wantedStamp())
  // A failing npm puts everything back as it was.
  else if (before !== '') fs.writeFileSync(whole, before)
  fs.rmSync(lockFile, { force: true })
  if (end.error) stop(`npm could not be started (${end.error.message}). Install npm, then run this again.`)
  if (end.code !== 0) stop('npm install failed; its reason is above. Run this again when that is mended.')
}

/** How a child ended. While it lives, the signals that ask us to stop are passed on to it. */
function outcome(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = signal => {
    // A terminal sends Ctrl-C to the child as well; passing it on would make it count twice.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, pass)
  return new Promise(resolve => {
    child.once('error', error => resolve({ error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass)
  })
}

/** Ends as the child did, so that whoever started us sees the same. */
async function die(signal) {
  process.kill(process.pid, signal)
  await pause(200)
  process.exit(128 + (constants.signals[signal] ?? 0))
}

function projectNode() {
  const own = join(modules, '.bin', 'node')
  if (fs.existsSync(own)) return own
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  return stop(
    `Node ${process.versions.node} cannot run TypeScript, and npm has no Node 24 for ${process.platform}-${process.arch}. ` +
      'Install Node 24 (22.18 at least), then run this again.',
  )
}

// Runs inside the target: when our end of the pipe closes, however we died, it is asked to stop as well.
const stopWithParent = `import{Socket}from'node:net';
new Socket({fd:3}).on('error',()=>{}).on('close',()=>process.kill(process.pid,'SIGTERM')).resume().unref()`

/**
 * npm that is told to stop ends its shell, and not what the shell has started. Then nobody waits for us any more:
 * whoever sends SIGTERM to `npm start` means what npm runs.
 */
function followNpm(child) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 250)
  watch.unref()
}

async function run(target, args) {
  const preload = `data:text/javascript,${encodeURIComponent(stopWithParent)}`
  const command = ['--import', preload, resolve(root, target), ...args]
  const child = spawn(projectNode(), command, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
  followNpm(child)
  const end = await outcome(child)
  if (end.error) stop(`the project's Node could not be started: ${end.error.message}`)
  if (end.signal) await die(end.signal)
  process.exit(end.code)
}

const [target, ...args] = process.argv.slice(2)
if (!target) stop('usage: node scripts/with-node.mjs <target.ts> [args…]')
if (!installed()) await install()
await run(target, args)
