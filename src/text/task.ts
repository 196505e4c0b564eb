import { harmless, inline, MAX_CHARS, plainTitle, shorten, ZERO_WIDTH } from './markdown.ts'

/** Issues that we open in the words of others: whoever is mentioned in them was called by the author, not by us. */

/** GitHub takes 256 characters in a title. */
const TITLE_CHARS = 250
/** Fenced blocks and code spans: nothing in there rings, and what is written there may be copied. */
const CODE =
  /^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:[\s\S]*?\n)? {0,3}\1[`~]*[ \t]*$|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\2(?!`)/gm

export function renderTaskTitle(title: string): string {
  return plainTitle(title, TITLE_CHARS) || 'Untitled'
}

/** Markdown stays markdown; mentions do not ring and hidden lines are not hidden, except where they are code. */
export function renderTaskBody(body: string): string {
  const text = shorten(body.toWellFormed().replace(/\r\n?/g, '\n').trim(), MAX_CHARS)
  let end = 0
  const parts: string[] = []
  for (const match of text.matchAll(CODE)) {
    parts.push(silent(text.slice(end, match.index)), match[0])
    end = match.index + match[0].length
  }
  return shorten(parts.join('') + silent(text.slice(end)), MAX_CHARS)
}

const silent = (text: string): string => harmless(text).replace(/@(?=[a-z0-9])/gi, `@${ZERO_WIDTH}`)

/** The issue that holds a convoy which had none. `by`: login of who asked for it. */
export function renderConvoyIssue(by: string): string {
  return `A convoy, opened by Townhall because ${inline(by, 40)} asked for it. Its beads are the sub-issues; its card is the first comment.`
}
