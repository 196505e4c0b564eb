import type { Card, CardBead, CardLeg, Standing } from '../core/shown/says.ts'
import { capital, type Place, pullRef, ref, refs, sentence, shorten } from './markdown.ts'
import { beadsInWords, inStanding, isFinished, needsPerson } from './standings.ts'

/** In one line: what happens next by itself, and what a person can do. */
export function nextOf(place: Place, card: Card): string {
  return capital(next(place, card))
}

function next(place: Place, card: Card): string {
  if (card.paused && card.status !== 'landed' && card.status !== 'closed') {
    return 'nothing is begun, merged or landed while the convoy is paused. Comment `/convoy resume` to go on.'
  }
  switch (card.status) {
    case 'staged_ready':
      return `comment \`/convoy start\` to set ${beadsInWords(unfinished(card).length)} going. Until then edit the tree on GitHub as you like; \`/convoy stage\` plans it anew.`
    case 'staged_warnings':
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
    ask(place, inStanding(card.beads, 'failed'), 'comment `/bead retry` in', ' when the cause is mended'),
    ask(place, inStanding(card.beads, 'held'), 'comment `/bead release` in', ' when it may go on'),
  ].filter(one => one !== null)
  const moving = card.beads.filter(bead => !isFinished(bead.standing) && !needsPerson(bead.standing))
  const alone = asks.length === 0 && moving.length === 0
  const going = alone ? 'the landing is prepared; nobody needs to do anything.' : goingOn(card.beads)
  if (asks.length === 0) return going
  return moving.length === 0
    ? `it is your turn: ${asks.join('; ')}.`
    : `${asks.join('; ')}. Meanwhile ${going}`
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

function goingOn(beads: readonly CardBead[]): string {
  const working = inStanding(beads, 'working').length
  const review = inStanding(beads, 'in review').length
  const ready = inStanding(beads, 'ready').length
  const now = [
    working ? `${working} at work` : '',
    review ? `${review} in review` : '',
    ready ? `${ready} ready for a free polecat` : '',
  ].filter(Boolean)
  if (now.length === 0) return 'it waits for what is named below.'
  const waiting = inStanding(beads, 'waiting').length
  const then = waiting ? `; ${waiting} more ${waiting === 1 ? 'waits' : 'wait'} for that` : ''
  return `${now.join(', ')}${then}.`
}

function landingNext(place: Place, card: Card): string {
  const left = card.legs.filter(leg => !leg.landed)
  return left.map(leg => legNext(place, leg)).join(' ') || 'the convoy is closed with what has landed.'
}

/** What stands between a leg and its default branch. */
export function legNext(place: Place, leg: CardLeg): string {
  if (leg.landed) return `${leg.repo} has landed.`
  if (leg.landingPull === null) return `The landing pull request of ${leg.repo} is opened.`
  const pull = pullRef(place, `${leg.repo}#0`, leg.landingPull)
  if (leg.landing === 'approve') return `Review and approve the landing pull request ${pull}.`
  if (leg.landing === 'manual') return `Merge the landing pull request ${pull} when you are content with it.`
  return `The landing pull request ${pull} is tested and merged by itself.`
}

/** For each bead that needs a person: what it waits for and what frees it. */
export function waitingLines(place: Place, beads: readonly CardBead[]): string[] {
  const byId = new Map(beads.map(bead => [bead.id, bead]))
  return beads.filter(bead => needsPerson(bead.standing)).map(bead => waitingLine(place, bead, byId))
}

function waitingLine(place: Place, bead: CardBead, byId: ReadonlyMap<string, CardBead>): string {
  const here = ref(place, bead.ref)
  const why = bead.why ? ` ${sentence(place, shorten(bead.why, 300))}` : ''
  switch (bead.standing) {
    case 'asking':
      return `- 🙋 ${here} asks${why ? `:${why}` : ' a question.'} Anybody with write access answers by commenting in ${here}.`
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
  const open = bead.blockers.filter(id => !SATISFIES.has(byId.get(id)?.standing ?? 'waiting'))
  const named = open.map(id => byId.get(id)?.ref ?? id).filter(id => id.includes('#'))
  return named.length ? ` behind ${refs(place, named, 5)}` : ''
}

const SATISFIES: ReadonlySet<Standing> = new Set(['landed', 'done'])
