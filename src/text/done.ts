import type { Done } from '../core/shown/says.ts'
import { inWords, type Place, plural, ref, refs } from './markdown.ts'
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
  publishing: done => publishing(done),
  added: ({ refs: beads }, place) =>
    beads.length
      ? `${refs(place, beads)} ${joins(beads)} the convoy.`
      : 'Nothing joins: all of it is in the convoy already.',
  removed: ({ refs: beads, finishing }, place) => removed(place, beads, finishing),
  prioritised: ({ ref: bead, priority }, place) =>
    `${ref(place, bead)} has priority ${priority} now; among what is ready 0 goes first and 4 last.`,
  skipped: ({ ref: bead, freed }, place) =>
    freed.length
      ? `${ref(place, bead)} is skipped; ${refs(place, freed)} ${freed.length === 1 ? 'goes' : 'go'} on without it.`
      : `${ref(place, bead)} is skipped; nothing waited for it.`,
  cancelled: ({ ref: bead, parked }, place) =>
    parked.length
      ? `${ref(place, bead)} is cancelled, so ${refs(place, parked)} ${parked.length === 1 ? 'is' : 'are'} parked. Comment \`/bead skip\` in ${ref(place, bead)} to let what waits go on without it.`
      : `${ref(place, bead)} is cancelled.`,
  simulating: () => 'The plan is played through on virtual time; the forecast follows here.',
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

const joins = (beads: readonly string[]): string => (beads.length === 1 ? 'joins' : 'join')

function publishing({
  issues,
  links,
  parts,
  elsewhere,
  starts,
}: Extract<Done, { kind: 'publishing' }>): string {
  const made = inWords(
    [issues ? plural(issues, 'issue') : '', links ? plural(links, 'link') : ''].filter(Boolean),
  )
  const what = made ? `The plan is being published: ${made}.` : 'The plan is being published.'
  const sharded = `${plural(parts, 'sub-parent')} ${parts === 1 ? 'is' : 'are'} made in between, because GitHub takes at most 100 sub-issues under one issue.`
  const then = starts ? 'Then the convoy starts.' : 'Then it is staged, and `/convoy start` sets it going.'
  return [
    what,
    parts ? sharded : '',
    elsewhere
      ? 'The convoy gets an issue of its own, where its card will be.'
      : 'The card shows how far it is.',
    then,
  ]
    .filter(Boolean)
    .join(' ')
}

function removed(place: Place, beads: readonly string[], finishing: readonly string[]): string {
  if (beads.length === 0) return 'Nothing leaves: none of it is in the convoy.'
  const who = `${refs(place, beads)} ${beads.length === 1 ? 'leaves' : 'leave'} the convoy.`
  return finishing.length ? `${who} Work on ${refs(place, finishing)} has begun and is finished first.` : who
}
