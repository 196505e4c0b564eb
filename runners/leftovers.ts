import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { cleanEnv, startGroup } from './children.ts'
import type { Log } from './log.ts'

/** Removes folders of runs whose runner was killed. */
export async function removeLeftovers(runsDir: string, log: Log): Promise<void> {
  const names = await readdir(runsDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const pid = Number.parseInt(name, 10)
    // In a container every runner has the same process id: one that is ours by its number was our predecessor's.
    if (pid === process.pid || !isRunning(pid)) await removeTree(path.join(runsDir, name), log)
  }
}

/** Removes a folder that an agent had in its hands. One that cannot be removed is in nobody's way, and stays. */
export async function removeTree(dir: string, log: Log): Promise<void> {
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 3 })
  try {
    await remove().catch(async () => {
      await makeWritable(dir)
      await remove()
    })
  } catch (error) {
    log.warn({ dir, err: String(error) }, 'The folder of a run could not be removed')
  }
}

// What an agent has taken our rights away from is still ours. Links are not followed.
async function makeWritable(dir: string): Promise<void> {
  const quiet = () => undefined
  const rest = { dir: path.dirname(dir), env: cleanEnv(dir), line: null, onOut: quiet, onErr: quiet }
  await startGroup('chmod', ['-R', 'u+rwX', dir], rest).ended
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
