import { createHash } from 'node:crypto'
import type { Fact } from '../core/events.ts'
import type { Look } from '../core/looks.ts'
import type { Time } from '../core/town.ts'
import { type News, Refused } from '../ports.ts'
import { outcomeOf } from './errors.ts'
import { commentKey, commentSeen, observeComment } from './observe-comment.ts'
import { observeInstallation, observeRig } from './observe-installation.ts'
import { observePull } from './observe-pull.ts'
import { observeTree } from './observe-tree.ts'
import { type Address, addressOf, type Reach } from './reach.ts'

/** As far back as GitHub itself would send webhooks again. What a person said before that is not obeyed any more. */
const LONGEST_AGO_MS = 3 * 24 * 3_600_000

/** Looks at something with our own eyes. A repository that the town does not know yet is looked up first. */
export async function look(reach: Reach, at: Look): Promise<readonly News[]> {
  if (at.look === 'installation') return news(reach, (await observeInstallation(reach)).facts)
  if (at.look === 'issue')
    return news(reach, [{ type: 'IssueTouched', rigId: at.rigId, issueId: at.issueId }])
  const known = await reach.directory.rig(reach.townId, at.rigId)
  if (known) return inRig(reach, at, { owner: known.owner, repo: known.name })
  const { facts, rigs } = await observeInstallation(reach)
  const rig = rigs.find(it => it.id === at.rigId)
  const seen = news(reach, facts)
  if (!rig || at.look === 'rig') return seen
  return [...seen, ...(await inRig(reach, at, { owner: rig.owner, repo: rig.name }))]
}

type InRig = Exclude<Look, { readonly look: 'installation' | 'issue' }>

async function inRig(reach: Reach, at: InRig, address: Address): Promise<readonly News[]> {
  switch (at.look) {
    case 'rig': {
      const seen = await observeRig(reach, at.rigId)
      return news(reach, seen ? [seen] : (await observeInstallation(reach)).facts)
    }
    case 'comment': {
      if (await reach.directory.isKnown(reach.townId, commentKey(at.commentId))) return []
      const seen = await observeComment(reach, address, at.rigId, at.commentId)
      return seen ? [{ townId: reach.townId, fact: seen, dedupe: commentKey(at.commentId) }] : []
    }
    case 'comments':
      return commentsSince(reach, address, at.rigId, at.since)
    case 'pull': {
      const ours = await reach.directory.pull(reach.townId, at.rigId, at.number)
      return ours ? news(reach, [await observePull(reach, address, ours.id, at.number)]) : []
    }
  }
}

/**
 * Everything that a town would have told us by webhooks, looked at without any: who it is and its rigs, the comments
 * since then, the trees of its open convoys. What has not changed since it was last reported is not reported again.
 */
export async function sweep(reach: Reach, since: Time): Promise<readonly News[]> {
  const { facts, rigs, installedAt } = await observeInstallation(reach)
  const found = await ifChanged(reach, 'rigs', facts, facts)
  const from = Math.max(since, installedAt, reach.now() - LONGEST_AGO_MS)
  for (const { id, owner, name } of rigs) {
    found.push(...(await unlessRefused(reach, () => commentsSince(reach, { owner, repo: name }, id, from))))
  }
  if (rigs.length === 0) return found
  for (const convoy of await reach.directory.openConvoys(reach.townId)) {
    found.push(...(await unlessRefused(reach, () => treeIfChanged(reach, convoy))))
  }
  return found
}

async function commentsSince(reach: Reach, at: Address, rigId: string, wantedSince: Time): Promise<News[]> {
  // GitHub's times have no milliseconds.
  const since = Math.floor(wantedSince / 1000) * 1000
  if (!(await hasCommentsSince(reach, at, since))) return []
  const shown = await reach.octokit.paginate('GET /repos/{owner}/{repo}/issues/comments', {
    ...at,
    since: new Date(since).toISOString(),
    sort: 'updated',
    direction: 'asc',
    per_page: 100,
  })
  const found: News[] = []
  for (const comment of shown) {
    // An old comment that was edited just now: it was known then, or written before anybody watched.
    if (Date.parse(comment.created_at) < since) continue
    const dedupe = commentKey(comment.id)
    if (await reach.directory.isKnown(reach.townId, dedupe)) continue
    const seen = await commentSeen(reach, at, rigId, comment)
    if (seen) found.push({ townId: reach.townId, fact: seen, dedupe })
  }
  return found
}

/** Mostly there are none, and GitHub says so for free (see conditional-fetch). */
async function hasCommentsSince({ octokit }: Reach, at: Address, since: Time): Promise<boolean> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/comments', {
    ...at,
    sort: 'updated',
    direction: 'desc',
    per_page: 1,
  })
  const [newest] = data
  return newest !== undefined && Date.parse(newest.updated_at) >= since
}

async function treeIfChanged(
  reach: Reach,
  convoy: { readonly id: string; readonly rigId: string; readonly number: number },
): Promise<News[]> {
  const tree = await observeTree(reach, await addressOf(reach, convoy.rigId), convoy.number)
  const { readAt: _, ...seen } = tree
  return ifChanged(reach, `tree:${convoy.id}`, seen, [{ type: 'TreeSeen', convoyId: convoy.id, tree }])
}

/**
 * Facts whose content differs from the last one that came in. The mirror counts the changes; the fact's key says
 * whether it was kept, so a crash between the two reports it again, and nothing is reported twice.
 */
async function ifChanged(
  reach: Reach,
  subject: string,
  content: unknown,
  facts: readonly Fact[],
): Promise<News[]> {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('base64url')
  const last = (await reach.mirror.get(reach.townId, subject)) as
    | { nth: number; hash: string }
    | null
    | undefined
  const same = last?.hash === hash
  const nth = same ? last.nth : (last?.nth ?? 0) + 1
  const keyOf = (at: number) => `${subject}:${nth}:${at}`
  if (same && (await reach.directory.isKnown(reach.townId, keyOf(facts.length - 1)))) return []
  if (!same) await reach.mirror.put(reach.townId, subject, { nth, hash })
  return facts.map((fact, at) => ({ townId: reach.townId, fact, dedupe: keyOf(at) }))
}

/** One repository or epic that GitHub will not show must not hide the others from the sweep. */
async function unlessRefused(reach: Reach, run: () => Promise<readonly News[]>): Promise<readonly News[]> {
  try {
    return await run()
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw error
    reach.log.warn({ town: reach.townId, why: outcome.message }, 'left out of a sweep')
    return []
  }
}

const news = (reach: Reach, facts: readonly Fact[]): News[] =>
  facts.map(fact => ({ townId: reach.townId, fact, dedupe: null }))
