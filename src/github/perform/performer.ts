import type { Fact } from '../../core/events.ts'
import type { GitHubEffect } from '../../ports.ts'
import type { Place } from '../../text/render.ts'
import type { Address, Reach } from '../reach.ts'

/** The effect that is done by doing so. */
export type Doing<Do extends GitHubEffect['do']> = Extract<GitHubEffect, { readonly do: Do }>

/**
 * Ensures one kind of effect and says what was learned. `attempt` is 0 on the first try; on any later one the last try
 * may have had its effect without our hearing of it, so what is created is looked for first.
 */
export type Performer<Do extends GitHubEffect['do']> = (
  reach: Reach,
  effect: Doing<Do>,
  attempt: number,
) => Promise<readonly Fact[]>

export const placeOf = (reach: Reach, at: Address): Place => ({
  repo: `${at.owner}/${at.repo}`,
  appSlug: reach.self.slug,
})
