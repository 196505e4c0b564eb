import { pino } from 'pino'
import { Probot } from 'probot'
import type { Time } from '../core/town.ts'
import { type Allowance, type Directory, type GitHub, type Log, type Mirror, Refused } from '../ports.ts'
import { fetchFor, type Octokit, octokitFor } from './client.ts'
import type { Fetch } from './conditional-fetch.ts'
import { outcomeOf, saidBy, statusOf, translated } from './errors.ts'
import { hintsOf } from './hints.ts'
import { memoryKey } from './memory.ts'
import { look } from './observe.ts'
import { perform } from './perform.ts'
import { addressOf, nodeIds, type Reach } from './reach.ts'
import { recover, type TownRecovered } from './recover/recover.ts'
import { sweep } from './sweep.ts'

export interface GitHubOptions {
  readonly appId: number | string
  /** PEM. */
  readonly privateKey: string
  readonly webhookSecret: string
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly apiUrl: string
  /** Where repositories are cloned from: `https://github.com`. */
  readonly gitUrl: string
  readonly mirror: Mirror
  readonly directory: Directory
  readonly allowance: Allowance
  readonly log: Log
  readonly fetch?: Fetch
  readonly now?: () => Time
}

/** GitHub as the loop knows it, and what only those who start us ask of it. */
export interface OpenGitHub extends GitHub {
  readonly probot: Probot
  /** A town as GitHub alone tells of it, for a database that knows nothing. */
  recover(townId: string): Promise<TownRecovered>
}

/**
 * Opens GitHub for the loop. Wrong credentials fail here; a GitHub that cannot be asked now does not, because a
 * restart of ours must not wait for it.
 */
export async function openGitHub(options: GitHubOptions): Promise<OpenGitHub> {
  const { log } = options
  const probot = probotFor(options)
  const app = await probot.auth()
  const self = await introduced(app, Number(options.appId), log)
  const installations = new Map<string, Promise<Octokit>>()
  const remembered = {
    nodeIds: nodeIds(),
    labelling: new Map<string, Promise<unknown>>(),
    memoryKey: memoryKey(options.webhookSecret),
  }

  const reachOf = async (townId: string): Promise<Reach> => {
    const known = installations.get(townId) ?? probot.auth(Number(townId))
    installations.set(townId, known)
    return {
      townId,
      app,
      octokit: await known,
      self: { appId: self.appId, slug: await self.slug() },
      mirror: options.mirror,
      directory: options.directory,
      allowance: options.allowance,
      ...remembered,
      log,
      now: options.now ?? Date.now,
    }
  }
  const within = <T>(townId: string, ask: (reach: Reach) => Promise<T>): Promise<T> =>
    translated(log, async () => ask(await reachOf(townId)))

  return {
    probot,
    hints: delivery => hintsOf(delivery, { appId: self.appId, slug: self.known() }),
    look: (townId, at) => within(townId, reach => look(reach, at)),
    sweep: (townId, since) => within(townId, reach => sweep(reach, since)),
    perform: (townId, effect, attempt) => within(townId, reach => perform(reach, effect, attempt)),
    towns: () => translated(log, () => townsOf(app)),
    recover: townId => within(townId, recover),
    gitAccess: (townId, rigId) => within(townId, reach => gitAccess(reach, rigId, options.gitUrl)),
  }
}

/** Probot as a library: it reads no environment and no `.env`, opens no Redis, and logs nothing (it would log payloads). */
function probotFor({ appId, privateKey, webhookSecret, fetch, ...options }: GitHubOptions): Probot {
  const apiUrl = options.apiUrl.replace(/\/+$/, '')
  // Without one Probot takes the word `development`, and anybody could sign with that.
  if (!webhookSecret || webhookSecret === 'development')
    throw new Error('the webhook secret must be set, and must not be "development"')
  return new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    baseUrl: apiUrl,
    Octokit: octokitFor(apiUrl),
    request: { fetch: fetchFor(fetch) },
    log: pino({ level: 'silent' }),
  })
}

interface Introduced {
  readonly appId: number
  /** What GitHub calls us, asked for until it has said so. */
  slug(): Promise<string>
  known(): string | null
}

async function introduced(app: Octokit, appId: number, log: Log): Promise<Introduced> {
  let known: string | null = null
  const slug = async (): Promise<string> => {
    known ??= (await app.request('GET /app')).data?.slug ?? `app-${appId}`
    return known
  }
  try {
    await slug()
  } catch (error) {
    if (statusOf(error) === 401) throw new Error(`GitHub does not take the App's key: ${saidBy(error)}`)
    const outcome = outcomeOf(error, log)
    if (!(outcome instanceof Error) || outcome instanceof Refused || statusOf(error) === null) throw outcome
    log.warn({ error: outcome.message }, 'GitHub cannot be asked now')
  }
  return { appId, slug, known: () => known }
}

/** Every installation, suspended ones included: looking at a town says whether it is. */
async function townsOf(app: Octokit): Promise<readonly string[]> {
  const installations = await app.paginate('GET /app/installations', { per_page: 100 })
  return installations.map(it => String(it.id))
}

/** The security boundary of a runner: one repository, contents only. Asked for by route, because `octokit.auth` ignores the base URL. */
async function gitAccess(reach: Reach, rigId: string, gitUrl: string) {
  const { owner, repo } = await addressOf(reach, rigId)
  const { data } = await reach.app.request('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: Number(reach.townId),
    repository_ids: [Number(rigId)],
    permissions: { contents: 'write', metadata: 'read' },
  })
  const cloneUrl = `${gitUrl.replace(/\/+$/, '')}/${owner}/${repo}.git`
  return { cloneUrl, token: data.token, expiresAt: Date.parse(data.expires_at) }
}
