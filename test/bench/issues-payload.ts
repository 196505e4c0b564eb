/** A webhook as GitHub sends it when an issue is opened: some 11 kB, most of it addresses of the same few things. */
export function issuesPayload(): Buffer {
  return Buffer.from(
    JSON.stringify({
      action: 'opened',
      issue: issue(),
      repository: repository(),
      organization: {
        ...account('acme', 7_001),
        description: 'Everything for coyotes',
        hooks_url: `${API}/orgs/acme/hooks`,
      },
      sender: account('olivia', 7_002),
      installation: { id: 77, node_id: 'MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNzc=' },
    }),
  )
}

const API = 'https://api.github.com'
const WEB = 'https://github.com'

const address = (base: string, paths: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(paths).map(([key, path]) => [`${key}_url`, `${base}${path}`]))

function account(login: string, id: number) {
  return {
    login,
    id,
    node_id: `MDQ6VXNlcj${id}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url: `${API}/users/${login}`,
    html_url: `${WEB}/${login}`,
    ...address(`${API}/users/${login}`, {
      followers: '/followers',
      following: '/following{/other_user}',
      gists: '/gists{/gist_id}',
      starred: '/starred{/owner}{/repo}',
      subscriptions: '/subscriptions',
      organizations: '/orgs',
      repos: '/repos',
      events: '/events{/privacy}',
      received_events: '/received_events',
    }),
    type: 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

function label(name: string, id: number) {
  const url = `${API}/repos/acme/drawer-of-coins/labels/${name}`
  return {
    id,
    node_id: `MDU6TGFiZWw${id}`,
    url,
    name,
    color: 'bfdadc',
    default: false,
    description: `About ${name}`,
  }
}

function issue() {
  const url = `${API}/repos/acme/drawer-of-coins/issues/1347`
  return {
    url,
    repository_url: `${API}/repos/acme/drawer-of-coins`,
    ...address(url, { labels: '/labels{/name}', comments: '/comments', events: '/events' }),
    html_url: `${WEB}/acme/drawer-of-coins/issues/1347`,
    id: 444_500_041,
    node_id: 'MDU6SXNzdWU0NDQ1MDAwNDE=',
    number: 1347,
    title: 'The till counts a returned coin twice',
    user: account('olivia', 7_002),
    labels: [label('bug', 1), label('till', 2), label('good-first-issue', 3)],
    state: 'open',
    locked: false,
    assignee: account('wes', 7_003),
    assignees: [account('wes', 7_003)],
    milestone: null,
    comments: 0,
    created_at: '2026-05-15T15:20:18Z',
    updated_at: '2026-05-15T15:20:18Z',
    closed_at: null,
    author_association: 'MEMBER',
    sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
    issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 0, blocking: 0, total_blocking: 0 },
    body: 'Put a coin in, take it back, and look at the sum: it is there twice.\r\n\r\nExpected: once.\r\n'.repeat(
      4,
    ),
    reactions: {
      url: `${url}/reactions`,
      total_count: 0,
      '+1': 0,
      '-1': 0,
      laugh: 0,
      hooray: 0,
      confused: 0,
    },
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: null,
  }
}

const PLACES = [
  'forks',
  'keys{/key_id}',
  'collaborators{/collaborator}',
  'teams',
  'hooks',
  'issues/events{/number}',
  'events',
  'assignees{/user}',
  'branches{/branch}',
  'tags',
  'git/blobs{/sha}',
  'git/tags{/sha}',
  'git/refs{/sha}',
  'git/trees{/sha}',
  'statuses/{sha}',
  'languages',
  'stargazers',
  'contributors',
  'subscribers',
  'subscription',
  'commits{/sha}',
  'git/commits{/sha}',
  'comments{/number}',
  'issues/comments{/number}',
  'contents/{+path}',
  'compare/{base}...{head}',
  'merges',
  '{archive_format}{/ref}',
  'downloads',
  'issues{/number}',
  'pulls{/number}',
  'milestones{/number}',
  'notifications{?since,all,participating}',
  'labels{/name}',
  'releases{/id}',
  'deployments',
]

function repository() {
  const url = `${API}/repos/acme/drawer-of-coins`
  const places = PLACES.map(place => [`${place.replace(/[^a-z]+/g, '_')}_url`, `${url}/${place}`])
  return {
    id: 186_853_002,
    node_id: 'MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=',
    name: 'drawer-of-coins',
    full_name: 'acme/drawer-of-coins',
    private: false,
    owner: account('acme', 7_001),
    html_url: `${WEB}/acme/drawer-of-coins`,
    description: 'A till that can count',
    fork: false,
    url,
    ...Object.fromEntries(places),
    created_at: '2026-05-15T15:19:25Z',
    updated_at: '2026-05-15T15:19:27Z',
    pushed_at: '2026-05-15T15:20:13Z',
    git_url: 'git://github.com/acme/drawer-of-coins.git',
    ssh_url: 'git@github.com:acme/drawer-of-coins.git',
    clone_url: `${WEB}/acme/drawer-of-coins.git`,
    size: 42,
    stargazers_count: 3,
    language: 'TypeScript',
    has_issues: true,
    has_projects: true,
    forks_count: 1,
    open_issues_count: 12,
    license: null,
    topics: ['coins', 'till'],
    visibility: 'public',
    default_branch: 'main',
    custom_properties: {},
  }
}
