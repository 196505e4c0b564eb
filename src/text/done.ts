import type { Done } from '../core/shown/says.ts'
import { type Place, plural, ref, refs } from './markdown.ts'
import { beadsInWords } from './standings.ts'

type Words<Kind extends Done['kind']> = (done: Extract<Done, { kind: Kind }>, place: Place) => string

/** A command that was obeyed: what is so now, and what may be done next. */
const WORDS: { readonly [Kind in Done['kind']]: Words<Kind> } = {
  staged: ({ status, beads, waves, started, restaged }) => {
    const what = `${restaged ? 'Staged again' : 'Staged'}: ${beadsInWords(beads)} in ${plural(waves, 'wave')}.`
    if (started) return `${what} The convoy is under way.`
    return status === 'staged_ready'
      ? `${what} Comment \`/convoy start\` to set it going.`
      : `${what} There are warnings on the card; \`/convoy start --force\` goes on all the same.`
  },
  started: ({ beads }) => `The convoy is under way with ${beadsInWords(beads)}.`,
  paused: () => 'Paused: nothing is begun, merged or landed until `/convoy resume`.',
  resumed: () => 'The convoy goes on.',
  closed: ({ stopped }) =>
    `The convoy is closed${stopped ? `, and ${plural(stopped, 'unfinished bead')} with it` : ''}. \`/convoy stage\` plans it anew.`,
  retried: ({ ref: bead }, place) => `${ref(place, bead)} is tried again, with all its tries.`,
  held: ({ ref: bead }, place) => `${ref(place, bead)} is held until \`/bead release\`.`,
  released: ({ ref: bead, skipped }, place) =>
    skipped.length
      ? `${ref(place, bead)} goes on without ${refs(place, skipped)}.`
      : `${ref(place, bead)} goes on.`,
}

export function renderDone(done: Done, place: Place): string {
  // The compiler cannot join a member of the union to its own entry of the table; the key does.
  return (WORDS[done.kind] as Words<Done['kind']>)(done, place)
}
