// All checks, in the order of how soon they tell: types, lint, tests. Stops at the first that fails, with its exit
// code. Arguments go to vitest: `npm test -- test/core`.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const steps = [
  ['typescript/bin/tsc', '--noEmit', '-p', root],
  ['@biomejs/biome/bin/biome', 'check', '--diagnostic-level=warn', root],
  ['vitest/vitest.mjs', 'run', '--root', root, ...process.argv.slice(2)],
]

// Tests need a folder for what is temporary. Where the machine's is closed to us, they use the project's own.
try {
  accessSync(tmpdir(), constants.W_OK)
} catch {
  process.env.TMPDIR = resolve(root, '.townhall', 'tmp')
  mkdirSync(process.env.TMPDIR, { recursive: true })
}

let running: ChildProcess | null = null
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => running?.kill(signal))

for (const [program = '', ...args] of steps) {
  const status = await run(resolve(root, 'node_modules', program), args)
  if (status !== 0) process.exit(status)
}

function run(program: string, args: string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
  running = child
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}
