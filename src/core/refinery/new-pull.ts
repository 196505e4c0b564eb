import type { Pull, Time } from '../town.ts'

/** What a new pull is about; everything else begins the same for beads and landings. */
export type PullSubject = Pick<
  Pull,
  'id' | 'kind' | 'rigId' | 'convoyId' | 'beadId' | 'head' | 'base' | 'title' | 'headSha' | 'wakeAt'
>

/** A pull request that GitHub is asked to open. */
export function newPull(subject: PullSubject, now: Time): Pull {
  return {
    ...subject,
    number: null,
    state: 'opening',
    queuedAt: now,
    gates: 0,
    gateRunId: null,
    testedHead: null,
    testedBase: null,
    approved: false,
    why: null,
    mergeSha: null,
    shown: null,
  }
}
