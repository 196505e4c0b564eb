import type { Pull } from '../town.ts'

/**
 * The order of a merge queue: who waited longest goes first, and names break ties, so that every reader
 * computes the same order. Dependencies need no rule here: a dependent begins only after its blocker landed.
 */
export function queueOrder(a: Pull, b: Pull): number {
  return a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1)
}

/** The line in front of one branch: one writer each. */
export const lineOf = (pull: Pull): string => `${pull.rigId}:${pull.base}`
