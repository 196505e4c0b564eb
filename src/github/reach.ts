import type { Time } from '../core/town.ts'
import { type Allowance, type Directory, type Log, type Mirror, Refused } from '../ports.ts'
import type { Octokit } from './client.ts'

/** Who we are on GitHub. */
export interface Self {
  readonly appId: number
  /** The App's login without `[bot]`. */
  readonly slug: string
}

/** A repository as requests name it. */
export type Address = { readonly owner: string; readonly repo: string }

/**
 * Node ids of issues that were read lately, by database id, and of repositories as `rig:<id>`: GraphQL takes these, and
 * a request for each is saved.
 */
export interface NodeIds {
  get(issueId: string): string | undefined
  set(issueId: string, nodeId: string): void
}

/** What one installation is looked at and changed with. */
export interface Reach {
  readonly townId: string
  /** Speaks as the installation. */
  readonly octokit: Octokit
  /** Speaks as the App itself (JWT). */
  readonly app: Octokit
  readonly self: Self
  readonly mirror: Mirror
  readonly directory: Directory
  readonly allowance: Allowance
  readonly nodeIds: NodeIds
  /** Labels that are being made, by rig: many beads begin at once and want the same ones. */
  readonly labelling: Map<string, Promise<unknown>>
  /** Signs what our comments remember. */
  readonly memoryKey: Buffer
  readonly log: Log
  now(): Time
}

/** Where a rig is. Throws `Refused` for one that the town does not have. */
export async function addressOf(reach: Reach, rigId: string): Promise<Address> {
  const rig = await reach.directory.rig(reach.townId, rigId)
  if (!rig) throw new Refused(`the App is not installed on repository ${rigId}`, 404)
  return { owner: rig.owner, repo: rig.name }
}

/** A bounded memory: the oldest half goes when it is full. */
export function nodeIds(most = 20_000): NodeIds {
  const known = new Map<string, string>()
  return {
    get: issueId => known.get(issueId),
    set(issueId, nodeId) {
      if (known.size >= most) for (const old of [...known.keys()].slice(0, most / 2)) known.delete(old)
      known.set(issueId, nodeId)
    },
  }
}
