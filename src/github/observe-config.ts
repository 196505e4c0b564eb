import type { RigSeen } from '../core/events.ts'
import { DEFAULT_CONFIG, type RigConfig } from '../core/rig.ts'
import { statusOf } from './errors.ts'
import type { Reach } from './reach.ts'
import { CONFIG_PATH, MAX_CONFIG_BYTES, readRigConfig, TOWN_REPO, tooLong } from './rig-config.ts'

/** A repository as REST lists it, as far as it is read here. */
export interface Repository {
  readonly id: number | bigint
  readonly name: string
  readonly owner: { readonly login: string }
  readonly default_branch: string
  readonly archived: boolean
}

/** What holds in a town where a rig's own file says nothing. */
export interface TownDefaults {
  readonly config: RigConfig
  /** What is wrong with the town's file now, for people; `config` is then the last good one. */
  readonly problem: string | null
}

/** Mirror subject: the town's last good defaults. */
const SUBJECT = 'town-config'
const NONE: TownDefaults = { config: DEFAULT_CONFIG, problem: null }

export const isTownRepo = ({ name }: { readonly name: string }) => name.toLowerCase() === TOWN_REPO

/** The defaults in the repository `.github` of the owner; null when the App is not installed on one. */
export async function townDefaults(
  reach: Reach,
  repository: Pick<Repository, 'name' | 'owner' | 'default_branch'> | null,
): Promise<TownDefaults> {
  const kept = (await reach.mirror.get(reach.townId, SUBJECT)) as { config: RigConfig } | null | undefined
  const { config, problem } = repository
    ? await readConfig(reach, repository, DEFAULT_CONFIG)
    : { ...NONE, problem: null }
  if (config === null) {
    const where = `${repository?.owner.login}/${repository?.name}`
    // What was kept may be older than a key that is known by now.
    return {
      config: { ...DEFAULT_CONFIG, ...kept?.config },
      problem: `In the defaults of ${where}: ${problem}`,
    }
  }
  if (JSON.stringify(kept?.config ?? DEFAULT_CONFIG) !== JSON.stringify(config))
    await reach.mirror.put(reach.townId, SUBJECT, { config })
  return { config, problem: null }
}

/** A mistake in the town's file is told in every rig, and costs none its own keys. */
export async function configSeen(
  reach: Reach,
  repository: Repository,
  town: TownDefaults,
): Promise<Pick<RigSeen, 'config' | 'configSha' | 'problem'>> {
  // The town's file is this repository's own.
  const under = isTownRepo(repository) ? NONE : town
  const { config, sha, problem } = await readConfig(reach, repository, under.config)
  const problems = [problem, under.problem].filter(it => it !== null)
  return { config, configSha: sha, problem: problems.length > 0 ? problems.join(' ') : null }
}

/** No file, or no commit yet, is the config that nobody wrote: all defaults. */
async function readConfig(
  { octokit }: Reach,
  { owner, name, default_branch }: Pick<Repository, 'name' | 'owner' | 'default_branch'>,
  defaults: RigConfig,
): Promise<{ config: RigConfig | null; sha: string | null; problem: string | null }> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', {
      owner: owner.login,
      repo: name,
      path: CONFIG_PATH,
      ref: default_branch,
    })
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data))
      return { config: null, sha: null, problem: `${CONFIG_PATH} is not a file.` }
    if (data.size > MAX_CONFIG_BYTES) return { config: null, sha: data.sha, problem: tooLong() }
    const read = readRigConfig(Buffer.from(data.content, 'base64').toString('utf8'), defaults)
    if ('problem' in read) return { config: null, sha: data.sha, problem: read.problem }
    return { config: read.config, sha: data.sha, problem: null }
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 409) throw error
    return { config: defaults, sha: null, problem: null }
  }
}
