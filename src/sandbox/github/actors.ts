import { createPublicKey, randomBytes, verify } from 'node:crypto'
import type { Account, Permissions, Token } from './documents.ts'
import { type Actor, Refusal } from './kit.ts'
import type { World } from './world.ts'

/** Who calls, from the Authorization header: people's tokens, the App's JWT, installation tokens. */

const HOUR = 3_600_000

/**
 * Reads `Authorization: Bearer|token X`, or Basic with the token as password (git).
 * Throws 401 `Bad credentials` for a token that is unknown or has run out.
 */
export function authenticate(world: World, header: string | undefined): Actor {
  if (header === undefined || header === '') return { kind: 'anonymous' }
  const [scheme = '', value = ''] = header.split(/\s+/, 2)
  return actorOf(world, scheme.toLowerCase() === 'basic' ? passwordOf(value) : value)
}

/** Who a bare token belongs to; throws 401 as `authenticate` does. */
function actorOf(world: World, secret: string): Actor {
  if (secret.split('.').length === 3) return { kind: 'app', account: appOf(world, secret) }
  const token = world.tokens.one('token', secret)
  const account = token === undefined ? undefined : world.accounts.get(token.accountId)
  if (token === undefined || account === undefined) throw badCredentials()
  if (token.scope === null) return { kind: 'user', account, token }
  const { expiresAt, permissions, repositoryIds } = token.scope
  if (Date.parse(expiresAt) <= Date.now()) throw badCredentials()
  demandUnsuspended(world)
  return { kind: 'installation', account, token, permissions, repositoryIds, homeId: world.app.accountId }
}

/** Refuses in GitHub's words while the installation is suspended. */
export function demandUnsuspended(world: World): void {
  if (world.app.suspendedAt !== null) throw new Refusal(403, 'This installation has been suspended')
}

const badCredentials = () => new Refusal(401, 'Bad credentials')

/** git sends `x-access-token:TOKEN`; curl users also put the token first and leave the password empty or `x-oauth-basic`. */
function passwordOf(basic: string): string {
  const [name = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':')
  const password = rest.join(':')
  return password === '' || password === 'x-oauth-basic' ? name : password
}

/** The App's bot when the JWT is good. */
function appOf(world: World, jwt: string): Account {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  const header = decoded(head)
  const claims = decoded(payload)
  const signed = Buffer.from(`${head}.${payload}`)
  if (header?.alg !== 'RS256' || claims === undefined) throw unreadable()
  const key = createPublicKey(world.app.publicKey)
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) throw unreadable()
  if (![String(world.app.id), world.app.clientId].includes(String(claims.iss)))
    throw new Refusal(401, "'Issuer' claim ('iss') must be an Integer")
  const now = Date.now() / 1000
  if (typeof claims.exp !== 'number' || claims.exp <= now)
    throw new Refusal(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
  // GitHub allows ten minutes; a minute more for clocks that differ.
  if (claims.exp > now + 660)
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
  return botOf(world)
}

const unreadable = () => new Refusal(401, 'A JSON web token could not be decoded')

function decoded(part: string): { [claim: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as { [claim: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

/** The account that the App's changes are made by: `<slug>[bot]`. */
const botOf = (world: World): Account => world.accounts.one('login', `${world.app.slug}[bot]`)!

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const randomText = (length: number) => [...randomBytes(length)].map(byte => LETTERS[byte % 62]).join('')

/** A personal token that does not run out. */
export const userToken = (world: World, account: Account): Token =>
  world.tokens.put({
    id: world.next(),
    token: `ghp_${randomText(36)}`,
    accountId: account.id,
    createdAt: world.now(),
    scope: null,
  })

/** An installation token, good for an hour. */
export const installationToken = (
  world: World,
  permissions: Permissions,
  repositoryIds: readonly number[] | 'all',
): Token => {
  for (const old of world.tokens.all())
    if (old.scope !== null && Date.parse(old.scope.expiresAt) <= Date.now()) world.tokens.remove(old.id)
  return world.tokens.put({
    id: world.next(),
    token: `ghs_${randomText(36)}`,
    accountId: botOf(world).id,
    createdAt: world.now(),
    scope: {
      expiresAt: `${new Date(Date.now() + HOUR).toISOString().slice(0, 19)}Z`,
      permissions,
      repositoryIds,
    },
  })
}
