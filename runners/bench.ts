import type { Access, Beat } from '../src/agents/protocol.ts'
import type { RigCache } from './cache.ts'
import type { Log } from './log.ts'

/** Where a run is done, and with what. */
export interface Bench {
  readonly cache: RigCache
  /** The run's own folder, gone with the run. */
  readonly dir: string
  /** HOME for everything that is not ours and runs for this run. */
  readonly home: string
  /** Nobody wants the result any more, or this machine stops: see `stopping`. */
  readonly signal: AbortSignal
  /** For pushing what is there: it fires when nobody wants it, and some time after this machine was told to stop. */
  readonly lastly: AbortSignal
  readonly log: Log
  /** See `Way`. */
  access(again: boolean): Promise<Access>
  /** This machine stops, but the work is wanted: it is pushed as far as it has come, and given back. */
  stopping(): boolean
  phase(phase: Beat['phase']): void
}
