import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../../ports.ts'
import { makeApi } from './api.ts'
import { codeRoutes, openCode } from './code/open.ts'
import { mountControl } from './control.ts'
import { type Creations, makeCreations } from './creations.ts'
import type { Role } from './documents.ts'
import { type Faults, makeFaults } from './faults.ts'
import type { Mount, Route } from './kit.ts'
import { makeMeter } from './metering.ts'
import { automateBoards } from './projects/automation.ts'
import { appRoutes } from './routes/app.ts'
import { commentRoutes } from './routes/comments.ts'
import { graphqlRoutes } from './routes/graphql.ts'
import { hookOf, hookRoutes } from './routes/hook.ts'
import { issueRoutes } from './routes/issues.ts'
import { labelRoutes } from './routes/labels.ts'
import { linkRoutes } from './routes/links.ts'
import { peopleRoutes } from './routes/people.ts'
import { rateLimitRoutes } from './routes/rate-limit.ts'
import { repoRoutes } from './routes/repos.ts'
import { type AppOptions, announceInstallation, type Home, people, seed } from './seed.ts'
import { startWebhooks } from './webhooks.ts'
import { openWorld, type World } from './world.ts'

/** A GitHub on this machine: REST, GraphQL, git, webhooks, pages and the knobs of the sandbox, on one port. */

export interface GitHubOptions {
  /** 0 or nothing: any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Where the state is kept; without it, in memory. */
  readonly dataDir?: string
  readonly app: AppOptions
  /** The account that the App is installed on. */
  readonly org: string
  /** What that account is; an organization when nothing is said. */
  readonly ownerType?: Home['type']
  readonly log: Log
}

export interface GitHub {
  /** Base of the pages and of git: `http://127.0.0.1:P`. */
  readonly url: string
  /** `…/api/v3` */
  readonly api: string
  /** `…/api/graphql` */
  readonly graphql: string
  /** Base of clone addresses: `<git>/<owner>/<repo>.git`. */
  readonly git: string
  readonly users: { readonly [login: string]: { readonly role: Role; readonly token: string } }
  readonly installationId: number
  readonly world: World
  readonly faults: Faults
  /** How much content was created, and by whom. */
  readonly creations: Creations
  /** Every route of the REST API, for tests and for documentation. */
  readonly routes: readonly Route[]
  /** Adds what answers requests outside the API and git. Later ones are asked later. */
  mountPages(mount: Mount): void
  /** Resolves when every webhook that is due has been sent. */
  delivered(): Promise<void>
  close(): Promise<void>
}

export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const { log, app } = options
  const world = openWorld({ dataDir: options.dataDir })
  const isNew = seed(world, { login: options.org, type: options.ownerType ?? 'Organization' }, app)
  // Longer than clients keep a connection: otherwise one that wakes up finds it closed under its hands.
  const server = createServer({ keepAliveTimeout: 65_000 })
  const web = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1')
  world.urls = { web, api: `${web}/api/v3`, graphql: `${web}/api/graphql` }
  const faults = makeFaults()
  const meter = makeMeter()
  const creations = makeCreations(faults)
  const hook = hookOf(world, app.webhookUrl, app.webhookSecret)
  const webhooks = startWebhooks(world, hook, faults, log)
  // After the deliveries are written: what a board does by itself is told after what it follows from.
  automateBoards(world)
  const routes = [
    ...ROUTES,
    ...hookRoutes(webhooks, hook),
    ...rateLimitRoutes(meter),
    ...graphqlRoutes(meter, creations),
  ]
  const api = makeApi({ world, routes, meter, faults, creations, log })
  const mounts: Mount[] = [mountControl(world, { faults, meter, creations })]
  // Requests that come while the code side catches up with a killed process wait for it.
  const code = openCode(world)
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    code
      .then(git => serve(req, res, api, [git, ...mounts]))
      .catch((error: unknown) => failed(req, res, error, log))
  })
  if (isNew) world.atomically(() => announceInstallation(world))
  await code
  return {
    url: web,
    api: world.urls.api,
    graphql: world.urls.graphql,
    git: web,
    users: people(world),
    installationId: world.app.installationId,
    world,
    faults,
    creations,
    routes,
    mountPages: mount => void mounts.push(mount),
    delivered: webhooks.idle,
    close: async () => {
      await stop(server)
      await webhooks.close()
      world.close()
    },
  }
}

const ROUTES: readonly Route[] = [
  ...appRoutes,
  ...peopleRoutes,
  ...repoRoutes,
  ...labelRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...linkRoutes,
  ...codeRoutes,
]

function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function failed(req: IncomingMessage, res: ServerResponse, error: unknown, log: Log): void {
  log.error({ err: error, url: req.url }, 'the sandbox GitHub failed')
  if (!res.headersSent) res.writeHead(500)
  res.end()
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(`http://${host}:${(server.address() as AddressInfo).port}`)
    })
  })
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  api: ReturnType<typeof makeApi>,
  mounts: readonly Mount[],
): Promise<void> {
  const path = (req.url ?? '/').split('?')[0] ?? '/'
  if (path.startsWith('/api/')) return api(req, res)
  for (const mount of mounts) if (await mount(req, res)) return
  const body = { message: `The sandbox does not have ${req.method} ${path}.`, method: req.method, path }
  res.writeHead(501, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
