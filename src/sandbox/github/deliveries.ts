import type { Collection } from './collection.ts'
import type { World } from './world.ts'

/** What is written down of deliveries to the App. */

/** One attempt at one delivery; a redelivery has its own id and the same GUID. */
export interface Delivery {
  readonly id: number
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly repositoryId: number | null
  readonly deliveredAt: string
  readonly redelivery: boolean
  readonly url: string
  /** Where the body is kept; a redelivery has the body of the first attempt. */
  readonly bodyId: number
  /** null until it has been sent. */
  readonly result: {
    readonly statusCode: number
    readonly status: string
    /** Seconds. */
    readonly duration: number
    readonly headers: { readonly [name: string]: string }
    readonly payload: string
  } | null
}

/** Where deliveries go, and what they are signed with. */
export interface Hook {
  url(): string | null
  secret(): string
}

/** The body of a delivery, as it is signed and sent. Apart from the rest because it is large and never changes. */
export interface Body {
  readonly id: number
  readonly text: string
}

export const bodiesOf = (world: World): Collection<Body> => world.collection<Body>('delivery_bodies')
/** The body of a delivery, as it was sent. */
export const bodyOf = (world: World, delivery: Delivery): string =>
  bodiesOf(world).get(delivery.bodyId)?.text ?? ''
