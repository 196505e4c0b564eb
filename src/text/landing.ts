import type { Card, CardBead, CardLeg } from '../core/shown/says.ts'
import { section } from './lines.ts'
import { capital, code, inline, type Place, pullRef, refs, sentence } from './markdown.ts'
import { isFinished } from './standings.ts'

/** Where the work goes: before the start as what starting does, then as what has become of it. */
export function landingSection(place: Place, card: Card): string {
  const legs = card.legs.map(leg => `- ${legLine(place, card, leg)}`)
  const isStaged = card.status === 'staged_ready' || card.status === 'staged_warnings'
  // With an error nothing can be started: what that would do is no news.
  if (!isStaged || card.findings.some(({ severity }) => severity === 'error'))
    return section(card.status === 'landed' ? 'Where it landed' : 'Where it lands', legs)
  return section('What `/convoy start` does', [...firstLines(place, card.beads), ...legs])
}

/** What begins at once, and how the rest follows. */
function firstLines(place: Place, beads: readonly CardBead[]): string[] {
  const unfinished = beads.filter(bead => !isFinished(bead.standing))
  const first = unfinished.filter(bead => bead.wave === 1).map(bead => bead.ref)
  if (first.length === 0) return []
  const verb = first.length === 1 ? 'begins' : 'begin'
  const rest =
    unfinished.length > first.length ? '; each other bead as soon as what it waits for has landed' : ''
  return [`- ${capital(refs(place, first, 8))} ${verb} at once, as far as polecats are free${rest}.`]
}

function legLine(place: Place, card: Card, leg: CardLeg): string {
  const way = leg.target === leg.base ? straight(leg) : gathered(place, leg)
  const isNear = leg.landingPull !== null || card.status === 'landing'
  const state = isNear && !leg.landed ? ` ${legNext(place, leg)}` : ''
  const why = leg.why ? ` ${sentence(place, leg.why)}` : ''
  return `**${inline(leg.repo, 150)}** (${code(leg.mergeMode)}): ${way}.${state}${why}`
}

const straight = ({ base, landed }: CardLeg): string =>
  `each bead ${landed ? 'went' : 'goes'} straight into ${code(base, 100)}`

function gathered(place: Place, leg: CardLeg): string {
  const base = code(leg.base, 100)
  const pull = leg.landingPull === null ? '' : ` with ${pullRef(place, `${leg.repo}#0`, leg.landingPull)}`
  if (leg.landed) return `landed on ${base}${pull}`
  const when = leg.landingPull === null ? LANDS[leg.landing] : ''
  return `beads gather on ${code(leg.target, 120)}, which lands on ${base}${when}`
}

const LANDS: Readonly<Record<CardLeg['landing'], string>> = {
  auto: ' by itself when all of them are over',
  approve: ' when all of them are over and a person has approved it',
  manual: ' when all of them are over and a person merges it',
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
