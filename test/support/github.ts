import { generateKeyPairSync } from 'node:crypto'
import { type GitHubOptions, openGitHub } from '../../src/github/app.ts'
import type { Allowance, Directory, Log, Mirror } from '../../src/ports.ts'
import { quietLog } from './log.ts'

/** The adapter with what it remembers and knows at hand, so that a test can look at it and change it. */

export const WEBHOOK_SECRET = 'a secret of the test'
export const APP_ID = 4242

export const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export interface Memory {
  readonly written: Map<string, unknown>
  readonly known: Set<string>
  readonly rigs: Map<string, { owner: string; name: string; defaultBranch: string; configSha: string | null }>
  /** By `rig#number`. */
  readonly pulls: Map<string, { id: string; headSha: string | null }>
  convoys: { id: string; rigId: string; issueId: string; number: number }[]
  readonly mirror: Mirror
  readonly directory: Directory
  readonly allowance: Allowance
  /** What it let through. */
  readonly created: { creations: number; share: number }[]
  /** How long it tells whoever asks to wait; 0: it lets everything through at once. */
  waitMs: number
}

export function memory(): Memory {
  const written = new Map<string, unknown>()
  const known = new Set<string>()
  const rigs: Memory['rigs'] = new Map()
  const pulls: Memory['pulls'] = new Map()
  const created: Memory['created'] = []
  const kept: Memory = {
    written,
    known,
    rigs,
    pulls,
    created,
    waitMs: 0,
    convoys: [],
    mirror: {
      get: async (townId, subject) => structuredClone(written.get(`${townId} ${subject}`)) ?? null,
      put: async (townId, subject, what) => void written.set(`${townId} ${subject}`, structuredClone(what)),
    },
    directory: {
      rig: async (_town, rigId) => rigs.get(rigId) ?? null,
      isKnown: async (_town, dedupe) => known.has(dedupe),
      pull: async (_town, rigId, number) => pulls.get(`${rigId}#${number}`) ?? null,
      openConvoys: async () => kept.convoys,
      rigs: async () => [...rigs].map(([id, rig]) => ({ id, ...rig })),
    },
    allowance: {
      spend: async (_town, creations, _now, share) => {
        if (kept.waitMs === 0) created.push({ creations, share })
        return kept.waitMs
      },
    },
  }
  return kept
}

export function open(apiUrl: string, kept: Memory, more: Partial<GitHubOptions> & { log?: Log } = {}) {
  return openGitHub({
    appId: APP_ID,
    privateKey: KEYS.privateKey,
    webhookSecret: WEBHOOK_SECRET,
    apiUrl,
    gitUrl: 'https://git.example',
    mirror: kept.mirror,
    directory: kept.directory,
    allowance: kept.allowance,
    log: quietLog,
    ...more,
  })
}
