import { Paced } from '../ports.ts'
import type { Reach } from './reach.ts'

/** Publishing a plan leaves the rest of what may be created to answers, cards and pull requests. */
export const PUBLISHING_SHARE = 0.75

/**
 * Asked right before a request that makes something that people see and are told of: an issue, a comment, a pull
 * request, a link between issues; one for each alias of a GraphQL document. Throws `Paced` when it must wait, before
 * anything was done that would then be done twice. Edits, labels, reactions and reads are free.
 */
export async function mayCreate(reach: Reach, creations: number, share = 1): Promise<void> {
  if (creations === 0) return
  const waitMs = await reach.allowance.spend(reach.townId, creations, reach.now(), share)
  if (waitMs > 0) throw new Paced(waitMs)
}
