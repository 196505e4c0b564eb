import { z } from 'zod'
import { demandPush } from '../code/protection.ts'
import { refsMoved } from '../code/pushes.ts'
import { gitRef } from '../code/render-code.ts'
import { demandCommits, serially } from '../code/repository.ts'
import {
  createRef,
  deleteRef,
  isRefName,
  listRefs,
  objectType,
  type RefUpdated,
  readRef,
  updateRef,
  ZERO_SHA,
} from '../git/plumbing.ts'
import { type Call, created, noContent, notFound, ok, page, type Route, read, unprocessable } from '../kit.ts'

/** References: `git/ref`, `git/matching-refs` and `git/refs`. */

export const SHA = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'The sha parameter must be exactly 40 characters and contain only [0-9a-f].')

const refIn = (call: Call): string => `refs/${call.params.ref ?? ''}`

async function rendered(call: Call, dir: string, ref: string, sha: string) {
  const type = ref.startsWith('refs/heads/') ? 'commit' : await objectType(dir, sha)
  return gitRef(call.world, call.repo, { ref, sha }, type)
}

async function get(call: Call) {
  const dir = await demandCommits(call.world, call.repo)
  const ref = refIn(call)
  const sha = await readRef(dir, ref)
  if (sha === undefined) throw notFound()
  return ok(await rendered(call, dir, ref, sha))
}

async function matching(call: Call) {
  const dir = await demandCommits(call.world, call.repo)
  const refs = await listRefs(dir, refIn(call))
  const shown = await Promise.all(refs.map(({ ref, sha }) => rendered(call, dir, ref, sha)))
  return page(call, shown, it => it)
}

function create(call: Call) {
  const { world, repo } = call
  const wanted = read(call, z.object({ ref: z.string(), sha: SHA }), 'Reference')
  return serially(world, repo, async () => {
    const dir = await demandCommits(world, repo)
    const { ref, sha } = wanted
    if (!(await isRefName(ref)) || ref.startsWith('refs/pull/')) {
      throw unprocessable(
        `Reference name must start with 'refs/', contain at least two slashes, and be valid: ${ref}`,
      )
    }
    if (ref.startsWith('refs/heads/') && (await objectType(dir, sha)) !== 'commit') {
      throw unprocessable('Object does not exist')
    }
    const made = await createRef(dir, ref, sha)
    if (made === 'exists') throw unprocessable('Reference already exists')
    if (made === 'no_object') throw unprocessable('Object does not exist')
    await refsMoved(world, repo, call.actor, [{ ref, before: ZERO_SHA, after: sha }])
    return created(await rendered(call, dir, ref, sha))
  })
}

const REFUSED: Record<Exclude<RefUpdated, 'updated'>, string> = {
  missing: 'Reference does not exist',
  moved: 'Reference cannot be updated',
  no_object: 'Object does not exist',
  not_fast_forward: 'Update is not a fast forward',
}

function update(call: Call) {
  const { world, repo } = call
  const { sha, force } = read(call, z.object({ sha: SHA, force: z.boolean().default(false) }), 'Reference')
  return serially(world, repo, async () => {
    const dir = await demandCommits(world, repo)
    const ref = refIn(call)
    const before = await readRef(dir, ref)
    if (before === undefined) throw unprocessable(REFUSED.missing)
    const change = { ref, before, after: sha }
    const { forwardOnly } = demandPush(world, repo, call.actor, change, 422)
    const updated = await updateRef(dir, ref, sha, {
      expected: before,
      force: force && !forwardOnly.includes(ref),
    })
    if (updated !== 'updated') throw unprocessable(REFUSED[updated])
    await refsMoved(world, repo, call.actor, [change])
    return ok(await rendered(call, dir, ref, sha))
  })
}

function remove(call: Call) {
  const { world, repo } = call
  return serially(world, repo, async () => {
    const dir = await demandCommits(world, repo)
    const ref = refIn(call)
    const before = await readRef(dir, ref)
    if (before === undefined) throw unprocessable(REFUSED.missing)
    if (ref === `refs/heads/${repo.defaultBranch}`) throw unprocessable('Cannot delete the default branch')
    const change = { ref, before, after: ZERO_SHA }
    demandPush(world, repo, call.actor, change, 422)
    await deleteRef(dir, ref)
    await refsMoved(world, repo, call.actor, [change])
    return noContent
  })
}

export const reading = { permission: ['contents:read'] } as const
export const writing = { permission: ['contents:write'], role: 'write' } as const

export const gitRefRoutes: readonly Route[] = [
  ['GET', '/repos/{owner}/{repo}/git/ref/{+ref}', get, reading],
  ['GET', '/repos/{owner}/{repo}/git/matching-refs/{+ref}', matching, reading],
  ['POST', '/repos/{owner}/{repo}/git/refs', create, writing],
  ['PATCH', '/repos/{owner}/{repo}/git/refs/{+ref}', update, writing],
  ['DELETE', '/repos/{owner}/{repo}/git/refs/{+ref}', remove, writing],
]
