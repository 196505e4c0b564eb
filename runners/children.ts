import { spawn } from 'node:child_process'

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** Why it could not even be started. */
  readonly notStarted: string | null
}

export interface Child {
  readonly pid: number | null
  /** When the process has ended and its output is read; whatever it left in its group is killed by then. */
  readonly ended: Promise<Ended>
  /** Ends the process and everything it started. */
  kill(): void
}

interface Start {
  readonly dir: string
  /** Everything that it sees of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** One line for its standard input, which then stays open; null: it has none. */
  readonly line: string | null
  onOut(text: string): void
  onErr(text: string): void
}

/** How long output is still awaited from children that have left the process group when the process has ended. */
const LAST_WORDS_MS = 500

/** Starts a program in a process group of its own, so that all of it can be ended at once. */
export function startGroup(command: string, args: readonly string[], start: Start): Child {
  const child = spawn(command, args, {
    cwd: start.dir,
    env: start.env,
    detached: true,
    stdio: [start.line === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdout?.setEncoding('utf8').on('data', start.onOut)
  child.stderr?.setEncoding('utf8').on('data', start.onErr)
  // Who ends without reading its input has said all by its exit code.
  child.stdin?.on('error', () => undefined)
  child.stdin?.write(`${start.line}\n`)
  const kill = () => killGroup(child.pid)
  const ended = new Promise<Ended>(resolve => {
    child.on('error', cause => resolve({ code: null, signal: null, notStarted: cause.message }))
    child.on('exit', (code, signal) => {
      kill()
      const resolveEnded = () => resolve({ code, signal, notStarted: null })
      const timer = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolveEnded()
      }, LAST_WORDS_MS)
      child.on('close', () => {
        clearTimeout(timer)
        resolveEnded()
      })
    })
  })
  return { pid: child.pid ?? null, ended, kill }
}

/** Ends a process group at once; none is fine, too. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: nothing is left of the group, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The last part of an output, without colours and without what JSON or a database cannot hold. */
export class Tail {
  readonly #max: number
  #text = ''

  constructor(max = 4000) {
    this.#max = max
  }

  add(text: string): void {
    // Twice as much is kept, because colours are taken out only at the end: a code may come in two pieces.
    this.#text = (this.#text + text).slice(-2 * this.#max)
  }

  toString(): string {
    return plain(this.#text).slice(-this.#max).toWellFormed()
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

export const plain = (text: string): string => text.replaceAll(CONTROL, '')

/** What a program of somebody else may see of our environment: where programs are, and nothing that is ours. */
export function cleanEnv(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.fromEntries(
    ['PATH', 'LANG', 'LC_ALL', 'TZ'].flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return { ...kept, HOME: home, TMPDIR: home, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', ...more }
}
