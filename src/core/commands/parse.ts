import type { Command } from './command.ts'
import { FAMILIES, NAMES, VALUED } from './names.ts'

/**
 * The commands of a comment: lines that start with `/`, outside of fenced and indented code, quotes and HTML
 * comments. A `/word` that is neither ours nor close to ours belongs to some other bot and is left alone.
 */
export function parseCommands(body: string): Command[] {
  return spokenLines(body).flatMap(line => parseLine(line) ?? [])
}

/** No comment of a person needs more; the rest is not read as commands. */
const MOST = 10

function spokenLines(body: string): string[] {
  const lines: string[] = []
  let fence: string | null = null
  for (const line of body.replace(/<!--[\s\S]*?(-->|$)/g, '').split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence) {
      if (mark && mark[0] === fence[0] && mark.length >= fence.length && line.trim() === mark) fence = null
      continue
    }
    if (mark) fence = mark
    else if (/^ {0,3}\/[a-z]/i.test(line)) lines.push(line.trim())
  }
  return lines.slice(0, MOST)
}

function parseLine(line: string): Command | null {
  const words = wordsOf(line.slice(1))
  const family = words[0]!.toLowerCase()
  if (!/^[a-z][a-z-]{0,20}$/.test(family)) return null
  const two = `${family} ${words[1]?.toLowerCase().slice(0, 20) ?? ''}`
  const name = NAMES.find(known => known === two) ?? NAMES.find(known => known === family) ?? null
  if (!name && !closest(family, FAMILIES)) return null
  const rest = words.slice(name?.includes(' ') || !name ? 2 : 1)
  const nearest = name ? null : (closest(two.trim(), NAMES) ?? null)
  return { line: line.slice(0, 200), name, nearest, ...sorted(rest) }
}

/** Words of a line; what stands in quotes, straight or curly, is one. A quote that is never closed is a mere character. */
function wordsOf(line: string): string[] {
  const words = line.matchAll(/(?:[^\s"“”]|"[^"]*"|[“”][^“”]*[“”]|["“”])+/g)
  return [...words].map(([word]) => word.replace(/"([^"]*)"|[“”]([^“”]*)[“”]/g, '$1$2'))
}

/** Dashes that a phone or a word processor has made of `--`. */
const FLAG = /^(?:--|—|–)(?=[a-z])/i

function sorted(words: readonly string[]): Pick<Command, 'flags' | 'options' | 'args'> {
  const flags: string[] = []
  const args: string[] = []
  const options: Record<string, string> = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (!FLAG.test(word)) {
      args.push(word)
      continue
    }
    const [name = '', ...value] = word.replace(FLAG, '').split('=')
    const flag = name.toLowerCase()
    if (!VALUED.includes(flag)) flags.push(flag)
    else if (value.length > 0) options[flag] = value.join('=').trim()
    else if (words[at + 1] === undefined || FLAG.test(words[at + 1]!)) options[flag] = ''
    else options[flag] = words[++at]!.trim()
  }
  return { flags, options, args }
}

/** The word of `known` that is at most two typing slips away; null when there is none. */
export function closest(word: string, known: readonly string[]): string | null {
  let best: string | null = null
  let least = word.length <= 4 ? 2 : 3
  for (const candidate of known) {
    const slips = distance(word, candidate)
    if (slips < least) [best, least] = [candidate, slips]
  }
  return best
}

/** Levenshtein, row by row. Words are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
