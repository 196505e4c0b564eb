import type { Account, Comment, Issue, Label, Reaction, Repo } from './documents.ts'
import type { World } from './world.ts'

/** Documents in the words of GitHub's REST API. Shapes follow the published OpenAPI; the tests check them against it. */

const PREFIX = {
  user: 'U',
  organization: 'O',
  bot: 'BOT',
  repo: 'R',
  issue: 'I',
  pull: 'PR',
  comment: 'IC',
  label: 'LA',
  reaction: 'REA',
  app: 'A',
  installation: 'MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u',
  check_run: 'CR',
  check_suite: 'CS',
  review: 'PRR',
  review_comment: 'PRRC',
  status: 'SC',
  project: 'PVT',
  project_item: 'PVTI',
  project_field: 'PVTF',
  project_select: 'PVTSSF',
  renamed_title_event: 'RTE',
} as const
export type NodeKind = keyof typeof PREFIX

/** The opaque id that GraphQL uses. */
export const nodeId = (kind: NodeKind, id: number): string =>
  `${PREFIX[kind]}_kw${Buffer.from(String(id)).toString('base64url')}`

/** What a node id stands for, or undefined when it is none of ours. */
export function fromNodeId(node: string): { kind: NodeKind; id: number } | undefined {
  const cut = node.lastIndexOf('_kw')
  if (cut < 0) return undefined
  const kind = (Object.keys(PREFIX) as NodeKind[]).find(it => PREFIX[it] === node.slice(0, cut))
  const id = Number(Buffer.from(node.slice(cut + 3), 'base64url').toString())
  return kind !== undefined && Number.isSafeInteger(id) ? { kind, id } : undefined
}

/** The account that the App is installed on: the one organization of the sandbox, or a person. */
export const homeOf = (world: World): Account => world.accounts.get(world.app.accountId)!

export const ownerOf = (world: World, repo: Repo): Account => world.accounts.get(repo.ownerId)!
export const fullName = (world: World, repo: Repo): string => `${ownerOf(world, repo).login}/${repo.name}`
/** The API address of a repository, without a trailing slash. */
export const repoUrl = (world: World, repo: Repo): string =>
  `${world.urls.api}/repos/${fullName(world, repo)}`
export const issueUrl = (world: World, issue: Issue): string =>
  `${repoUrl(world, world.repos.get(issue.repoId)!)}/issues/${issue.number}`
export const issueHtmlUrl = (world: World, issue: Issue): string =>
  `${world.urls.web}/${fullName(world, world.repos.get(issue.repoId)!)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`

const KIND_OF = { User: 'user', Organization: 'organization', Bot: 'bot' } as const

/** `simple-user`. */
export function user(world: World, account: Account) {
  const url = `${world.urls.api}/users/${encodeURIComponent(account.login)}`
  const page = account.type === 'Bot' ? `apps/${account.login.replace('[bot]', '')}` : account.login
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(KIND_OF[account.type], account.id),
    avatar_url: `${world.urls.web}/sandbox/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.urls.web}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

/** `simple-user` by id; null for nobody. */
export const userById = (world: World, id: number | null) => {
  const account = id === null ? undefined : world.accounts.get(id)
  return account === undefined ? null : user(world, account)
}

export function label(world: World, it: Label) {
  const repo = world.repos.get(it.repoId)!
  return {
    id: it.id,
    node_id: nodeId('label', it.id),
    url: `${repoUrl(world, repo)}/labels/${encodeURIComponent(it.name)}`,
    name: it.name,
    color: it.color,
    default: it.default,
    description: it.description,
  }
}

/** `nullable-integration`: the App, as it stands in `performed_via_github_app` and on check runs. */
export function app(world: World) {
  const { id, slug, name, clientId, permissions, events, createdAt } = world.app
  const owner = homeOf(world)
  return {
    id,
    slug,
    client_id: clientId,
    node_id: nodeId('app', id),
    owner: user(world, owner),
    name,
    description: null,
    external_url: world.urls.web,
    html_url: `${world.urls.web}/apps/${slug}`,
    created_at: createdAt,
    updated_at: createdAt,
    permissions,
    events,
  }
}

/**
 * `author_association`. As on GitHub it is only a hint: members of the organization show as MEMBER, the rest by what
 * they did; permission is asked from the collaborator route.
 */
export function association(account: Account | undefined, repo: Repo): string {
  if (account === undefined || account.type === 'Bot') return 'NONE'
  if (account.id === repo.ownerId) return 'OWNER'
  if (account.role !== 'none') return 'MEMBER'
  return repo.roles[account.login] === undefined ? 'NONE' : 'COLLABORATOR'
}

/** `reaction-rollup` of a subject such as `issue:12`; `url` is the subject's own address. */
export function reactions(world: World, subject: string, url: string) {
  const all = world.reactions.find('subject', subject)
  const count = (content: string) => all.filter(it => it.content === content).length
  return {
    url: `${url}/reactions`,
    total_count: all.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  }
}

export function reaction(world: World, it: Reaction) {
  return {
    id: it.id,
    node_id: nodeId('reaction', it.id),
    user: userById(world, it.userId),
    content: it.content,
    created_at: it.createdAt,
  }
}

/** `issue-comment`. */
export function comment(world: World, it: Comment) {
  const issue = world.issues.get(it.issueId)!
  const repo = world.repos.get(it.repoId)!
  const url = `${repoUrl(world, repo)}/issues/comments/${it.id}`
  return {
    url,
    html_url: `${issueHtmlUrl(world, issue)}#issuecomment-${it.id}`,
    issue_url: issueUrl(world, issue),
    id: it.id,
    node_id: nodeId('comment', it.id),
    user: userById(world, it.authorId),
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    body: it.body,
    author_association: association(world.accounts.get(it.authorId), repo),
    reactions: reactions(world, `comment:${it.id}`, url),
    performed_via_github_app: it.viaApp ? app(world) : null,
    pin: it.pinnedAt === null ? null : { pinned_at: it.pinnedAt, pinned_by: userById(world, it.pinnedById) },
  }
}
