import { loadavg } from 'node:os'

/** One line of the bench's table. */
export interface Figure {
  readonly what: string
  readonly figure: string
  /** Against what it is compared with in the same run; empty when there is nothing to compare with. */
  readonly ratio: string
  /** From DESIGN §7; empty for what is only worth knowing. */
  readonly aim: string
  /** Null without an aim. */
  readonly met: boolean | null
}

/** A part of the bench: measures, says on the way what it is at, and hands back its lines. */
export type Part = (say: (line: string) => void) => Promise<readonly Figure[]>

/** The value below which this share (0 to 1) of the numbers lies; nearest rank. */
export function percentile(numbers: readonly number[], share: number): number {
  if (numbers.length === 0) throw new Error('nothing was measured')
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

export const median = (numbers: readonly number[]): number => percentile(numbers, 0.5)

/** Thousands with commas, few digits: `12,345`, `12.3`, `1.23`. */
export function short(number: number): string {
  const digits = number >= 100 ? 0 : number >= 10 ? 1 : 2
  return number.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

export const ms = (number: number): string => `${short(number)} ms`

/** How busy the machine was: others on it make every time longer. */
export const load = (): string => `load ${loadavg()[0]!.toFixed(1)}`

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(it => [
    it.what,
    it.figure,
    it.ratio,
    it.aim,
    it.met === null ? '' : it.met ? 'yes' : 'NO',
  ])
  const all = [['what', 'figure', 'ratio', 'aim', 'met'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(3, ...all.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((it, at) => it.padEnd(widths[at]!)).join(' | ')} |`
  const [head, ...body] = all
  return [line(head!), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
