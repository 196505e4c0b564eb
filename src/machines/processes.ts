import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

// What a process of this computer is, by its id: an id alone may by now be somebody else's. Linux tells; elsewhere an
// id that is taken has to do.
const TELLS = process.platform === 'linux'

/** Whether there is such a process, and it runs this script. */
export async function runs(pid: number, script: string): Promise<boolean> {
  return TELLS ? (await commandOf(pid)).includes(script) : exists(pid)
}

/** Whether the one that started it is gone: it does not run this script (any more). Unknown counts as no. */
export async function isOrphan(pid: number, parentScript: string): Promise<boolean> {
  if (!TELLS) return false
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // `pid (name) state parent …`, and a name may hold anything.
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  return parent > 0 && !(await runs(parent, parentScript))
}

/** Asks it to end and waits a moment for that. */
export async function end(pid: number, isIt: () => Promise<boolean>, patienceMs: number): Promise<void> {
  if (!(await isIt())) return
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It went by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  for (let left = patienceMs; left > 0 && (await isIt()); left -= 50) await pause(50)
}

async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
