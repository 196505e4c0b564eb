import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'

export const APP = { id: 1, slug: 'townhall', name: 'Townhall' } as const
export const ORG = 'acme'
/** Where the supervisor writes the present processes, in the shape that it prints when ready. */
export const PROCESSES = 'processes.json'

/** Where a sandbox lives. The same after every restart on the same data, so that addresses stay good. */
export interface Placement {
  readonly dataDir: string
  readonly githubPort: number
  readonly townhallPort: number
  readonly townhallUrl: string
  readonly logLevel: string
}

/** The placement of the data folder: found again, or made. A `port` that is asked for wins. */
export async function placementIn(
  dataDir: string,
  port: number | null,
  logLevel: string,
): Promise<Placement> {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'ports.json')
  const kept = readJson<{ github: number; townhall: number }>(file)
  const ports = {
    github: port ?? kept?.github ?? (await freePort()),
    townhall: kept?.townhall ?? (await freePort()),
  }
  writeWhole(file, JSON.stringify(ports))
  const townhallUrl = `http://127.0.0.1:${ports.townhall}`
  return { dataDir, githubPort: ports.github, townhallPort: ports.townhall, townhallUrl, logLevel }
}

export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    // Not there, or of a start that was killed: made anew.
    return null
  }
}

/** A kill in the middle leaves the old file or the new one, never half of one. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
