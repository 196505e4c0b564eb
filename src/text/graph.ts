import { type Node as Step, wavesOf } from '../core/beads/dag.ts'
import type { CardBead, Standing } from '../core/shown/says.ts'
import { type Place, ref } from './markdown.ts'
import { type Box, type Drawing, escapeLabel, flowchart, type Group } from './mermaid.ts'
import { isFinished, tally } from './standings.ts'

/** Mermaid's own limits are 50,000 characters and 500 edges; past them it draws an error instead. */
const MAX_CHARS = 50_000
const MAX_EDGES = 400
/** Convoys up to this size are drawn bead by bead. */
const DRAW_ALL = 25
/** In larger ones the nearest waves are, up to so many boxes: more cannot be read in a comment's width. */
const MAX_BOXES = 28
/** Waves to come, and waves that are over, that have a frame of their own. */
const AHEAD = 8
const BEHIND = 3
const MAX_OUTSIDE = 8

/** Where a bead stands in the picture, from left to right by `rank`. */
interface Column {
  readonly key: string
  readonly label: string
  readonly rank: number
}

/** Beads that are drawn as one box. */
interface Member {
  readonly box: Box
  readonly column: Column
  readonly beads: readonly CardBead[]
}

/**
 * The waves of a convoy as a mermaid flowchart, in as much detail as `budget` characters, mermaid's limits and a
 * reader's eye allow. Null when there is nothing to draw or no detail is small enough.
 */
export function waveGraph(place: Place, beads: readonly CardBead[], budget = MAX_CHARS): string | null {
  if (beads.length === 0) return null
  const columns = columnsOf(beads)
  for (const boxes of [beads.length <= DRAW_ALL ? DRAW_ALL : MAX_BOXES, 0]) {
    const drawing = drawingOf(place, membersOf(place, columns, beads.length <= DRAW_ALL, boxes))
    const text = flowchart(drawing)
    if (text.length <= Math.min(budget, MAX_CHARS) && drawing.edges.length <= MAX_EDGES) return text
  }
  return null
}

function columnsOf(beads: readonly CardBead[]): ReadonlyMap<string, { column: Column; beads: CardBead[] }> {
  const over = wavesOf(beads.filter(bead => isFinished(bead.standing)).map(stepOf))
  const depth = new Map(over.flatMap((wave, index) => wave.map(id => [id, index] as const)))
  const columns = new Map<string, { column: Column; beads: CardBead[] }>()
  for (const bead of beads) {
    const column = columnOf(bead, depth.get(bead.id) ?? 0, over.length)
    const { beads: inside } = columns.get(column.key) ?? { beads: [] }
    columns.set(column.key, { column, beads: [...inside, bead] })
  }
  return columns
}

/** Finished work has no wave any more: its place is its depth among the finished, the latest on its own. */
function columnOf(bead: CardBead, depth: number, depths: number): Column {
  if (isFinished(bead.standing)) {
    const rank = Math.max(0, depth - (depths - BEHIND)) - depths
    return { key: `over ${rank}`, label: 'Finished', rank }
  }
  if (bead.wave === null) return { key: 'stuck', label: 'Held up', rank: AHEAD + 2 }
  if (bead.wave <= AHEAD) return { key: `${bead.wave}`, label: `Wave ${bead.wave}`, rank: bead.wave }
  return { key: 'later', label: `Wave ${AHEAD + 1} and on`, rank: AHEAD + 1 }
}

const stepOf = (bead: CardBead): Step => ({ id: bead.id, after: bead.blockers })

/**
 * Beads as boxes: what a person may have to see to first, then wave by wave while `room` lasts; the rest is one
 * box for each column. Finished ones are spelled out only in a small convoy.
 */
function membersOf(
  place: Place,
  columns: ReturnType<typeof columnsOf>,
  spellFinished: boolean,
  room: number,
): Member[] {
  const urgency = ({ rank }: Column): number => (rank === AHEAD + 2 ? 0 : rank > 0 ? rank : AHEAD + 3 - rank)
  const nearest = [...columns.values()].sort((a, b) => urgency(a.column) - urgency(b.column))
  let left = room
  const members = nearest.flatMap(({ column, beads }) => {
    const spelled = beads.length <= left && (spellFinished || column.rank > 0)
    left -= spelled ? beads.length : 1
    return spelled ? beads.map(bead => single(place, column, bead)) : [folded(column, beads)]
  })
  return members.sort((a, b) => a.column.rank - b.column.rank)
}

function single(place: Place, column: Column, bead: CardBead): Member {
  const who = bead.standing === 'working' && bead.polecat ? ` · ${escapeLabel(bead.polecat, 24)}` : ''
  const name = `${escapeLabel(ref(place, bead.ref), 60)} ${escapeLabel(bead.title, 44)}`
  const box = { id: `bead ${bead.id}`, label: `${name}<br/>${bead.standing}${who}`, look: bead.standing }
  return { box, column, beads: [bead] }
}

function folded(column: Column, beads: readonly CardBead[]): Member {
  const box = { id: foldedId(column), label: tally(beads), look: commonLook(beads) }
  return { box, column, beads }
}

/** The colour of a folded column: its own when all beads agree, else that of work that goes on. */
function commonLook(beads: readonly CardBead[]): Standing {
  const [first, ...others] = new Set(beads.map(bead => bead.standing))
  if (first && others.length === 0) return first
  return beads.every(bead => isFinished(bead.standing)) ? 'landed' : 'working'
}

function drawingOf(place: Place, members: readonly Member[]): Drawing {
  const outside = outsideBoxes(place, members)
  const home = new Map([
    ...[...outside].map(([ref, box]) => [ref, box.id] as const),
    ...members.flatMap(({ beads, box }) => beads.map(bead => [bead.id, box.id] as const)),
  ])
  const [over, ahead] = [members.filter(isFoldedOver), members.filter(member => !isFoldedOver(member))]
  const groups = groupsOf(members)
  const frames = groups.filter(group => ahead.some(member => group.id === frameOf(member.column)))
  const [from, to] = [over.at(-1), frames[0]]
  const edges = [
    ...withoutShortcuts(stepsOf(over, home)),
    ...withoutShortcuts(stepsOf(ahead, home)).filter(([box]) => !over.some(member => member.box.id === box)),
    ...(from && to ? [[from.box.id, to.id] as const] : []),
  ]
  const loose = [...new Map([...outside.values()].map(box => [box.id, box])).values()]
  return { groups: [{ id: 'outside', label: '', boxes: loose }, ...groups], edges }
}

/** What is over and folded lets nobody wait any more: one edge to the work that is left says so. */
const isFoldedOver = ({ column, beads, box }: Member): boolean =>
  beads.every(bead => isFinished(bead.standing)) && box.id === foldedId(column)

const frameOf = (column: Column): string => `frame ${column.key}`
const foldedId = (column: Column): string => `folded ${column.key}`

function stepsOf(members: readonly Member[], home: ReadonlyMap<string, string>): Step[] {
  return members.map(({ box, beads }) => {
    const before = beads.flatMap(bead => bead.blockers).flatMap(id => home.get(id) ?? [])
    return { id: box.id, after: [...new Set(before)].filter(id => id !== box.id) }
  })
}

function groupsOf(members: readonly Member[]): Group[] {
  const byFrame = Map.groupBy(members, member => frameOf(member.column))
  return [...byFrame].map(([id, inside]) => ({
    id,
    label: inside[0]?.column.label ?? '',
    boxes: inside.map(member => member.box),
  }))
}

/** Issues that beads wait for and that are not in this convoy, by their ref. */
function outsideBoxes(place: Place, members: readonly Member[]): Map<string, Box> {
  const beads = members.flatMap(member => member.beads)
  const inside = new Set(beads.map(bead => bead.id))
  const refs = new Set(beads.flatMap(bead => bead.blockers).filter(id => id.includes('#') && !inside.has(id)))
  const all = {
    id: 'outside',
    label: `${refs.size} issues<br/>outside this convoy`,
    look: 'outside' as const,
  }
  const one = (of: string): Box => ({
    id: `outside ${of}`,
    label: `${escapeLabel(ref(place, of), 80)}<br/>outside this convoy`,
    look: 'outside',
  })
  return new Map([...refs].map(of => [of, refs.size > MAX_OUTSIDE ? all : one(of)]))
}

/**
 * The edges, less those that follow from others: with a → b → c, a → c tells nothing new. Boxes on or behind a
 * cycle keep all theirs.
 */
function withoutShortcuts(steps: readonly Step[]): [string, string][] {
  const after = new Map(steps.map(step => [step.id, step.after]))
  const before = new Map<string, Set<string>>()
  for (const id of wavesOf(steps).flat()) {
    const direct = after.get(id) ?? []
    before.set(id, new Set([...direct, ...direct.flatMap(one => [...(before.get(one) ?? [])])]))
  }
  const follows = (step: Step, id: string) =>
    step.after.some(other => other !== id && before.get(other)?.has(id))
  return steps.flatMap(step => {
    const direct = before.has(step.id) ? step.after.filter(id => !follows(step, id)) : step.after
    return direct.map((id): [string, string] => [id, step.id])
  })
}
