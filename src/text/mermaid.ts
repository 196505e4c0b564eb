import type { Standing } from '../core/shown/says.ts'
import { harmless, shorten, ZERO_WIDTH } from './markdown.ts'
import { LOOKS } from './standings.ts'

/** A box of a flowchart. `label` is mermaid text already: words of others go through `escapeLabel`. */
export interface Box {
  readonly id: string
  readonly label: string
  readonly look: Standing | 'outside'
}

/** Boxes in a frame, to which edges may go as well; without a frame when the label is empty. */
export interface Group {
  readonly id: string
  readonly label: string
  readonly boxes: readonly Box[]
}

/** What will be drawn. An edge goes from what must land first to what waits for it. */
export interface Drawing {
  /** From left to right, or from top to bottom. */
  readonly direction: 'LR' | 'TB'
  readonly groups: readonly Group[]
  readonly edges: readonly (readonly [from: string, to: string])[]
  /** Those of the edges that stand out. */
  readonly thick: readonly (readonly [from: string, to: string])[]
}

/** Closer together than mermaid's own, so that the words come out larger when all is fitted into a comment. */
const SPACING =
  '%%{init: {"flowchart": {"nodeSpacing": 14, "rankSpacing": 40, "padding": 8, "subGraphTitleMargin": {"top": 2, "bottom": 10}}}}%%'

/** A flowchart. Boxes get ids of ours, so no id can be a word of mermaid's (`end`). */
export function flowchart({ direction, groups, edges, thick }: Drawing): string {
  const boxes = groups.flatMap(group => group.boxes)
  const ids = new Map([
    ...boxes.map((box, index) => [box.id, `n${index}`] as const),
    ...groups.map((group, index) => [group.id, `g${index}`] as const),
  ])
  const lines = [
    SPACING,
    `flowchart ${direction}`,
    ...groups.flatMap(group => groupLines(group, ids, direction)),
  ]
  const stands = (from: string, to: string) => thick.some(edge => edge[0] === from && edge[1] === to)
  for (const [from, to] of edges)
    lines.push(`  ${ids.get(from)} ${stands(from, to) ? '==>' : '-->'} ${ids.get(to)}`)
  return [...lines, ...classLines(groups, ids)].join('\n')
}

/** With its direction: mermaid turns a frame whose boxes have no edges across, and a wave would lie on its side. */
function groupLines(
  group: Group,
  ids: ReadonlyMap<string, string>,
  direction: Drawing['direction'],
): string[] {
  const id = ids.get(group.id)
  const boxes = group.boxes.map(box => `    ${ids.get(box.id)}["${box.label}"]`)
  if (!group.label) return boxes
  return [`  subgraph ${id}["${group.label}"]`, `    direction ${direction}`, ...boxes, '  end']
}

/** After the edges: an edge to a frame would make mermaid forget the frame's class. */
function classLines(groups: readonly Group[], ids: ReadonlyMap<string, string>): string[] {
  const byLook = Map.groupBy(
    groups.flatMap(group => group.boxes),
    box => box.look,
  )
  const lines = [...byLook].flatMap(([look, boxes]) => [
    `  classDef ${className(look)} ${styleOf(look)}`,
    `  class ${boxes.map(box => ids.get(box.id)).join(',')} ${className(look)}`,
  ])
  const frames = groups.filter(group => group.label).map(group => ids.get(group.id))
  return [
    ...lines,
    '  classDef frame fill:none,stroke:#8c959f,stroke-dasharray:4 4',
    ...(frames.length ? [`  class ${frames.join(',')} frame`] : []),
  ]
}

/** With a prefix, because mermaid has class names of its own (`default`). */
const className = (look: Box['look']): string => `is-${look.replaceAll(' ', '-')}`

function styleOf(look: Box['look']): string {
  if (look === 'outside') return 'fill:none,stroke:#8c959f,stroke-dasharray:3 3'
  const { fill, stroke, ink } = LOOKS[look]
  return `fill:${fill},stroke:${stroke},color:${ink}`
}

/**
 * Mermaid decodes character codes before it looks for markdown, links and HTML, and writes "Unsupported markdown"
 * into the box. So what those would act on becomes a look-alike, or has its next character kept at a distance by
 * one that nobody sees; the rest becomes a code.
 */
const INSTEAD: Readonly<Record<string, string>> = {
  '`': '’',
  '"': '”',
  '*': '∗',
  '~': '∼',
  '[': '(',
  ']': ')',
  '<': '‹',
  '>': '›',
  '\\': '∖',
  _: `${ZERO_WIDTH}_${ZERO_WIDTH}`,
  '&': `#38;${ZERO_WIDTH}`,
  $: `#36;${ZERO_WIDTH}`,
  ':': `#58;${ZERO_WIDTH}`,
  '@': `#64;${ZERO_WIDTH}`,
}

/** Words of others inside a mermaid string: no title can end it, or be anything but text. */
export function escapeLabel(text: string, max: number): string {
  const line = shorten(harmless(text).replace(/\s+/g, ' ').trim(), max)
  return line
    .replace(/[!-+/:-@[-`{-~]/g, mark => INSTEAD[mark] ?? `#${mark.charCodeAt(0)};`)
    .replace(/(www)\./gi, `$1${ZERO_WIDTH}.`)
}
