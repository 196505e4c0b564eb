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
