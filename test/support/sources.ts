import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** A file of ours as the architecture test reads it. Paths are relative to the project, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  /** The text with comments blanked out; lines keep their numbers. */
  readonly code: string
  readonly imports: readonly Import[]
}

/** Either a file of ours (`path`) or a package or module of Node (`name`). */
export interface Import {
  readonly path: string | null
  readonly name: string | null
}

export function sources(folders: readonly string[]): SourceFile[] {
  return folders.flatMap(folder => typeScriptIn(folder)).map(readSource)
}

function typeScriptIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .replaceAll('\\', '/'),
    )
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, code: withoutComments(text), imports: importsOf(path, text) }
}

const IMPORT =
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^[ \t]*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

function importsOf(from: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(match => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    const isOurs = name.startsWith('.')
    return {
      path: isOurs ? posix.join(posix.dirname(from), name) : null,
      name: isOurs ? null : name,
    }
  })
}

/** Biome puts comments on lines of their own, or behind code; a `//` inside a string is not one. */
function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ')
  return text.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, blank).replace(/(^|\s)\/\/.*$/gm, blank)
}

export function codeLines(text: string): number {
  return withoutComments(text)
    .split('\n')
    .filter(line => line.trim()).length
}

export interface Block {
  readonly name: string
  /** Line number of its first line. */
  readonly at: number
  /** Lines of code from first to last, less those of the functions inside it. */
  readonly lines: number
}

const OPENS =
  /^(\s*)(?:export\s+)?(?:default\s+)?(?:(?:async\s+)?function\*?\s+(\w+)|(?:const|let)\s+(\w+)\s*=.*=>|(?:(?:static|async|get|set|private|public|override)\s+)*\*?(#?\w+)(?:<.*>)?\(.*\).*)/
const NOT_A_FUNCTION = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'with'])

/**
 * Functions and methods with a body of several lines. Found by how Biome lays code out: a body ends at the first
 * line with the same indent that begins with `}`.
 */
export function blocksOf(text: string): Block[] {
  const lines = withoutComments(text).split('\n')
  const spans = lines.flatMap((line, start) => spanAt(lines, line, start))
  return spans.map(({ name, start, end }) => {
    const inside = spans.filter(other => other.start > start && other.end <= end)
    const own = lines.filter(
      (line, at) =>
        at >= start &&
        at <= end &&
        line.trim() &&
        !inside.some(other => at >= other.start && at <= other.end),
    )
    return { name, at: start + 1, lines: own.length }
  })
}

function spanAt(
  lines: readonly string[],
  line: string,
  start: number,
): { name: string; start: number; end: number }[] {
  const opened = OPENS.exec(line) ?? openedOverLines(lines, line, start)
  const name = opened?.[2] ?? opened?.[3] ?? opened?.[4]
  if (!opened || !name || NOT_A_FUNCTION.has(name)) return []
  const indent = opened[1] ?? ''
  const body = line.endsWith('{') ? start : bodyOf(lines, start, indent)
  if (body < 0) return []
  const end = lines.findIndex((other, at) => at > body && other.startsWith(`${indent}}`))
  return end < 0 ? [] : [{ name, start, end }]
}

/** `function name(` with its parameters on lines of their own. */
function openedOverLines(lines: readonly string[], line: string, start: number): RegExpExecArray | null {
  return /\($/.test(line) && lines[start + 1] !== undefined
    ? /^(\s*)(?:export\s+)?(?:async\s+)?function\*?\s+(\w+)/.exec(line)
    : null
}

/** The line that closes the parameters and opens the body, or -1 for a function without one. */
function bodyOf(lines: readonly string[], start: number, indent: string): number {
  const close = lines.findIndex((other, at) => at > start && other.startsWith(`${indent})`))
  return close >= 0 && lines[start]?.endsWith('(') && lines[close]?.endsWith('{') ? close : -1
}
