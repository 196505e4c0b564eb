import { newPull } from '../refinery/new-pull.ts'
import type { Convoy, Leg, Pull, Time, Town } from '../town.ts'
import type { PullMemory } from './memory.ts'
import type { ConvoySeen, PullFound } from './seen.ts'

/** `<id>.p3` and `<id>.l3` are the third; 0 for what is no such id. */
export const nthOf = (pullId: string): number => Number(/\.[pl](\d+)$/.exec(pullId)?.[1] ?? 0)

export const inOrder = (pulls: readonly PullFound[]): PullFound[] =>
  [...pulls].sort((a, b) => nthOf(a.id) - nthOf(b.id))

/** GitHub's times have no milliseconds, and what was made in a second was wanted before its end. */
const wantedBy = (createdAt: Time): Time => createdAt + 999

type Owner = Pick<Pull, 'kind' | 'convoyId' | 'beadId'>

/** What GitHub shows of it and we remember; queued, unless it is over. */
export function pullRow(owner: Owner, found: PullFound, known: PullMemory | null): Pull {
  const { id, rigId, number, title, head, base, headSha, mergeSha } = found
  const row = newPull(
    { ...owner, id, rigId, title, head, base, headSha, wakeAt: null },
    known?.queuedAt ?? wantedBy(found.createdAt),
  )
  // Tested was what was there then: for any other head it says nothing.
  const isTested = known !== null && known.testedHead === headSha
  return {
    ...row,
    number,
    state: found.mergedAt !== null ? 'merged' : found.state === 'closed' ? 'closed' : 'queued',
    mergeSha: found.mergedAt === null ? null : mergeSha,
    gates: known?.gates ?? 0,
    testedHead: isTested ? known.testedHead : null,
    testedBase: isTested ? known.testedBase : null,
    approved: known?.approved ?? false,
  }
}

/** What waits for GitHub or for a person goes on waiting; everything else takes its place in the queue again. */
export function waitingAs(pull: Pull, known: PullMemory | null, at: Time, recheckMs: number): Pull {
  if (known?.state !== 'waiting') return pull
  return { ...pull, state: 'waiting', why: known.why, wakeAt: at + recheckMs }
}

/** Landings of a leg, over or not. */
export function recoveredLandings(town: Town, convoy: Convoy, leg: Leg, seen: ConvoySeen): Pull[] {
  const found = inOrder(
    seen.pulls.filter(pull => pull.rigId === leg.rigId && pull.id.startsWith(`${leg.id}.l`)),
  )
  const owner = { kind: 'landing', convoyId: convoy.id, beadId: null } as const
  return found.map((pull, nth) => {
    const known = seen.memory?.pulls.find(it => it.id === pull.id) ?? null
    const row = pullRow(owner, pull, known)
    const isLast = nth === found.length - 1
    if (!isLast || row.state === 'merged' || leg.state === 'landed')
      return row.state === 'queued' ? { ...row, state: 'closed', why: 'there is a later one' } : row
    if (row.state === 'queued') return waitingAs(row, known, seen.at, town.pace.recheckMs)
    // A landing that a person closed is reopened by a person.
    return { ...row, state: 'shut', why: known?.why ?? CLOSED, wakeAt: seen.at + town.pace.recheckMs }
  })
}

const CLOSED = 'a person closed the landing pull request: reopen it to go on'
