import { randomUUID } from 'node:crypto'
import type { Log } from '../../ports.ts'
import type { Collection } from './collection.ts'
import { bodiesOf, type Delivery, type Hook } from './deliveries.ts'
import { makeLine } from './delivery-line.ts'
import type { Faults } from './faults.ts'
import { grants } from './kit.ts'
import { homeOf, user } from './render.ts'
import { installationLite, organization } from './render-app.ts'
import { repository } from './render-repo.ts'
import type { World, WorldEvent } from './world.ts'

/**
 * Signed deliveries to the App: written down with the change that caused them, sent one after the other, never
 * repeated by themselves (as on GitHub). What a killed process had not sent is sent after its restart.
 */

export interface Webhooks {
  readonly deliveries: Collection<Delivery>
  /** Sends a delivery again. */
  redeliver(delivery: Delivery): Delivery
  /** Resolves when everything that is due has been sent. */
  idle(): Promise<void>
  close(): Promise<void>
}

const KEPT = 1000

export function startWebhooks(world: World, hook: Hook, faults: Faults, log: Log): Webhooks {
  const deliveries = world.collection<Delivery>('deliveries', { body: it => it.bodyId })
  const line = makeLine(world, deliveries, hook, faults, log)
  const keep = (delivery: Delivery) => {
    deliveries.put(delivery)
    for (const old of deliveries.all().slice(0, -KEPT)) {
      if (old.result === null) continue
      deliveries.remove(old.id)
      if (deliveries.count('body', old.bodyId) === 0) bodiesOf(world).remove(old.bodyId)
    }
    line.add(delivery)
    return delivery
  }
  world.onEvent(event => {
    const url = hook.url()
    if (url !== null && hears(world, event)) keep(newDelivery(world, event, url))
  })
  for (const due of deliveries.all().filter(it => it.result === null)) line.add(due)
  return {
    deliveries,
    redeliver: old =>
      keep({ ...old, id: world.next(), deliveredAt: world.now(), redelivery: true, result: null }),
    idle: line.idle,
    close: line.close,
  }
}

/** A suspended installation hears only of its own state, and none of what it cannot reach or may not read. */
const hears = (world: World, { event, repo }: WorldEvent): boolean =>
  (repo === null || repo.ownerId === world.app.accountId) &&
  (ALWAYS.includes(event) ||
    (world.app.suspendedAt === null && world.app.events.includes(event) && reads(world, event)))

/** The organization's boards are not covered by what the App may do in repositories. */
const reads = (world: World, event: string): boolean =>
  event !== 'projects_v2_item' || grants(world.app.permissions, 'organization_projects:read')

/** These come to every App. */
const ALWAYS = ['installation', 'installation_repositories', 'installation_target']

function newDelivery(world: World, it: WorldEvent, url: string): Delivery {
  const payload = {
    ...(it.action === null ? {} : { action: it.action }),
    ...it.payload,
    ...(it.repo === null ? {} : { repository: repository(world, it.repo) }),
    ...(it.event.startsWith('installation') || homeOf(world).type === 'User'
      ? {}
      : { organization: organization(world) }),
    sender: user(world, it.sender),
    ...('installation' in it.payload ? {} : { installation: installationLite(world) }),
  }
  const body = bodiesOf(world).put({ id: world.next(), text: JSON.stringify(payload) })
  return {
    id: world.next(),
    guid: randomUUID(),
    event: it.event,
    action: it.action,
    repositoryId: it.repo?.id ?? null,
    deliveredAt: world.now(),
    redelivery: false,
    url,
    bodyId: body.id,
    result: null,
  }
}
