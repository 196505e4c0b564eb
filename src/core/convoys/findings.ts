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
    /** `refs`: the beads there; `detail`: the repository. */
    | 'rig-parked'
    /** `refs`: what waits, then the open decision. */
    | 'gated'
    /** `refs`: beads there; `detail`: `login owner/name` of who may not write where. */
    | 'no-right'
    /** `refs`: a named issue; `detail`: the ref of the other parent that it has. */
    | 'has-parent'
    /** `refs`: what was named; `detail`: why it can be no bead. */
    | 'not-a-bead'
    /** `detail`: what is mixed with what. */
    | 'mixed'
    /** A checklist or a batch that refers to a task that it does not have: `detail` names both. */
    | 'bad-index'
    /** `refs`: beads of one wave; `detail`: the files that both speak of. */
    | 'overlap'
    /** `refs`: a sub-issue that was added after the start; `detail`: its repository, where the convoy does not work. */
    | 'not-joined'
    /** `refs`: the bead; `detail`: login of who edited its text after the start without the right to. */
    | 'edit-refused'
  /** `owner/name#number` of the issues it is about. */
  readonly refs: readonly string[]
  /** What is so, and what to do about it: the data of the sentences, for `text/` to say. */
  readonly detail: string
}
