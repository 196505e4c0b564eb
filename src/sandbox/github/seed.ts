import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { userToken } from './actors.ts'
import type { Account, Permissions, Role } from './documents.ts'
import { homeOf } from './render.ts'
import { installation } from './render-app.ts'
import type { World } from './world.ts'

/** What a new sandbox GitHub starts with: the organization, five people, the App and its installation. */

/** The people of the sandbox and what they may do in the organization's repositories. */
export const PEOPLE: readonly (readonly [login: string, role: Role])[] = [
  ['olivia', 'admin'],
  ['wes', 'write'],
  ['tara', 'triage'],
  ['rhea', 'read'],
  ['stan', 'none'],
]

/** What the App is granted when the options do not say otherwise. */
const GRANTED: Permissions = {
  metadata: 'read',
  issues: 'write',
  pull_requests: 'write',
  contents: 'write',
  checks: 'write',
  statuses: 'read',
  workflows: 'write',
  organization_projects: 'write',
}

/** The events that the App hears of. `installation` and `installation_repositories` come without asking. */
export const EVENTS: readonly string[] = [
  'issues',
  'issue_comment',
  'sub_issues',
  'issue_dependencies',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'check_run',
  'check_suite',
  'push',
  'label',
  'repository',
  'status',
  'projects_v2_item',
]

/** The App as the caller of `startGitHub` registers it. One of the keys is enough: the public half is what counts. */
export interface AppOptions {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly publicKey?: string
  readonly privateKey?: string
  readonly webhookSecret: string
  /** Where deliveries go now; null keeps none. An address set through `PATCH /app/hook/config` wins. */
  readonly webhookUrl: () => string | null
  readonly permissions?: Permissions
  readonly events?: readonly string[]
}

/** An App with its private half, for whoever plays the App. */
export interface KeptApp {
  readonly id: number
  readonly slug: string
  readonly name: string
  /** PKCS#8 PEM. */
  readonly privateKey: string
  readonly webhookSecret: string
}

/**
 * The App's key and webhook secret for a data folder, made on first use and kept in `<dataDir>/app.json` (readable by
 * the owner only), so that the App goes on working after any restart.
 */
export function keptApp(dataDir: string, app: { id: number; slug: string; name: string }): KeptApp {
  const file = join(dataDir, 'app.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as KeptApp
  mkdirSync(dataDir, { recursive: true })
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const kept: KeptApp = { ...app, privateKey, webhookSecret: randomBytes(24).toString('hex') }
  // Written aside first: a kill in the middle must not leave half a key.
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return kept
}

/** What the App is installed on: an organization, or a person, whose boards no App can see. */
export interface Home {
  readonly login: string
  readonly type: 'Organization' | 'User'
}

/** Fills an empty world, and registers the App as it is described today. Says whether the world was new. */
export function seed(world: World, home: Home, options: AppOptions): boolean {
  return world.atomically(() => {
    const isNew = world.accounts.one('login', home.login) === undefined
    if (isNew) {
      const owner = account(world, home.login, home.type, home.type === 'User' ? 'admin' : 'none')
      if (home.type === 'User') userToken(world, owner)
      account(world, `${options.slug}[bot]`, 'Bot', 'none')
      for (const [login, role] of PEOPLE) userToken(world, account(world, login, 'User', role))
      world.setSetting('installation', { id: world.next(), createdAt: world.now(), suspendedAt: null })
    }
    world.app = identity(world, world.accounts.one('login', home.login)!.id, options)
    return isNew
  })
}

/** Tells the App that it was installed; called once, when the addresses are known. */
export function announceInstallation(world: World): void {
  const home = homeOf(world)
  const admin = home.type === 'User' ? home : world.accounts.one('login', PEOPLE[0]![0])!
  world.emit(
    'installation',
    'created',
    null,
    { installation: installation(world), repositories: [], requester: null },
    admin,
  )
}

interface Installed {
  readonly id: number
  readonly createdAt: string
  readonly suspendedAt: string | null
}

/** Suspends the installation, or lets it work again, and says so. */
export function setSuspended(world: World, suspendedAt: string | null, by: Account): void {
  const { installationId: id, createdAt } = world.app
  world.setSetting('installation', { id, createdAt, suspendedAt } satisfies Installed)
  world.app = { ...world.app, suspendedAt }
  const action = suspendedAt === null ? 'unsuspend' : 'suspend'
  world.emit('installation', action, null, { installation: installation(world), repositories: [] }, by)
}

const account = (world: World, login: string, type: Account['type'], role: Role): Account =>
  world.accounts.put({ id: world.next(), login, type, role, createdAt: world.now() })

function identity(world: World, accountId: number, options: AppOptions): World['app'] {
  const { id, createdAt, suspendedAt } = world.setting<Installed>('installation')!
  const key = options.publicKey ?? options.privateKey
  if (key === undefined) throw new Error('The App needs a publicKey or a privateKey (PEM).')
  return {
    id: options.id,
    slug: options.slug,
    name: options.name,
    clientId: `Iv23sandbox${String(options.id).padStart(8, '0')}`,
    installationId: id,
    accountId,
    permissions: options.permissions ?? GRANTED,
    events: options.events ?? EVENTS,
    createdAt,
    suspendedAt,
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** The people with their tokens, in the shape that the sandbox prints when it is ready. */
export function people(world: World): { [login: string]: { role: Role; token: string } } {
  return Object.fromEntries(
    world.accounts
      .all()
      .filter(it => it.type === 'User')
      .map(({ id, login, role }) => [login, { role, token: world.tokens.one('account', id)!.token }]),
  )
}
