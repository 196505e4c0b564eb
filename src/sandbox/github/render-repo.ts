import type { Account, Repo } from './documents.ts'
import { type Actor, atLeast, grants, roleOf } from './kit.ts'
import { fullName, nodeId, ownerOf, repoUrl, user } from './render.ts'
import type { World } from './world.ts'

/** The addresses that each repository object carries, as `key: path below the repository`. */
const ADDRESSES: readonly (readonly [string, string])[] = [
  ['archive', '/{archive_format}{/ref}'],
  ['assignees', '/assignees{/user}'],
  ['blobs', '/git/blobs{/sha}'],
  ['branches', '/branches{/branch}'],
  ['collaborators', '/collaborators{/collaborator}'],
  ['comments', '/comments{/number}'],
  ['commits', '/commits{/sha}'],
  ['compare', '/compare/{base}...{head}'],
  ['contents', '/contents/{+path}'],
  ['contributors', '/contributors'],
  ['deployments', '/deployments'],
  ['downloads', '/downloads'],
  ['events', '/events'],
  ['forks', '/forks'],
  ['git_commits', '/git/commits{/sha}'],
  ['git_refs', '/git/refs{/sha}'],
  ['git_tags', '/git/tags{/sha}'],
  ['hooks', '/hooks'],
  ['issue_comment', '/issues/comments{/number}'],
  ['issue_events', '/issues/events{/number}'],
  ['issues', '/issues{/number}'],
  ['keys', '/keys{/key_id}'],
  ['labels', '/labels{/name}'],
  ['languages', '/languages'],
  ['merges', '/merges'],
  ['milestones', '/milestones{/number}'],
  ['notifications', '/notifications{?since,all,participating}'],
  ['pulls', '/pulls{/number}'],
  ['releases', '/releases{/id}'],
  ['stargazers', '/stargazers'],
  ['statuses', '/statuses/{sha}'],
  ['subscribers', '/subscribers'],
  ['subscription', '/subscription'],
  ['tags', '/tags'],
  ['teams', '/teams'],
  ['trees', '/git/trees{/sha}'],
]

/** What the sandbox's repositories do not have. */
const ABSENT = {
  homepage: null,
  size: 0,
  stargazers_count: 0,
  watchers_count: 0,
  language: null,
  has_projects: false,
  has_downloads: false,
  has_wiki: false,
  has_pages: false,
  has_discussions: false,
  forks_count: 0,
  mirror_url: null,
  disabled: false,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
  forks: 0,
  watchers: 0,
  fork: false,
}

/** `repository` and `minimal-repository`: as lists, webhooks and pull requests carry it. */
export function repository(world: World, it: Repo, viewer?: Actor) {
  const url = repoUrl(world, it)
  const html = `${world.urls.web}/${fullName(world, it)}`
  const open = world.issues.count('open', it.id)
  return {
    id: it.id,
    node_id: nodeId('repo', it.id),
    name: it.name,
    full_name: fullName(world, it),
    private: it.private,
    owner: user(world, ownerOf(world, it)),
    html_url: html,
    description: it.description,
    url,
    ...Object.fromEntries(ADDRESSES.map(([key, path]) => [`${key}_url`, url + path])),
    created_at: it.createdAt,
    updated_at: it.updatedAt,
    pushed_at: it.pushedAt ?? it.createdAt,
    git_url: `${html}.git`,
    ...ABSENT,
    ssh_url: `${html}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    has_issues: it.hasIssues,
    archived: it.archived,
    open_issues_count: open,
    visibility: it.private ? 'private' : 'public',
    open_issues: open,
    default_branch: it.defaultBranch,
    ...(viewer === undefined || viewer.kind === 'anonymous' || viewer.kind === 'app'
      ? {}
      : { permissions: permissionsOf(viewer, it) }),
  }
}

/** `full-repository`: what the repository's own address and its creation answer. */
export function fullRepository(world: World, it: Repo, viewer: Actor) {
  return {
    ...repository(world, it, viewer),
    allow_squash_merge: it.allow.squash,
    allow_merge_commit: it.allow.merge,
    allow_rebase_merge: it.allow.rebase,
    allow_auto_merge: it.allow.auto,
    allow_update_branch: false,
    delete_branch_on_merge: it.deleteBranchOnMerge,
    use_squash_pr_title_as_default: false,
    squash_merge_commit_message: 'COMMIT_MESSAGES',
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
    merge_commit_message: 'PR_TITLE',
    merge_commit_title: 'MERGE_MESSAGE',
    organization: user(world, ownerOf(world, it)),
    network_count: 0,
    subscribers_count: 0,
    temp_clone_token: null,
  }
}

function permissionsOf(viewer: Exclude<Actor, { kind: 'anonymous' | 'app' }>, it: Repo) {
  if (viewer.kind === 'user') return rolePermissions(viewer.account, it)
  const push = grants(viewer.permissions, 'contents:write')
  return { admin: false, maintain: false, push, triage: push, pull: true }
}

/** The five yes-or-no permissions of a person on a repository. */
export function rolePermissions(account: Account, it: Repo) {
  const role = roleOf(account, it)
  return {
    admin: atLeast(role, 'admin'),
    maintain: atLeast(role, 'admin'),
    push: atLeast(role, 'write'),
    triage: atLeast(role, 'triage'),
    pull: atLeast(role, 'read'),
  }
}
