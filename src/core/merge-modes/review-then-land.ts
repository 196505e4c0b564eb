import type { MergeMode } from './merge-mode.ts'

/** The default: main sees a convoy whole, in one landing pull request, or not at all. */
export const reviewThenLand: MergeMode = {
  name: 'review-then-land',
  summary:
    'beads merge into the convoy branch; one landing pull request per repository brings it to the default branch',
  target: own => own,
  lands: true,
}
