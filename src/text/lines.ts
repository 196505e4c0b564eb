/** Lists and parts of a comment, kept within the room that they are given. */

/** Lists of sentences get so many characters each; the graph, the tree and the table share the rest. */
const LIST_CHARS = 6000

/** A heading with a list under it; nothing when the list is empty. */
export function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `### ${title}\n\n${listWithin(lines, LIST_CHARS)}` : ''
}

export function listWithin(lines: readonly string[], budget: number): string {
  return linesWithin(lines, budget, rest => `- … and ${rest} more.`)
}

/** As many lines as fit into `budget`, and a last one that counts the others. */
export function linesWithin(
  lines: readonly string[],
  budget: number,
  more: (rest: number) => string,
): string {
  const kept: string[] = []
  let used = more(lines.length).length
  for (const line of lines) {
    used += line.length + 1
    if (used > budget) break
    kept.push(line)
  }
  return [...kept, ...(kept.length < lines.length ? [more(lines.length - kept.length)] : [])].join('\n')
}

/** Something long under a line that opens it. */
export function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`
}
/** What `folded` needs besides its words. */
export const FOLD_FRAME = 60

export const lengthOf = (parts: readonly string[]): number =>
  parts.reduce((sum, part) => sum + part.length + 2, 0)

/** Whole parts, as many as fit: half a table or an open fence would spoil what stands below. */
export function partsWithin(parts: readonly string[], max: number): string {
  const kept: string[] = []
  for (const part of parts) if (part && lengthOf([...kept, part]) <= max) kept.push(part)
  return kept.join('\n\n')
}
