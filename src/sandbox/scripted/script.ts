// What a bead's `polecat` block says, read and checked before anything of it is done.
import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** What stands beside each action's own value; all are asked for. */
const ACTIONS = {
  write: ['content'],
  append: ['content'],
  replace: ['find', 'with'],
  run: [],
  sleep: [],
  fail: [],
  crash: [],
  hang: [],
  ask: [],
  empty: [],
} as const satisfies Record<string, readonly string[]>

export type Action = keyof typeof ACTIONS

export interface Step {
  readonly action: Action
  /** Behind the action's name: a path, a command, a duration, a reason, a question. */
  readonly value: string
  readonly content: string
  readonly find: string
  readonly with: string
  /** Done on the first so many tries only. */
  readonly tries: number
}

/** The block cannot be obeyed; the message names the line of the issue. */
export class BadScript extends Error {
  constructor(line: number, message: string) {
    super(`Line ${line} of the issue: ${message}`)
    this.name = 'BadScript'
  }
}

/** The steps of the first fenced block with the info string `polecat`; null when there is none. */
export function scriptOf(body: string): readonly Step[] | null {
  const block = blockOf(body)
  if (!block) return null
  const counter = new LineCounter()
  const document = parseDocument(block.text, { lineCounter: counter })
  const lineOf = (offset: number) => block.firstLine + counter.linePos(offset).line - 1
  const [error] = document.errors
  if (error) throw new BadScript(lineOf(error.pos[0]), (error.message.split('\n')[0] ?? '').trim())
  if (!isSeq(document.contents)) throw new BadScript(block.firstLine, 'a polecat block is a list of steps.')
  return document.contents.items.map(item => {
    const node = item as Node
    const line = lineOf(node.range?.[0] ?? 0)
    if (!isMap(node))
      throw new BadScript(line, 'a step is an action with its value, such as `run: npm test`.')
    return stepOf(node.toJS(document), line)
  })
}

const KNOWN = Object.keys(ACTIONS) as Action[]

function stepOf(said: Record<string, unknown>, line: number): Step {
  const [action, second] = KNOWN.filter(name => name in said)
  if (!action || second !== undefined)
    throw new BadScript(line, `a step has exactly one action of ${KNOWN.join(', ')}.`)
  const takes: readonly string[] = ACTIONS[action]
  const odd = Object.keys(said).find(key => key !== action && key !== 'tries' && !takes.includes(key))
  if (odd !== undefined) throw new BadScript(line, `\`${action}\` does not know \`${odd}\`.`)
  const text = (key: string) => {
    const value = said[key]
    if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
    throw new BadScript(line, `\`${action}\` needs text for \`${key}\`.`)
  }
  const beside = Object.fromEntries(takes.map(key => [key, text(key)]))
  const tries = said.tries ?? Number.POSITIVE_INFINITY
  if (typeof tries !== 'number' || tries < 1) throw new BadScript(line, '`tries` is a number from 1 on.')
  return { content: '', find: '', with: '', ...beside, action, value: text(action), tries }
}

interface Block {
  readonly text: string
  /** Of the text, from 1. */
  readonly firstLine: number
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/

/** As markdown reads it: a fence ends at one of the same kind that is at least as long, or with the text. */
function blockOf(body: string): Block | null {
  const lines = body.split(/\r\n|\n|\r/)
  let open: { fence: string; wanted: boolean; at: number } | null = null
  for (const [index, line] of lines.entries()) {
    const [, fence = '', info = ''] = FENCE.exec(line) ?? []
    if (open === null) {
      if (fence) open = { fence, wanted: info.split(/\s/)[0] === 'polecat', at: index + 1 }
      continue
    }
    if (!fence.startsWith(open.fence) || info !== '') continue
    if (open.wanted) return blockFrom(lines, open.at, index)
    open = null
  }
  return open?.wanted ? blockFrom(lines, open.at, lines.length) : null
}

const blockFrom = (lines: readonly string[], from: number, to: number): Block => ({
  text: `${lines.slice(from, to).join('\n')}\n`,
  firstLine: from + 1,
})

/** `500ms`, `2s`, `1m`, or a number of milliseconds; null for anything else. */
export function durationOf(text: string): number | null {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(text.trim()) ?? []
  return amount === undefined
    ? null
    : Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm']
}
