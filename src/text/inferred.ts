import type { Say } from '../core/shown/says.ts'
import { listWithin } from './lines.ts'
import { MAX_CHARS, type Place, plural, ref } from './markdown.ts'

type Edges = Extract<Say, { say: 'inferred' }>['edges']

const APPLY = '`/convoy stage --infer-blocks --apply`'

/** Who would wait for whom by the order of the issues: shown before it counts. */
export function renderInferred(edges: Edges, applied: boolean, place: Place): string {
  if (edges.length === 0) return 'The order of the issues suggests no edge that is not there already.'
  const lines = edges.map(
    ({ blocked, blocker }) => `- ${ref(place, blocked)} waits for ${ref(place, blocker)}`,
  )
  const list = listWithin(lines, (place.maxChars ?? MAX_CHARS) - 500)
  return applied
    ? `These are set as "blocked by" on GitHub, because the order of the issues suggests them:\n\n${list}`
    : `The order of the issues suggests ${plural(edges.length, 'edge')}:\n\n${list}\n\nNothing was written. Comment ${APPLY} to have them set as "blocked by", or set only those that are right on GitHub.`
}
