import type { Time } from '../core/town.ts'

/** "2 h 5 min", "40 s": the two largest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const from = units.findIndex(([count]) => count > 0)
  if (from < 0) return '0 s'
  const shown = units.slice(from, from + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

/** A length that is a guess: whole minutes, because seconds would pretend to know. */
export function roughly(ms: number): string {
  return ms < 60_000 ? 'a minute' : duration(Math.round(ms / 60_000) * 60_000)
}

/** "2026-05-01 10:00 UTC" */
export const moment = (at: Time): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** "14:20 UTC", of a time that is hours away at most. */
export const clock = (at: Time): string => `${new Date(at).toISOString().slice(11, 16)} UTC`
