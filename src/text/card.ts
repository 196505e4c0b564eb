import type { Card, CardBead, CardLeg } from '../core/shown/says.ts'
import { findingLines } from './findings.ts'
import { waveGraph } from './graph.ts'
import { code, fence, inline, MAX_CHARS, type Place, pullRef, ref, sentence } from './markdown.ts'
import { legNext, nextOf, waitingLines } from './next.ts'
import { isFinished, LOOKS, tally } from './standings.ts'

/** Parts that are lists of sentences get so many characters each; the table and the graph share the rest. */
const LIST_CHARS = 7000
const TABLE_CHARS = 14_000
/** A table with more rows than this is folded. */
const SHOW_ROWS = 30

/** The convoy's one comment: everything a person wants to know of it, with the most urgent on top. */
export function renderCard(card: Card, place: Place): string {
  const max = place.maxChars ?? MAX_CHARS
  const top = [heading(card, place), `**Next:** ${nextOf(place, card)}`]
  const lists = [
    section('Who waits for what', waitingLines(place, card.beads)),
    section('Findings', findingLines(place, card.findings)),
  ]
  const end = [legsSection(place, card), foot(card)]
  const room = max - lengthOf([...top, ...lists, ...end])
  const graph = graphSection(place, card.beads, room - Math.min(TABLE_CHARS, room / 2))
  const table = tableSection(place, card.beads, room - graph.length - 8)
  const parts = [...top, ...lists, graph, table, ...end].filter(Boolean)
  return withinParts(parts, max)
}

/** The short answer to `/convoy status`: the card without its picture and table. */
export function renderStatus(card: Card, place: Place): string {
  const parts = [
    heading(card, place),
    card.beads.length ? `Beads: ${tally(card.beads)}.` : '',
    `**Next:** ${nextOf(place, card)}`,
    section('Who waits for what', waitingLines(place, card.beads)),
  ]
  return withinParts(parts.filter(Boolean), place.maxChars ?? MAX_CHARS)
}

const lengthOf = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length + 2, 0)

/** Whole parts, as many as fit: half a table or an open fence would spoil what stands below. */
function withinParts(parts: readonly string[], max: number): string {
  const kept: string[] = []
  for (const part of parts) if (lengthOf([...kept, part]) <= max) kept.push(part)
  return kept.join('\n\n')
}

function heading(card: Card, place: Place): string {
  const facts = [
    `**${badge(card)}**`,
    `\`${progressBar(card.landed, card.total)}\` ${card.landed} of ${card.total} landed`,
    code(card.mergeMode),
    `staged by ${inline(card.by, 60)}`,
    ...times(card),
  ]
  const why = card.why ? `\n\n${sentence(place, card.why)}` : ''
  return `## 🚚 Convoy: ${inline(card.title, 160)}\n\n${facts.join(' · ')}${why}`
}

function badge(card: Card): string {
  const words = {
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
  const started = `started ${new Date(card.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return card.endedAt === null ? [started] : [started, `took ${duration(card.endedAt - card.startedAt)}`]
}

/** "2 h 5 min", "40 s": the two largest units. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const from = units.findIndex(([count]) => count > 0)
  if (from < 0) return '0 s'
  const shown = units.slice(from, from + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

function section(title: string, lines: readonly string[]): string {
  return lines.length
    ? `### ${title}\n\n${linesWithin(lines, LIST_CHARS, rest => `- … and ${rest} more.`)}`
    : ''
}

/** As many lines as fit into `budget`, and a last one that counts the others. */
function linesWithin(lines: readonly string[], budget: number, more: (rest: number) => string): string {
  const kept: string[] = []
  let used = more(lines.length).length
  for (const line of lines) {
    used += line.length + 1
    if (used > budget) break
    kept.push(line)
  }
  return [...kept, ...(kept.length < lines.length ? [more(lines.length - kept.length)] : [])].join('\n')
}

const GRAPH_FRAME = 40

function graphSection(place: Place, beads: readonly CardBead[], budget: number): string {
  if (beads.length === 0) return ''
  const graph = waveGraph(place, beads, budget - GRAPH_FRAME)
  return graph === null
    ? '_This convoy is too large for a picture: the table has everything._'
    : fence(graph, 'mermaid')
}

const TABLE_HEAD = '| Bead | | Wave | Polecat | Tries | Pull request |\n| --- | --- | --- | --- | --- | --- |'

function tableSection(place: Place, beads: readonly CardBead[], budget: number): string {
  const [shown, folds] = foldedRows(beads)
  let room = budget - folds.length * FOLD_FRAME
  const parts = [table(place, shown, room)]
  for (const fold of folds) {
    room -= parts.at(-1)?.length ?? 0
    const rows = table(place, fold.beads, room)
    parts.push(`<details><summary>${fold.beads.length} ${fold.what} beads</summary>\n\n${rows}\n\n</details>`)
  }
  return parts.filter(Boolean).join('\n\n')
}

const FOLD_FRAME = 100

/** In a large convoy what is over, and what only waits its turn, is folded away under a line that opens. */
function foldedRows(beads: readonly CardBead[]): [CardBead[], { what: string; beads: CardBead[] }[]] {
  const finished = beads.filter(bead => isFinished(bead.standing))
  const live = beads.filter(bead => !isFinished(bead.standing))
  if (beads.length <= SHOW_ROWS) return [[...live, ...finished], []]
  const waits = live.filter(bead => bead.standing === 'waiting' || bead.standing === 'planned')
  const busy = live.filter(bead => !waits.includes(bead))
  const folds = [
    ...(live.length > SHOW_ROWS ? [{ what: 'waiting', beads: waits }] : []),
    { what: 'finished', beads: finished },
  ]
  return [live.length > SHOW_ROWS ? busy : live, folds.filter(fold => fold.beads.length > 0)]
}

function table(place: Place, beads: readonly CardBead[], budget: number): string {
  if (beads.length === 0) return ''
  const rows = beads.map(bead => tableRow(place, bead))
  const more = (rest: number) => `| … and ${rest} more | | | | | |`
  return `${TABLE_HEAD}\n${linesWithin(rows, budget - TABLE_HEAD.length, more)}`
}

function tableRow(place: Place, bead: CardBead): string {
  const cells = [
    `${ref(place, bead.ref)} ${inline(bead.title, 70)}`,
    `${LOOKS[bead.standing].sign} ${bead.standing}`,
    bead.wave ?? '',
    bead.polecat ? inline(bead.polecat, 40) : '',
    bead.tries || '',
    bead.pull === null ? '' : pullRef(place, bead.ref, bead.pull),
  ]
  return `| ${cells.join(' | ')} |`
}

function legsSection(place: Place, card: Card): string {
  const lines = card.legs.map(leg => legLine(place, card, leg))
  return section('Where it lands', lines)
}

function legLine(place: Place, card: Card, leg: CardLeg): string {
  const base = code(leg.base, 100)
  const way =
    leg.target === leg.base
      ? `each bead goes straight into ${base}`
      : `beads gather on ${code(leg.target, 120)}, which lands on ${base}`
  const state =
    leg.landed || leg.landingPull !== null || card.status === 'landing' ? ` ${legNext(place, leg)}` : ''
  const why = leg.why ? ` ${sentence(place, leg.why)}` : ''
  return `- **${inline(leg.repo, 150)}**: ${way}.${state}${why}`
}

function foot(card: Card): string {
  const commands = {
    staged_ready: ['/convoy start', '/convoy stage', '/convoy close'],
    staged_warnings: ['/convoy stage', '/convoy start --force', '/convoy close'],
    open: [card.paused ? '/convoy resume' : '/convoy pause', '/convoy status', '/convoy close'],
    landing: [card.paused ? '/convoy resume' : '/convoy pause', '/convoy status', '/convoy close'],
    landed: [],
    closed: ['/convoy stage'],
  }[card.status]
  const all = [...commands, '/why', '/help'].map(command => `\`${command}\``).join(' · ')
  return `<sub>Comment here: ${all}. In a bead: \`/why\`, \`/bead hold\`, \`/bead release\`, \`/bead retry\`.</sub>`
}
