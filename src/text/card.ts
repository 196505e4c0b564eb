import type { Card } from '../core/shown/says.ts'
import { beadTable } from './bead-table.ts'
import { findingLines } from './findings.ts'
import { foot } from './foot.ts'
import { waveGraph } from './graph.ts'
import { heading } from './heading.ts'
import { landingSection } from './landing.ts'
import { lengthOf, partsWithin, section } from './lines.ts'
import { CARD_CHARS, fenced, MAX_CHARS, type Place, plural } from './markdown.ts'
import { nextOf, waitingLines } from './next.ts'
import { routeLines } from './route.ts'
import { beadsInWords, isFinished, tally } from './standings.ts'
import { treeSection } from './tree.ts'

const TREE_CHARS = 8000
/** What the graph may take at most; more boxes than that nobody reads in the width of a comment. */
const GRAPH_CHARS = 14_000

const roomFor = (place: Place): number => Math.min(place.maxChars ?? MAX_CHARS, CARD_CHARS)

/** The convoy's one comment: everything a person wants to know of it, with the most urgent on top. */
export function renderCard(card: Card, place: Place): string {
  const top = [heading(card, place), `**Next:** ${nextOf(place, card)}`]
  return withPlan(top, card, place, foot(place, card))
}

/** What staging would come to: the card of a convoy that is not there. `drafted`: tasks that would be published. */
export function renderDryRun(card: Card, drafted: number, place: Place): string {
  const waves = card.route.waves > 0 ? ` in ${plural(card.route.waves, 'wave')}` : ''
  const published = drafted > 0 ? `publish ${plural(drafted, 'task')} and ` : ''
  const top = [
    heading({ ...card, why: null }, place, '🧪 Dry run'),
    `**Nothing was written.** \`/convoy stage\` would ${published}stage ${beadsInWords(card.beads.length)}${waves}.`,
  ]
  return withPlan(top, { ...card, publishing: null }, place, '')
}

/** The short answer to `/convoy status`: the card without its picture and tables. */
export function renderStatus(card: Card, place: Place): string {
  const parts = [
    heading(card, place),
    card.beads.length ? `Beads: ${tally(card.beads)}.` : '',
    `**Next:** ${nextOf(place, card)}`,
    routeLines(place, card),
    section('Who waits for what', waitingLines(place, card.beads)),
  ]
  return partsWithin(parts, roomFor(place))
}

/** The route plan under what stands on top of it: its lists whole, the picture and the tables as there is room. */
function withPlan(top: readonly string[], card: Card, place: Place, end: string): string {
  const max = roomFor(place)
  const lists = [
    routeLines(place, card),
    section('Who waits for what', waitingLines(place, card.beads)),
    section('Findings', findingLines(place, card.findings)),
  ]
  const landing = landingSection(place, card)
  const before = isStaged(card) ? [landing] : []
  const after = isStaged(card) ? [end] : [landing, end]
  let room = max - lengthOf([...top, ...lists, landing, end])
  const graph = graphSection(place, card, Math.min(GRAPH_CHARS, room / 2))
  room -= graph.length
  const tree = treeSection(place, card.tree, Math.min(TREE_CHARS, room / 3))
  const table = beadTable(place, card.beads, room - tree.length - 8)
  return partsWithin([...top, ...lists, ...before, graph, tree, table, ...after], max)
}

const isStaged = ({ status }: Card): boolean => status === 'staged_ready' || status === 'staged_warnings'

const GRAPH_FRAME = 40

function graphSection(place: Place, card: Card, budget: number): string {
  if (card.beads.length === 0) return ''
  const graph = waveGraph(place, card, budget - GRAPH_FRAME)
  if (graph !== null) return fenced(graph, 'mermaid')
  // Of work that is all over a count says as much, and the heading has it.
  return card.beads.every(bead => isFinished(bead.standing))
    ? ''
    : '_This convoy is too large for a picture: the table has everything._'
}
