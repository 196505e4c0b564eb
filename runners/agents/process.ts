import { type Child, type Ended, startGroup, Tail } from '../children.ts'

interface AgentProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
  /** One line for its standard input. */
  readonly line: string
  /** Output of any kind counts as life; without it for so long, the agent is ended. */
  readonly silenceMs: number
  readonly signal: AbortSignal
  onStart(pid: number): Promise<void>
  onLine(line: string): void
}

export interface AgentEnd extends Ended {
  readonly silent: boolean
  /** What it wrote on standard error, and on standard output outside of its protocol. */
  readonly log: string
}

/** A line of output that is longer is cut: it would be kept in memory until its end comes. */
const LINE_MAX = 200_000

/** Runs an agent as a process of its own from start to end. When this returns, nothing of it is left. */
export async function runAgent(agent: AgentProcess): Promise<AgentEnd> {
  const log = new Tail()
  const split = lines(agent.onLine)
  let silent = false
  let child: Child | null = null
  const watch = new Silence(agent.silenceMs, () => {
    silent = true
    child?.kill()
  })
  const heard = (take: (text: string) => void) => (text: string) => {
    watch.heard()
    take(text)
  }
  child = startGroup(agent.command, agent.args, {
    dir: agent.dir,
    env: agent.env,
    line: agent.line,
    onOut: heard(split.take),
    onErr: heard(text => log.add(text)),
  })
  const stop = () => child.kill()
  agent.signal.addEventListener('abort', stop)
  if (agent.signal.aborted) stop()
  try {
    if (child.pid !== null) await agent.onStart(child.pid)
    const ended = await child.ended
    split.end()
    return { ...ended, silent, log: String(log) }
  } finally {
    child.kill()
    watch.end()
    agent.signal.removeEventListener('abort', stop)
  }
}

function lines(onLine: (line: string) => void) {
  let rest = ''
  return {
    take: (text: string) => {
      const parts = (rest + text).split('\n')
      rest = (parts.pop() ?? '').slice(0, LINE_MAX)
      for (const line of parts) if (line.trim() !== '') onLine(line)
    },
    end: () => {
      if (rest.trim() !== '') onLine(rest)
      rest = ''
    },
  }
}

/** Until its first word an agent is starting, which takes longer the more of them do. */
const STARTING_MS = 20_000

class Silence {
  readonly #afterMs: number
  readonly #onSilent: () => void
  #timer: NodeJS.Timeout

  constructor(afterMs: number, onSilent: () => void) {
    this.#afterMs = afterMs
    this.#onSilent = onSilent
    this.#timer = setTimeout(onSilent, afterMs + STARTING_MS)
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onSilent, this.#afterMs)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
