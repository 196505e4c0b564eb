import { createHash } from 'node:crypto'
import type { Fact } from '../core/events.ts'
import type { Time } from '../core/town.ts'
import { type News, Refused, Unreachable } from '../ports.ts'
import { outcomeOf } from './errors.ts'
import { sweepCards } from './observe-card.ts'
import { commentsSince } from './observe-comment.ts'
import { observeInstallation } from './observe-installation.ts'
import { observeTrees, PARENTS_AT_ONCE } from './observe-tree.ts'
import { addressOf, type Reach } from './reach.ts'

/** As far back as GitHub itself would send webhooks again. What a person said before that is not obeyed any more. */
export const LONGEST_AGO_MS = 3 * 24 * 3_600_000
const LEFT_OUT = 'left out of a sweep'

/**
 * Everything that a town would have told us by webhooks, looked at without any: who it is and its rigs, the comments
 * since then, the trees of its open convoys, where their cards stand on the board. What has not changed since it was last reported is not reported again.
 */
export async function sweep(reach: Reach, since: Time): Promise<readonly News[]> {
  const { facts, rigs, installedAt } = await observeInstallation(reach)
  // With what is known: news that came in late may have hidden a rig that is there.
  const known = (await reach.directory.rigs(reach.townId)).map(({ id }) => id)
  const found = await ifChanged(reach, 'rigs', { facts, known }, facts)
  const earliest = Math.max(installedAt, reach.now() - LONGEST_AGO_MS)
  for (const rig of rigs) found.push(...(await sweepComments(reach, rig, since, earliest)))
  if (rigs.length === 0) return found
  const convoys = await reach.directory.openConvoys(reach.townId)
  for (let at = 0; at < convoys.length; at += PARENTS_AT_ONCE)
    found.push(...(await sweepTrees(reach, convoys.slice(at, at + PARENTS_AT_ONCE))))
  const cards = () =>
    sweepCards(
      reach,
      convoys.map(({ id }) => id),
    )
  for (const fact of await orElse<readonly Fact[]>(reach, cards, () => []))
    found.push({ townId: reach.townId, fact, dedupe: null })
  return found
}

/**
 * The comments of a rig. One that cannot be looked at now keeps back neither the others nor the other rigs; the
 * mirror remembers from when on the rig has to be read again.
 */
async function sweepComments(
  reach: Reach,
  { id, owner, name }: { readonly id: string; readonly owner: string; readonly name: string },
  since: Time,
  earliest: Time,
): Promise<readonly News[]> {
  const subject = `behind:${id}`
  const last = (await reach.mirror.get(reach.townId, subject)) as { since: Time | null } | null | undefined
  const behind = last?.since ?? null
  const from = Math.max(earliest, Math.min(since, behind ?? since))
  let missed: Time | null = null
  const miss = (createdAt: Time) => {
    missed = Math.min(createdAt, missed ?? createdAt)
  }
  const read = () => commentsSince(reach, { owner, repo: name }, id, from, miss)
  const found = await orElse(reach, read, outcome => {
    if (outcome instanceof Unreachable) miss(from)
    return []
  })
  if (missed !== behind) await reach.mirror.put(reach.townId, subject, { since: missed })
  return found
}

interface OpenConvoy {
  readonly id: string
  readonly rigId: string
  readonly issueId: string
  readonly number: number
}

/**
 * The trees of several convoys together: idle ones cost a request for ten of them. When that cannot be answered now,
 * each is tried by itself, so that one that is too large keeps back none of the others; what is left out then is read
 * again by the next sweep.
 */
async function sweepTrees(reach: Reach, convoys: readonly OpenConvoy[]): Promise<readonly News[]> {
  const oneByOne = async () => {
    const found: News[] = []
    if (convoys.length > 1) for (const convoy of convoys) found.push(...(await sweepTrees(reach, [convoy])))
    return found
  }
  return orElse(reach, () => treesIfChanged(reach, convoys), oneByOne)
}

/** Drift is found by reading all: GitHub's `updated_at` does not move when a dependency changes. */
async function treesIfChanged(reach: Reach, convoys: readonly OpenConvoy[]): Promise<News[]> {
  const roots = await Promise.all(
    convoys.map(async ({ rigId, number }) => ({ ...(await addressOf(reach, rigId)), number })),
  )
  const trees = await observeTrees(reach, roots)
  const found: News[] = []
  for (const [nth, { id: convoyId, rigId, issueId }] of convoys.entries()) {
    const tree = trees[nth]!
    const subject = `tree:${convoyId}`
    if (tree instanceof Refused) {
      reach.log.warn({ town: reach.townId, why: tree.message }, LEFT_OUT)
      // Its issue is gone, and nobody heard of that: to be looked at by itself, and that is said once.
      const touched: Fact = { type: 'IssueTouched', rigId, issueId }
      found.push(...(await ifChanged(reach, subject, tree.message, [touched])))
    } else {
      const { readAt: _, ...seen } = tree
      found.push(...(await ifChanged(reach, subject, seen, [{ type: 'TreeSeen', convoyId, tree }])))
    }
  }
  return found
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
  const written = await reach.mirror.get(reach.townId, subject)
  const last = (written ?? null) as { readonly nth: number; readonly hash: string } | null
  const same = last?.hash === hash
  const nth = same ? last.nth : (last?.nth ?? 0) + 1
  const keyOf = (at: number) => `${subject}:${nth}:${at}`
  if (same && (await reach.directory.isKnown(reach.townId, keyOf(facts.length - 1)))) return []
  if (!same) await reach.mirror.put(reach.townId, subject, { nth, hash })
  return facts.map((fact, at) => ({ townId: reach.townId, fact, dedupe: keyOf(at) }))
}

/** One rig or epic that GitHub does not show must not hide the others. A limit ends the sweep: asking on would be worse. */
async function orElse<T>(
  reach: Reach,
  run: () => Promise<T>,
  otherwise: (outcome: Refused | Unreachable) => T | Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    const isLimit = outcome instanceof Unreachable && outcome.retryAfterMs !== null
    if (isLimit || !(outcome instanceof Refused || outcome instanceof Unreachable)) throw error
    reach.log.warn({ town: reach.townId, why: outcome.message }, LEFT_OUT)
    return otherwise(outcome)
  }
}
