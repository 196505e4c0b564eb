import type { Account, Comment, Edit, Issue, Label, Reaction, ReactionContent, Repo } from '../documents.ts'
import { issueNumbered, READING, repoOf } from '../issues/issue.ts'
import { carried, labelNamed } from '../issues/labels.ts'
import { type Call, canSee, demand, Refusal } from '../kit.ts'
import { fullName, issueHtmlUrl, nodeId, ownerOf } from '../render.ts'
import { dependenciesSummary, subIssuesSummary } from '../render-issue.ts'
import { connection, type PageArgs } from './connection.ts'

/** Documents as GraphQL objects. What costs something is a function, so that it is made only when it is asked for. */

/** GraphQL's names of the reactions, in the order in which GitHub groups them. */
export const REACTIONS: readonly (readonly [graphql: string, rest: ReactionContent])[] = [
  ['THUMBS_UP', '+1'],
  ['THUMBS_DOWN', '-1'],
  ['LAUGH', 'laugh'],
  ['HOORAY', 'hooray'],
  ['CONFUSED', 'confused'],
  ['HEART', 'heart'],
  ['ROCKET', 'rocket'],
  ['EYES', 'eyes'],
]

export const unresolved = (what: string) => new Refusal(404, `Could not resolve to ${what}.`)

/** In GraphQL a bot goes without the `[bot]` of its REST login. */
export function actorNode(call: Call, it: Account) {
  const kind = { User: 'user', Organization: 'organization', Bot: 'bot' } as const
  const login = it.login.replace(/\[bot\]$/, '')
  return {
    __typename: it.type,
    id: nodeId(kind[it.type], it.id),
    databaseId: it.id,
    login,
    url: `${call.world.urls.web}/${it.type === 'Bot' ? 'apps/' : ''}${login}`,
    avatarUrl: `${call.world.urls.web}/sandbox/avatars/${it.id}`,
  }
}

export const authorOf = (call: Call, id: number) => {
  const account = call.world.accounts.get(id)
  return account === undefined ? null : actorNode(call, account)
}

export const labelNode = (call: Call, it: Label) => ({
  __typename: 'Label',
  id: nodeId('label', it.id),
  name: it.name,
  color: it.color,
  description: it.description,
  isDefault: it.default,
  url: `${call.world.urls.web}/${fullName(call.world, call.world.repos.get(it.repoId)!)}/labels/${encodeURIComponent(it.name)}`,
})

export function repositoryNode(call: Call, it: Repo) {
  const { world, actor } = call
  const issues = (
    args: PageArgs & { states?: readonly string[] | null; labels?: readonly string[] | null },
  ) => {
    demand(actor, it, 'read', READING)
    const states = args.states ?? ['OPEN', 'CLOSED']
    const labels = args.labels?.map(name => labelNamed(world, it, name)?.id)
    const found = world.issues
      .find('repo', it.id)
      .filter(one => one.pull === null && states.includes(one.state.toUpperCase()))
      .filter(one => labels?.some(id => id !== undefined && one.labelIds.includes(id)) ?? true)
    return connection('issues', found, args, one => issueNode(call, one))
  }
  const issue = ({ number }: { number: number }) => {
    demand(actor, it, 'read', READING)
    const found = issueNumbered(world, it, number)
    if (found === undefined || found.pull !== null || !it.hasIssues)
      throw unresolved(`an Issue with the number of ${number}`)
    return issueNode(call, found)
  }
  return {
    __typename: 'Repository',
    id: nodeId('repo', it.id),
    databaseId: it.id,
    name: it.name,
    nameWithOwner: fullName(world, it),
    owner: () => actorNode(call, ownerOf(world, it)),
    url: `${world.urls.web}/${fullName(world, it)}`,
    description: it.description,
    isPrivate: it.private,
    isArchived: it.archived,
    hasIssuesEnabled: it.hasIssues,
    issue,
    issues,
    label: ({ name }: { name: string }) => {
      const found = labelNamed(world, it, name)
      return found === undefined ? null : labelNode(call, found)
    },
    labels: (args: PageArgs) =>
      connection('labels', world.labels.find('repo', it.id), args, one => labelNode(call, one)),
  }
}

const reactionGroups = (call: Call, subject: string) => () => {
  const all = call.world.reactions.find('subject', subject)
  return REACTIONS.map(([content, rest]) => {
    const same = all.filter(it => it.content === rest)
    const me = call.actor.kind === 'anonymous' ? undefined : call.actor.account.id
    return {
      content,
      reactors: { totalCount: same.length },
      viewerHasReacted: same.some(it => it.userId === me),
    }
  })
}

/** Who changed the body last, which the change of a title is not. */
const editOf = (call: Call, { edit }: { readonly edit?: Edit }) => ({
  editor: () => (edit === undefined ? null : authorOf(call, edit.byId)),
  lastEditedAt: edit?.at ?? null,
})

/** What issues and pull requests have in common. */
const threadNode = (call: Call, it: Issue) => ({
  number: it.number,
  title: it.title,
  body: it.body ?? '',
  url: issueHtmlUrl(call.world, it),
  locked: it.locked,
  activeLockReason: it.lockReason?.toUpperCase().replace(/[- ]/, '_') ?? null,
  author: () => authorOf(call, it.authorId),
  ...editOf(call, it),
  repository: () => repositoryNode(call, repoOf(call.world, it)),
  labels: (args: PageArgs) =>
    connection('labels', carried(call.world, it), args, one => labelNode(call, one)),
  comments: (args: PageArgs) =>
    connection('comments', call.world.comments.find('issue', it.id), args, one => commentNode(call, one)),
  reactionGroups: reactionGroups(call, `issue:${it.id}`),
})

export type IssueNode = ReturnType<typeof threadNode> & {
  readonly __typename: 'Issue'
  readonly id: string
  readonly parent: () => IssueNode | null
  readonly [field: string]: unknown
}

export function issueNode(call: Call, it: Issue): IssueNode {
  const { world } = call
  const visible = (ids: readonly number[]) =>
    ids.flatMap(id => world.issues.get(id) ?? []).filter(one => canSee(call.actor, repoOf(world, one)))
  const issues = (name: string, ids: readonly number[]) => (args: PageArgs) =>
    connection(name, visible(ids), args, one => issueNode(call, one))
  const accounts = it.assigneeIds.flatMap(id => world.accounts.get(id) ?? [])
  return {
    ...threadNode(call, it),
    __typename: 'Issue',
    id: nodeId('issue', it.id),
    databaseId: it.id,
    fullDatabaseId: String(it.id),
    state: it.state.toUpperCase(),
    stateReason: it.stateReason?.toUpperCase() ?? null,
    closed: it.state === 'closed',
    createdAt: it.createdAt,
    updatedAt: it.updatedAt,
    closedAt: it.closedAt,
    parent: () =>
      visible(it.parentId === null ? [] : [it.parentId]).map(one => issueNode(call, one))[0] ?? null,
    assignees: (args: PageArgs) => connection('assignees', accounts, args, one => actorNode(call, one)),
    subIssues: issues('subIssues', it.childIds),
    blockedBy: issues('blockedBy', it.blockedByIds),
    blocking: issues('blocking', it.blockingIds),
    subIssuesSummary: () => {
      const { total, completed, percent_completed: percentCompleted } = subIssuesSummary(world, it)
      return { total, completed, percentCompleted }
    },
    issueDependenciesSummary: () => {
      const summary = dependenciesSummary(world, it)
      return {
        blockedBy: summary.blocked_by,
        blocking: summary.blocking,
        totalBlockedBy: summary.total_blocked_by,
        totalBlocking: summary.total_blocking,
      }
    },
  }
}

const pullNode = (call: Call, it: Issue, pull: NonNullable<Issue['pull']>) => ({
  ...threadNode(call, it),
  __typename: 'PullRequest',
  id: nodeId('pull', pull.id),
  databaseId: pull.id,
  fullDatabaseId: String(pull.id),
  state: pull.mergedAt === null ? it.state.toUpperCase() : 'MERGED',
  isDraft: pull.draft,
  merged: pull.mergedAt !== null,
})

/** The issue or the pull request, whichever it is. */
export const subjectNode = (call: Call, it: Issue) =>
  it.pull === null ? issueNode(call, it) : pullNode(call, it, it.pull)

export const commentNode = (call: Call, it: Comment) => ({
  __typename: 'IssueComment',
  id: nodeId('comment', it.id),
  databaseId: it.id,
  fullDatabaseId: String(it.id),
  body: it.body,
  url: `${issueHtmlUrl(call.world, call.world.issues.get(it.issueId)!)}#issuecomment-${it.id}`,
  author: () => authorOf(call, it.authorId),
  ...editOf(call, it),
  issue: () => issueNode(call, call.world.issues.get(it.issueId)!),
  createdAt: it.createdAt,
  updatedAt: it.updatedAt,
  viewerDidAuthor: call.actor.kind !== 'anonymous' && call.actor.account.id === it.authorId,
  reactionGroups: reactionGroups(call, `comment:${it.id}`),
})

export const reactionNode = (call: Call, it: Reaction) => ({
  __typename: 'Reaction',
  id: nodeId('reaction', it.id),
  databaseId: it.id,
  content: REACTIONS.find(([, rest]) => rest === it.content)![0],
  user: () => authorOf(call, it.userId),
  createdAt: it.createdAt,
})
