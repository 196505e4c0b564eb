import type { MergeModeName } from '../rig.ts'
import type { MergeMode } from './merge-mode.ts'
import { reviewAndMerge } from './review-and-merge.ts'
import { reviewThenLand } from './review-then-land.ts'

export const MERGE_MODES: Readonly<Record<MergeModeName, MergeMode>> = {
  'review-then-land': reviewThenLand,
  'review-and-merge': reviewAndMerge,
}
