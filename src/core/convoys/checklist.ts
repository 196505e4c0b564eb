import type { Named } from '../commands/refs.ts'
import { refOf, refsIn } from '../commands/refs.ts'
import type { Tree } from '../events.ts'
import type { PlannedTask } from './draft.ts'
import { MOST_TASKS } from './draft.ts'

/** A checkbox of a list, as a plan sees it. */
interface Item {
  /** From 1, over all checkboxes of the issue, checked ones too: as people count. */
  readonly nth: number
  readonly indent: number
  readonly isChecked: boolean
  readonly title: string
  readonly after: readonly string[]
  readonly details: string[]
}

const BOX = /^(\s*)(?:[-*+]|\d{1,3}[.)])\s+\[([ xX])\]\s+(\S.*)$/
const AFTER = /\s*\((?:after|needs|blocked by)\s+([^()]*)\)\s*$/i

/**
 * The checklist of an issue's body as tasks: `- [ ] title (after 1, 3)`, with what is indented below it as its text.
 * An indented checkbox is a task under the one above; a checked one is done, keeps its number and becomes nothing; one
 * that is only a reference (`- [ ] #12`) takes the issue that there is. Null when there is no open checkbox.
 * `repo`: whose numbers bare references mean.
 */
export function checklistOf(body: string, repo: string): PlannedTask[] | null {
  const items = itemsOf(body)
  if (items.every(item => item.isChecked)) return null
  const parents = parentsOf(items)
  return items.map(item => ({
    nth: item.nth,
    title: item.title,
    body: unindented(item.details),
    parent: parents.get(item.nth) ?? null,
    after: item.after,
    isDone: item.isChecked,
    names: refOf(item.title, repo),
  }))
}

export const hasChecklist = (body: string): boolean => itemsOf(body).some(item => !item.isChecked)

/** The issues that the checklist of an epic without sub-issues takes as its tasks: they are looked at before it is read. */
export function namedInChecklist({ root, issues }: Tree): Named[] {
  if (issues.length > 1) return []
  const titles = itemsOf(root.body).flatMap(item => (item.isChecked ? [] : item.title))
  return refsIn([{ args: titles }], root.repo, MOST_TASKS)
}

function itemsOf(body: string): Item[] {
  const items: Item[] = []
  let fence: string | null = null
  let isHidden = false
  for (const line of body.split(/\r?\n/)) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null
    const box = fence || isHidden ? null : BOX.exec(line)
    if (box) items.push(itemOf(items.length + 1, box))
    else items.at(-1)?.details.push(line)
    if (mark && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    if (!fence) isHidden = (isHidden || line.includes('<!--')) && !line.includes('-->')
  }
  return items
}

function itemOf(nth: number, [, indent = '', check, text = '']: RegExpExecArray): Item {
  const after = AFTER.exec(text)?.[1] ?? ''
  return {
    nth,
    indent: indent.replaceAll('\t', '    ').length,
    isChecked: check !== ' ',
    title: text.replace(AFTER, '').trim(),
    after: after.split(/[\s,;&]+|\band\b/).filter(word => word !== ''),
    details: [],
  }
}

/** By indentation: the nearest one above that stands further left. */
function parentsOf(items: readonly Item[]): Map<number, number> {
  const parents = new Map<number, number>()
  const open: Item[] = []
  for (const item of items) {
    while (open.length > 0 && open.at(-1)!.indent >= item.indent) open.pop()
    const above = open.at(-1)
    if (above) parents.set(item.nth, above.nth)
    open.push(item)
  }
  return parents
}

/** Only what is indented belongs to a task; the first line that is not ends it. */
function unindented(lines: readonly string[]): string {
  const end = lines.findIndex(line => line.trim() !== '' && !/^\s/.test(line))
  const own = end < 0 ? lines : lines.slice(0, end)
  const depth = Math.min(...own.filter(line => line.trim()).map(line => line.search(/\S/)))
  return own
    .map(line => line.slice(Number.isFinite(depth) ? depth : 0))
    .join('\n')
    .trim()
}
