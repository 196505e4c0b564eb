import type { Card, CardBead, Standing } from '../core/shown/says.ts'
import { legNext } from './landing.ts'
import { capital, type Place, ref, refs, sentence, shorten } from './markdown.ts'
import { beadsInWords, inStanding, isFinished, needsPerson, satisfies } from './standings.ts'

/** In one line: what happens next by itself, and what a person can do. */
export function nextOf(place: Place, card: Card): string {
  return capital(next(place, card))
}

function next(place: Place, card: Card): string {
  if (card.paused && card.status !== 'landed' && card.status !== 'closed') {
    return 'nothing is begun, merged or landed while the convoy is paused. Comment `/convoy resume` to go on.'
  }
  switch (card.status) {
    case 'publishing':
      return card.why
        ? 'mend what stops the publishing and comment `/convoy stage`: it goes on from where it is.'
        : 'nobody needs to do anything: the issues and links of the plan are made on GitHub, then it is staged.'
    case 'staged_ready':
      return `comment \`/convoy start\` to set ${beadsInWords(unfinished(card).length)} going. Until then edit the tree on GitHub as you like; \`/convoy stage\` plans it anew.`
    case 'staged_warnings':
      if (card.findings.some(({ severity }) => severity === 'error'))
        return 'mend what stops it (⛔ below): on GitHub, then the plan is drawn anew by itself, or comment `/convoy stage`. Nothing can be started before.'
      return 'look at the warnings below, mend what they name and comment `/convoy stage`, or go on all the same with `/convoy start --force`.'
    case 'open':
      return openNext(place, card)
    case 'landing':
      return landingNext(place, card)
    case 'landed':
      return 'nothing, it has all landed.'
    case 'closed':
      return 'nothing. To take the work up again, comment `/convoy stage`.'
  }
}

const unfinished = (card: Card): CardBead[] => card.beads.filter(bead => !isFinished(bead.standing))

/** What waits for a person comes first: everything else goes on by itself. */
function openNext(place: Place, card: Card): string {
  const asks = [
    ask(place, inStanding(card.beads, 'asking'), 'answer the question in', ''),
    ask(place, inStanding(card.beads, 'deciding'), 'decide', ' and close it as completed'),
    ask(place, inStanding(card.beads, 'failed'), 'comment `/bead retry` in', ' when the cause is mended'),
    ask(place, inStanding(card.beads, 'held'), 'comment `/bead release` in', ' when it may go on'),
  ].filter(one => one !== null)
  const going = goingOn(card.beads)
  const waiting = inStanding(card.beads, 'waiting').length
  if (going !== null) {
    const rest = waiting > 0 ? `; ${waiting} more ${waiting === 1 ? 'waits' : 'wait'} for that` : ''
    return `${asks.length > 0 ? `${asks.join('; ')}. Meanwhile ` : ''}${going}${rest}.`
  }
  if (asks.length > 0) {
    const rest = waiting > 0 ? ` ${waiting} more ${waiting === 1 ? 'waits' : 'wait'} for that.` : ''
    return `it is your turn: ${asks.join('; ')}.${rest}`
  }
  return unfinished(card).length > 0
    ? 'it waits for what is named below.'
    : 'the landing is prepared; nobody needs to do anything.'
}

function ask(place: Place, beads: readonly CardBead[], what: string, when: string): string | null {
  if (beads.length === 0) return null
  const where = refs(
    place,
    beads.map(bead => bead.ref),
    5,
  )
  return `${what} ${where}${when}`
}

/** Null when nothing moves by itself. */
function goingOn(beads: readonly CardBead[]): string | null {
  const counts = [
    [inStanding(beads, 'working').length, 'at work'],
    [inStanding(beads, 'in review').length, 'in review'],
    [inStanding(beads, 'ready').length, 'ready for a free polecat'],
  ] as const
  const now = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []))
  return now.length > 0 ? now.join(', ') : null
}

function landingNext(place: Place, card: Card): string {
  const left = card.legs.filter(leg => !leg.landed)
  return left.map(leg => legNext(place, leg)).join(' ') || 'the convoy is closed with what has landed.'
}

/** For each bead that needs a person: what it waits for and what frees it. Many that are parked share a line. */
export function waitingLines(place: Place, beads: readonly CardBead[]): string[] {
  const byId = new Map(beads.map(bead => [bead.id, bead]))
  const parked = inStanding(beads, 'parked')
  const together = parked.length > SHOW_PARKED
  const own = beads.filter(bead => needsPerson(bead.standing) && !(together && bead.standing === 'parked'))
  return [
    ...own.map(bead => waitingLine(place, bead, byId)),
    ...(together ? [parkedLine(place, parked, byId)] : []),
  ]
}

const SHOW_PARKED = 2

function parkedLine(place: Place, parked: readonly CardBead[], byId: ReadonlyMap<string, CardBead>): string {
  const blockers = parked.flatMap(bead => bead.blockers)
  const dead = blockers.flatMap(id => byId.get(id) ?? []).filter(bead => DEAD.includes(bead.standing))
  const outside = blockers.filter(id => id.includes('#') && !byId.has(id))
  const named = [...new Set(dead.length > 0 ? dead.map(bead => bead.ref) : outside)]
  const behind = named.length > 0 ? ` behind ${refs(place, named, 5)}` : ''
  const which = refs(
    place,
    parked.map(bead => bead.ref),
    8,
  )
  return `- 🅿️ ${which} are parked${behind}, directly or through each other. Comment \`/bead release\` in one of them to let it go on without.`
}

/** What will not land unless a person does something. */
const DEAD: readonly Standing[] = ['failed', 'cancelled']

function waitingLine(place: Place, bead: CardBead, byId: ReadonlyMap<string, CardBead>): string {
  const here = ref(place, bead.ref)
  const why = bead.why ? ` ${sentence(place, shorten(bead.why, 300))}` : ''
  switch (bead.standing) {
    case 'asking':
      return `- 🙋 ${here} asks${why ? `:${why}` : ' a question.'} Anybody with write access answers by commenting in ${here}.`
    case 'deciding':
      return `- ⚖️ ${here} is to be decided.${why} Close ${here} as completed when it is; what waits for it then goes on.`
    case 'failed':
      return `- ❌ ${here} has failed.${why} Comment \`/bead retry\` in ${here} to have it tried again.`
    case 'held':
      return `- ✋ ${here} is held.${why} Comment \`/bead release\` in ${here} to let it go on.`
    default:
      return `- 🅿️ ${here} is parked${behind(place, bead, byId)}.${why} Comment \`/bead release\` in ${here} to go on without.`
  }
}

/** What a parked bead waits for, less what has landed. */
function behind(place: Place, bead: CardBead, byId: ReadonlyMap<string, CardBead>): string {
  const open = bead.blockers.filter(id => !satisfies(byId.get(id)?.standing ?? 'waiting'))
  const named = open.map(id => byId.get(id)?.ref ?? id).filter(id => id.includes('#'))
  return named.length ? ` behind ${refs(place, named, 5)}` : ''
}
