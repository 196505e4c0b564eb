import type { Job } from '../src/agents/protocol.ts'

/** What an agent gets: a job, and a place to do it. */
export interface Sitting {
  readonly job: Job
  /** Its clone. */
  readonly dir: string
  /** Its own HOME, empty, gone with the run. */
  readonly home: string
  /** An agent that shows no sign of life for so long has failed. */
  readonly silenceMs: number
  /** When it fires, the agent is ended at once. */
  readonly signal: AbortSignal
}

/** How an agent left its seat. Its work is in the clone. */
export type Left =
  | { readonly left: 'done' }
  | { readonly left: 'failed'; readonly why: string; readonly log: string }
  | { readonly left: 'asked'; readonly question: string; readonly checkpoint: string | null }
  /** We ended it. */
  | { readonly left: 'stopped' }

/** Where agents sit, whatever they speak. `sit` does not throw because of what an agent does. */
export interface Seat {
  sit(sitting: Sitting): Promise<Left>
}

/** The seats of this machine, by the name of the agent. */
export type Seats = ReadonlyMap<string, Seat>
