import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { mountPages } from './github/pages/pages.ts'
import { keptApp } from './github/seed.ts'
import { startGitHub } from './github/server.ts'
import type { Placement } from './placement.ts'
import { APP, ORG, PROCESSES } from './placement.ts'

/** The local GitHub as a process of its own: `github-process.ts <placement as JSON>`. */
const placement = JSON.parse(process.argv[2]!) as Placement
const log = pino({ level: placement.logLevel, base: null, name: 'github' }, pino.destination(2))
const app = keptApp(placement.dataDir, APP)
const github = await startGitHub({
  port: placement.githubPort,
  dataDir: placement.dataDir,
  app: { ...app, webhookUrl: () => `${placement.townhallUrl}/api/github/webhooks` },
  org: ORG,
  log,
})
github.mountPages(mountPages(github.world))
github.mountPages(async (request, response) => {
  if (request.method !== 'GET' || request.url !== '/sandbox/processes') return false
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(readFileSync(join(placement.dataDir, PROCESSES), 'utf8'))
  return true
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void github.close().then(() => process.exit(0)))
}
process.send?.({ ready: true, users: github.users })
