import { beadsOf } from '../beads/standing.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { Fact, Tree } from '../events.ts'
import { id8 } from '../names.ts'
import { refIn } from '../refinery/pull-story.ts'
import type { Say } from '../shown/says.ts'
import type { Bead, Convoy, Leg, Time, Town } from '../town.ts'
import { draftsOf } from './evolve-convoys.ts'
import { keepSkips, REMOVED } from './follow-bead.ts'
import type { Plan } from './stage.ts'
import { errorsIn, planOf, warningsIn } from './stage.ts'
import { startConvoy } from './start.ts'

/** All of its plan is on GitHub. */
export const isPublished = (town: Town, convoy: Convoy): boolean =>
  draftsOf(town, convoy.id).every(task => task.step === 'done')

/** A staged plan is only a picture of the tree: draw it again. */
export function restage(d: Deliberation, convoy: Convoy, tree: Tree): void {
  const draft = { ...convoy, title: convoy.givenTitle ?? tree.root.title }
  const plan = planOf(d.town, draft, tree)
  const staged = stagedAs(d.town, draft, { ...plan, findings: withRights(convoy, plan) }, tree.readAt)
  const isSame =
    SHOWN.every(key => JSON.stringify(staged.convoy[key]) === JSON.stringify(convoy[key])) &&
    sameBeads(d.town, staged.beads)
  if (isSame) return
  const { startWhenStaged } = convoy
  const { status } = staged.convoy
  // Asked for once, for the moment in which the plan is there; an edit much later starts nothing by itself.
  const kept = { ...staged, convoy: { ...staged.convoy, startWhenStaged: 'no' } as const }
  keepStaged(d, 'the plan was edited on GitHub', kept)
  if (startWhenStaged === 'force' || (startWhenStaged === 'if-ready' && status === 'staged_ready'))
    startConvoy(d, convoy.id, convoy.by)
}

const SHOWN = ['status', 'findings', 'title'] as const

/** Who lacks a right was found out when a person staged it; an edit of the tree says nothing about that. */
function withRights(convoy: Convoy, plan: Plan): Plan['findings'] {
  return [...plan.findings, ...convoy.findings.filter(({ category }) => category === 'no-right')]
}

export interface Staged {
  readonly convoy: Convoy
  readonly legs: readonly Leg[]
  readonly beads: readonly Bead[]
}

/** The plan stands, and how it will go is foretold. */
export function keepStaged(d: Deliberation, because: string, staged: Staged): void {
  d.conclude(because, [{ type: 'ConvoyStaged', ...staged }], [foretell(staged.convoy.id, null)])
}

type ReplyTo = Extract<Effect, { do: 'Foretell' }>['replyTo']

export const foretell = (convoyId: string, replyTo: ReplyTo): Effect => ({
  do: 'Foretell',
  convoyId,
  seed: Number.parseInt(id8(convoyId), 16),
  replyTo,
})

/** What a command asked to know is answered in its thread; the rest is on the card. */
export function hearForecast(d: Deliberation, fact: Extract<Fact, { type: 'ForecastMade' }>): void {
  const convoy = d.town.convoys.get(fact.convoyId)
  if (!convoy || !fact.replyTo) return
  const { commentId, ...at } = fact.replyTo
  const ref = refIn(d.town, convoy.rigId, convoy.number)
  const say: Say = fact.forecast
    ? { say: 'forecast', ref, forecast: fact.forecast }
    : { say: 'trouble', what: `${ref} cannot be foretold`, why: 'played through, it gets nowhere' }
  d.conclude(
    'the forecast that was asked for',
    [],
    [{ do: 'Comment', ...at, key: `forecast:${commentId}`, say }],
  )
}

/** The rows of a staged convoy; with errors it keeps the beads that it had, and says what is wrong. */
export function stagedAs(town: Town, convoy: Convoy, plan: Plan, readAt: Time): Staged {
  const { findings, legs } = plan
  const wrong = errorsIn(findings).length > 0
  const status = wrong || warningsIn(findings).length > 0 ? 'staged_warnings' : 'staged_ready'
  const gone = wrong ? [] : removedBeads(town, convoy, plan.beads)
  const beads = wrong ? [] : plan.beads.map(bead => keepSteering(town.beads.get(bead.id), bead, readAt))
  return { convoy: { ...convoy, status, findings, readAt }, legs, beads: [...beads, ...gone] }
}

/** What people said about a bead outlives a new drawing of the plan. */
function keepSteering(known: Bead | undefined, bead: Bead, readAt: Time): Bead {
  if (known?.convoyId !== bead.convoyId) return bead
  if (isGivenUpByUs(known, bead, readAt)) return { ...known, ...placeOf(bead) }
  const { held, priority, shown, issueClosedAt } = known
  return { ...bead, held, priority, shown, issueClosedAt, blockers: keepSkips(known.blockers, bead.blockers) }
}

/** Skipped or cancelled by command, and nobody has opened its issue again since we closed it. */
function isGivenUpByUs(known: Bead, seen: Bead, readAt: Time): boolean {
  if (known.closes !== 'not_planned') return false
  return seen.status === 'closed' || known.issueClosedAt === null || readAt <= known.issueClosedAt
}

const placeOf = ({ parentId, position, blockers }: Bead) => ({ parentId, position, blockers })

function removedBeads(town: Town, convoy: Convoy, beads: readonly Bead[]): Bead[] {
  const kept = new Set(beads.map(bead => bead.id))
  return beadsOf(town, convoy.id)
    .filter(bead => !kept.has(bead.id) && bead.status !== 'closed')
    .map(bead => ({ ...bead, status: 'closed', how: 'left', why: REMOVED }))
}

function sameBeads(town: Town, beads: readonly Bead[]): boolean {
  return beads.every(bead => JSON.stringify(town.beads.get(bead.id)) === JSON.stringify(bead))
}
