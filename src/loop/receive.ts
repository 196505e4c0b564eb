import type { Delivery, Log, Queue, Store } from '../ports.ts'

/** All kept deliveries are woken under one name: a thousand webhooks are one wake-up. */
export const INBOX = 'inbox'

/**
 * Keep a verified delivery and wake whoever absorbs it. No thinking in the request: what makes GitHub's answer is
 * one INSERT. The wake-up is not waited for, at most one is under way, and a lost one is found by patrol.
 */
export function receiver(store: Store, queue: Queue, log: Log): (delivery: Delivery) => Promise<void> {
  let waking = false
  const wake = (): void => {
    if (waking) return
    waking = true
    // Cleared before the wake-up is asked for, so that a delivery kept meanwhile asks for its own.
    setImmediate(() => {
      waking = false
      queue.wake('delivery', INBOX).catch(error => log.warn({ err: error }, 'could not wake the inbox'))
    })
  }
  return async delivery => {
    if (await store.keepDelivery(delivery)) wake()
    else log.info({ delivery: delivery.id }, 'delivery is known already')
  }
}
