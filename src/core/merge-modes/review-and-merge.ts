import type { MergeMode } from './merge-mode.ts'

/** For independent beads: each is on the default branch as soon as it is done. */
export const reviewAndMerge: MergeMode = {
  name: 'review-and-merge',
  summary: "each bead's pull request goes into the default branch on its own",
  target: (_own, base) => base,
  lands: false,
}
