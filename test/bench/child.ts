import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A part of the bench that runs in a process of its own, so that it does not share a thread with what it measures. */
export interface Child<Told> {
  /** What it says next. Rejects when it ends without having said anything more. */
  told(): Promise<Told>
  ask(question: object): void
  stop(): Promise<void>
}

export function start<Told>(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child<Told> {
  const { PATH = '', HOME = '' } = process.env
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    env: { PATH, HOME, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 2, 2, 'ipc'],
    // What this process was started with is for it alone.
    execArgv: [],
  })
  const said: Told[] = []
  const asking: { resolve(told: Told): void; reject(error: Error): void }[] = []
  child.on('message', message => {
    const next = asking.shift()
    if (next) next.resolve(message as Told)
    else said.push(message as Told)
  })
  child.once('exit', code => {
    for (const { reject } of asking) reject(new Error(`${file} ended with ${code}`))
  })
  return {
    told: () => {
      const next = said.shift()
      if (next !== undefined) return Promise.resolve(next)
      return new Promise((resolve, reject) => asking.push({ resolve, reject }))
    },
    ask: question => void child.send(question),
    stop: () => stopped(child),
  }
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
