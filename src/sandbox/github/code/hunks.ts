import type { Side } from './documents.ts'

/** Reading a file's patch: which lines it shows, for comments that hang on a line. */

interface Hunk {
  readonly lines: readonly string[]
  /** Number of the first line on either side. */
  readonly left: number
  readonly right: number
}

function hunksOf(patch: string): Hunk[] {
  return patch
    .split(/^(?=@@ )/m)
    .filter(text => text.startsWith('@@ '))
    .map(text => {
      const [, left = '0', right = '0'] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text) ?? []
      return { lines: text.replace(/\n$/, '').split('\n'), left: Number(left), right: Number(right) }
    })
}

export interface Place {
  /** The hunk from its head down to the line. */
  readonly hunk: string
  /** Lines below the first hunk's head, as the older API counts. */
  readonly position: number
}

/** Where a line of one side stands in a patch; undefined when the patch does not show it. */
export function placeOf(patch: string, side: Side, line: number): Place | undefined {
  let above = 0
  for (const hunk of hunksOf(patch)) {
    let [left, right] = [hunk.left, hunk.right]
    for (const [at, text] of hunk.lines.entries()) {
      if (at === 0 || text.startsWith('\\')) continue
      const [onLeft, onRight] = [!text.startsWith('+'), !text.startsWith('-')]
      if (side === 'LEFT' ? onLeft && left === line : onRight && right === line) {
        return { hunk: hunk.lines.slice(0, at + 1).join('\n'), position: above + at }
      }
      if (onLeft) left += 1
      if (onRight) right += 1
    }
    above += hunk.lines.length
  }
  return undefined
}
