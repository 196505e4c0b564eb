import { z } from 'zod'
import { demandPush } from '../code/protection.ts'
import { refsMoved } from '../code/pushes.ts'
import { base64Lines, content, gitCommit } from '../code/render-code.ts'
import { repoDir, serially } from '../code/repository.ts'
import { changeFile, type FileChanged } from '../git/files.ts'
import { entryAt, readBlob, readTree, type TreeEntry } from '../git/objects.ts'
import { isEmpty, readRef, resolve } from '../git/plumbing.ts'
import { type Call, conflict, notFound, ok, Refusal, type Route, read, unprocessable } from '../kit.ts'
import { badPath, PEOPLE, signatures } from './git-objects.ts'
import { reading, SHA, writing } from './git-refs.ts'

/** Files and directories: `contents/{path}`. */

const DIRECTORY_LIMIT = 1000
/** Larger files come without their content. */
const CONTENT_LIMIT = 1024 * 1024

const pathIn = (call: Call): string => (call.params.path ?? '').replace(/^\/+|\/+$/g, '')

async function get(call: Call) {
  const { world, repo } = call
  const dir = repoDir(world, repo)
  if (await isEmpty(dir)) throw new Refusal(404, 'This repository is empty.')
  const ref = call.query.get('ref') || repo.defaultBranch
  const commit = await resolve(dir, ref)
  if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`)
  const path = pathIn(call)
  if (path === '') return ok(await listing(call, commit, '', ref))
  const entry = badPath(path) ? undefined : await entryAt(dir, commit, path)
  if (entry === undefined) throw notFound()
  if (entry.type === 'tree') return ok(await listing(call, entry.sha, path, ref))
  const shown = content(world, repo, entry, ref)
  if (entry.type === 'commit') return ok({ ...shown, submodule_git_url: null })
  const bytes = await readBlob(dir, entry.sha)
  if ((call.headers.accept ?? '').includes('raw')) return raw(bytes)
  if (entry.mode === '120000') return ok({ ...shown, target: bytes.toString() })
  const body = bytes.length > CONTENT_LIMIT ? { content: '', encoding: 'none' } : encoded(bytes)
  return ok({ ...shown, ...body })
}

const encoded = (bytes: Buffer) => ({ content: base64Lines(bytes), encoding: 'base64' })

const raw = (bytes: Buffer) => ({
  status: 200,
  body: bytes.toString(),
  headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
})

async function listing(call: Call, tree: string, path: string, ref: string) {
  const { world, repo } = call
  const entries = await readTree(repoDir(world, repo), tree)
  const below = (it: TreeEntry): TreeEntry => ({ ...it, path: path === '' ? it.path : `${path}/${it.path}` })
  return entries.slice(0, DIRECTORY_LIMIT).map(it => content(world, repo, below(it), ref))
}

const CHANGE = z.object({
  message: z.string().min(1),
  branch: z.string().optional(),
  sha: SHA.optional(),
  ...PEOPLE,
})

const WRITE = CHANGE.extend({ content: z.base64('content is not valid Base64') })

/** GitHub takes base64 with line ends in it. */
function unwrapped(call: Call): Call {
  const { body } = call
  if (typeof body !== 'object' || body === null || !('content' in body)) return call
  if (typeof body.content !== 'string') return call
  const without = { ...body, content: body.content.replace(/\s/g, '') }
  return Object.create(call, { body: { value: without } }) as Call
}

const put = (call: Call) => {
  const wanted = read(unwrapped(call), WRITE)
  return change(call, wanted, Buffer.from(wanted.content, 'base64'))
}

const remove = (call: Call) => {
  const wanted = read(call, CHANGE.required({ sha: true }))
  return change(call, wanted, null)
}

function change(call: Call, wanted: z.infer<typeof CHANGE>, bytes: Buffer | null) {
  const { world, repo } = call
  const path = pathIn(call)
  if (badPath(path)) throw unprocessable('path contains a malformed path component')
  return serially(world, repo, async () => {
    const dir = repoDir(world, repo)
    const branch = wanted.branch ?? repo.defaultBranch
    const ref = `refs/heads/${branch}`
    const before = await readRef(dir, ref)
    if (before === undefined && !(await isEmpty(dir))) throw new Refusal(404, `Branch ${branch} not found`)
    if (before !== undefined) {
      // The commit that would be made has no checks, so a branch that requires some refuses it.
      demandPush(world, repo, call.actor, { ref, before, after: 'not made yet' }, 409)
    }
    const { sha, message } = wanted
    const signed = signatures(call, wanted)
    const asked = { branch, path, message, ...signed, ...(sha === undefined ? {} : { sha }) }
    const changed = await changeFile(dir, asked, bytes)
    if (!changed.done) throw refusalOf(changed, path, sha)
    const moved = { ref, before: changed.before, after: changed.commit.sha }
    await refsMoved(world, repo, call.actor, [moved])
    const entry = changed.blob === undefined ? undefined : await entryAt(dir, changed.commit.sha, path)
    const shown = {
      content: entry === undefined ? null : content(world, repo, entry, branch),
      commit: gitCommit(world, repo, changed.commit),
    }
    return { status: changed.created ? 201 : 200, body: shown }
  })
}

function refusalOf(
  it: Extract<FileChanged, { done: false }>,
  path: string,
  given: string | undefined,
): Refusal {
  if (it.why === 'no_file' || it.why === 'no_branch') return notFound()
  if (it.why === 'not_a_file') return unprocessable(`${path} is a directory`)
  if (it.why === 'sha_missing') return unprocessable(`Invalid request.\n\n"sha" wasn't supplied.`)
  if (it.why === 'moved') return conflict('The branch was modified. Try again.')
  return conflict(
    it.blob === undefined
      ? `${path} does not match ${given}`
      : `${path} is at ${it.blob} but expected ${given}`,
  )
}

export const contentRoutes: readonly Route[] = [
  ['GET', '/repos/{owner}/{repo}/contents/{+path}', get, reading],
  ['PUT', '/repos/{owner}/{repo}/contents/{+path}', put, writing],
  ['DELETE', '/repos/{owner}/{repo}/contents/{+path}', remove, writing],
]
