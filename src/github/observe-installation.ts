import type { Fact, RigSeen } from '../core/events.ts'
import { DEFAULT_CONFIG, type Time } from '../core/town.ts'
import { Refused } from '../ports.ts'
import type { Octokit } from './client.ts'
import { statusOf } from './errors.ts'
import { addressOf, type Reach } from './reach.ts'
import { CONFIG_PATH, MAX_CONFIG_BYTES, readRigConfig, tooLong } from './rig-config.ts'

type TownSeen = Extract<Fact, { type: 'TownSeen' }>
type RigsSeen = Extract<Fact, { type: 'RigsSeen' }>

/** Requests for configs at once: quick for a town of hundreds of rigs, and far from GitHub's limit of 100. */
const AT_ONCE = 8
/** Mirror subject: who the town was when it was last seen, for the day on which the App is taken off it. */
const SUBJECT = 'town'

export interface Installation {
  readonly facts: readonly [TownSeen, ...RigsSeen[]]
  readonly rigs: readonly RigSeen[]
  /** What was written before is none of our business. */
  readonly installedAt: Time
}

/** The installation with all its rigs. A suspended or deleted one cannot be asked for its rigs. */
export async function observeInstallation(reach: Reach): Promise<Installation> {
  const town = await observeTown(reach)
  if (town === null) {
    const facts = [await goneTown(reach), { type: 'RigsSeen', rigs: [], complete: true }] as const
    return { facts, rigs: [], installedAt: reach.now() }
  }
  const { seen, installedAt } = town
  if (seen.suspended) return { facts: [seen], rigs: [], installedAt }
  const repositories = await reach.octokit.paginate('GET /installation/repositories', { per_page: 100 })
  const rigs: RigSeen[] = []
  for (let at = 0; at < repositories.length; at += AT_ONCE) {
    const some = repositories.slice(at, at + AT_ONCE)
    rigs.push(...(await Promise.all(some.map(it => rigSeen(reach.octokit, it)))))
  }
  return { facts: [seen, { type: 'RigsSeen', rigs, complete: true }], rigs, installedAt }
}

/** One rig; `null` when it is not where it was, and only the whole list can tell. */
export async function observeRig(reach: Reach, rigId: string): Promise<RigsSeen | null> {
  try {
    const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}', await addressOf(reach, rigId))
    if (String(data.id) !== rigId) return null
    return { type: 'RigsSeen', rigs: [await rigSeen(reach.octokit, data)], complete: false }
  } catch (error) {
    if (error instanceof Refused || statusOf(error) === 404 || statusOf(error) === 403) return null
    throw error
  }
}

async function observeTown(reach: Reach): Promise<{ seen: TownSeen; installedAt: Time } | null> {
  try {
    const { data } = await reach.app.request('GET /app/installations/{installation_id}', {
      installation_id: Number(reach.townId),
    })
    const account = data.account
    const login = account === null ? '' : 'login' in account ? account.login : account.slug
    const suspended = data.suspended_at !== null && data.suspended_at !== undefined
    const seen: TownSeen = { type: 'TownSeen', login, appSlug: data.app_slug, suspended }
    await reach.mirror.put(reach.townId, SUBJECT, { login })
    return { seen, installedAt: Date.parse(data.created_at) }
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** Only what was a town can stop being one: of any other installation nothing is kept but the delivery that named it. */
async function goneTown(reach: Reach): Promise<TownSeen> {
  const last = (await reach.mirror.get(reach.townId, SUBJECT)) as { login: string } | null | undefined
  if (!last) throw new Refused(`GitHub knows no installation ${reach.townId} of this App`, 404)
  return { type: 'TownSeen', login: last.login, appSlug: reach.self.slug, suspended: true }
}

interface Repository {
  readonly id: number | bigint
  readonly name: string
  readonly owner: { readonly login: string }
  readonly default_branch: string
  readonly archived: boolean
}

async function rigSeen(octokit: Octokit, repository: Repository): Promise<RigSeen> {
  return {
    id: String(repository.id),
    owner: repository.owner.login,
    name: repository.name,
    defaultBranch: repository.default_branch,
    archived: repository.archived,
    ...(await configSeen(octokit, repository)),
  }
}

/** No file, or no commit yet, is the config that nobody wrote: all defaults. */
async function configSeen(
  octokit: Octokit,
  { owner, name, default_branch }: Repository,
): Promise<Pick<RigSeen, 'config' | 'configSha' | 'problem'>> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', {
      owner: owner.login,
      repo: name,
      path: CONFIG_PATH,
      ref: default_branch,
    })
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data))
      return { config: null, configSha: null, problem: `${CONFIG_PATH} is not a file.` }
    if (data.size > MAX_CONFIG_BYTES) return { config: null, configSha: data.sha, problem: tooLong() }
    const read = readRigConfig(Buffer.from(data.content, 'base64').toString('utf8'))
    if ('problem' in read) return { config: null, configSha: data.sha, problem: read.problem }
    return { config: read.config, configSha: data.sha, problem: null }
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 409) throw error
    return { config: DEFAULT_CONFIG, configSha: null, problem: null }
  }
}
