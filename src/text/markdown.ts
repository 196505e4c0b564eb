/**
 * How words that are not ours get into markdown that is ours. Titles, questions, logs, logins and branch names
 * are written by people and agents: they may be read, and may do nothing else. No mention rings, no link hides
 * its target, no HTML is raw, no fence is left, and no hidden marker of ours can be forged.
 */

/** Where a text will stand. */
export interface Place {
  /** `owner/name`: refs to issues of the same repository become `#n`. */
  readonly repo: string
  /** The App's login without `[bot]`. */
  readonly appSlug: string
  /** Upper bound of the text in UTF-16 units; MAX_CHARS unless given. */
  readonly maxChars?: number
}

/** GitHub takes 65,536 characters in a body; the rest is room for the hidden marker of whoever posts it. */
export const MAX_CHARS = 60_000
/** Cards of convoys and beads have a memory hidden beneath, of some 8,000 characters. */
export const CARD_CHARS = 50_000

/** Breaks what GitHub would act on without changing what a person reads. */
export const ZERO_WIDTH = '\u200b'

/** Control characters, and the ones that turn the direction of the text around them. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what we take out
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g
/** Characters without a width that hide words or tear them apart. Joiners stay: emoji and some scripts need them. */
const WIDTHLESS = /[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u3164\uffa0]|\u034f|[\u{e0000}-\u{e0fff}]/gu
/** More marks on one letter than any script has would draw over the lines around. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu

/** Code spans and addresses: shown as code, which nothing acts on. */
const INERT = /`([^`|]+)`|(?:[a-z][a-z0-9+.-]{0,20}:\/\/|mailto:|www\.)[^\s`|<>]+/gi
const REF = /^([\w.-]+\/[\w.-]+)#(\d+)$/
const REFS_IN_TEXT = /\b([\w.-]+\/[\w.-]+)#(\d+)\b/g

/** Text of others without what no reader sees: control characters, half characters, comment openers. */
export function harmless(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(UNPRINTABLE, '')
    .replace(WIDTHLESS, '')
    .replace(PILED_MARKS, '$1')
    .replaceAll('<!--', `<!${ZERO_WIDTH}--`)
}

/** At most `max` UTF-16 units, an ellipsis included; never half a character. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text
    .slice(0, Math.max(0, max - 1))
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`
}

/** The last `max` units of a text, from the beginning of a line where there is one near. */
export function lastPart(text: string, max: number): string {
  if (text.length <= max) return text
  const part = text.slice(text.length - max + 2).replace(/^[\udc00-\udfff]/, '')
  const line = part.indexOf('\n')
  return `…\n${line >= 0 && line < 200 ? part.slice(line + 1) : part}`
}

/** Words of others within a line of ours: in a sentence, a heading, a list or a table cell. */
export function inline(text: string, max = 200): string {
  return inlined(harmless(text), max)
}

function inlined(text: string, max: number): string {
  const line = shorten(text.replace(/\s+/g, ' ').trim(), max)
  return withInertAsCode(line, escaped).replace(/^(#{1,6}(?=\s|$)|[-+=]|\d+[.)](?= ))/, startEscaped)
}

/** As `inline`, and where GitHub acts on "fixes #12" (pull requests, commits) nothing is linked or closed. */
export function unlinked(text: string, max = 200): string {
  return inlined(withoutRefs(harmless(text)), max)
}

/** A title for GitHub's own title fields, which show no markdown but do ring and close. Empty when nobody would see it. */
export function plainTitle(text: string, max: number): string {
  const line = harmless(text).replace(/\s+/g, ' ').trim()
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(line)) return ''
  return shorten(withoutRefs(withoutMentions(line)), max)
}

/** Words of others as a block of their own. Lines are kept. */
export function quote(text: string, max = 4000): string {
  const lines = shorten(harmless(text).trim(), max).split('\n')
  return lines.map(line => `> ${inline(line, max)}`.trimEnd()).join('\n')
}

/** One of our own sentences that may carry words of others: as `inline`, with refs made short and left to link, a capital and a stop. */
export function sentence(place: Place, text: string, max = 500): string {
  const line = clause(place, text, max)
  return /^[a-z]+[ ,]/.test(line) ? capital(line) : line
}

/** As `sentence`, to stand behind a colon. */
export function clause(place: Place, text: string, max = 500): string {
  const short = text.replace(REFS_IN_TEXT, (whole, repo, number) =>
    sameRepo(place, repo) ? `#${number}` : whole,
  )
  const line = inline(short, max)
  return /[.!?…]$/.test(line) ? line : `${line}.`
}

/** Verbatim, in a fence that nothing inside can close. Mentions and refs do nothing in there on GitHub. */
export function fence(text: string, info = ''): string {
  return fenced(harmless(text).replace(/\n+$/, ''), info)
}

/** A fence of ours, around what is harmless already. */
export function fenced(content: string, info: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(content) + 1))
  return `${ticks}${info}\n${content}\n${ticks}`
}

/** Verbatim within a line. */
export function code(text: string, max = 200): string {
  const content = shorten(harmless(text).replace(/\s+/g, ' ').trim(), max)
  if (!content) return ''
  const ticks = '`'.repeat(longestRun(content) + 1)
  const pad = content.startsWith('`') || content.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${content.replaceAll('|', '\\|')}${pad}${ticks}`
}

/** The ref of a task whose issue is still to be made. */
const NEW = /^([\w.-]+\/[\w.-]+)#new$/

/** `owner/name#12` as it is written here. */
export function ref(place: Place, of: string): string {
  const repo = NEW.exec(of)?.[1]
  if (repo !== undefined) return sameRepo(place, repo) ? '(new)' : `(new in ${repo})`
  const match = REF.exec(of)
  if (!match) return inline(of, 100)
  return sameRepo(place, match[1] ?? '') ? `#${match[2]}` : of
}

/** Has the issue been made on GitHub? */
export const isIssue = (of: string): boolean => REF.test(of)

/** A pull request of the repository that an issue is in. */
export function pullRef(place: Place, issueRef: string, pull: number): string {
  return ref(place, issueRef.replace(/#\d+$/, `#${pull}`))
}

/** Several, in words: "#1, #2 and #3", and at most `max` of them. */
export function refs(place: Place, of: readonly string[], max = 10): string {
  const shown = of.slice(0, max).map(one => ref(place, one))
  const rest = of.length - shown.length
  return inWords(rest > 0 ? [...shown, `${rest} more`] : shown)
}

export function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function sameRepo(place: Place, repo: string): boolean {
  return repo.toLowerCase() === place.repo.toLowerCase()
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(run => run.length))
}

function withInertAsCode(line: string, rest: (text: string) => string): string {
  const parts: string[] = []
  let end = 0
  for (const match of line.matchAll(INERT)) {
    const [whole, span] = match
    const taken = span === undefined ? whole.replace(/[.,;:!?)\]]+$/, '') : whole
    parts.push(rest(line.slice(end, match.index)), span === undefined ? `\`${taken}\`` : taken)
    end = match.index + taken.length
  }
  return parts.join('') + rest(line.slice(end))
}

function escaped(text: string): string {
  return withoutMentions(
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('$', '&#36;')
      .replace(/[\\`*_[\]|~]/g, '\\$&'),
  )
}

/** A line of others that would begin a heading, a list or an underline. */
function startEscaped(start: string): string {
  return /^\d/.test(start) ? start.replace(/[.)]/, '\\$&') : `\\${start}`
}

function withoutMentions(text: string): string {
  return text.replace(/@(?=[a-z0-9])/gi, `@${ZERO_WIDTH}`)
}

function withoutRefs(text: string): string {
  return text.replace(/#(?=\d)/g, `#${ZERO_WIDTH}`).replace(/\b(gh)-(?=\d)/gi, `$1-${ZERO_WIDTH}`)
}
