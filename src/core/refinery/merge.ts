import { comeBack } from '../beads/polecat.ts'
import type { Deliberation } from '../decision.ts'
import type { Fact, PullSeen } from '../events.ts'
import { legId } from '../names.ts'
import type { Pull } from '../town.ts'
import { isPullOver } from '../town.ts'
import { beadRef } from './pull-story.ts'
import { lookAt, mayGoOn, queue, sendBack, shut, wait } from './refinery.ts'

type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>

/** Ask for exactly what was tested, and nothing else. */
export function askMerge(d: Deliberation, pull: Pull): void {
  if (!mayGoOn(d.town, pull)) return queue(d, pull, null, 'paused or held while it was tested')
  const { id, rigId, number, testedHead, testedBase, base, title } = pull
  const bead = pull.beadId ? d.town.beads.get(pull.beadId) : undefined
  d.conclude(
    'tested: merge exactly that',
    [{ type: 'MergeAsked', pullId: id }],
    [
      {
        do: 'MergePull',
        rigId,
        pullId: id,
        number: number!,
        headSha: testedHead!,
        base,
        baseSha: testedBase!,
        title,
        refs: bead ? [beadRef(d.town, bead)] : [],
      },
    ],
  )
}

export function hearPull(d: Deliberation, seen: PullSeen): void {
  const pull = d.town.pulls.get(seen.pullId)
  if (!pull || isPullOver(pull)) return
  if (seen.merged && seen.mergeSha) return merged(d, pull, seen.mergeSha)
  if (seen.state === 'closed') return closedByPerson(d, pull)
  if (seen.headSha !== pull.headSha) return moved(d, pull, seen.headSha)
  if (pull.state === 'doubted') return unmerged(d, pull)
  if (pull.state === 'shut') return queue(d, pull, null, 'a person reopened it')
  const landing = d.town.rigs.get(pull.rigId)?.config.landing
  if (pull.state === 'waiting' && landing === 'approve' && seen.approved && pull.kind === 'landing')
    queue(d, pull, null, 'a person let it go on')
}

/** Whatever it waited for, the new head is tested as any other. A polecat that has it pushes, and reports when done. */
function moved(d: Deliberation, pull: Pull, headSha: string): void {
  d.conclude('somebody pushed to its branch', [{ type: 'PullMoved', pullId: pull.id, headSha }])
  const isIdle =
    pull.state === 'waiting' || pull.state === 'merging' || pull.state === 'doubted' || pull.state === 'shut'
  if (isIdle) queue(d, pull, null, 'its branch has a new head')
}

/** It changes nothing, and nobody merged it: so nothing was made. An empty diff never lands. */
function unmerged(d: Deliberation, pull: Pull): void {
  const why = pull.why ?? 'changes nothing'
  if (pull.kind === 'landing') nothingLeft(d, pull)
  else sendBack(d, pull, { kind: 'failed', text: why, files: [] }, 'try')
}

/** Another way brought all of it there (a convoy that did the same, a person): there is nothing left to merge. */
function nothingLeft(d: Deliberation, pull: Pull): void {
  const { id, rigId, number, head, base } = pull
  const why = `everything it made is on ${base} already`
  d.conclude(
    'an empty diff never lands',
    [
      { type: 'PullClosed', pullId: id, why },
      { type: 'LegChanged', legId: legId(pull.convoyId, rigId), state: 'landed', wakeAt: null, why },
    ],
    [{ do: 'ClosePull', rigId, pullId: id, number, head, base }],
  )
}

function merged(d: Deliberation, pull: Pull, mergeSha: string): void {
  d.conclude(
    'GitHub says that it is merged',
    [{ type: 'PullMerged', pullId: pull.id, mergeSha }],
    [{ do: 'DeleteBranch', rigId: pull.rigId, branch: pull.head }],
  )
  const bead = pull.beadId ? d.town.beads.get(pull.beadId) : undefined
  if (bead && bead.status !== 'closed') {
    d.conclude('its work landed', [
      { type: 'BeadClosed', beadId: bead.id, how: 'landed', sha: mergeSha, why: null, closes: 'completed' },
    ])
  }
}

function closedByPerson(d: Deliberation, pull: Pull): void {
  if (pull.kind === 'landing') {
    if (pull.state !== 'shut') shut(d, pull)
    return
  }
  const why = 'a person closed its pull request'
  d.conclude(why, [{ type: 'PullClosed', pullId: pull.id, why }])
  const bead = d.town.beads.get(pull.beadId!)
  if (bead && bead.status !== 'closed' && bead.status !== 'failed')
    d.conclude(why, [{ type: 'BeadFailed', beadId: bead.id, why }])
}

export function hearMergeRefused(d: Deliberation, fact: FactOf<'MergeRefused'>): void {
  const pull = d.town.pulls.get(fact.pullId)
  if (pull?.state !== 'merging') return
  if (fact.reason === 'not-allowed') return wait(d, pull, fact.detail, 'GitHub does not let us merge it yet')
  // What we take for its head may be old news: look while it is tested again.
  queue(d, pull, null, `not what was tested any more: ${fact.reason}`, [lookAt(pull)])
}

export function hearOpenRefused(d: Deliberation, fact: FactOf<'PullOpenRefused'>): void {
  const pull = d.town.pulls.get(fact.pullId)
  if (!pull || pull.number !== null || isPullOver(pull)) return
  const bead = pull.beadId ? d.town.beads.get(pull.beadId) : undefined
  if (!bead || fact.reason === 'refused') return stayOpening(d, pull, fact.detail)
  d.conclude(fact.detail, [{ type: 'PullClosed', pullId: pull.id, why: fact.detail }])
  if (bead.status === 'in_review')
    comeBack(d, bead, { kind: 'failed', text: fact.detail, files: [] }, 'try', null)
}

/** Asked so often that the performer gave up: it waits, says why, and is asked again later. */
export function hearGivenUp(d: Deliberation, fact: FactOf<'EffectGivenUp'>): void {
  const { effect, why } = fact
  if (effect.do !== 'OpenPull' && effect.do !== 'MergePull') return
  const pull = d.town.pulls.get(effect.pullId)
  if (effect.do === 'OpenPull' && pull?.state === 'opening') stayOpening(d, pull, why)
  if (effect.do === 'MergePull' && pull?.state === 'merging') wait(d, pull, why, 'GitHub did not merge it')
}

/** Not open yet, and why: asked for again when its time comes. */
function stayOpening(d: Deliberation, pull: Pull, why: string): void {
  d.conclude('GitHub does not open the pull request', [
    { type: 'PullWanted', pull: { ...pull, why, wakeAt: d.now + d.town.pace.recheckMs } },
  ])
}
