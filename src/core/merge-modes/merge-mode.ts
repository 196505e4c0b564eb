import type { MergeModeName } from '../rig.ts'

/** How finished beads of a convoy reach the default branch. One file each, one line here. */
export interface MergeMode {
  readonly name: MergeModeName
  readonly summary: string
  /** The branch that beads start from and merge into, given the convoy's own branch and the default one. */
  target(own: string, base: string): string
  /** Does a landing pull request bring the target into the base at the end? */
  readonly lands: boolean
}
