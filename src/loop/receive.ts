import type { Arrival, Log, Queue, Store } from '../ports.ts'

/** All kept deliveries are woken under one name: a thousand webhooks are one wake-up. */
export const INBOX = 'inbox'

/** Between two wake-ups of the inbox. A burst that ends meanwhile has one more after it. */
const REST_MS = 50

/**
 * Keep a verified delivery and wake whoever absorbs it. No thinking in the request: what makes GitHub's answer is
 * one INSERT. The wake-up is not waited for; the first of a burst is asked for at once, the others together after a
 * rest; a lost one is found by patrol.
 */
export function receiver(store: Store, queue: Queue, log: Log): (arrival: Arrival) => Promise<void> {
  let resting = false
  let isWanted = false
  const wake = (): void => {
    isWanted = true
    if (resting) return
    isWanted = false
    resting = true
    setTimeout(() => {
      resting = false
      if (isWanted) wake()
    }, REST_MS).unref()
    queue.wake('delivery', INBOX).catch(error => log.warn({ err: error }, 'could not wake the inbox'))
  }
  return async arrival => {
    if (await store.keepDelivery(arrival)) wake()
    else log.info({ delivery: arrival.id }, 'delivery is known already')
  }
}
