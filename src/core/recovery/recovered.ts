import { planOf } from '../convoys/stage.ts'
import type { Fact } from '../events.ts'
import { convoyId, id8 } from '../names.ts'
import type { Convoy, Leg, Polecat, Town } from '../town.ts'
import { isStaged } from '../town.ts'
import type { ConvoyMemory } from './memory.ts'
import { recoveredBeads } from './recovered-bead.ts'
import { recoveredLandings } from './recovered-pull.ts'
import type { ConvoySeen } from './seen.ts'

type ConvoyRecovered = Extract<Fact, { type: 'ConvoyRecovered' }>

/**
 * The rows of a convoy from what GitHub shows and our comments remember. Ids come out as they were, so that comments,
 * branches and pulls are found again and nothing is made twice. What people did meanwhile (closed, reopened, merged)
 * is not concluded here: the tree and the pulls come in as facts after this one, and the rules of every day apply.
 * `town`: its rigs, and the convoys that were recovered before this one.
 */
export function recovered(town: Town, seen: ConvoySeen): ConvoyRecovered {
  const convoy = seen.memory ? remembered(seen.memory.convoy, seen) : unremembered(town, seen)
  const legs = legsOf(town, convoy, seen).filter(leg => town.rigs.has(leg.rigId))
  const { beads, pulls } = recoveredBeads(town, convoy, legs, seen)
  const landings = legs.flatMap(leg => recoveredLandings(town, convoy, leg, seen))
  const all = [...pulls, ...landings].sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1))
  return { type: 'ConvoyRecovered', convoy, legs, beads, pulls: all, polecats: polecatsOf(town, seen) }
}

export const UNFINISHED =
  'publishing its plan was interrupted: what is on GitHub is the plan now; add what is missing and stage it again'
export const FORGOTTEN =
  'it was found on GitHub without its card: nobody remembers how far it was, so look it over before you resume it'

function remembered(convoy: ConvoyMemory['convoy'], { tree, labels }: ConvoySeen): Convoy {
  const { rigId, number } = tree.root
  const paused = convoy.paused || labels.includes('gt:paused')
  const whole: Convoy = { ...convoy, rigId, number, paused, shown: null, boardShown: null }
  if (convoy.status !== 'publishing') return whole
  // Nobody knows any more what was still to be made, so it must not start by itself.
  return { ...whole, status: 'staged_warnings', startWhenStaged: 'no', why: UNFINISHED }
}

/** As well as labels and links allow; nothing runs that nobody remembers. */
function unremembered(town: Town, seen: ConvoySeen): Convoy {
  const { tree, labels, at } = seen
  const id = idOf(seen)
  const stagedAt = timeIn(id) ?? at
  const staged = labels.includes('gt:staged')
  const { rigId, id: issueId, number, title } = tree.root
  const convoy: Convoy = {
    id,
    rigId,
    issueId,
    number,
    title,
    givenTitle: null,
    status: staged ? 'staged_warnings' : 'open',
    paused: !staged || labels.includes('gt:paused'),
    givenMode: null,
    givenBase: null,
    findings: [],
    startWhenStaged: 'no',
    by: `${town.appSlug}[bot]`,
    stagedAt,
    startedAt: staged ? null : stagedAt,
    endedAt: null,
    why: staged ? null : FORGOTTEN,
    readAt: null,
    forecast: null,
    shown: null,
    boardShown: null,
    cardsMoved: 0,
  }
  return { ...convoy, findings: planOf(town, convoy, tree).findings }
}

/** From its card, else from what its beads remember (its newest convoy, if it had several), else a new one. */
function idOf({ tree, cardId, beads, at }: ConvoySeen): string {
  const own = `c${tree.root.id}.`
  if (cardId?.startsWith(own)) return cardId
  const named = [...beads.values()].flatMap(bead => bead.memory?.convoyId ?? [])
  const ids = named.filter(id => id.startsWith(own) && timeIn(id) !== null)
  const [newest] = ids.sort((a, b) => timeIn(b)! - timeIn(a)!)
  return newest ?? convoyId(tree.root.id, at)
}

/** The time of staging in a convoy's id; null for what is no such id. */
export function timeIn(id: string): number | null {
  const [, time = ''] = /^c\d+\.([0-9a-z]+)$/.exec(id) ?? []
  const at = Number.parseInt(time, 36)
  return Number.isSafeInteger(at) ? at : null
}

function legsOf(town: Town, convoy: Convoy, seen: ConvoySeen): readonly Leg[] {
  if (seen.memory) return seen.memory.legs.map(leg => asItIs(leg, seen))
  const legs = planOf(town, convoy, seen.tree).legs
  return isStaged(convoy) ? legs : legs.map(leg => asItIs(onOwnBranch(leg, convoy, seen), seen))
}

/** A branch that was asked for is there, or is asked for again. */
function asItIs(leg: Leg, { branches }: ConvoySeen): Leg {
  if (leg.state === 'ready' || leg.state === 'landed') return { ...leg, wakeAt: null }
  const isThere = leg.target !== leg.base && branches.get(leg.rigId)?.has(leg.target)
  return { ...leg, state: isThere ? 'ready' : 'planned', wakeAt: null }
}

/** The convoy's branch has its id in its name, whatever the convoy was called when it began. */
function onOwnBranch(leg: Leg, convoy: Convoy, { branches }: ConvoySeen): Leg {
  const names = [...(branches.get(leg.rigId)?.keys() ?? [])]
  const own = names.find(name => name.startsWith('convoy/') && name.endsWith(`/${id8(convoy.id)}/head`))
  return own ? { ...leg, target: own, mergeMode: 'review-then-land' } : leg
}

/** Convoys share their polecats, and the one whose card was written last knows most about them. */
function polecatsOf(town: Town, { memory }: ConvoySeen): Polecat[] {
  return (memory?.polecats ?? [])
    .filter(polecat => town.rigs.has(polecat.rigId))
    .map(polecat => {
      const known = town.polecats.get(polecat.id)
      return {
        ...polecat,
        runs: Math.max(polecat.runs, known?.runs ?? 0),
        landed: Math.max(polecat.landed, known?.landed ?? 0),
      }
    })
}
