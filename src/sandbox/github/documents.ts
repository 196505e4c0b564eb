/**
 * The documents that the sandbox's GitHub keeps. They hold facts only: addresses and the JSON shapes of the API are
 * made when a document is rendered (`render.ts`), because the port may differ after a restart.
 *
 * Times are ISO 8601 strings in UTC without milliseconds, as GitHub writes them.
 */

/** Roles of people on a repository, weakest first. `maintain` is left out: nobody in the sandbox has it. */
export const ROLES = ['none', 'read', 'triage', 'write', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** A level of an App permission such as `issues: write`. */
export type Level = 'read' | 'write' | 'admin'
export type Permissions = { readonly [permission: string]: Level }

/** A person, the organization, or the App's bot. */
export interface Account {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Organization' | 'Bot'
  /** What this person may do in every repository of the organization, unless the repository says otherwise. */
  readonly role: Role
  readonly createdAt: string
}

export interface Repo {
  readonly id: number
  readonly ownerId: number
  readonly name: string
  readonly description: string | null
  readonly private: boolean
  readonly defaultBranch: string
  readonly hasIssues: boolean
  readonly archived: boolean
  readonly allow: {
    readonly merge: boolean
    readonly squash: boolean
    readonly rebase: boolean
    readonly auto: boolean
  }
  readonly deleteBranchOnMerge: boolean
  /** Roles that differ from the account's own one, by login. */
  readonly roles: { readonly [login: string]: Role }
  readonly createdAt: string
  readonly updatedAt: string
  readonly pushedAt: string | null
}

export interface Label {
  readonly id: number
  readonly repoId: number
  readonly name: string
  /** Six hex digits without `#`. */
  readonly color: string
  readonly description: string | null
  readonly default: boolean
}

export type StateReason = 'completed' | 'not_planned' | 'duplicate' | 'reopened'

export type LockReason = 'off-topic' | 'too heated' | 'resolved' | 'spam'

/** Who wrote a body anew last, and when. */
export interface Edit {
  readonly byId: number
  readonly at: string
}

/** An issue, or the issue half of a pull request (then `pull` is set). Numbers are shared by both in a repository. */
export interface Issue {
  readonly id: number
  readonly repoId: number
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly state: 'open' | 'closed'
  readonly stateReason: StateReason | null
  readonly authorId: number
  readonly viaApp: boolean
  readonly labelIds: readonly number[]
  readonly assigneeIds: readonly number[]
  readonly locked: boolean
  readonly lockReason?: LockReason | null
  /** Of the body; absent when it is as it was opened. */
  readonly edit?: Edit
  readonly closedById: number | null
  readonly closedAt: string | null
  readonly createdAt: string
  readonly updatedAt: string
  /** Set for pull requests only; `id` is the pull request's own id. Kept in step by the pull request routes. */
  readonly pull: { readonly id: number; readonly draft: boolean; readonly mergedAt: string | null } | null
  readonly parentId: number | null
  /** Sub-issues in their order. */
  readonly childIds: readonly number[]
  /** The issues that must be closed before this one, in the order in which they were added. */
  readonly blockedByIds: readonly number[]
  /** The other side of `blockedByIds`. */
  readonly blockingIds: readonly number[]
  readonly pinnedCommentId: number | null
}

export interface Comment {
  readonly id: number
  readonly repoId: number
  readonly issueId: number
  readonly body: string
  readonly authorId: number
  readonly viaApp: boolean
  readonly createdAt: string
  readonly updatedAt: string
  readonly edit?: Edit
  readonly pinnedAt: string | null
  readonly pinnedById: number | null
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes'

export interface Reaction {
  readonly id: number
  /** What was reacted to: `issue:12`, `comment:34`, `review_comment:56`. */
  readonly subject: string
  readonly userId: number
  readonly content: ReactionContent
  readonly createdAt: string
}

/** One line of an issue's timeline. */
export interface TimelineEntry {
  readonly id: number
  readonly issueId: number
  readonly event: string
  readonly actorId: number
  readonly viaApp: boolean
  readonly createdAt: string
  /** What the event is about: `{ label: {...} }`, `{ state_reason }` and so on, in the API's words. */
  readonly detail: { readonly [key: string]: unknown }
  /** Another issue, or a person, that the event is about, under the key that the API has; shown as it is now. */
  readonly linked?: { readonly key: string } & ({ readonly issueId: number } | { readonly accountId: number })
}

/** A token of a person (never expires) or of the installation (one hour). */
export interface Token {
  readonly id: number
  readonly token: string
  readonly accountId: number
  readonly createdAt: string
  /** Set for installation tokens only. */
  readonly scope: {
    readonly expiresAt: string
    readonly permissions: Permissions
    readonly repositoryIds: readonly number[] | 'all'
  } | null
}
