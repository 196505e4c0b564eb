import { blockersIn } from '../beads/dag.ts'
import { isOpen } from '../beads/dispatch.ts'
import { standingOf } from '../beads/standing.ts'
import { leavesByEpic } from '../convoys/stage.ts'
import { legId } from '../names.ts'
import { beadRef, refIn } from '../refinery/pull-story.ts'
import { repoOf } from '../rig.ts'
import type { Bead, Blocker, Time, Town } from '../town.ts'
import { pullOf, pullsOf } from './card.ts'
import type { Because, Standing } from './says.ts'
import { whyPull } from './why-pull.ts'

/** Why a bead stands where it stands: a chain of reasons from state, no model. Never empty. */
export function whyBead(town: Town, bead: Bead, now: Time): Because[] {
  const chain: Because[] = []
  const seen = new Set<string>()
  for (let at: Bead | undefined = bead; at && !seen.has(at.id); at = next(town, at)) {
    seen.add(at.id)
    chain.push(becauseOf(town, at, now))
  }
  return chain
}

/** The first thing that it waits for: an epic for what is under it, whatever waits for an epic too. */
function next(town: Town, bead: Bead): Bead | undefined {
  if (bead.status !== 'open') return undefined
  if (bead.kind === 'epic') return unfinishedUnder(town, bead)[0]
  const first = blockersIn(town, bead, 'dead')[0] ?? blockersIn(town, bead, 'waiting')[0]
  return first ? town.beads.get(first.id) : undefined
}

/** What is to be said about one bead, given how the sentence begins. */
type Reason = (is: string, bead: Bead, town: Town, now: Time) => Because

export function becauseOf(town: Town, bead: Bead, now: Time): Because {
  if (bead.kind === 'epic' && bead.status === 'open') return whyEpic(town, bead)
  const standing = standingOf(town, bead)
  return REASONS[standing](`${beadRef(town, bead)} is ${standing}`, bead, town, now)
}

/** Nobody works on an epic itself, and closing its issue closes nothing under it. */
function whyEpic(town: Town, epic: Bead): Because {
  const open = unfinishedUnder(town, epic).length
  return {
    what: `${beadRef(town, epic)} is an epic, and ${open === 0 ? 'nothing is under it' : `${open} of the beads under it are unfinished`}`,
    rule: 'an epic is over when everything under it is',
    frees: open === 0 ? 'put work under it, close its issue, or take it out of the convoy' : null,
  }
}

const unfinishedUnder = (town: Town, epic: Bead): Bead[] =>
  (leavesByEpic(town.beads.of(epic.convoyId).rows).get(epic.id) ?? []).filter(
    leaf => leaf.status !== 'closed',
  )

/** Every standing has a reason, the rule behind it, and what would change it. */
const REASONS: Readonly<Record<Standing, Reason>> = {
  landed: (is, bead) => ({
    what: `${is} (${bead.landedSha?.slice(0, 7)})`,
    rule: 'merged means GitHub says so',
    frees: null,
  }),
  done: is => ({ what: is, rule: 'closed as completed without code counts as done', frees: null }),
  skipped: (is, bead) => ({
    what: `${is}: ${bead.why ?? 'a person skipped it'}`,
    rule: 'what waits for a skipped bead goes on without it',
    frees: null,
  }),
  cancelled: whyCancelled,
  failed: (is, bead) => ({
    what: `${is}: ${bead.why}`,
    rule: 'when the tries are spent a person decides',
    frees: '`/bead retry`, `/bead skip` to go on without it, or close the issue',
  }),
  working: (is, bead) => ({
    what: `${is}: ${bead.polecat} has it, try ${bead.tries + 1}`,
    rule: 'one run per bead, under a lease',
    frees: null,
  }),
  'in review': (is, bead, town) => whyPullOf(town, bead, is),
  held: whyHeld,
  deciding: is => ({
    what: `${is}: it is a decision`,
    rule: 'a decision is made by a person, no agent works on it',
    frees: 'close the issue as completed when it is decided',
  }),
  asking: (is, bead, town) => ({
    what: `${is}: ${bead.question?.text.slice(0, 200)}`,
    rule: 'a question is answered by someone with write access',
    frees: `answer in ${beadRef(town, bead)}`,
  }),
  planned: is => ({
    what: is,
    rule: 'nothing staged is dispatched',
    frees: '`/convoy start` on the issue of the convoy',
  }),
  parked: (is, bead, town) => ({
    what: `${is} behind ${refs(town, bead, 'dead')}`,
    rule: 'a failed or cancelled blocker never unblocks',
    frees: 'retry or `/bead skip` the blocker, or `/bead release` to go on without it',
  }),
  waiting: whyWaiting,
  ready: whyReady,
}

function whyCancelled(is: string, bead: Bead): Because {
  const what = `${is}: ${bead.why ?? 'closed as not planned'}`
  if (bead.how === 'left') {
    const rule = 'what was taken out satisfies nobody before its issue is closed as completed'
    return {
      what,
      rule,
      frees: 'put it back into the tree, close it as completed, or `/bead release` on what waits for it',
    }
  }
  const frees = 'reopen the issue, `/bead skip` to go on without it, or `/bead release` on what waits for it'
  return { what, rule: 'a cancelled bead satisfies nobody', frees }
}

function whyHeld(is: string, bead: Bead): Because {
  if (bead.held) return { what: is, rule: 'nothing held is dispatched or merged', frees: '`/bead release`' }
  return {
    what: `${is}: ${bead.edit?.by} wrote it, without write access`,
    rule: TRUST,
    frees: '`/bead release` by someone with write access, or an edit of its text by them',
  }
}

const TRUST = 'text by people without write access reaches no agent'

function whyWaiting(is: string, bead: Bead, town: Town): Because {
  const [first] = blockersIn(town, bead, 'waiting')
  return first
    ? {
        what: `${is} for ${refs(town, bead, 'waiting')}`,
        rule: 'a blocker is satisfied when it has landed',
        frees: freedBy(town, first),
      }
    : { what: `${is}: it joined after the start, and who wrote it is looked up`, rule: TRUST, frees: null }
}

/** What would satisfy a blocker that the chain of reasons does not go on to; null: that says what it waits for. */
function freedBy(town: Town, { id, ref, outside }: Blocker): string | null {
  const known = town.beads.get(id)
  const unlink = 'take the "blocked by" link away'
  if (!known && outside === 'unseen') return `install Townhall where ${ref} is, or ${unlink}`
  if (!known) return `close ${ref} as completed, or ${unlink}`
  const theirs = known.status === 'closed' ? town.convoys.get(known.convoyId) : undefined
  if (!theirs) return null
  const convoy = refIn(town, theirs.rigId, theirs.number)
  return `the landing of ${convoy}, on whose branch ${ref} is: \`/why\` there says what it waits for`
}

/** Nothing blocks it, and still nobody works on it. */
function whyReady(is: string, bead: Bead, town: Town, now: Time): Because {
  if (town.convoys.get(bead.convoyId)?.paused) {
    const rule = 'nothing of a paused convoy is dispatched'
    return { what: `${is}, but the convoy is paused`, rule, frees: '`/convoy resume`' }
  }
  const rig = town.rigs.get(bead.rigId)
  if (rig && !isOpen(rig)) {
    const state = rig.gone ? "not Townhall's any more" : rig.archived ? 'archived' : 'parked'
    const rule = 'nothing begins in a repository that is parked, archived or gone'
    const frees = rig.config.parked
      ? '`parked: false` in `.github/townhall.yml`'
      : 'bring the repository back'
    return { what: `${is}, but ${repoOf(rig)} is ${state}`, rule, frees }
  }
  const leg = town.legs.get(legId(bead.convoyId, bead.rigId))
  if (leg && leg.state !== 'ready') {
    const rule = 'a convoy has its branch before anything begins'
    return {
      what: `${is}, but the branch ${leg.target} is not there${leg.why ? `: ${leg.why}` : ' yet'}`,
      rule,
      frees: null,
    }
  }
  if (town.suspended)
    return {
      what: `${is}, but the installation is suspended`,
      rule: 'GitHub refuses everything then',
      frees: 'unsuspend the App',
    }
  if (bead.wakeAt !== null && bead.wakeAt > now) {
    const seconds = Math.ceil((bead.wakeAt - now) / 1000)
    return {
      what: `${is} for its next try in ${seconds} s`,
      rule: 'tries back off',
      frees: '`/bead retry` tries at once',
    }
  }
  return {
    what: `${is} and waits for a free polecat`,
    rule: 'max_polecats at once in a repository',
    frees: null,
  }
}

function refs(town: Town, bead: Bead, state: 'dead' | 'waiting'): string {
  return blockersIn(town, bead, state)
    .map(blocker => blocker.ref)
    .join(', ')
}

function whyPullOf(town: Town, bead: Bead, is: string): Because {
  const pull = pullOf(pullsOf(town, bead.convoyId), bead.id)
  return pull
    ? whyPull(town, pull, `${is}: `)
    : { what: is, rule: 'the server opens the pull request', frees: null }
}
