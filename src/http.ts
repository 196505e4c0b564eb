import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from './ports.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

/** What answers under a path: an exact one, or everything below one that ends in `/`. */
export type Routes = Readonly<Record<string, Listener>>

export interface Listening {
  readonly url: string
  /** No new connections; those under way are answered first. */
  close(): Promise<void>
}

/** A plain node:http server over a table of paths. */
export async function listen(routes: Routes, host: string, port: number, log: Log): Promise<Listening> {
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?')
    const route = routes[path] ?? prefixed(routes, path) ?? notFound
    Promise.resolve(route(request, response)).catch((error: unknown) => {
      log.error({ err: error, path }, 'a request failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const { port: bound } = server.address() as AddressInfo
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close: () => close(server) }
}

function prefixed(routes: Routes, path: string): Listener | undefined {
  const prefix = Object.keys(routes).find(key => key.endsWith('/') && path.startsWith(key))
  return prefix === undefined ? undefined : routes[prefix]
}

const notFound: Listener = (_request, response) => {
  response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
