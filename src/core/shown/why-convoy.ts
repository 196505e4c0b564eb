import { publishedOf } from '../convoys/publish.ts'
import { errorsIn } from '../convoys/stage.ts'
import type { Convoy, Time, Town } from '../town.ts'
import { isLeaf, isStaged } from '../town.ts'
import { pullsOf } from './card.ts'
import type { Because } from './says.ts'
import { becauseOf } from './why.ts'
import { whyPull } from './why-pull.ts'

/** Why a convoy stands where it stands: from state, no model. Never empty. */
export function whyConvoy(town: Town, convoy: Convoy, now: Time): Because[] {
  if (convoy.status === 'publishing') return [whyPublishing(town, convoy)]
  if (isStaged(convoy))
    return [
      {
        what: 'the convoy is staged',
        rule: 'nothing staged is dispatched',
        frees: startsWith(convoy),
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
    return [...paused, ...landings.map(pull => whyPull(town, pull)), ...legsWhy(town, convoy)]
  }
  const open = [...town.beads.values()].filter(
    bead => bead.convoyId === convoy.id && isLeaf(bead) && bead.status !== 'closed',
  )
  return [
    ...paused,
    {
      what: `${open.length} of its beads are unfinished`,
      rule: 'a convoy lands when its last bead is over',
      frees: null,
    },
    ...open.slice(0, 10).map(bead => becauseOf(town, bead, now)),
  ]
}

function startsWith({ status, findings }: Convoy): string {
  if (errorsIn(findings).length > 0) return 'mend what the card names'
  return status === 'staged_ready'
    ? '`/convoy start`'
    : '`/convoy start --force`, or mend what the card names'
}

function legsWhy(town: Town, convoy: Convoy): Because[] {
  const waiting = [...town.legs.values()].filter(leg => leg.convoyId === convoy.id && leg.why !== null)
  return waiting.map(leg => ({ what: leg.why!, rule: 'each repository lands on its own', frees: null }))
}

function whyPublishing(town: Town, convoy: Convoy): Because {
  const { done, total } = publishedOf(town, convoy)
  const what = `the plan is being published: ${done} of ${total} issues and links are there`
  return convoy.why
    ? {
        what: `${what}, and it stopped: ${convoy.why}`,
        rule: 'nothing of a plan is lost',
        frees: '`/convoy stage` goes on with it',
      }
    : { what, rule: 'GitHub limits what may be created in a minute', frees: null }
}
