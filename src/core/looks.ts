/** What a webhook makes us look at with our own eyes. Nothing of its payload but addresses is believed. */
export type Look =
  /** The installation and its repositories. → TownSeen, RigsSeen (complete) */
  | { readonly look: 'installation' }
  /** One repository and its config. → RigsSeen (not complete) */
  | { readonly look: 'rig'; readonly rigId: string }
  /** A comment, its author's permission, and what its commands need to see. → CommentSeen */
  | { readonly look: 'comment'; readonly rigId: string; readonly commentId: string }
  /** No need to look: whether it matters is the core's to say. → IssueTouched */
  | { readonly look: 'issue'; readonly rigId: string; readonly issueId: string }
  /** → PullSeen when it is one of ours. */
  | { readonly look: 'pull'; readonly rigId: string; readonly number: number }
  /** A label of ours was renamed or deleted in a repository: what is remembered of its labels holds no more. */
  | { readonly look: 'labels'; readonly rigId: string }
  /**
   * A card of a board. Where it is now and what `by` may do is read at GitHub; who moved it is told by the signed
   * delivery alone. → CardMoved when it is a bead of ours and the column means something.
   */
  | { readonly look: 'card'; readonly itemNodeId: string; readonly by: string }
