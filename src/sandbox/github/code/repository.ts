import { join } from 'node:path'
import type { Account, Repo } from '../documents.ts'
import { changeFile } from '../git/files.ts'
import { gitDate, type Signature } from '../git/objects.ts'
import { createRepository, isEmpty, readRef, repositoryDir } from '../git/plumbing.ts'
import { Refusal } from '../kit.ts'
import { ownerOf } from '../render.ts'
import type { World } from '../world.ts'

/** A repository's git: where it lies, who signs in it, and the order in which it is changed. */

const ownerDir = (world: World, repo: Repo): string => join(world.gitDir, ownerOf(world, repo).login)

export const repoDir = (world: World, repo: Repo): string => repositoryDir(ownerDir(world, repo), repo.id)

/** Makes the bare repository of a new document; with `readme`, also a first commit, as `auto_init` does. */
export async function initRepository(world: World, repo: Repo, by: Account, readme = false): Promise<void> {
  const dir = await createRepository(ownerDir(world, repo), repo.id, repo.defaultBranch)
  if (!readme || !(await isEmpty(dir))) return
  const text = `# ${repo.name}\n${repo.description === null ? '' : `${repo.description}\n`}`
  const signed = { author: signatureOf(world, by), committer: webFlow(world) }
  const change = { branch: repo.defaultBranch, path: 'README.md', message: 'Initial commit', ...signed }
  await changeFile(dir, change, Buffer.from(text))
}

const NO_REPLY = /^(\d+)\+.*@users\.noreply\.github\.com$/

/** How an account signs a commit that it makes through the API. */
export const signatureOf = (world: World, account: Account): Signature => ({
  name: account.login,
  email: `${account.id}+${account.login}@users.noreply.github.com`,
  date: gitDate(Date.parse(world.now())),
})

/** The signature of GitHub itself, which commits what people and Apps ask for on the web. */
export const webFlow = (world: World): Signature => ({
  name: 'GitHub',
  email: 'noreply@github.com',
  date: gitDate(Date.parse(world.now())),
})

/** The account behind a signature; undefined for an address that is nobody's. */
export function accountOf(world: World, { email }: { readonly email: string }): Account | undefined {
  const [, id] = NO_REPLY.exec(email) ?? []
  return id === undefined ? undefined : world.accounts.get(Number(id))
}

/** Refuses with GitHub's 409 when there is no commit yet. */
export async function demandCommits(world: World, repo: Repo): Promise<string> {
  const dir = repoDir(world, repo)
  const main = await readRef(dir, `refs/heads/${repo.defaultBranch}`)
  if (main === undefined && (await isEmpty(dir))) throw new Refusal(409, 'Git Repository is empty.')
  return dir
}

const lines = new WeakMap<World, Map<number, Promise<unknown>>>()

/** Runs changes of one repository one after the other: what a change has looked at still holds when it acts. */
export function serially<T>(world: World, repo: Repo, change: () => Promise<T>): Promise<T> {
  const ofWorld = lines.get(world) ?? new Map<number, Promise<unknown>>()
  lines.set(world, ofWorld)
  const before = ofWorld.get(repo.id) ?? Promise.resolve()
  const mine = before.then(change, change)
  ofWorld.set(repo.id, mine)
  return mine
}
