import type { Card } from '../core/shown/says.ts'
import { clause, type Place, sentence } from './markdown.ts'

/** What can be done here, in small print: the few commands that matter now; `/help` has the others. */
export function foot(place: Place, card: Card): string {
  const all = [...commandsFor(card), '/help'].map(command => `\`${command}\``).join(' · ')
  const inBead = UNDER_WAY.includes(card.status) ? ' In a bead: `/why` · `/bead retry` · `/bead skip`.' : ''
  return `<sub>Comment here: ${all}.${inBead}${boardNote(place, card)}</sub>`
}

function commandsFor(card: Card): readonly string[] {
  const fit = COMMANDS[card.status](card.paused)
  const isWrong = card.findings.some(({ severity }) => severity === 'error')
  return isWrong ? fit.filter(command => !command.startsWith('/convoy start')) : fit
}

const UNDER_WAY: readonly Card['status'][] = ['open', 'landing']

const COMMANDS: Readonly<Record<Card['status'], (paused: boolean) => readonly string[]>> = {
  publishing: () => ['/convoy status', '/convoy close'],
  staged_ready: () => ['/convoy start', '/convoy stage', '/convoy simulate'],
  staged_warnings: () => ['/convoy stage', '/convoy start --force', '/convoy simulate'],
  open: paused => [paused ? '/convoy resume' : '/convoy pause', '/convoy add #…', '/why'],
  landing: paused => [paused ? '/convoy resume' : '/convoy pause', '/why'],
  landed: () => ['/why'],
  closed: () => ['/convoy stage'],
}

/** Said in small print, and not of what is over. With a board it is a remark on it. */
function boardNote(place: Place, { board, status }: Card): string {
  if (!board?.why || status === 'landed' || status === 'closed') return ''
  return board.url
    ? ` ${sentence(place, board.why, 200)}`
    : ` There is no board: ${clause(place, board.why, 200)}`
}
