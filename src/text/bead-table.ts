import type { CardBead } from '../core/shown/says.ts'
import { PRIORITY } from '../core/town.ts'
import { FOLD_FRAME, folded, linesWithin } from './lines.ts'
import { inline, isIssue, type Place, pullRef, ref } from './markdown.ts'
import { isFinished, LOOKS, satisfies } from './standings.ts'

/** A table with more rows than this is folded. */
const SHOW_ROWS = 30

interface Column {
  readonly head: string
  readonly cell: (bead: CardBead) => string | number
}

/** A row for every bead, those that move on top, in as many words as let every bead have its row. */
export function beadTable(place: Place, beads: readonly CardBead[], budget: number): string {
  if (beads.length === 0) return ''
  const layouts = LAYOUTS.map(layout => columnsOf(place, beads, layout))
  const room = budget - 3 * (MAX_HEAD + FOLD_FRAME)
  const size = (columns: readonly Column[]) =>
    beads.reduce((sum, bead) => sum + row(columns, bead).length + 1, 0)
  return tables(beads, layouts.find(columns => size(columns) <= room) ?? layouts.at(-1)!, budget)
}

/** How much of a title is shown, and whether what a bead waits for is. */
const LAYOUTS = [
  { title: 70, waits: true },
  { title: 40, waits: true },
  { title: 24, waits: true },
  { title: 24, waits: false },
] as const
const MAX_HEAD = 150

/** Only columns that say something: before the start nobody has a polecat or a pull request. */
function columnsOf(
  place: Place,
  beads: readonly CardBead[],
  { title, waits }: (typeof LAYOUTS)[number],
): Column[] {
  const byId = new Map(beads.map(bead => [bead.id, bead]))
  const optional: Column[] = [
    { head: 'Wave', cell: bead => bead.wave ?? '' },
    { head: 'Waits for', cell: bead => (waits ? blockers(place, bead, byId) : '') },
    { head: 'Polecat', cell: bead => (bead.polecat ? inline(bead.polecat, 40) : '') },
    { head: 'Tries', cell: bead => bead.tries || '' },
    { head: 'Pull', cell: bead => (bead.pull === null ? '' : pullRef(place, bead.ref, bead.pull)) },
  ]
  return [
    { head: 'Bead', cell: bead => `${ref(place, bead.ref)} ${inline(bead.title, title)}` },
    { head: '', cell: standing },
    ...optional.filter(column => beads.some(bead => column.cell(bead) !== '')),
  ]
}

function standing({ standing, priority }: CardBead): string {
  return `${LOOKS[standing].sign} ${standing}${priority === PRIORITY ? '' : ` · P${priority}`}`
}

const SHOW_BLOCKERS = 3

/** What is still in its way. */
function blockers(place: Place, bead: CardBead, byId: ReadonlyMap<string, CardBead>): string {
  if (isFinished(bead.standing)) return ''
  const open = bead.blockers.filter(id => !satisfies(byId.get(id)?.standing ?? 'waiting'))
  const named = open.map(id => byId.get(id)?.ref ?? id).filter(isIssue)
  const rest = named.length - SHOW_BLOCKERS
  const shown = named.slice(0, SHOW_BLOCKERS).map(one => ref(place, one))
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

function tables(beads: readonly CardBead[], columns: readonly Column[], budget: number): string {
  const { shown, folds } = foldedRows(beads)
  let room = budget - folds.length * FOLD_FRAME
  const parts = [table(columns, shown, room)]
  for (const fold of folds) {
    room -= parts.at(-1)?.length ?? 0
    parts.push(folded(`${fold.beads.length} ${fold.what} beads`, table(columns, fold.beads, room)))
  }
  return parts.filter(Boolean).join('\n\n')
}

interface Fold {
  readonly what: string
  readonly beads: readonly CardBead[]
}

/** In a large convoy what is over, and what only waits its turn, is folded away under a line that opens. */
function foldedRows(beads: readonly CardBead[]): {
  shown: readonly CardBead[]
  folds: readonly Fold[]
} {
  const finished = beads.filter(bead => isFinished(bead.standing))
  const live = beads.filter(bead => !isFinished(bead.standing))
  if (beads.length <= SHOW_ROWS) return { shown: [...live, ...finished], folds: [] }
  const over = { what: 'finished', beads: finished }
  if (live.length <= SHOW_ROWS) return { shown: live, folds: withBeads([over]) }
  const idle = (what: 'waiting' | 'planned') => ({
    what,
    beads: live.filter(bead => bead.standing === what),
  })
  const busy = live.filter(bead => bead.standing !== 'waiting' && bead.standing !== 'planned')
  return { shown: busy, folds: withBeads([idle('planned'), idle('waiting'), over]) }
}

const withBeads = (folds: readonly Fold[]): Fold[] => folds.filter(fold => fold.beads.length > 0)

function table(columns: readonly Column[], beads: readonly CardBead[], budget: number): string {
  if (beads.length === 0) return ''
  const head = `| ${columns.map(column => column.head).join(' | ')} |\n|${' --- |'.repeat(columns.length)}`
  const rows = beads.map(bead => row(columns, bead))
  const more = (rest: number) => `| … and ${rest} more |${' |'.repeat(columns.length - 1)}`
  return `${head}\n${linesWithin(rows, budget - head.length, more)}`
}

const row = (columns: readonly Column[], bead: CardBead): string =>
  `| ${columns.map(column => column.cell(bead)).join(' | ')} |`
