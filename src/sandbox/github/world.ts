import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Collection, Indexes } from './collection.ts'
import type {
  Account,
  Comment,
  Issue,
  Label,
  Permissions,
  Reaction,
  Repo,
  TimelineEntry,
  Token,
} from './documents.ts'
import { openStore, type Store } from './store.ts'

export type { Collection, Indexes }

/**
 * The state of the sandbox's GitHub: typed documents held in memory and written through to SQLite before a change
 * is visible to anybody, so a killed process loses nothing that it answered.
 */

/** Something that happened and that GitHub would tell the App about. `payload` is already in the API's words. */
export interface WorldEvent {
  readonly event: string
  readonly action: string | null
  readonly repo: Repo | null
  readonly sender: Account
  readonly payload: { readonly [key: string]: unknown }
}

/** Where this GitHub can be reached, without a trailing slash: `http://127.0.0.1:4600` and so on. */
export interface Urls {
  readonly web: string
  readonly api: string
  readonly graphql: string
}

/** The App as GitHub knows it. It is installed once, on all repositories of the sandbox's organization. */
export interface AppIdentity {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly clientId: string
  readonly installationId: number
  /** The account that it is installed on. */
  readonly accountId: number
  /** What the installation granted; its tokens can have less. */
  readonly permissions: Permissions
  readonly events: readonly string[]
  readonly createdAt: string
  /** While it is set the tokens do nothing and only `installation` events are sent. */
  readonly suspendedAt: string | null
  /** PEM; what the App signs its JWTs with is the private half, which stays with the App. */
  readonly publicKey: string
}

export interface World extends Store {
  readonly accounts: Collection<Account>
  readonly repos: Collection<Repo>
  readonly issues: Collection<Issue>
  readonly labels: Collection<Label>
  readonly comments: Collection<Comment>
  readonly reactions: Collection<Reaction>
  readonly timeline: Collection<TimelineEntry>
  readonly tokens: Collection<Token>
  /**
   * Tells the webhooks (and whoever else listens) what happened. Inside `atomically` what listeners write is part of
   * it, so a change and the deliveries that it causes live or die together.
   */
  emit(
    event: string,
    action: string | null,
    repo: Repo | null,
    payload: { readonly [key: string]: unknown },
    sender: Account,
  ): void
  onEvent(listener: (event: WorldEvent) => void): void
  /**
   * Fires `pull_request.<action>` when the issue half of a pull request changed (labels, texts, assignees, state); `more` are the
   * payload's other keys. Set by the pull request routes, which know how a pull request looks.
   */
  tellPull(issue: Issue, action: string, more: { readonly [key: string]: unknown }, sender: Account): void
  /** Now, as GitHub writes it: `2026-01-02T03:04:05Z`. */
  now(): string
  /** Set once the server listens. */
  urls: Urls
  /** The App that is installed on the organization; set when the server starts. */
  app: AppIdentity
  /** Everything on disk lives here; a temporary folder when no data folder was given. */
  readonly dataDir: string
  /** Bare repositories: `<gitDir>/<owner>/<repository id>.git`. */
  readonly gitDir: string
}

/** Opens the state kept in `dataDir`, or a new one that lives in memory until `close`. */
export function openWorld(options: { dataDir?: string | undefined } = {}): World {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sandbox-github-'))
  const gitDir = join(dataDir, 'git')
  mkdirSync(gitDir, { recursive: true })
  const store = openStore(options.dataDir === undefined ? ':memory:' : join(dataDir, 'github.sqlite'))
  const events = new EventEmitter()
  return {
    ...store,
    ...documentsOf(store),
    emit: (event, action, repo, payload, sender) => {
      events.emit('event', { event, action, repo, payload, sender } satisfies WorldEvent)
    },
    onEvent: listener => void events.on('event', listener),
    tellPull: issue => {
      throw new Error(`Nobody can tell of pull request ${issue.number}.`)
    },
    now: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    urls: { web: '', api: '', graphql: '' },
    app: NO_APP,
    dataDir,
    gitDir,
    close: () => {
      store.close()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const NO_APP: AppIdentity = {
  id: 0,
  slug: '',
  name: '',
  clientId: '',
  installationId: 0,
  accountId: 0,
  permissions: {},
  events: [],
  createdAt: '',
  suspendedAt: null,
  publicKey: '',
}

const documentsOf = ({ collection }: Store) => ({
  accounts: collection<Account>('accounts', { login: it => it.login.toLowerCase() }),
  repos: collection<Repo>('repos', { name: it => it.name.toLowerCase() }),
  issues: collection<Issue>('issues', {
    repo: it => it.repoId,
    open: it => (it.state === 'open' ? it.repoId : undefined),
    number: it => `${it.repoId}#${it.number}`,
    pull: it => it.pull?.id,
  }),
  labels: collection<Label>('labels', {
    repo: it => it.repoId,
    name: it => `${it.repoId}/${it.name.toLowerCase()}`,
  }),
  comments: collection<Comment>('comments', { repo: it => it.repoId, issue: it => it.issueId }),
  reactions: collection<Reaction>('reactions', { subject: it => it.subject }),
  timeline: collection<TimelineEntry>('timeline', { issue: it => it.issueId }),
  tokens: collection<Token>('tokens', { token: it => it.token, account: it => it.accountId }),
})
