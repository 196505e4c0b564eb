import { COMMANDS } from '../core/commands/registry.ts'
import type { Say } from '../core/shown/says.ts'
import { renderBead } from './bead.ts'
import { renderCard, renderDryRun, renderStatus } from './card.ts'
import { renderDone } from './done.ts'
import { renderForecast } from './forecast.ts'
import { renderHelp } from './help.ts'
import { renderInferred } from './inferred.ts'
import { CARD_CHARS, MAX_CHARS, type Place } from './markdown.ts'
import { renderQuestion } from './question.ts'
import { renderRefusal } from './refusals.ts'
import { renderCardRefused, renderTrouble } from './trouble.ts'
import { renderWhy } from './why.ts'

export { type CheckOutput, renderCheck } from './check.ts'
export type { Place } from './markdown.ts'
export { renderPullBody, renderPullTitle } from './pull.ts'

type Words<Kind extends Say['say']> = (say: Extract<Say, { say: Kind }>, place: Place) => string

/** Everything that we say in a thread. A new kind of Say does not compile until it is here. */
const WORDS: { readonly [Kind in Say['say']]: Words<Kind> } = {
  card: ({ card }, place) => renderCard(card, place),
  bead: ({ bead }, place) => renderBead(bead, place),
  refused: ({ refusal }, place) => renderRefusal(refusal, place, COMMANDS),
  status: ({ card }, place) => renderStatus(card, place),
  'dry-run': ({ card, drafted }, place) => renderDryRun(card, drafted, place),
  inferred: ({ edges, applied }, place) => renderInferred(edges, applied, place),
  forecast: ({ ref, forecast }, place) => renderForecast(ref, forecast, place),
  'card-refused': say => renderCardRefused(say),
  trouble: (say, place) => renderTrouble(say, place),
  done: ({ what }, place) => renderDone(what, place),
  why: ({ subject, because }, place) => renderWhy(subject, because, place),
  help: () => renderHelp(COMMANDS),
  question: say => renderQuestion(say),
}

/** Markdown for GitHub, at most `place.maxChars` long. */
export function renderSay(say: Say, place: Place): string {
  // The compiler cannot join a member of the union to its own entry of the table; the key does.
  const words = WORDS[say.say] as Words<Say['say']>
  const room = say.say === 'card' || say.say === 'bead' ? CARD_CHARS : MAX_CHARS
  return cutAtLine(words(say, place), Math.min(place.maxChars ?? room, room))
}

/** The last resort for texts that are long beyond reason; what is open when it is cut is closed by GitHub. */
function cutAtLine(text: string, max: number): string {
  if (text.length <= max) return text
  const end = text.lastIndexOf('\n', max - 2)
  return `${text.slice(0, end > max / 2 ? end : max - 2).toWellFormed()}\n…`
}
