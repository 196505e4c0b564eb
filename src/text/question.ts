import type { Say } from '../core/shown/says.ts'
import { inline, plural, quote } from './markdown.ts'

/** A polecat's question, or the reminder that it is still open. */
export function renderQuestion({ polecat, text, reminder }: Extract<Say, { say: 'question' }>): string {
  const who = polecat === null ? 'The polecat' : `Polecat ${inline(polecat, 40)}`
  const head =
    reminder > 0
      ? `⏰ ${who} still waits for an answer (reminded ${plural(reminder, 'time')}):`
      : `🙋 ${who} asks:`
  return `${head}\n\n${quote(text, 10_000)}\n\nAnybody with write access answers by commenting here; the work goes on with the answer.`
}
