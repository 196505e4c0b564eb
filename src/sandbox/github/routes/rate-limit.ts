import { type Call, ok, type Route } from '../kit.ts'
import type { Meter } from '../metering.ts'

/** `GET /rate_limit`, which itself costs nothing. */
export function rateLimitRoutes(meter: Meter): readonly Route[] {
  const show = (call: Call) => {
    const core = meter.state(call.actor, 'core')
    const graphql = meter.state(call.actor, 'graphql')
    const search = { ...core, limit: 30, used: 0, remaining: 30 }
    return ok({ resources: { core, graphql, search }, rate: core })
  }
  return [['GET', '/rate_limit', show, { who: 'anyone' }]]
}
