/** Something that staging found: an error writes nothing, a warning asks for `--force`, advice is only shown. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'advice'
  readonly category:
    | 'cycle'
    | 'empty'
    | 'only-epics'
    | 'no-rig'
    | 'already-in-convoy'
    | 'unreadable'
    | 'too-many'
    | 'blocked-outside'
    | 'rig-archived'
    | 'orphan'
    | 'cross-rig'
    | 'wide-wave'
    | 'no-gate'
    | 'bad-config'
  /** `owner/name#number` of the issues it is about. */
  readonly refs: readonly string[]
  /** What is so, and what to do about it: the data of the sentences, for `text/` to say. */
  readonly detail: string
}
