import { homeOf, nodeId, user, userById } from './render.ts'
import type { World } from './world.ts'

/** `installation`: the App on the organization, or on a person, on all repositories there. */
export function installation(world: World) {
  const { id, slug, clientId, installationId, permissions, events, createdAt, suspendedAt } = world.app
  const home = homeOf(world)
  return {
    id: installationId,
    account: user(world, home),
    repository_selection: 'all',
    access_tokens_url: `${world.urls.api}/app/installations/${installationId}/access_tokens`,
    repositories_url: `${world.urls.api}/installation/repositories`,
    html_url: `${world.urls.web}${home.type === 'User' ? '' : `/organizations/${home.login}`}/settings/installations/${installationId}`,
    app_id: id,
    app_slug: slug,
    client_id: clientId,
    target_id: home.id,
    target_type: home.type,
    permissions,
    events,
    created_at: createdAt,
    updated_at: createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspendedAt === null ? null : userById(world, home.id),
    suspended_at: suspendedAt,
  }
}

/** The two fields by which each delivery names the installation. */
export const installationLite = (world: World) => ({
  id: world.app.installationId,
  node_id: nodeId('installation', world.app.installationId),
})

/** `organization-simple`, as deliveries carry it. */
export function organization(world: World) {
  const org = homeOf(world)
  const url = `${world.urls.api}/orgs/${org.login}`
  return {
    login: org.login,
    id: org.id,
    node_id: nodeId('organization', org.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.urls.web}/sandbox/avatars/${org.id}`,
    description: null,
  }
}

/** `organization-full`. */
export function fullOrganization(world: World) {
  const org = homeOf(world)
  return {
    ...organization(world),
    html_url: `${world.urls.web}/${org.login}`,
    has_organization_projects: true,
    has_repository_projects: false,
    public_repos: world.repos.all().filter(it => !it.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: 'Organization',
    created_at: org.createdAt,
    updated_at: org.createdAt,
    archived_at: null,
  }
}
