import { pino } from 'pino'
import { readEnv } from '../../src/env.ts'
import { startTownhall } from '../../src/townhall.ts'

/** Townhall as `npm start` starts it, except that it tells its parent its port. */
const env = readEnv()
const townhall = await startTownhall(env, pino({ level: env.LOG_LEVEL, base: null }, pino.destination(2)))
process.send!({ port: Number(new URL(townhall.url).port) })
// Asked for it: the processor time that this process has used.
process.on('message', () => process.send!(process.cpuUsage()))
process.once('SIGTERM', () => townhall.stop().finally(() => process.exit(0)))
