import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Said } from '../../src/agents/protocol.ts'
import { cleanEnv } from '../children.ts'
import type { Left, Seat, Sitting } from '../seat.ts'
import { type AgentEnd, runAgent } from './process.ts'

interface ScriptedAgent {
  /** The program that does what a bead's `polecat` block says. */
  readonly program: string
  /** Where `<issue number>.pid` says which process works on a bead; null: nowhere. */
  readonly polecatsDir: string | null
}

/** A seat for the scripted agent of the sandbox and of tests. */
export function scriptedSeat({ program, polecatsDir }: ScriptedAgent): Seat {
  return {
    sit: async sitting => {
      const said: Said[] = []
      const odd: string[] = []
      const pidFile = polecatsDir && path.join(polecatsDir, `${sitting.job.bead.number}.pid`)
      const end = await runAgent({
        command: process.execPath,
        args: [program],
        dir: sitting.dir,
        env: cleanEnv(sitting.home),
        line: JSON.stringify(sitting.job),
        silenceMs: sitting.silenceMs,
        signal: sitting.signal,
        onStart: pid => writePid(pidFile, pid),
        onLine: line => void hear(line, said, odd),
      }).finally(() => pidFile && rm(pidFile, { force: true }))
      return conclude(sitting, end, said.at(-1), odd[0])
    },
  }
}

async function writePid(file: string | null, pid: number): Promise<void> {
  if (file === null) return
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, `${pid}\n`)
}

function hear(line: string, said: Said[], odd: string[]): void {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    value = null
  }
  const read = Said.safeParse(value)
  if (!read.success) odd.push(line)
  else if (read.data.say !== 'life') said.push(read.data)
}

function conclude(sitting: Sitting, end: AgentEnd, last: Said | undefined, odd: string | undefined): Left {
  const failed = (why: string): Left => ({ left: 'failed', why: why.slice(0, 1000), log: end.log })
  if (sitting.signal.aborted) return { left: 'stopped' }
  if (end.silent) return failed(`The agent went silent for ${sitting.silenceMs / 1000} s and was ended.`)
  if (end.notStarted !== null) return failed(`The agent could not be started: ${end.notStarted}`)
  if (end.signal !== null) return failed(`The agent was killed (${end.signal}).`)
  if (odd !== undefined) return failed(`The agent said something that cannot be read: ${odd.slice(0, 200)}`)
  if (last === undefined || last.say === 'life' || end.code !== 0)
    return failed(`The agent ended with code ${end.code} and without a result.`)
  if (last.say === 'done') return { left: 'done' }
  if (last.say === 'failed') return failed(last.why)
  return { left: 'asked', question: last.question.slice(0, 10_000), checkpoint: last.checkpoint }
}
