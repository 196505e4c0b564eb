import type { Card } from '../core/shown/says.ts'
import { inline, type Place, sentence } from './markdown.ts'
import { duration, moment } from './times.ts'

/** What the convoy is and how far it is, in two lines. */
export function heading(card: Card, place: Place, badge = badgeOf(card)): string {
  const facts = [
    `**${badge}**`,
    card.total > 0
      ? `\`${progressBar(card.landed, card.total)}\` ${card.landed} of ${card.total} landed`
      : '',
    `staged by ${inline(card.by, 60)}`,
    ...times(card),
    boardLink(card),
  ]
  const why = card.why ? `\n\n${sentence(place, card.why)}` : ''
  return `## 🚚 Convoy: ${inline(card.title, 160)}\n\n${facts.filter(Boolean).join(' · ')}${why}`
}

function badgeOf(card: Card): string {
  const words = {
    publishing: card.why ? '⚠️ Publishing has stopped' : '📤 Publishing',
    staged_ready: '📝 Staged, ready to start',
    staged_warnings: '⚠️ Staged, with warnings',
    open: '🟢 Under way',
    landing: '🛬 Landing',
    landed: '✅ Landed',
    closed: '🚫 Closed without landing',
  }[card.status]
  const over = card.status === 'landed' || card.status === 'closed'
  return card.paused && !over ? `⏸️ Paused (${words.replace(/^\S+ /, '').toLowerCase()})` : words
}

const BAR = 20

/** Full only when everything has landed, empty only when nothing has. */
function progressBar(landed: number, total: number): string {
  const share = total > 0 ? Math.min(1, landed / total) : 0
  const full = share === 0 ? 0 : Math.max(1, Math.floor(share * BAR))
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}

function times(card: Card): string[] {
  if (card.startedAt === null) return []
  const started = `started ${moment(card.startedAt)}`
  return card.endedAt === null ? [started] : [started, `took ${duration(card.endedAt - card.startedAt)}`]
}

/** GitHub made the address; only one that looks like it is let into a link. */
function boardLink({ board }: Card): string {
  return board?.url && /^https?:\/\/[\w.:-]+\/[\w./-]+$/.test(board.url) ? `[board](${board.url})` : ''
}
