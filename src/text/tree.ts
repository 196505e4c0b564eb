import type { CardNode } from '../core/shown/says.ts'
import { folded, linesWithin } from './lines.ts'
import { inline, type Place, plural, ref } from './markdown.ts'
import { LOOKS } from './standings.ts'

/** A tree with more lines than this is folded. */
const SHOW_LINES = 12
const FRAME = 150

/**
 * Epics with what is under them. Without an epic it would only repeat the table and is left out; where there is
 * no room for all of it the epics alone are shown, because every task has its row in the table.
 */
export function treeSection(place: Place, tree: readonly CardNode[], budget: number): string {
  const epics = tree.filter(node => node.kind === 'epic')
  if (epics.length === 0) return ''
  const whole = tree.map(node => nodeLine(place, node))
  const fits = whole.join('\n').length <= budget - FRAME
  const lines = fits ? whole : epics.map(node => nodeLine(place, node))
  const list = linesWithin(lines, budget - FRAME, rest => `- … and ${rest} more.`)
  const tasks = tree.filter(node => node.kind === 'task').length
  const what = `Tree: ${plural(epics.length, 'epic')}, ${plural(tasks, 'task')}${fits ? '' : ' (the tasks are in the table)'}`
  return lines.length <= SHOW_LINES ? `### Tree\n\n${list}` : folded(what, list)
}

function nodeLine(place: Place, node: CardNode): string {
  const indent = '  '.repeat(Math.max(0, node.depth))
  const { sign } = LOOKS[node.standing]
  const name = `${ref(place, node.ref)} ${inline(node.title, 80)}`
  if (node.kind !== 'epic') return `${indent}- ${sign} ${name}`
  const count = node.under ? ` · ${node.under.over} of ${node.under.total} over` : ''
  return `${indent}- ${sign} **${name}**${count}`
}
