import { beadsOf } from '../beads/standing.ts'
import type { Conclusion } from '../conclusions.ts'
import type { Deliberation } from '../decision.ts'
import type { Effect } from '../effects.ts'
import type { Fact } from '../events.ts'
import type { Convoy } from '../town.ts'
import { isOver, isStaged } from '../town.ts'

type GivenUp = Extract<Fact, { type: 'EffectGivenUp' }>

/** Something that was asked for on a convoy's tree could not be done: said where people see it, and nothing is lost. */
export function hearTreeGivenUp(d: Deliberation, { effect, why, refused }: GivenUp): void {
  switch (effect.do) {
    case 'OpenConvoyIssue':
      return notOpened(d, effect, why)
    case 'PublishIssues':
    case 'PublishLinks':
    case 'UnlinkIssue':
      return notDone(d, d.town.convoys.get(effect.convoyId), effect, why)
    case 'LookAtTree':
      return refused ? treeGone(d, effect, why) : undefined
    case 'LookAtWords':
      return nobodyKnown(d, effect.beadId)
    case 'EnsureBranch':
      return noBranch(d, effect.legId, why)
    default:
  }
}

/** Without an issue there is no place for a card: said where the plan was asked for. */
function notOpened(d: Deliberation, effect: Extract<Effect, { do: 'OpenConvoyIssue' }>, why: string): void {
  const convoy = d.town.convoys.get(effect.convoyId)
  if (!convoy || isOver(convoy)) return
  d.conclude(
    'its issue cannot be opened',
    [{ type: 'ConvoyClosed', convoyId: convoy.id, by: '', why }],
    [
      {
        do: 'Comment',
        ...effect.askedAt,
        key: `trouble:${convoy.id}`,
        say: { say: 'trouble', what: 'The issue of the convoy could not be opened', why },
      },
    ],
  )
}

/**
 * Its issue was deleted or moved away: nothing more is begun, and that is said on a bead, for want of a better place.
 * What could merely not be reached is read again by the next sweep.
 */
function treeGone(d: Deliberation, { convoyId }: Extract<Effect, { do: 'LookAtTree' }>, why: string): void {
  const convoy = d.town.convoys.get(convoyId)
  if (!convoy || isOver(convoy) || convoy.paused) return
  const stop: Conclusion =
    convoy.status === 'publishing'
      ? { type: 'PublishingStopped', convoyId, why }
      : { type: 'ConvoyPaused', convoyId, by: '' }
  const open = isStaged(convoy) ? undefined : beadsOf(d.town, convoyId).find(bead => bead.status !== 'closed')
  const say = {
    say: 'trouble',
    what: 'The issues of its convoy cannot be read, so it is paused',
    why,
  } as const
  const key = `trouble:${convoyId}:gone:${d.now.toString(36)}`
  d.conclude(
    'the issue of the convoy is gone',
    [stop],
    open ? [{ do: 'Comment', rigId: open.rigId, number: open.number, key, say }] : [],
  )
}

/** Whoever wrote it cannot be looked up: that is for a person to judge, and it is held until one does. */
function nobodyKnown(d: Deliberation, beadId: string): void {
  const bead = d.town.beads.get(beadId)
  if (!bead || bead.trusted || bead.edit) return
  d.conclude('who wrote it cannot be looked up', [
    { type: 'BeadEditRefused', beadId, by: 'somebody unknown', hash: '' },
  ])
}

type OnTree = Extract<Effect, { do: 'PublishIssues' | 'PublishLinks' | 'UnlinkIssue' }>

function notDone(d: Deliberation, convoy: Convoy | undefined, effect: OnTree, why: string): void {
  if (!convoy || isOver(convoy)) return
  if (convoy.status === 'publishing') {
    d.conclude('publishing stopped', [{ type: 'PublishingStopped', convoyId: convoy.id, why }])
    return
  }
  const { rigId, number } = convoy
  const say = { say: 'trouble', what: TROUBLE[effect.do], why } as const
  d.conclude(
    'said on the issue of the convoy',
    [],
    [{ do: 'Comment', rigId, number, key: `trouble:${convoy.id}:${effect.key}`, say }],
  )
}

const TROUBLE: Readonly<Record<OnTree['do'], string>> = {
  PublishIssues: 'Issues could not be made',
  PublishLinks: 'Links between issues could not be set',
  UnlinkIssue: 'An issue could not be taken out of the tree',
}

function noBranch(d: Deliberation, legId: string, why: string): void {
  const leg = d.town.legs.get(legId)
  if (leg?.state !== 'asked' || leg.why === why) return
  d.conclude('its branch cannot be made', [
    { type: 'LegChanged', legId, state: 'asked', wakeAt: leg.wakeAt ?? d.now + d.town.pace.recheckMs, why },
  ])
}
