import type { Say } from '../core/shown/says.ts'
import { inline, type Place, sentence } from './markdown.ts'

/** A card of the board that stays where it was. */
export function renderCardRefused({ by, to, has }: Extract<Say, { say: 'card-refused' }>): string {
  return `${inline(by, 60)} moved this on the board to **${inline(to, 40)}**, which takes write permission here, and has ${inline(has, 40)}: nothing was changed.`
}

/** Something that was asked for on GitHub could not be done. */
export function renderTrouble({ what, why }: Extract<Say, { say: 'trouble' }>, place: Place): string {
  return `⚠️ ${sentence(place, what)} ${sentence(place, why)}`
}
