import type { Deliberation } from '../decision.ts'

/** One conclusion, one transaction: branches and the first wave follow from it by the standing rules. */
export function startConvoy(d: Deliberation, convoyId: string, by: string): void {
  d.conclude(`${by} started it`, [{ type: 'ConvoyStarted', convoyId }])
}
