import { cancelBead, holdBead, releaseBead, retryBead } from '../beads/steer.ts'
import type { Deliberation } from '../decision.ts'
import type { BoardMove, Fact } from '../events.ts'
import { maySteer } from '../permission.ts'
import type { Bead } from '../town.ts'

type CardMoved = Extract<Fact, { type: 'CardMoved' }>
type Move = (d: Deliberation, bead: Bead, by: string) => void

/** A failed bead gets another try, a held one goes on; one that is both gets both. */
const letGoOn: Move = (d, bead, by) => {
  if (bead.status === 'failed') retryBead(d, bead, by)
  if (bead.status !== 'failed' || bead.held) releaseBead(d, d.town.beads.get(bead.id)!, by)
}

const MOVES: Readonly<Record<Exclude<BoardMove, 'other'>, Move>> = {
  Held: holdBead,
  Ready: letGoOn,
  Cancelled: cancelBead,
}

/**
 * A person moved a card: what a command of the same meaning would do is done, with the same right to it. A move that
 * makes no sense now changes nothing. In every case the board is shown once more (see `boardShown`).
 */
export function hearCardMoved(d: Deliberation, { issueId, to, by, permission }: CardMoved): void {
  const bead = d.town.beads.get(issueId)
  if (!bead || to === 'other') return
  if (maySteer(permission)) return MOVES[to](d, bead, by)
  const { rigId, number } = bead
  const say = { say: 'card-refused', by, to, has: permission } as const
  const key = `card-refused:${bead.id}:${by}`
  d.conclude(`${by} may not steer beads`, [], [{ do: 'Comment', rigId, number, key, say }])
}
