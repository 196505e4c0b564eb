import type { Fact } from '../../core/events.ts'
import { Refused, Unreachable } from '../../ports.ts'
import { renderPullTitle } from '../../text/render.ts'
import { outcomeOf, saidBy } from '../errors.ts'
import { pullSeen } from '../observe-pull.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { shaOf } from './branches.ts'
import type { Doing, Performer } from './performer.ts'

type MergePull = Doing<'MergePull'>
type Reason = Extract<Fact, { type: 'MergeRefused' }>['reason']

/** Merges exactly the tested head onto exactly the tested base, or says why not. */
export const mergePull: Performer<'MergePull'> = async (reach, effect, attempt) => {
  const at = await addressOf(reach, effect.rigId)
  // The last try may have merged it without our hearing of it; then its base has moved, and by us.
  const before = attempt > 0 ? await overAlready(reach, at, effect) : null
  if (before) return [before]
  const base = await shaOf(reach, at, effect.base)
  if (base !== effect.baseSha) {
    const over = attempt > 0 ? null : await overAlready(reach, at, effect)
    return [
      over ??
        refusal(
          effect,
          'base-moved',
          `${effect.base} is at ${base ?? 'no commit'}, tested was ${effect.baseSha}`,
        ),
    ]
  }
  try {
    const { data } = await reach.octokit.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
      ...at,
      pull_number: effect.number,
      sha: effect.headSha,
      merge_method: 'merge',
      commit_title: `${renderPullTitle(effect.title)} (#${effect.number})`,
      commit_message: effect.refs.map(ref => `Bead: ${ref}`).join('\n'),
    })
    return [merged(effect, data.sha)]
  } catch (error) {
    return [await whyNot(reach, at, effect, error)]
  }
}

const merged = ({ pullId, number, headSha }: MergePull, mergeSha: string): Fact => ({
  type: 'PullSeen',
  pullId,
  number,
  headSha,
  state: 'closed',
  merged: true,
  mergeSha,
  approved: false,
})

const refusal = ({ pullId }: MergePull, reason: Reason, detail: string): Fact => ({
  type: 'MergeRefused',
  pullId,
  reason,
  detail,
})

/** The pull, when it is merged or closed already. */
async function overAlready(reach: Reach, at: Address, effect: MergePull): Promise<Fact | null> {
  const { data } = await shown(reach, at, effect)
  return data.state === 'closed' ? pullSeen(effect.pullId, data, false) : null
}

const shown = ({ octokit }: Reach, at: Address, { number }: MergePull) =>
  octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: number })

/** What GitHub's no means. What is no answer about the pull itself (network, 5xx, limits) is thrown on. */
async function whyNot(reach: Reach, at: Address, effect: MergePull, error: unknown): Promise<Fact> {
  const outcome = outcomeOf(error, reach.log)
  if (!(outcome instanceof Refused) || outcome.status === 404) throw outcome
  const said = saidBy(error)
  if (outcome.status === 409) return refusal(effect, 'head-moved', said)
  if (/base branch was modified/i.test(said)) return refusal(effect, 'base-moved', said)
  const { data } = await shown(reach, at, effect)
  if (data.state === 'closed') return pullSeen(effect.pullId, data, false)
  if (data.mergeable === false) return refusal(effect, 'conflict', said)
  if (outcome.status === 405 && data.mergeable === null)
    throw new Unreachable(`GitHub is still working out whether #${effect.number} can be merged`)
  return refusal(effect, 'not-allowed', said)
}
