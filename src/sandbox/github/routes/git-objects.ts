import { z } from 'zod'
import { blob, gitCommit, treeEntry } from '../code/render-code.ts'
import { demandCommits, repoDir, signatureOf } from '../code/repository.ts'
import type { Repo } from '../documents.ts'
import {
  gitDate,
  missingObjects,
  readBlob,
  readCommit,
  readTree,
  type Signature,
  type TreeChange,
  treeOf,
  writeBlob,
  writeCommit,
  writeTree,
} from '../git/objects.ts'
import { objectType, resolve } from '../git/plumbing.ts'
import { actorAccount, type Call, created, notFound, ok, type Route, read, unprocessable } from '../kit.ts'
import { repoUrl } from '../render.ts'
import type { World } from '../world.ts'
import { reading, SHA, writing } from './git-refs.ts'

/** Git's objects: `git/blobs`, `git/trees`, `git/commits`. */

async function createBlob(call: Call) {
  const schema = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') })
  const { content, encoding } = read(call, schema, 'Blob')
  const dir = await demandCommits(call.world, call.repo)
  const sha = await writeBlob(dir, Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'))
  return created({ sha, url: `${repoUrl(call.world, call.repo)}/git/blobs/${sha}` })
}

async function getBlob(call: Call) {
  const dir = repoDir(call.world, call.repo)
  const sha = call.params.file_sha ?? ''
  if ((await objectType(dir, sha)) !== 'blob') throw notFound()
  return ok(blob(call.world, call.repo, sha, await readBlob(dir, sha)))
}

async function shownTree(world: World, repo: Repo, sha: string, recursive: boolean) {
  const entries = await readTree(repoDir(world, repo), sha, recursive)
  const url = `${repoUrl(world, repo)}/git/trees/${sha}`
  return { sha, url, tree: entries.map(it => treeEntry(world, repo, it)), truncated: false }
}

async function getTree(call: Call) {
  const { world, repo, params } = call
  const dir = await demandCommits(world, repo)
  const wanted = params.tree_sha ?? ''
  const sha = await treeOf(dir, (await resolve(dir, wanted)) ?? wanted)
  if (sha === undefined) throw notFound()
  // Any value means recursive, `0` and `false` among them, as on GitHub.
  return ok(await shownTree(world, repo, sha, call.query.has('recursive')))
}

const TREE = z.object({
  base_tree: z.string().nullish(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(['100644', '100755', '040000', '160000', '120000']).default('100644'),
      type: z.enum(['blob', 'tree', 'commit']).optional(),
      sha: SHA.nullish(),
      content: z.string().optional(),
    }),
  ),
})

/** Components that git refuses in a path, or that would leave the tree. */
export const badPath = (path: string): boolean =>
  path.split('/').some(part => /^(|\.|\.\.|\.git)$/i.test(part))

async function createTree(call: Call) {
  const { world, repo } = call
  const wanted = read(call, TREE, 'Tree')
  const dir = await demandCommits(world, repo)
  const base = wanted.base_tree ? await treeOf(dir, wanted.base_tree) : undefined
  if (wanted.base_tree && base === undefined) throw unprocessable('base_tree is not a valid tree oid')
  const changes: TreeChange[] = []
  for (const { path, mode, sha, content } of wanted.tree) {
    if (badPath(path)) throw unprocessable('tree.path contains a malformed path component')
    if (content !== undefined) changes.push({ path, mode, sha: await writeBlob(dir, Buffer.from(content)) })
    else if (sha !== undefined) changes.push({ path, mode, sha })
    else throw unprocessable('Must supply either tree.sha or tree.content')
  }
  const shas = changes.flatMap(({ sha, mode }) => (sha === null || mode === '160000' ? [] : [sha]))
  const [missing] = await missingObjects(dir, shas)
  if (missing !== undefined) throw unprocessable(`tree.sha ${missing} is not a valid object`)
  return created(await shownTree(world, repo, await writeTree(dir, base, changes), false))
}

const PERSON = z.object({
  name: z.string(),
  email: z.string(),
  date: z.iso.datetime({ offset: true }).optional(),
})
export type Person = z.infer<typeof PERSON>

/** The author and committer of a commit as a client may name them. */
export const PEOPLE = { author: PERSON.optional(), committer: PERSON.optional() }

/** Who signs: those named, else the caller; a committer that is not named is the author. */
export function signatures(
  call: Call,
  named: { author?: Person | undefined; committer?: Person | undefined },
) {
  const caller = signatureOf(call.world, actorAccount(call.actor))
  const signed = (person: Person): Signature => ({
    name: person.name,
    email: person.email,
    date: person.date === undefined ? caller.date : gitDate(Date.parse(person.date)),
  })
  const author = named.author === undefined ? caller : signed(named.author)
  return { author, committer: named.committer === undefined ? author : signed(named.committer) }
}

async function createCommit(call: Call) {
  const schema = z.object({ message: z.string(), tree: SHA, parents: z.array(SHA).default([]), ...PEOPLE })
  const wanted = read(call, schema, 'Commit')
  const dir = await demandCommits(call.world, call.repo)
  if ((await objectType(dir, wanted.tree)) !== 'tree') throw unprocessable('Tree SHA does not exist')
  for (const parent of wanted.parents) {
    if ((await objectType(dir, parent)) !== 'commit')
      throw unprocessable('Parent SHA does not exist or is not a commit object')
  }
  const { message, tree, parents } = wanted
  const sha = await writeCommit(dir, { message, tree, parents, ...signatures(call, wanted) })
  return created(gitCommit(call.world, call.repo, await readCommit(dir, sha)))
}

async function getCommit(call: Call) {
  const dir = repoDir(call.world, call.repo)
  const sha = call.params.commit_sha ?? ''
  if ((await objectType(dir, sha)) !== 'commit') throw notFound()
  return ok(gitCommit(call.world, call.repo, await readCommit(dir, sha)))
}

export const gitObjectRoutes: readonly Route[] = [
  ['POST', '/repos/{owner}/{repo}/git/blobs', createBlob, writing],
  ['GET', '/repos/{owner}/{repo}/git/blobs/{file_sha}', getBlob, reading],
  ['POST', '/repos/{owner}/{repo}/git/trees', createTree, writing],
  ['GET', '/repos/{owner}/{repo}/git/trees/{tree_sha}', getTree, reading],
  ['POST', '/repos/{owner}/{repo}/git/commits', createCommit, writing],
  ['GET', '/repos/{owner}/{repo}/git/commits/{commit_sha}', getCommit, reading],
]
