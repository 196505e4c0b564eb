import type { Fact, RigSeen } from '../core/events.ts'
import type { Time } from '../core/town.ts'
import { Refused } from '../ports.ts'
import { statusOf } from './errors.ts'
import { configSeen, isTownRepo, type Repository, type TownDefaults, townDefaults } from './observe-config.ts'
import { addressOf, type Reach } from './reach.ts'

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
  const defaults = await townDefaults(reach, repositories.find(isTownRepo) ?? null)
  const rigs: RigSeen[] = []
  for (let at = 0; at < repositories.length; at += AT_ONCE) {
    const some = repositories.slice(at, at + AT_ONCE)
    rigs.push(...(await Promise.all(some.map(it => rigSeen(reach, it, defaults)))))
  }
  return { facts: [seen, { type: 'RigsSeen', rigs, complete: true }], rigs, installedAt }
}

/** One rig; `null` when it is not where it was, and only the whole list can tell. */
export async function observeRig(reach: Reach, rigId: string): Promise<RigsSeen | null> {
  try {
    const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}', await addressOf(reach, rigId))
    if (String(data.id) !== rigId) return null
    const rig = await rigSeen(reach, data, await knownDefaults(reach))
    return { type: 'RigsSeen', rigs: [rig], complete: false }
  } catch (error) {
    if (error instanceof Refused || statusOf(error) === 404 || statusOf(error) === 403) return null
    throw error
  }
}

/** The town's defaults, when only one rig is looked at: where they are is known already. */
async function knownDefaults(reach: Reach): Promise<TownDefaults> {
  const known = (await reach.directory.rigs(reach.townId)).find(isTownRepo)
  const rig = known && (await reach.directory.rig(reach.townId, known.id))
  return townDefaults(
    reach,
    rig ? { name: rig.name, owner: { login: rig.owner }, default_branch: rig.defaultBranch } : null,
  )
}

async function observeTown(reach: Reach): Promise<{ seen: TownSeen; installedAt: Time } | null> {
  try {
    const { data } = await reach.app.request('GET /app/installations/{installation_id}', {
      installation_id: Number(reach.townId),
    })
    const account = data.account
    const login = account === null ? '' : 'login' in account ? account.login : account.slug
    const suspended = data.suspended_at !== null && data.suspended_at !== undefined
    const ownerType =
      account !== null && 'type' in account && account.type === 'User' ? 'User' : 'Organization'
    const seen: TownSeen = { type: 'TownSeen', login, ownerType, appSlug: data.app_slug, suspended }
    await reach.mirror.put(reach.townId, SUBJECT, { login, ownerType })
    return { seen, installedAt: Date.parse(data.created_at) }
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** Only what was a town can stop being one: of any other installation nothing is kept but the delivery that named it. */
async function goneTown(reach: Reach): Promise<TownSeen> {
  type Kept = Pick<TownSeen, 'login'> & Partial<TownSeen>
  const last = (await reach.mirror.get(reach.townId, SUBJECT)) as Kept | null | undefined
  if (!last) throw new Refused(`GitHub knows no installation ${reach.townId} of this App`, 404)
  const { login, ownerType = 'Organization' } = last
  return { type: 'TownSeen', login, ownerType, appSlug: reach.self.slug, suspended: true }
}

async function rigSeen(reach: Reach, repository: Repository, defaults: TownDefaults): Promise<RigSeen> {
  return {
    id: String(repository.id),
    owner: repository.owner.login,
    name: repository.name,
    defaultBranch: repository.default_branch,
    archived: repository.archived,
    ...(await configSeen(reach, repository, defaults)),
  }
}
