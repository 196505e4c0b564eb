import type { CardBead, Standing } from '../core/shown/says.ts'
import type { Column } from './graph-columns.ts'
import { isIssue, type Place, ref } from './markdown.ts'
import { type Box, escapeLabel } from './mermaid.ts'
import { isFinished, tally } from './standings.ts'

const MAX_STUCK = 6
/** Characters of a title where all is spelled out, and where only the nearest is. */
const LONG_TITLE = 44
const SHORT_TITLE = 26
const FEW = 12
/** Waves to come that have a box of their own. */
const MAX_LATER = 12
/** Beads that are drawn as one box. */
export interface Member {
  readonly box: Box
  readonly beads: readonly CardBead[]
  /** One bead with a box of its own. */
  readonly spelled: boolean
}

/** Members in a frame. */
export interface Frame {
  readonly id: string
  readonly label: string
  readonly kind: Column['kind'] | 'later'
  readonly members: readonly Member[]
}

/** Few enough to be spelled out whatever stands side by side. */
export const isSmall = (columns: readonly Column[]): boolean =>
  columns.reduce((sum, { beads }) => sum + beads.length, 0) <= FEW

/** Every bead in a box of its own. */
export function spelledFrames(place: Place, columns: readonly Column[]): Frame[] {
  const chars = isSmall(columns) && columns.length <= FEW / 3 ? LONG_TITLE : SHORT_TITLE
  return columns.map(column => spelledFrame(place, column, chars))
}

/** What is over in one box, the first waves bead by bead, the others as a list. */
export function foldedFrames(place: Place, columns: readonly Column[], spelled: number): Frame[] {
  const finished = columns.filter(column => column.kind === 'finished').flatMap(column => column.beads)
  const waves = columns.filter(column => column.kind === 'wave')
  const stuck = columns.filter(column => column.kind === 'stuck')
  const later = waves.slice(spelled)
  return [
    ...(finished.length > 0
      ? [frame('finished', 'Finished', [folded(place, 'finished', '', finished)])]
      : []),
    ...waves.slice(0, spelled).map(column => spelledFrame(place, column, SHORT_TITLE)),
    ...(later.length > 0 ? [laterFrame(place, later, spelled)] : []),
    ...stuck.map(column => stuckFrame(place, column)),
  ]
}

const frame = (kind: Frame['kind'], label: string, members: readonly Member[], id: string = kind): Frame => ({
  id: `frame ${id}`,
  label,
  kind,
  members,
})

function spelledFrame(place: Place, column: Column, titleChars: number): Frame {
  const label = { finished: 'Finished', wave: `Wave ${column.nth}`, stuck: 'Held up' }[column.kind]
  const members = column.beads.map(bead => single(place, bead, titleChars))
  return frame(column.kind, label, members, `${column.kind} ${column.nth}`)
}

/** What failed or is held, and in one box what is parked behind it. */
function stuckFrame(place: Place, { beads }: Column): Frame {
  const parked = beads.filter(bead => bead.standing === 'parked')
  const causes = beads.filter(bead => bead.standing !== 'parked')
  const own =
    causes.length > MAX_STUCK
      ? [folded(place, 'stuck', '', causes)]
      : causes.map(bead => single(place, bead, SHORT_TITLE))
  const behind =
    parked.length > 1
      ? [folded(place, 'parked', '', parked)]
      : parked.map(bead => single(place, bead, SHORT_TITLE))
  return frame('stuck', 'Held up', [...own, ...behind])
}

function laterFrame(place: Place, waves: readonly Column[], spelled: number): Frame {
  const own = waves.length > MAX_LATER ? waves.slice(0, MAX_LATER - 1) : waves
  const rest = waves.slice(own.length).flatMap(wave => wave.beads)
  const boxes = own.map(wave => folded(place, `wave ${wave.nth}`, `Wave ${wave.nth}: `, wave.beads))
  const last =
    rest.length > 0 ? [folded(place, 'rest', `${waves.length - own.length} more waves: `, rest)] : []
  return frame('later', spelled > 0 ? 'Later' : 'Waves', [...boxes, ...last])
}

function single(place: Place, bead: CardBead, titleChars: number): Member {
  const who = bead.standing === 'working' && bead.polecat ? ` · ${escapeLabel(bead.polecat, 24)}` : ''
  const name = `${escapeLabel(ref(place, bead.ref), 60)} ${escapeLabel(bead.title, titleChars)}`
  // Before the start all are planned: to say so in every box tells nothing.
  const state = bead.standing === 'planned' ? '' : `<br/>${bead.standing}${who}`
  const box = { id: `bead ${bead.id}`, label: `${name}${state}`, look: bead.standing }
  return { box, beads: [bead], spelled: true }
}

/** Refs that a folded box names. */
const SHOW_REFS = 8

function folded(place: Place, id: string, head: string, beads: readonly CardBead[]): Member {
  const named = beads.filter(bead => isIssue(bead.ref) && !isFinished(bead.standing))
  const refs = named.slice(0, SHOW_REFS).map(bead => escapeLabel(ref(place, bead.ref), 60))
  const more = named.length > SHOW_REFS ? ' …' : ''
  const label = `${head}${tally(beads)}${refs.length > 0 ? `<br/>${refs.join(' ')}${more}` : ''}`
  return { box: { id: `folded ${id}`, label, look: commonLook(beads) }, beads, spelled: false }
}

/** The colour of folded beads: their own when all agree, else that of work that goes on. */
function commonLook(beads: readonly CardBead[]): Standing {
  const [first, ...others] = new Set(beads.map(bead => bead.standing))
  if (first && others.length === 0) return first
  return beads.every(bead => isFinished(bead.standing)) ? 'landed' : 'working'
}
