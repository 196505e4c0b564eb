import { isDistrusted } from '../beads/standing.ts'
import { boardShown } from '../board/rows.ts'
import { WITHOUT_CODE } from '../convoys/convoy.ts'
import { leavesByEpic } from '../convoys/stage.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect, Label, ShowIssue } from '../effects.ts'
import { id8 } from '../names.ts'
import { beadMemoryOf, convoyMemoryOf } from '../recovery/memory.ts'
import { perPart } from '../table.ts'
import type { Bead, Convoy, Pull, Time, Town } from '../town.ts'
import { isOver, isPullOver, isSatisfied, isStaged } from '../town.ts'
import { beadCardOf, cardOf } from './card.ts'
import { isBegun } from './route.ts'
import type { CheckStory } from './says.ts'

/** What of the town may look different on GitHub now. */
interface Touched {
  readonly convoys: Iterable<Convoy>
  readonly beads: Iterable<Bead>
  readonly pulls: Iterable<Pull>
}

/**
 * Ask GitHub to show how things are, wherever that differs from what was last asked for. Issues, comments and
 * checks are a mirror of state: nothing reads them back to learn what we know already.
 */
export function show(d: Deliberation, touched: Touched): void {
  for (const bead of touched.beads) {
    const effect = beadShown(d.town, bead)
    if (effect) ask(d, 'bead', bead, effect)
  }
  for (const pull of touched.pulls) {
    const effect = checkShown(d.town, pull)
    if (effect) ask(d, 'pull', pull, effect)
  }
  for (const convoy of touched.convoys) {
    // Before its issue is open there is no place for a card.
    if (convoy.number === 0) continue
    const board = boardShown(d.town, convoy, d.now)
    if (board) ask(d, 'board', { id: convoy.id, shown: convoy.boardShown }, board)
    ask(d, 'convoy', convoy, convoyShown(d.town, convoy, d.now))
  }
}

/** What a comment remembers is no reason to write it: it rides along when there is something new to show. */
function ask(
  d: Deliberation,
  what: 'convoy' | 'bead' | 'pull' | 'board',
  row: { id: string; shown: string | null },
  effect: Effect,
): void {
  const text = JSON.stringify({ ...effect, memory: undefined })
  const hash = `${id8(text)}${text.length.toString(36)}`
  if (row.shown !== hash)
    d.conclude('show how it stands', [{ type: 'Shown', what, id: row.id, hash }], [effect])
}

/** Everything that changed since the deliberation began, and whatever shows a part of it. */
export function touchedBy(town: Town): Touched {
  const pulls = new Set(town.pulls.changes())
  const beads = new Set(town.beads.changes())
  for (const pull of town.pulls.values()) {
    const bead = pull.shown === null ? undefined : beadOf(town, pull)
    if (bead && beads.has(bead)) pulls.add(pull)
  }
  for (const row of [...pulls, ...town.runs.changes()]) {
    const bead = beadOf(town, row)
    if (bead) beads.add(bead)
  }
  for (const epic of [...beads].flatMap(bead => epicsAbove(town, bead))) beads.add(epic)
  const convoys = new Set(town.convoys.changes())
  for (const bead of onlookers(town, new Set([...beads, ...convoys].map(row => row.id)))) beads.add(bead)
  for (const { convoyId } of [...beads, ...pulls, ...town.legs.changes(), ...town.runs.changes()]) {
    const convoy = town.convoys.get(convoyId)
    if (convoy) convoys.add(convoy)
  }
  return { convoys, beads, pulls }
}

/** An epic shows how what is under it stands. */
function epicsAbove(town: Town, bead: Bead): Bead[] {
  const above = new Set<Bead>()
  for (let at = bead.parentId; at; ) {
    const epic = town.beads.get(at)
    if (!epic || above.has(epic)) break
    above.add(epic)
    at = epic.parentId
  }
  return [...above]
}

function beadOf(town: Town, row: { readonly beadId: string | null }): Bead | undefined {
  return row.beadId ? town.beads.get(row.beadId) : undefined
}

const shown = perPart((beads: ReadonlyMap<string, Bead>) =>
  [...beads.values()].filter(bead => bead.shown !== null),
)

/** Beads that did not change themselves, but show how something that changed stands: a blocker, or their convoy. */
function onlookers(town: Town, changed: ReadonlySet<string>): Bead[] {
  if (changed.size === 0) return []
  const looking: Bead[] = []
  for (const bead of [...town.beads.parts()].flatMap(shown)) {
    if (changed.has(bead.convoyId) || bead.blockers.some(blocker => changed.has(blocker.id)))
      looking.push(bead)
  }
  return looking
}

function convoyShown(town: Town, convoy: Convoy, now: Time): ShowIssue {
  const labels: Label[] = ['gt:convoy']
  if (isStaged(convoy) && convoy.status !== 'publishing') labels.push('gt:staged')
  if (convoy.paused) labels.push('gt:paused')
  const isDone = convoy.status === 'landed' || convoy.why === WITHOUT_CODE
  return {
    do: 'ShowIssue',
    what: 'convoy',
    id: convoy.id,
    rigId: convoy.rigId,
    number: convoy.number,
    issueId: convoy.issueId,
    labels: convoy.status === 'closed' ? [] : labels,
    say: { say: 'card', card: cardOf(town, convoy, now) },
    memory: convoyMemoryOf(town, convoy),
    close: isDone ? 'completed' : null,
  }
}

/** Nothing is said on an issue before something happened to it: a plan of 100 beads writes one comment. */
function beadShown(town: Town, bead: Bead): ShowIssue | null {
  const convoy = town.convoys.get(bead.convoyId)
  if (!convoy || !hasStory(town, bead)) return null
  return {
    do: 'ShowIssue',
    what: 'bead',
    id: bead.id,
    rigId: bead.rigId,
    number: bead.number,
    issueId: bead.id,
    labels: isOver(convoy) && !isSatisfied(bead) ? [] : beadLabels(town, bead),
    // An epic has no story of its own: the card tells it.
    say: bead.kind === 'epic' ? null : { say: 'bead', bead: beadCardOf(town, bead) },
    memory: bead.kind === 'epic' ? null : beadMemoryOf(town, bead),
    close: bead.closes,
  }
}

function hasStory(town: Town, bead: Bead): boolean {
  if (bead.shown !== null || bead.closes !== null) return true
  if (bead.kind === 'epic') return isEpicBegun(town, bead)
  return bead.runs > 0 || bead.held || bead.leaving || bead.edit !== null
}

/** An epic is in progress from the first of its leaves to the last. */
const isEpicBegun = (town: Town, epic: Bead): boolean =>
  epic.status !== 'closed' && begunEpics(town.beads.of(epic.convoyId)).has(epic.id)

const begunEpics = perPart((beads: ReadonlyMap<string, Bead>) => {
  const begun = [...leavesByEpic(beads)].filter(([, leaves]) => leaves.some(isBegun))
  return new Set(begun.map(([id]) => id))
})

function beadLabels(town: Town, bead: Bead): Label[] {
  const labels: Label[] = ['gt:bead']
  if (bead.kind === 'epic' && isEpicBegun(town, bead)) labels.push('gt:in-progress')
  if (bead.status === 'in_progress') labels.push('gt:in-progress')
  if (bead.status === 'in_review') labels.push('gt:in-review')
  if (bead.status === 'failed') labels.push('gt:failed')
  if (bead.held || (bead.status === 'open' && isDistrusted(bead))) labels.push('gt:held')
  if (bead.question) labels.push('gt:escalation')
  return labels
}

/** One check run per pull, from the first gate run on. */
function checkShown(town: Town, pull: Pull): Effect | null {
  if (pull.gates === 0 || pull.headSha === null) return null
  const story = checkStory(town, pull)
  return story && { do: 'ShowCheck', rigId: pull.rigId, pullId: pull.id, headSha: pull.headSha, story }
}

function checkStory(town: Town, pull: Pull): CheckStory | null {
  const story = { pullId: pull.id, why: pull.why, gates: [] }
  if (pull.state === 'gating') return { ...story, status: 'in_progress', conclusion: null }
  if (pull.testedHead !== null && pull.testedHead === pull.headSha)
    return { ...story, status: 'completed', conclusion: 'success', why: null }
  // Over before its gate reported: the check must not stay in progress for ever.
  if (isPullOver(pull)) {
    const why = pull.state === 'merged' ? 'it was merged before its gates were done' : pull.why
    return { ...story, status: 'completed', conclusion: 'neutral', why }
  }
  if (pull.state !== 'returned' && !(pull.state === 'waiting' && pull.why)) return null
  const feedback = pull.beadId ? town.beads.get(pull.beadId)?.feedback : undefined
  return { ...story, status: 'completed', conclusion: 'failure', why: feedback?.text ?? pull.why }
}
