import { z } from 'zod'
import { bodyOf, type Delivery, type Hook } from '../deliveries.ts'
import { deliveryHeaders } from '../delivery-line.ts'
import { type Call, notFound, numberIn, ok, type Route, read } from '../kit.ts'
import type { Webhooks } from '../webhooks.ts'
import type { World } from '../world.ts'

/** The App's webhook: where it goes, what was delivered, and delivering again. */

/** What was set through the API; it wins over what the sandbox was started with. */
interface Setting {
  readonly url?: string | undefined
  readonly secret?: string | undefined
}

/** The hook of an App that was registered with an address and a secret. */
export const hookOf = (world: World, url: () => string | null, secret: string): Hook => ({
  url: () => world.setting<Setting>('hook')?.url ?? url(),
  secret: () => world.setting<Setting>('hook')?.secret ?? secret,
})

const item = (world: World, it: Delivery) => ({
  id: it.id,
  guid: it.guid,
  delivered_at: it.deliveredAt,
  redelivery: it.redelivery,
  duration: it.result?.duration ?? 0,
  status: it.result?.status ?? 'pending',
  status_code: it.result?.statusCode ?? 0,
  event: it.event,
  action: it.action,
  installation_id: world.app.installationId,
  repository_id: it.repositoryId,
  throttled_at: null,
})

function deliveryInPath(call: Call, webhooks: Webhooks): Delivery {
  const found = webhooks.deliveries.get(numberIn(call, 'delivery_id'))
  if (found === undefined) throw notFound()
  return found
}

/** Newest first, paged with a cursor in the Link header. */
function list(call: Call, webhooks: Webhooks) {
  const { world, query } = call
  const size = Math.min(100, Math.max(1, Number.parseInt(query.get('per_page') ?? '30', 10) || 30))
  const before = Number(/^v1_(\d+)$/.exec(query.get('cursor') ?? '')?.[1] ?? Number.MAX_SAFE_INTEGER)
  const status = query.get('status')
  const isGood = (it: Delivery) => it.result?.status === 'OK'
  const found = webhooks.deliveries
    .all()
    .filter(it => it.id < before && (status === null || it.result !== null))
    .filter(it => status === null || isGood(it) === (status === 'success'))
    .reverse()
  const shown = found.slice(0, size)
  const body = shown.map(it => item(world, it))
  if (found.length <= size) return ok(body)
  const next = new URLSearchParams(query)
  next.set('cursor', `v1_${shown.at(-1)!.id}`)
  return ok(body, { link: `<${world.urls.api}/app/hook/deliveries?${next}>; rel="next"` })
}

function one(call: Call, webhooks: Webhooks, hook: Hook) {
  const it = deliveryInPath(call, webhooks)
  return ok({
    ...item(call.world, it),
    url: it.url,
    request: {
      headers: deliveryHeaders(call.world, hook.secret(), it),
      payload: JSON.parse(bodyOf(call.world, it)),
    },
    response: { headers: it.result?.headers ?? null, payload: it.result?.payload ?? null },
  })
}

function redeliver(call: Call, webhooks: Webhooks) {
  webhooks.redeliver(deliveryInPath(call, webhooks))
  return { status: 202, body: {} }
}

const config = (hook: Hook) => ({
  url: hook.url() ?? '',
  content_type: 'json',
  insecure_ssl: '0',
  secret: '********',
})

function setConfig(call: Call, hook: Hook) {
  const { url, secret } = read(
    call,
    z.object({ url: z.url().optional(), secret: z.string().optional() }),
    'Hook',
  )
  const was = call.world.setting<Setting>('hook') ?? {}
  call.world.setSetting('hook', { url: url ?? was.url, secret: secret ?? was.secret } satisfies Setting)
  return ok(config(hook))
}

export function hookRoutes(webhooks: Webhooks, hook: Hook): readonly Route[] {
  const jwt = { who: 'app' } as const
  const deliveries = '/app/hook/deliveries'
  return [
    ['GET', '/app/hook/config', () => ok(config(hook)), jwt],
    ['PATCH', '/app/hook/config', call => setConfig(call, hook), jwt],
    ['GET', deliveries, call => list(call, webhooks), jwt],
    ['GET', `${deliveries}/{delivery_id}`, call => one(call, webhooks, hook), jwt],
    ['POST', `${deliveries}/{delivery_id}/attempts`, call => redeliver(call, webhooks), jwt],
  ]
}
