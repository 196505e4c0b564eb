import { pino } from 'pino'
import type { Env } from './env.ts'
import { readEnv } from './env.ts'
import { startTownhall } from './townhall.ts'

/** `npm start`: run Townhall in the role that the environment names, until it is told to stop. */
async function main(): Promise<void> {
  const env = environment()
  // Logs go to stderr: stdout belongs to whoever starts us.
  const log = pino({ level: env.LOG_LEVEL, base: null }, pino.destination(2))
  const townhall = await startTownhall(env, log)
  log.info({ url: townhall.url, role: env.TOWNHALL_ROLE }, 'Townhall is up')
  let stopping = false
  const stop = (signal: string): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    townhall.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
}

function environment(): Env {
  try {
    return readEnv()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(2)
  }
}

await main()
