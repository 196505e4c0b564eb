import { buildSchema } from 'graphql'
import { join } from './joined.ts'
import { PROJECTS } from './project-schema.ts'

/**
 * The part of GitHub's GraphQL that the sandbox has: issues with their sub-issues and dependencies, labels, comments,
 * reactions, boards. Names, arguments and nullability are GitHub's; what is not here is refused by validation.
 */
export const schema = join(
  buildSchema(`
  scalar DateTime
  scalar URI
  scalar BigInt

  type Query {
    viewer: User!
    rateLimit(dryRun: Boolean = false): RateLimit
    repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
  }

  type RateLimit {
    cost: Int! limit: Int! nodeCount: Int! remaining: Int! resetAt: DateTime! used: Int!
  }

  interface Node { id: ID! }
  interface Actor { login: String! url: URI! avatarUrl(size: Int): URI! }
  type User implements Node & Actor & RepositoryOwner { id: ID! databaseId: Int login: String! url: URI! avatarUrl(size: Int): URI! }
  type Bot implements Node & Actor { id: ID! databaseId: Int login: String! url: URI! avatarUrl(size: Int): URI! }
  interface RepositoryOwner { id: ID! login: String! url: URI! avatarUrl(size: Int): URI! }
  type Organization implements Node & Actor & RepositoryOwner {
    id: ID! databaseId: Int login: String! url: URI! avatarUrl(size: Int): URI!
  }

  type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

  type Repository implements Node {
    id: ID! databaseId: Int name: String! nameWithOwner: String! owner: RepositoryOwner! url: URI!
    description: String isPrivate: Boolean! isArchived: Boolean! hasIssuesEnabled: Boolean!
    issue(number: Int!): Issue
    issues(first: Int, after: String, last: Int, before: String, states: [IssueState!], labels: [String!]): IssueConnection!
    label(name: String!): Label
    labels(first: Int, after: String, last: Int, before: String): LabelConnection
  }

  enum IssueState { OPEN CLOSED }
  enum IssueStateReason { COMPLETED NOT_PLANNED DUPLICATE REOPENED }
  enum IssueClosedStateReason { COMPLETED NOT_PLANNED DUPLICATE }
  enum PullRequestState { OPEN CLOSED MERGED }

  interface Labelable { labels(first: Int, after: String, last: Int, before: String): LabelConnection }
  enum LockReason { OFF_TOPIC TOO_HEATED RESOLVED SPAM }
  interface Lockable { locked: Boolean! activeLockReason: LockReason }
  interface Reactable { id: ID! databaseId: Int reactionGroups: [ReactionGroup!] }

  type Issue implements Node & Labelable & Lockable & Reactable {
    id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! body: String! url: URI!
    state: IssueState! stateReason(enableDuplicate: Boolean = false): IssueStateReason closed: Boolean! locked: Boolean!
    activeLockReason: LockReason editor: Actor lastEditedAt: DateTime
    timelineItems(first: Int, after: String, last: Int, before: String, itemTypes: [IssueTimelineItemsItemType!]!): IssueTimelineItemsConnection!
    createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime
    author: Actor repository: Repository! parent: Issue
    labels(first: Int, after: String, last: Int, before: String): LabelConnection
    assignees(first: Int, after: String, last: Int, before: String): UserConnection!
    comments(first: Int, after: String, last: Int, before: String): IssueCommentConnection!
    subIssues(first: Int, after: String, last: Int, before: String): IssueConnection!
    blockedBy(first: Int, after: String, last: Int, before: String): IssueConnection!
    blocking(first: Int, after: String, last: Int, before: String): IssueConnection!
    subIssuesSummary: SubIssuesSummary! issueDependenciesSummary: IssueDependenciesSummary!
    reactionGroups: [ReactionGroup!]
  }
  type SubIssuesSummary { total: Int! completed: Int! percentCompleted: Int! }
  type IssueDependenciesSummary { blockedBy: Int! blocking: Int! totalBlockedBy: Int! totalBlocking: Int! }

  enum IssueTimelineItemsItemType { RENAMED_TITLE_EVENT }
  type RenamedTitleEvent implements Node {
    id: ID! actor: Actor createdAt: DateTime! previousTitle: String! currentTitle: String!
  }
  union IssueTimelineItems = RenamedTitleEvent
  type IssueTimelineItemsConnection {
    nodes: [IssueTimelineItems] pageInfo: PageInfo! totalCount: Int! filteredCount: Int! pageCount: Int!
  }

  type PullRequest implements Node & Labelable & Lockable & Reactable {
    id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! body: String! url: URI!
    state: PullRequestState! isDraft: Boolean! merged: Boolean! locked: Boolean!
    activeLockReason: LockReason editor: Actor lastEditedAt: DateTime author: Actor repository: Repository!
    labels(first: Int, after: String, last: Int, before: String): LabelConnection
    comments(first: Int, after: String, last: Int, before: String): IssueCommentConnection!
    reactionGroups: [ReactionGroup!]
  }

  type Label implements Node { id: ID! name: String! color: String! description: String isDefault: Boolean! url: URI! }
  type IssueComment implements Node & Reactable {
    id: ID! databaseId: Int fullDatabaseId: BigInt body: String! url: URI! author: Actor issue: Issue!
    createdAt: DateTime! updatedAt: DateTime! editor: Actor lastEditedAt: DateTime viewerDidAuthor: Boolean! reactionGroups: [ReactionGroup!]
  }

  enum ReactionContent { THUMBS_UP THUMBS_DOWN LAUGH HOORAY CONFUSED HEART ROCKET EYES }
  type Reaction implements Node { id: ID! databaseId: Int content: ReactionContent! user: User createdAt: DateTime! }
  type ReactionGroup { content: ReactionContent! reactors(first: Int, last: Int): ReactorConnection! viewerHasReacted: Boolean! }
  type ReactorConnection { totalCount: Int! }

  ${['Issue', 'Label', 'User', 'IssueComment']
    .map(
      name => `
        type ${name}Edge { cursor: String! node: ${name} }
        type ${name}Connection { nodes: [${name}] edges: [${name}Edge] pageInfo: PageInfo! totalCount: Int! }`,
    )
    .join('\n')}

  type Mutation {
    createIssue(input: CreateIssueInput!): CreateIssuePayload
    updateIssue(input: UpdateIssueInput!): UpdateIssuePayload
    closeIssue(input: CloseIssueInput!): CloseIssuePayload
    reopenIssue(input: ReopenIssueInput!): ReopenIssuePayload
    addSubIssue(input: AddSubIssueInput!): AddSubIssuePayload
    removeSubIssue(input: RemoveSubIssueInput!): RemoveSubIssuePayload
    reprioritizeSubIssue(input: ReprioritizeSubIssueInput!): ReprioritizeSubIssuePayload
    addBlockedBy(input: AddBlockedByInput!): AddBlockedByPayload
    removeBlockedBy(input: RemoveBlockedByInput!): RemoveBlockedByPayload
    addLabelsToLabelable(input: AddLabelsToLabelableInput!): AddLabelsToLabelablePayload
    removeLabelsFromLabelable(input: RemoveLabelsFromLabelableInput!): RemoveLabelsFromLabelablePayload
    addComment(input: AddCommentInput!): AddCommentPayload
    updateIssueComment(input: UpdateIssueCommentInput!): UpdateIssueCommentPayload
    addReaction(input: AddReactionInput!): AddReactionPayload
    transferIssue(input: TransferIssueInput!): TransferIssuePayload
    deleteIssue(input: DeleteIssueInput!): DeleteIssuePayload
    lockLockable(input: LockLockableInput!): LockLockablePayload
    unlockLockable(input: UnlockLockableInput!): UnlockLockablePayload
    markPullRequestReadyForReview(input: MarkPullRequestReadyForReviewInput!): MarkPullRequestReadyForReviewPayload
    convertPullRequestToDraft(input: ConvertPullRequestToDraftInput!): ConvertPullRequestToDraftPayload
  }

  input CreateIssueInput {
    repositoryId: ID! title: String! body: String labelIds: [ID!] assigneeIds: [ID!] parentIssueId: ID
    clientMutationId: String
  }
  input UpdateIssueInput {
    id: ID! title: String body: String state: IssueState labelIds: [ID!] assigneeIds: [ID!] clientMutationId: String
  }
  input CloseIssueInput { issueId: ID! stateReason: IssueClosedStateReason duplicateIssueId: ID clientMutationId: String }
  input ReopenIssueInput { issueId: ID! clientMutationId: String }
  input AddSubIssueInput { issueId: ID! subIssueId: ID! replaceParent: Boolean clientMutationId: String }
  input RemoveSubIssueInput { issueId: ID! subIssueId: ID! clientMutationId: String }
  input ReprioritizeSubIssueInput { issueId: ID! subIssueId: ID! afterId: ID beforeId: ID clientMutationId: String }
  input AddBlockedByInput { issueId: ID! blockingIssueId: ID! clientMutationId: String }
  input RemoveBlockedByInput { issueId: ID! blockingIssueId: ID! clientMutationId: String }
  input AddLabelsToLabelableInput { labelableId: ID! labelIds: [ID!]! clientMutationId: String }
  input RemoveLabelsFromLabelableInput { labelableId: ID! labelIds: [ID!]! clientMutationId: String }
  input AddCommentInput { subjectId: ID! body: String! clientMutationId: String }
  input UpdateIssueCommentInput { id: ID! body: String! clientMutationId: String }
  input MarkPullRequestReadyForReviewInput { pullRequestId: ID! clientMutationId: String }
  input ConvertPullRequestToDraftInput { pullRequestId: ID! clientMutationId: String }
  input AddReactionInput { subjectId: ID! content: ReactionContent! clientMutationId: String }

  input TransferIssueInput { issueId: ID! repositoryId: ID! createLabelsIfMissing: Boolean = false clientMutationId: String }
  input DeleteIssueInput { issueId: ID! clientMutationId: String }
  input LockLockableInput { lockableId: ID! lockReason: LockReason clientMutationId: String }
  input UnlockLockableInput { lockableId: ID! clientMutationId: String }

  type CreateIssuePayload { issue: Issue clientMutationId: String }
  type UpdateIssuePayload { issue: Issue actor: Actor clientMutationId: String }
  type CloseIssuePayload { issue: Issue clientMutationId: String }
  type ReopenIssuePayload { issue: Issue clientMutationId: String }
  type AddSubIssuePayload { issue: Issue subIssue: Issue clientMutationId: String }
  type RemoveSubIssuePayload { issue: Issue subIssue: Issue clientMutationId: String }
  type ReprioritizeSubIssuePayload { issue: Issue clientMutationId: String }
  type AddBlockedByPayload { issue: Issue blockingIssue: Issue clientMutationId: String }
  type RemoveBlockedByPayload { issue: Issue blockingIssue: Issue clientMutationId: String }
  type AddLabelsToLabelablePayload { labelable: Labelable clientMutationId: String }
  type RemoveLabelsFromLabelablePayload { labelable: Labelable clientMutationId: String }
  type AddCommentPayload { commentEdge: IssueCommentEdge subject: Node clientMutationId: String }
  type UpdateIssueCommentPayload { issueComment: IssueComment clientMutationId: String }
  type MarkPullRequestReadyForReviewPayload { pullRequest: PullRequest clientMutationId: String }
  type ConvertPullRequestToDraftPayload { pullRequest: PullRequest clientMutationId: String }
  type TransferIssuePayload { issue: Issue clientMutationId: String }
  type DeleteIssuePayload { repository: Repository clientMutationId: String }
  type LockLockablePayload { lockedRecord: Lockable clientMutationId: String }
  type UnlockLockablePayload { unlockedRecord: Lockable clientMutationId: String }
  type AddReactionPayload { reaction: Reaction subject: Reactable clientMutationId: String }

${PROJECTS}`),
)
