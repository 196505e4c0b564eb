import { z } from 'zod'
import { demandPush } from '../code/protection.ts'
import { refsMoved } from '../code/pushes.ts'
import { commit } from '../code/render-code.ts'
import { demandCommits, serially, signatureOf, webFlow } from '../code/repository.ts'
import { mergeInto } from '../git/merge.ts'
import { readCommit } from '../git/objects.ts'
import { readRef, resolve } from '../git/plumbing.ts'
import { actorAccount, type Call, conflict, created, noContent, Refusal, type Route, read } from '../kit.ts'
import { writing } from './git-refs.ts'

/** `POST /merges`: a branch or a commit into a branch, always by a merge commit. */

const WANTED = z.object({ base: z.string(), head: z.string(), commit_message: z.string().optional() })

function merge(call: Call) {
  const { world, repo } = call
  const wanted = read(call, WANTED, 'Merge')
  return serially(world, repo, async () => {
    const dir = await demandCommits(world, repo)
    const ref = `refs/heads/${wanted.base}`
    const before = await readRef(dir, ref)
    if (before === undefined) throw new Refusal(404, 'Base does not exist')
    const head = await resolve(dir, wanted.head)
    if (head === undefined) throw new Refusal(404, 'Head does not exist')
    demandPush(world, repo, call.actor, { ref, before, after: head }, 403)
    const merged = await mergeInto(dir, wanted.base, {
      head,
      method: 'merge',
      message: wanted.commit_message ?? `Merge ${wanted.head} into ${wanted.base}`,
      author: signatureOf(world, actorAccount(call.actor)),
      committer: webFlow(world),
    })
    if (!merged.done && merged.why === 'nothing_to_merge') return noContent
    if (!merged.done)
      throw conflict(
        merged.why === 'conflict' ? 'Merge conflict' : 'The base branch was modified. Try again.',
      )
    await refsMoved(world, repo, call.actor, [{ ref, before: merged.before, after: merged.sha }])
    return created(commit(world, repo, await readCommit(dir, merged.sha)))
  })
}

export const mergeRoutes: readonly Route[] = [['POST', '/repos/{owner}/{repo}/merges', merge, writing]]
