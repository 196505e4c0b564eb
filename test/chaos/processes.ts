import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Running {
  readonly pid: number
  readonly command: string
}

/** Processes that work in this folder or are told about it. A process that ends while it is looked at is none. */
export function runningIn(folder: string): Running[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(name => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const isIn = [
          command,
          readlinkSync(`/proc/${name}/cwd`),
          readFileSync(`/proc/${name}/environ`, 'utf8'),
        ]
        return isIn.some(text => text.includes(folder)) ? [{ pid: Number(name), command }] : []
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return []
        throw error
      }
    })
}

export const runnersIn = (folder: string): Running[] =>
  runningIn(folder).filter(({ command }) => command.includes('/runners/main.ts'))
