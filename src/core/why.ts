import { pullOf, pullsOf } from './card.ts'
import { blockersIn } from './dag.ts'
import { beadRef } from './pull-story.ts'
import type { Because } from './says.ts'
import { standingOf } from './standing.ts'
import type { Bead, Convoy, Pull, Time, Town } from './town.ts'
import { isStaged } from './town.ts'

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

function because(town: Town, bead: Bead, now: Time): Because {
  const ref = beadRef(town, bead)
  const convoy = town.convoys.get(bead.convoyId)
  const standing = standingOf(town, bead)
  const is = `${ref} is ${standing}`
  if (standing === 'landed')
    return {
      what: `${is} (${bead.landedSha?.slice(0, 7)})`,
      rule: 'merged means GitHub says so',
      frees: null,
    }
  if (standing === 'done')
    return { what: is, rule: 'closed as completed without code counts as done', frees: null }
  if (standing === 'cancelled')
    return {
      what: `${is}: ${bead.why ?? 'closed as not planned'}`,
      rule: 'a cancelled bead satisfies nobody',
      frees: 'reopen the issue, or `/bead release` on what waits for it',
    }
  if (standing === 'failed')
    return {
      what: `${is}: ${bead.why}`,
      rule: 'when the tries are spent a person decides',
      frees: '`/bead retry`, or close the issue',
    }
  if (standing === 'working')
    return {
      what: `${is}: ${bead.polecat} has it, try ${bead.tries + 1}`,
      rule: 'one run per bead, under a lease',
      frees: null,
    }
  if (standing === 'in review') return whyPull(town, bead, is)
  if (standing === 'held')
    return { what: is, rule: 'nothing held is dispatched or merged', frees: '`/bead release`' }
  if (standing === 'asking')
    return {
      what: `${is}: ${bead.question!.text.slice(0, 200)}`,
      rule: 'a question is answered by someone with write access',
      frees: `answer in ${ref}`,
    }
  if (standing === 'planned')
    return { what: is, rule: 'nothing staged is dispatched', frees: '`/convoy start` on the epic' }
  if (standing === 'parked') {
    return {
      what: `${is} behind ${refs(town, bead, 'dead')}`,
      rule: 'a failed or cancelled blocker never unblocks',
      frees: 'retry the blocker, or `/bead release` to go on without it',
    }
  }
  if (standing === 'waiting')
    return {
      what: `${is} for ${refs(town, bead, 'waiting')}`,
      rule: 'a blocker is satisfied when it has landed',
      frees: null,
    }
  if (convoy?.paused)
    return {
      what: `${is}, but the convoy is paused`,
      rule: 'nothing of a paused convoy is dispatched',
      frees: '`/convoy resume`',
    }
  if (bead.wakeAt !== null && bead.wakeAt > now)
    return {
      what: `${is} for its next try in ${Math.ceil((bead.wakeAt - now) / 1000)} s`,
      rule: 'tries back off',
      frees: '`/bead retry` tries at once',
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
    what: `${is}: pull request ${pull.number === null ? 'not open yet' : `#${pull.number}`} is ${pull.state}${pull.why ? ` (${pull.why})` : ''}`,
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
        what: `the landing pull request ${pull.number === null ? 'is not open yet' : `#${pull.number} is ${pull.state}`}${pull.why ? ` (${pull.why})` : ''}`,
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
