import type { PullStory } from '../core/shown/says.ts'
import { MAX_CHARS, type Place, plainTitle, pullRef, ref, unlinked } from './markdown.ts'
import { beadsInWords } from './standings.ts'

/** GitHub takes 256 characters in a title. */
const TITLE_CHARS = 250

/** The bead's or the convoy's own title, made safe for commit messages: it rings nobody and closes nothing. */
export function renderPullTitle(title: string): string {
  return plainTitle(title, TITLE_CHARS) || 'Untitled'
}

/** Names the issue without GitHub's closing words: we close issues ourselves, when the work has really landed. */
export function renderPullBody(story: PullStory, place: Place): string {
  const marker = `<!-- townhall:pull:${story.pullId} -->`
  const convoy = `Convoy: ${ref(place, story.convoyRef)}`
  const parts =
    story.kind === 'bead'
      ? [
          `Bead: ${ref(place, story.ref)}\n${convoy}`,
          story.polecat ? `Work of polecat ${unlinked(story.polecat, 40)}.` : '',
          'Townhall tests it merged with its base and merges it when the gates are green.',
        ]
      : [convoy, landingList(story, place)]
  return [marker, ...parts].filter(Boolean).join('\n\n')
}

function landingList(story: PullStory, place: Place): string {
  const head = `Lands ${beadsInWords(story.beads.length)}:`
  const lines = story.beads.map(bead => {
    const pull = bead.pull === null ? '' : ` (${pullRef(place, bead.ref, bead.pull)})`
    return `- ${ref(place, bead.ref)} ${unlinked(bead.title, 120)}${pull}`
  })
  const room = (place.maxChars ?? MAX_CHARS) - 2000
  const kept = lines.filter((_line, index) => lines.slice(0, index + 1).join('\n').length <= room)
  const rest = lines.length - kept.length
  return `${head}\n\n${[...kept, ...(rest > 0 ? [`- … and ${rest} more`] : [])].join('\n')}`
}
