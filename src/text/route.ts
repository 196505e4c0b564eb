import type { Forecast } from '../core/forecast/forecast.ts'
import type { Card, Publishing, Route } from '../core/shown/says.ts'
import type { Time } from '../core/town.ts'
import { isIssue, type Place, plural, ref } from './markdown.ts'
import { clock, duration, moment, roughly } from './times.ts'

/** The plan in figures and in time: how long it is, how wide, and when it will be over. */
export function routeLines(place: Place, card: Card): string {
  const lines = [publishingLine(card.publishing), planLine(place, card), forecastLine(card)]
  return lines.filter(Boolean).join('\n')
}

function publishingLine(publishing: Publishing | null): string {
  if (!publishing) return ''
  const { done, total, by } = publishing
  const rest = done < total ? `, the rest by ${clock(by)} (GitHub limits how fast issues may be made)` : ''
  return `**Publishing:** ${done} of ${total} published${rest}.`
}

const OVER: readonly Card['status'][] = ['landed', 'closed']

function planLine(place: Place, { route, status }: Card): string {
  if (route.waves === 0 || OVER.includes(status)) return ''
  const ahead = status === 'open' || status === 'landing' ? ' ahead' : ''
  return `**Plan:** ${[`${plural(route.waves, 'wave')}${ahead}`, widest(route)].filter(Boolean).join(', ')}${longest(place, route.criticalPath)}.`
}

function widest({ waves, widest }: Route): string {
  if (!widest) return ''
  if (widest.beads === 1) return 'one bead at a time'
  const beads = plural(widest.beads, 'bead')
  return waves === 1 ? `with ${beads}` : `the widest is wave ${widest.wave} with ${beads}`
}

/** Of a chain so many from its beginning; the rest is counted, its end is told. */
const SHOW_CHAIN = 8

function longest(place: Place, path: readonly string[]): string {
  if (path.length < 2) return ''
  if (!path.every(isIssue)) return `; the longest chain is ${plural(path.length, 'bead')} (critical path)`
  return `; longest chain: ${chain(place, path)} (critical path)`
}

/** "#1 → #4 → #9", and the middle of a long one counted. */
export function chain(place: Place, path: readonly string[]): string {
  const shown = path.map(one => ref(place, one))
  if (shown.length > SHOW_CHAIN) {
    const middle = `${shown.length - SHOW_CHAIN + 1} more`
    shown.splice(SHOW_CHAIN - 2, shown.length - SHOW_CHAIN + 1, middle)
  }
  return shown.join(' → ')
}

/** What was foretold, and against it what came. */
function forecastLine({ forecast, startedAt, endedAt, status }: Card): string {
  if (!forecast) return ''
  if (endedAt !== null && startedAt !== null) {
    const came = status === 'landed' ? `took ${duration(endedAt - startedAt)}` : 'closed before its end'
    return `**Forecast:** foretold ${roughly(forecast.p50Ms)} to ${roughly(forecast.p90Ms)}, ${came}.`
  }
  if (endedAt !== null) return ''
  return `**Forecast:** ${foretold(forecast, startedAt)}`
}

/** When it ends, with whom, and how much that is worth; reckoned from the start when there was one. */
export function foretold(forecast: Forecast, startedAt: Time | null = null): string {
  const { p50Ms, p90Ms, polecats, machines, samples } = forecast
  const end = (ms: number) =>
    startedAt === null ? roughly(ms) : `${roughly(ms)} (${moment(startedAt + ms).slice(5)})`
  const worth =
    samples > 0
      ? `durations from ${plural(samples, 'run')} here`
      : 'assumed durations, until there are runs here'
  const crew = `up to ${plural(polecats, 'polecat')} on ${plural(machines, 'machine')}`
  return `half of the plays end within ${end(p50Ms)}, nine of ten within ${end(p90Ms)}; ${crew}; ${worth}.`
}
