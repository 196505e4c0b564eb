import type { Forecast } from '../core/forecast/forecast.ts'
import { capital, type Place, plural, ref } from './markdown.ts'
import { chain, foretold } from './route.ts'

/** Waves that have their width told; a plan has rarely more. */
const SHOW_WAVES = 20

/** The answer to `/convoy simulate`: how the convoy would go, played through many times. */
export function renderForecast(of: string, forecast: Forecast, place: Place): string {
  const { criticalPath, plays, waves } = forecast
  const widths = waves.slice(0, SHOW_WAVES).join(', ') + (waves.length > SHOW_WAVES ? ', …' : '')
  const lines = [
    `- ${capital(foretold(forecast))}`,
    waves.length > 0 ? `- ${plural(waves.length, 'wave')}, with so many beads each: ${widths}.` : '',
    criticalPath.length > 1 ? `- The chain that takes longest: ${chain(place, criticalPath)}.` : '',
  ]
  return `**Forecast for ${ref(place, of)}**, from ${plural(plays, 'play')} on virtual time; nothing was changed.\n\n${lines.filter(Boolean).join('\n')}`
}
