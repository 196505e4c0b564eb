import type { Permission, RightSeen } from '../core/events.ts'
import { statusOf } from './errors.ts'
import type { Address, Reach } from './reach.ts'

const KNOWN: ReadonlySet<string> = new Set<Permission>([
  'admin',
  'maintain',
  'write',
  'triage',
  'read',
  'none',
])

/**
 * What a person may do in a repository, asked of GitHub each time: `author_association` in payloads is wrong for
 * private members of an organization. A custom role counts as what it is based on.
 */
export async function permissionOf({ octokit }: Reach, at: Address, username: string): Promise<Permission> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...at,
      username,
    })
    const role = [data.role_name, data.permission].find(it => KNOWN.has(it))
    return (role as Permission | undefined) ?? 'none'
  } catch (error) {
    if (statusOf(error) === 404) return 'none'
    throw error
  }
}

/** What a person may do in each of these rigs, each asked once. Repositories that are no rigs of the town are left out. */
export async function rightsIn(
  reach: Reach,
  login: string,
  rigIds: Iterable<string>,
): Promise<readonly RightSeen[]> {
  const rights = [...new Set(rigIds)].map(async (rigId): Promise<RightSeen[]> => {
    const rig = await reach.directory.rig(reach.townId, rigId)
    if (!rig) return []
    return [{ rigId, permission: await permissionOf(reach, { owner: rig.owner, repo: rig.name }, login) }]
  })
  return (await Promise.all(rights)).flat()
}

export const mayWrite = (permission: Permission): boolean =>
  permission === 'admin' || permission === 'maintain' || permission === 'write'
