interface Waiting<Ask> {
  ask: Ask
  readonly done: PromiseWithResolvers<void>
}

/**
 * Acts on one key at a time. What is asked of a key while it is being acted on is merged, and acted on once,
 * afterwards: an action that has begun may be too early to count for what was asked later. Each caller's promise is
 * that of the action that included its ask.
 */
export function coalesce<Ask>(
  merge: (one: Ask, other: Ask) => Ask,
  act: (key: string, ask: Ask) => Promise<void>,
): (key: string, ask: Ask) => Promise<void> {
  const busy = new Map<string, Waiting<Ask> | null>()

  async function begin(key: string, ask: Ask): Promise<void> {
    busy.set(key, null)
    try {
      await act(key, ask)
    } finally {
      const next = busy.get(key)
      if (next) begin(key, next.ask).then(next.done.resolve, next.done.reject)
      else busy.delete(key)
    }
  }

  return (key, ask) => {
    const waiting = busy.get(key)
    if (waiting === undefined) return begin(key, ask)
    if (waiting) waiting.ask = merge(waiting.ask, ask)
    const next = waiting ?? { ask, done: Promise.withResolvers<void>() }
    busy.set(key, next)
    return next.done.promise
  }
}
