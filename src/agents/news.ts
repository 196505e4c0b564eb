import type { Fact } from '../core/events.ts'
import type { RunnerDoor } from './runner-door.ts'

/** A fact comes in, and who thinks about the town is woken. */
export async function keep(
  door: RunnerDoor,
  townId: string,
  fact: Fact,
  dedupe: string | null,
): Promise<void> {
  for (const town of await door.store.append([{ townId, fact, dedupe }])) await door.wakeTown(town)
}
