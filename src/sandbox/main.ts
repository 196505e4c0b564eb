import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startSandbox } from './sandbox.ts'

/** `npm run sandbox -- [--port N] [--data DIR] [--github-only]`: one JSON line on stdout when it is ready. */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    'github-only': { type: 'boolean', default: false },
    'log-level': { type: 'string', default: 'info' },
  },
})
const home = fileURLToPath(new URL('../../.townhall/', import.meta.url))
const dataDir = values.data ? resolve(values.data) : join(home, `sandbox-${process.pid}`)
const sandbox = await startSandbox({
  port: values.port ? Number(values.port) : null,
  dataDir,
  githubOnly: values['github-only'],
  logLevel: values['log-level'],
})
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    if (stopping) return
    stopping = true
    await sandbox.stop()
    if (!values.data) rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
}
process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`)
