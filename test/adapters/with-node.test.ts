import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root = ''
const children: ChildProcess[] = []

// Stands for npm, which is slow and needs a network: notes that it ran, and leaves the file that npm leaves last.
const standInForNpm = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
console.log('npm says something on standard output')
appendFileSync('npm-runs', process.argv.slice(2).join(' ') + (existsSync('node_modules/half') ? ' over-half' : '') + '\\n')
mkdirSync('node_modules', { recursive: true })
writeFileSync('node_modules/half', '')
if (existsSync('npm-fails')) process.exit(1)
while (existsSync('npm-hangs')) await new Promise(resolve => setTimeout(resolve, 10))
writeFileSync('node_modules/.package-lock.json', '{}')`

const targets = {
  'echo.ts': `const args: string[] = process.argv.slice(2)
    process.stdout.write(JSON.stringify(args))
    process.exitCode = 7`,
  'patient.ts': `const clock = setInterval(() => {}, 1000)
    process.on('SIGTERM', () => { process.stdout.write(' stopped'); clearInterval(clock); process.exitCode = 3 })
    process.stdout.write(String(process.pid))`,
  'crash.ts': `process.kill(process.pid, 'SIGKILL')`,
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'townhall with node '))
  await mkdir(join(root, 'scripts'))
  await copyFile(new URL('../../scripts/with-node.mjs', import.meta.url), join(root, 'scripts/with-node.mjs'))
  await writeFile(join(root, 'package.json'), '{"type":"module"}')
  await writeFile(join(root, 'npm-cli.js'), standInForNpm)
  for (const [name, code] of Object.entries(targets)) await writeFile(join(root, name), code)
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
})

function start(...args: string[]) {
  const child = spawn(process.execPath, ['scripts/with-node.mjs', ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'npm-cli.js') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const heard = { out: '', err: '' }
  child.stdout.on('data', text => (heard.out += text))
  child.stderr.on('data', text => (heard.err += text))
  const end = once(child, 'close').then(([code, signal]) => ({ ...heard, code, signal }))
  return { child, heard, end }
}

const run = (...args: string[]) => start(...args).end

const npmRuns = async () => {
  const file = join(root, 'npm-runs')
  return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : []
}

test('it installs once, without scripts, then runs the target with its arguments and ends as it does', async () => {
  const first = await run('echo.ts', 'a b', '--flag')
  expect(first).toMatchObject({ out: '["a b","--flag"]', code: 7 })
  expect(first.err).toContain('townhall: installing…')
  const second = await run('echo.ts')
  expect(second).toMatchObject({ out: '[]', err: '', code: 7 })
  expect(await npmRuns()).toHaveLength(1)
  expect((await npmRuns())[0]).toMatch(/^install --ignore-scripts/)
})

test('it installs again when the manifest or the lockfile has changed', async () => {
  await run('echo.ts')
  await writeFile(join(root, 'package-lock.json'), '{}')
  await run('echo.ts')
  await writeFile(join(root, 'package.json'), '{"type":"module","version":"2.0.0"}')
  await run('echo.ts')
  expect(await npmRuns()).toHaveLength(3)
})

test('of several started at once one installs and the others wait for it', async () => {
  const ends = await Promise.all(Array.from({ length: 4 }, (_, n) => run('echo.ts', String(n))))
  expect(ends.map(end => end.out)).toEqual(['["0"]', '["1"]', '["2"]', '["3"]'])
  expect(await npmRuns()).toHaveLength(1)
})

test('after a kill in the middle of installing, the next start clears up and installs anew', async () => {
  await writeFile(join(root, 'npm-hangs'), '')
  const victim = start('echo.ts')
  await expect.poll(() => existsSync(join(root, 'node_modules/half')), { timeout: 5_000 }).toBe(true)
  victim.child.kill('SIGKILL')
  await once(victim.child, 'exit')
  const next = start('echo.ts')
  // The dead one's npm still works in node_modules, and is waited for.
  await expect.poll(() => next.heard.err, { timeout: 5_000 }).toContain('waiting for the installation')
  expect(await npmRuns()).toHaveLength(1)
  await rm(join(root, 'npm-hangs'))
  expect((await next.end).code).toBe(7)
  await rm(join(root, 'node_modules/.package-lock.json'))
  await rm(join(root, 'node_modules/.townhall-installed'))
  expect((await run('echo.ts')).code).toBe(7)
  // The second found a whole tree, the third a half one.
  expect((await npmRuns()).map(line => line.endsWith('over-half'))).toEqual([false, true, false])
})

test('when npm fails it says so, does not run the target, and tries again next time', async () => {
  await writeFile(join(root, 'npm-fails'), '')
  const failed = await run('echo.ts')
  expect(failed).toMatchObject({ out: '', code: 1 })
  expect(failed.err).toContain('npm install failed')
  await rm(join(root, 'npm-fails'))
  expect((await run('echo.ts')).code).toBe(7)
})

test('a signal reaches the target, and how the target ends is how it ends', async () => {
  const patient = start('patient.ts')
  await expect.poll(() => patient.heard.out, { timeout: 5_000 }).toMatch(/^\d+$/)
  patient.child.kill('SIGTERM')
  expect(await patient.end).toMatchObject({ code: 3, out: expect.stringMatching(/^\d+ stopped$/) })
  expect(await run('crash.ts')).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('the target does not outlive it, even when it is killed', async () => {
  const patient = start('patient.ts')
  await expect.poll(() => patient.heard.out, { timeout: 5_000 }).toMatch(/^\d+$/)
  patient.child.kill('SIGKILL')
  await patient.end
  await expect.poll(() => patient.heard.out, { timeout: 5_000 }).toMatch(/^\d+ stopped$/)
})

test('what npm runs stops when npm is told to stop, though npm ends only its shell', async () => {
  const shell = spawn('sh', ['-c', `'${process.execPath}' scripts/with-node.mjs patient.ts; true`], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'npm-cli.js'), npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(shell)
  let out = ''
  // Closes when the last process that writes to it is gone.
  const closed = once(shell.stdout, 'close')
  shell.stdout.on('data', text => {
    out += text
  })
  while (!/^\d+$/.test(out)) await once(shell.stdout, 'data')
  shell.kill('SIGTERM')
  await closed
  expect(out).toMatch(/^\d+ stopped$/)
})
