import { pino } from 'pino'
import type { Env } from './env.ts'
import { readEnv } from './env.ts'
import { startTownhall } from './townhall.ts'

/** `npm start`: run Townhall in the role that the environment names, until it is told to stop. */
async function main(): Promise<void> {
  const env = environment()
  // Logs go to stderr: stdout belongs to whoever starts us.
  const log = pino({ level: env.LOG_LEVEL, base: null }, pino.destination(2))
  // Heard from the first moment on: who is told to stop while starting starts, and then stops in order.
  const told = new Promise<NodeJS.Signals>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve)
  })
  const townhall = await startTownhall(env, log)
  log.info({ url: townhall.url, role: env.TOWNHALL_ROLE }, 'Townhall is up')
  log.info({ signal: await told }, 'stopping')
  await townhall.stop()
}

function environment(): Env {
  try {
    return readEnv()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(2)
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`Townhall cannot run: ${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
