import { blockersIn } from '../beads/dag.ts'
import { standingOf } from '../beads/standing.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Bead, Convoy, Pull, Time, Town } from '../town.ts'
import { isStaged } from '../town.ts'
import { firstLine, pullOf, pullsOf } from './card.ts'
import type { Because, Standing } from './says.ts'

/** Why a bead stands where it stands: a chain of reasons from state, no model. Never empty. */
export function whyBead(town: Town, bead: Bead, now: Time): Because[] {
  const chain: Because[] = []
  const seen = new Set<string>()
  for (let at: Bead | undefined = bead; at && !seen.has(at.id); at = next(town, at)) {
    seen.add(at.id)
    chain.push(because(town, at, now))
  }
  return chain
}

/** The first thing that it waits for. */
function next(town: Town, bead: Bead): Bead | undefined {
  if (bead.status !== 'open') return undefined
  const first = blockersIn(town, bead, 'dead')[0] ?? blockersIn(town, bead, 'waiting')[0]
  return first ? town.beads.get(first.id) : undefined
}

/** What is to be said about one bead, given how the sentence begins. */
type Reason = (is: string, bead: Bead, town: Town, now: Time) => Because

function because(town: Town, bead: Bead, now: Time): Because {
  const standing = standingOf(town, bead)
  return REASONS[standing](`${beadRef(town, bead)} is ${standing}`, bead, town, now)
}

/** Every standing has a reason, the rule behind it, and what would change it. */
const REASONS: Readonly<Record<Standing, Reason>> = {
  landed: (is, bead) => ({
    what: `${is} (${bead.landedSha?.slice(0, 7)})`,
    rule: 'merged means GitHub says so',
    frees: null,
  }),
  done: is => ({ what: is, rule: 'closed as completed without code counts as done', frees: null }),
  cancelled: (is, bead) => ({
    what: `${is}: ${bead.why ?? 'closed as not planned'}`,
    rule: 'a cancelled bead satisfies nobody',
    frees: 'reopen the issue, or `/bead release` on what waits for it',
  }),
  failed: (is, bead) => ({
    what: `${is}: ${bead.why}`,
    rule: 'when the tries are spent a person decides',
    frees: '`/bead retry`, or close the issue',
  }),
  working: (is, bead) => ({
    what: `${is}: ${bead.polecat} has it, try ${bead.tries + 1}`,
    rule: 'one run per bead, under a lease',
    frees: null,
  }),
  'in review': (is, bead, town) => whyPull(town, bead, is),
  held: is => ({ what: is, rule: 'nothing held is dispatched or merged', frees: '`/bead release`' }),
  asking: (is, bead, town) => ({
    what: `${is}: ${bead.question?.text.slice(0, 200)}`,
    rule: 'a question is answered by someone with write access',
    frees: `answer in ${beadRef(town, bead)}`,
  }),
  planned: is => ({ what: is, rule: 'nothing staged is dispatched', frees: '`/convoy start` on the epic' }),
  parked: (is, bead, town) => ({
    what: `${is} behind ${refs(town, bead, 'dead')}`,
    rule: 'a failed or cancelled blocker never unblocks',
    frees: 'retry the blocker, or `/bead release` to go on without it',
  }),
  waiting: (is, bead, town) => ({
    what: `${is} for ${refs(town, bead, 'waiting')}`,
    rule: 'a blocker is satisfied when it has landed',
    frees: null,
  }),
  ready: whyReady,
}

/** Nothing blocks it, and still nobody works on it. */
function whyReady(is: string, bead: Bead, town: Town, now: Time): Because {
  if (town.convoys.get(bead.convoyId)?.paused) {
    const rule = 'nothing of a paused convoy is dispatched'
    return { what: `${is}, but the convoy is paused`, rule, frees: '`/convoy resume`' }
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

function whyPull(town: Town, bead: Bead, is: string): Because {
  const pull = pullOf(pullsOf(town, bead.convoyId), bead.id)
  if (!pull) return { what: is, rule: 'the server opens the pull request', frees: null }
  return {
    what: `${is}: pull request ${pull.number === null ? 'not open yet' : `#${pull.number}`} is ${pull.state}${pull.why ? ` (${firstLine(pull.why)})` : ''}`,
    ...PULL_RULES[pull.state],
  }
}

const PULL_RULES: Readonly<Record<Pull['state'], { rule: string; frees: string | null }>> = {
  opening: { rule: 'the server opens the pull request', frees: null },
  queued: { rule: 'one at a time is tested and merged into a branch', frees: null },
  gating: { rule: 'the gates run on the merged result', frees: null },
  merging: { rule: 'exactly what was tested is merged', frees: null },
  waiting: {
    rule: 'nothing is merged against GitHub or a person',
    frees: 'what it waits for, or time: it is looked at again',
  },
  doubted: { rule: 'merged means GitHub says so: it is asked', frees: null },
  shut: { rule: 'a person has the last word on main', frees: 'reopen the pull request' },
  returned: { rule: 'what is red or conflicts goes back to a polecat', frees: null },
  merged: { rule: 'merged means GitHub says so', frees: null },
  closed: { rule: 'a closed pull request lands nothing', frees: '`/bead retry`' },
}

export function whyConvoy(town: Town, convoy: Convoy, now: Time): Because[] {
  if (isStaged(convoy))
    return [
      {
        what: 'the convoy is staged',
        rule: 'nothing staged is dispatched',
        frees:
          convoy.status === 'staged_ready'
            ? '`/convoy start`'
            : '`/convoy start --force`, or mend what the card names',
      },
    ]
  if (convoy.status === 'landed')
    return [{ what: 'the convoy has landed', rule: 'merged means GitHub says so', frees: null }]
  if (convoy.status === 'closed')
    return [
      {
        what: `the convoy is closed: ${convoy.why}`,
        rule: 'a closed convoy does nothing',
        frees: '`/convoy stage` plans it anew',
      },
    ]
  const paused: Because[] = convoy.paused
    ? [
        {
          what: 'the convoy is paused',
          rule: 'nothing of a paused convoy is dispatched, tested or merged',
          frees: '`/convoy resume`',
        },
      ]
    : []
  if (convoy.status === 'landing') {
    const landings = pullsOf(town, convoy.id).filter(
      pull => pull.kind === 'landing' && pull.state !== 'merged',
    )
    return [
      ...paused,
      ...landings.map(pull => ({
        what: `the landing pull request ${pull.number === null ? 'is not open yet' : `#${pull.number} is ${pull.state}`}${pull.why ? ` (${firstLine(pull.why)})` : ''}`,
        ...PULL_RULES[pull.state],
      })),
      ...legsWhy(town, convoy),
    ]
  }
  const open = [...town.beads.values()].filter(
    bead => bead.convoyId === convoy.id && bead.kind === 'task' && bead.status !== 'closed',
  )
  return [
    ...paused,
    {
      what: `${open.length} of its beads are unfinished`,
      rule: 'a convoy lands when its last bead is over',
      frees: null,
    },
    ...open.slice(0, 10).map(bead => because(town, bead, now)),
  ]
}

function legsWhy(town: Town, convoy: Convoy): Because[] {
  const waiting = [...town.legs.values()].filter(leg => leg.convoyId === convoy.id && leg.why !== null)
  return waiting.map(leg => ({ what: leg.why!, rule: 'each repository lands on its own', frees: null }))
}
