import { type Node as Step, wavesOf } from '../core/beads/dag.ts'
import type { Card } from '../core/shown/says.ts'
import { type Column, columnsOf } from './graph-columns.ts'
import { type Frame, foldedFrames, isSmall, type Member, spelledFrames } from './graph-frames.ts'
import { type Place, ref } from './markdown.ts'
import { type Box, type Drawing, escapeLabel, flowchart, type Group } from './mermaid.ts'

/** Mermaid's own limits are 50,000 characters and 500 edges; past them it draws an error instead. */
const MAX_CHARS = 50_000
const MAX_EDGES = 400
/** Boxes side by side that are read without a magnifying glass in the width of a comment. */
const MAX_ACROSS = 5
/** Boxes in a picture that a person still takes in; the rest is one box for each wave. */
const MAX_BOXES = 30
const MAX_OUTSIDE = 6

/**
 * The waves of a convoy as a mermaid flowchart, in as much detail as `budget` characters, mermaid's limits and a
 * reader's eye allow. Null when there is nothing to draw or no detail is small enough.
 */
export function waveGraph(
  place: Place,
  { beads, route }: Pick<Card, 'beads' | 'route'>,
  budget = MAX_CHARS,
): string | null {
  if (beads.length === 0) return null
  for (const frames of details(place, columnsOf(beads))) {
    const direction = directionOf(place, frames)
    if (direction === null) continue
    const laid = direction === 'TB' ? frames.map(unframed) : frames
    const thick = criticalEdges(frames, route.criticalPath)
    const drawing = { direction, ...drawingOf(place, laid), thick }
    const text = flowchart(drawing)
    if (text.length <= Math.min(budget, MAX_CHARS) && drawing.edges.length <= MAX_EDGES) return text
  }
  return null
}

/** From everything spelled out to a box for each wave. */
function details(place: Place, columns: readonly Column[]): Frame[][] {
  const waves = columns.filter(column => column.kind === 'wave').length
  const counts = [waves, ...[3, 2, 1].filter(count => count < waves), 0]
  // What is over is only spelled out where it takes nothing from the words of the rest.
  const narrow =
    isSmall(columns) || columns.length < MAX_ACROSS || columns.every(column => column.kind !== 'finished')
  return [
    ...(narrow ? [spelledFrames(place, columns)] : []),
    ...counts.map(count => foldedFrames(place, columns, count)),
  ].filter(isPicture)
}

/** Not more than a person takes in; and a single box for everything is no picture. */
function isPicture(frames: readonly Frame[]): boolean {
  const members = frames.flatMap(frame => frame.members)
  const allFolded = members.every(member => !member.spelled)
  return allFolded ? members.length > 1 || isKnot(frames) : members.length <= MAX_BOXES
}

/** Beads that all wait for each other. */
const isKnot = ([only]: readonly Frame[]): boolean => only?.kind === 'stuck'

/**
 * Frames side by side where there are few of them; one below the other when they are many and narrow. Null when
 * neither can be read. What is held up stands beside the waves, but a long chain of it makes the picture as wide.
 */
function directionOf(place: Place, frames: readonly Frame[]): Drawing['direction'] | null {
  const before = Map.groupBy(drawingOf(place, frames).edges, ([, to]) => to)
  const boxes = frames.flatMap(({ members }) => members.map(({ box }) => box.id))
  const steps = boxes.map((id): Step => ({ id, after: (before.get(id) ?? []).map(([from]) => from) }))
  const abreast = frames.filter(({ kind }) => kind !== 'stuck').length
  if (Math.max(abreast, wavesOf(steps).length) <= MAX_ACROSS) return 'LR'
  return Math.max(...frames.map(({ members }) => members.length)) < MAX_ACROSS ? 'TB' : null
}

/** From top to bottom an arrow would run through the words on the frame that it enters. */
const unframed = (frame: Frame): Frame => (frame.kind === 'wave' ? { ...frame, label: '' } : frame)

function drawingOf(place: Place, frames: readonly Frame[]): Pick<Drawing, 'groups' | 'edges'> {
  const members = frames.flatMap(one => one.members)
  const outside = outsideBoxes(place, members)
  const groups = frames.map(
    ({ id, label, members }): Group => ({ id, label, boxes: members.map(one => one.box) }),
  )
  const loose = [...new Map([...outside.values()].map(box => [box.id, box])).values()]
  return {
    groups: [{ id: 'outside', label: '', boxes: loose }, ...groups],
    edges: [...beadEdges(members, outside), ...frameEdges(frames)],
  }
}

/** Who waits for whom, among beads that have a box of their own; of what is outside, for folded ones as well. */
function beadEdges(members: readonly Member[], outside: ReadonlyMap<string, Box>): [string, string][] {
  const spelled = members.filter(member => member.spelled)
  const home = new Map([
    ...[...outside].map(([of, box]) => [of, box.id] as const),
    ...spelled.flatMap(({ beads, box }) => beads.map(bead => [bead.id, box.id] as const)),
  ])
  const steps = members.map(({ box, beads, spelled }): Step => {
    const all = beads.flatMap(bead => bead.blockers).filter(id => spelled || outside.has(id))
    const before = all.flatMap(id => home.get(id) ?? []).filter(id => id !== box.id)
    return { id: box.id, after: [...new Set(before)] }
  })
  return withoutShortcuts(steps)
}

/** What is folded is joined frame by frame: the order of the waves is all that it tells. */
function frameEdges(frames: readonly Frame[]): [string, string][] {
  const inOrder = frames.filter(({ kind }) => kind !== 'stuck')
  const isFolded = ({ members }: Frame) => members.every(member => !member.spelled)
  const ends = ({ id, label, members }: Frame) => (label ? [id] : members.map(member => member.box.id))
  return inOrder.flatMap((one, at): [string, string][] => {
    const next = inOrder[at + 1]
    if (!next || !(isFolded(one) || isFolded(next))) return []
    return ends(one).flatMap(from => ends(next).map((to): [string, string] => [from, to]))
  })
}

/** The steps of the critical path between beads that have a box of their own. */
function criticalEdges(frames: readonly Frame[], path: readonly string[]): Drawing['thick'] {
  const boxes = new Map(
    frames
      .flatMap(({ members }) => members)
      .flatMap(({ beads, box, spelled }) => (spelled ? beads.map(bead => [bead.ref, box.id] as const) : [])),
  )
  return path.flatMap((of, index): [string, string][] => {
    const [from, to] = [boxes.get(path[index - 1] ?? ''), boxes.get(of)]
    return from !== undefined && to !== undefined ? [[from, to]] : []
  })
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
