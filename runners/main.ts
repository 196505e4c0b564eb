// A machine's only program: claims runs from Townhall and has them done. Everything it needs comes in its environment.
import path from 'node:path'
import { z } from 'zod'
import { scriptedSeat } from './agents/scripted.ts'
import { stderrLog } from './log.ts'
import { Runner } from './runner.ts'
import type { Seats } from './seat.ts'
import { Townhall } from './townhall.ts'

const Env = z.object({
  TOWNHALL_URL: z.url(),
  TOWNHALL_TOWN: z.string().min(1),
  /** Good for one registration. */
  TOWNHALL_MACHINE_TOKEN: z.string().min(1),
  TOWNHALL_WORK_DIR: z.string().min(1),
  /** Runs at once. */
  TOWNHALL_SEATS: z.coerce.number().int().min(1).max(64).default(8),
  /** How long Townhall may be away before agents are ended and this machine ends. */
  TOWNHALL_PATIENCE_MS: z.coerce.number().int().positive().default(120_000),
  /** The sandbox's agent; a real installation has none. */
  TOWNHALL_SCRIPTED_AGENT: z.string().optional(),
  TOWNHALL_POLECATS_DIR: z.string().optional(),
})

const log = stderrLog()
const env = Env.safeParse(process.env)
if (!env.success) {
  log.error({ problems: z.prettifyError(env.error) }, 'The environment cannot be used')
  process.exit(2)
}
// What is started from here, and started by that in turn, must not find it.
delete process.env.TOWNHALL_MACHINE_TOKEN

const {
  TOWNHALL_URL: url,
  TOWNHALL_PATIENCE_MS: patienceMs,
  TOWNHALL_SCRIPTED_AGENT: program,
  TOWNHALL_POLECATS_DIR: polecatsDir = null,
} = env.data
log.info({ town: env.data.TOWNHALL_TOWN, url }, 'The machine begins')
const seats: Seats = new Map(program ? [['scripted', scriptedSeat({ program, polecatsDir })]] : [])
const runner = new Runner({
  townhall: new Townhall({ url, patienceMs }),
  token: env.data.TOWNHALL_MACHINE_TOKEN,
  workDir: path.resolve(env.data.TOWNHALL_WORK_DIR),
  places: env.data.TOWNHALL_SEATS,
  seats,
  log,
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => runner.stop())
try {
  await runner.work()
  process.exit(0)
} catch (error) {
  log.error({ err: String(error) }, 'The machine ends')
  process.exit(1)
}
