import type { Run, Time } from '../town.ts'

/** Whose run it is; everything else begins the same for polecats and gates. */
export type RunSubject = Pick<
  Run,
  'id' | 'kind' | 'rigId' | 'convoyId' | 'beadId' | 'pullId' | 'polecat' | 'number'
>

/** A run that is ordered and has to be claimed within its first lease. */
export function newRun(subject: RunSubject, now: Time, leaseMs: number): Run {
  return {
    ...subject,
    state: 'ordered',
    orderedAt: now,
    startedAt: null,
    endedAt: null,
    leaseUntil: now + leaseMs,
    why: null,
  }
}
