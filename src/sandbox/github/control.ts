import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { readBody } from './api.ts'
import type { Creations } from './creations.ts'
import { type Faults, FaultsBody } from './faults.ts'
import type { Mount } from './kit.ts'
import type { Meter } from './metering.ts'
import type { World } from './world.ts'

/** The knobs of the sandbox below `/sandbox`, which GitHub does not have: faults, counts, killing an agent. */

interface Reply {
  readonly status: number
  readonly body: unknown
}

const done = (body: unknown): Reply => ({ status: 200, body })

export interface Controlled {
  readonly faults: Faults
  readonly meter: Meter
  readonly creations: Creations
}

export function mountControl(world: World, { faults, meter, creations }: Controlled): Mount {
  const counts = () => done({ ...meter.counts(), creations: creations.counts() })
  const replies: { readonly [what: string]: (body: Buffer) => Reply } = {
    'GET /sandbox/faults': () => done(faults.get()),
    'PUT /sandbox/faults': body => setFaults(faults, body),
    'GET /sandbox/requests': counts,
    'DELETE /sandbox/requests': () => {
      meter.reset()
      creations.reset()
      return counts()
    },
  }
  return async (req: IncomingMessage, res: ServerResponse) => {
    const what = `${req.method} ${(req.url ?? '').split('?')[0]}`
    const issue = /^POST \/sandbox\/polecats\/(\d+)\/kill$/.exec(what)?.[1]
    const reply = replies[what]
    if (issue === undefined && reply === undefined) return false
    const body = await readBody(req)
    const { status, body: answer } = issue === undefined ? reply!(body) : killPolecat(world, issue)
    res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer))
    return true
  }
}

function setFaults(faults: Faults, body: Buffer): Reply {
  let given: unknown
  try {
    given = body.length === 0 ? {} : JSON.parse(body.toString())
  } catch {
    return { status: 400, body: { message: 'The faults are not JSON.' } }
  }
  const read = FaultsBody.safeParse(given)
  if (!read.success) return { status: 422, body: { message: z.prettifyError(read.error) } }
  faults.set(read.data)
  return done(faults.get())
}

/** Kills the agent whose process id the runner left in `<dataDir>/polecats/<issue number>.pid`. */
function killPolecat(world: World, issue: string): Reply {
  const missing = (why: string): Reply => ({ status: 404, body: { killed: false, message: why } })
  const file = join(world.dataDir, 'polecats', `${issue}.pid`)
  const pid = readPid(file)
  if (pid === undefined) return missing(`No agent is known to work on issue ${issue}.`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    return missing(`The agent of issue ${issue} (process ${pid}) is not running any more.`)
  }
  return done({ killed: true, pid })
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 1 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
