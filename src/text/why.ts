import type { Because } from '../core/shown/says.ts'
import { inline, type Place, ref, sentence } from './markdown.ts'

/** The chain of reasons, the nearest first: each with its rule and what would change it. */
export function renderWhy(subject: string, because: readonly Because[], place: Place): string {
  const head = `**Why ${ref(place, subject)} stands as it does**`
  if (because.length === 0) return `${head}\n\nNothing holds it up.`
  return `${head}\n\n${because.map((link, index) => `${index + 1}. ${linkLines(link, place)}`).join('\n')}`
}

function linkLines(link: Because, place: Place): string {
  const frees = link.frees === null ? '' : `\n   What frees it: ${sentence(place, link.frees)}`
  return `${sentence(place, link.what)} _(${inline(link.rule, 300)})_${frees}`
}
