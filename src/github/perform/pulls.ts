import type { Fact } from '../../core/events.ts'
import { renderPullBody, renderPullTitle } from '../../text/render.ts'
import { saidBy, statusOf } from '../errors.ts'
import { observePull, type PullShown, pullSeen } from '../observe-pull.ts'
import { mayCreate } from '../pace.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { shaOf } from './branches.ts'
import { type Doing, type Performer, placeOf } from './performer.ts'

type OpenPull = Doing<'OpenPull'>
type Refusal = Extract<Fact, { type: 'PullOpenRefused' }>['reason']

export const openPull: Performer<'OpenPull'> = async (reach, effect, attempt) => {
  const at = await addressOf(reach, effect.rigId)
  if (effect.headSha !== null) {
    const sha = await shaOf(reach, at, effect.head)
    if (sha === null) return refused(effect, 'no-branch', `there is no branch ${effect.head}`)
    if (sha !== effect.headSha)
      return refused(effect, 'no-branch', `${effect.head} is at ${sha}, not at ${effect.headSha}`)
  }
  const made = attempt > 0 ? await find(reach, at, effect) : null
  if (made) return [pullSeen(effect.pullId, made, false)]
  await mayCreate(reach, 1)
  const body = renderPullBody(effect.story, placeOf(reach, at))
  try {
    const { data } = await reach.octokit.request('POST /repos/{owner}/{repo}/pulls', {
      ...at,
      head: effect.head,
      base: effect.base,
      title: renderPullTitle(effect.title),
      body,
    })
    return [pullSeen(effect.pullId, data, false)]
  } catch (error) {
    if (statusOf(error) !== 422) throw error
    return notOpened(reach, at, effect, saidBy(error))
  }
}

/** GitHub's 422 has many meanings; the one that is no refusal is "there is one already", which is then ours. */
async function notOpened(
  reach: Reach,
  at: Address,
  effect: OpenPull,
  said: string,
): Promise<readonly Fact[]> {
  if (/already exists/i.test(said)) {
    const existing = await find(reach, at, effect)
    if (existing) return [pullSeen(effect.pullId, existing, false)]
  }
  if (/no commits between/i.test(said)) return refused(effect, 'no-commits', said)
  const noHead = /\bhead\b/i.test(said) && (await shaOf(reach, at, effect.head)) === null
  return refused(effect, noHead ? 'no-branch' : 'refused', said)
}

function refused({ pullId }: OpenPull, reason: Refusal, detail: string): readonly Fact[] {
  return [{ type: 'PullOpenRefused', pullId, reason, detail }]
}

/** The pull with our marker, whatever became of it; else the open one between these branches (there can be but one). */
async function find(
  { octokit }: Reach,
  at: Address,
  { head, base, pullId }: Pick<OpenPull, 'head' | 'base' | 'pullId'>,
): Promise<PullShown | null> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls', {
    ...at,
    head: `${at.owner}:${head}`,
    base,
    state: 'all',
    per_page: 100,
  })
  const marked = data.find(it => it.body?.includes(`townhall:pull:${pullId} `))
  return marked ?? data.find(it => it.state === 'open') ?? null
}

export const closePull: Performer<'ClosePull'> = async (reach, effect) => {
  const { rigId, pullId } = effect
  const at = await addressOf(reach, rigId)
  const number = effect.number ?? (await find(reach, at, effect))?.number ?? null
  // It was never opened.
  if (number === null) return []
  try {
    const { data } = await reach.octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...at,
      pull_number: number,
      state: 'closed',
    })
    return [pullSeen(pullId, data, false)]
  } catch (error) {
    // One that was merged meanwhile cannot be closed any more.
    if (statusOf(error) !== 422) throw error
    return [await observePull(reach, at, pullId, number)]
  }
}

export const lookAtPull: Performer<'LookAtPull'> = async (reach, { rigId, pullId, number }) => [
  await observePull(reach, await addressOf(reach, rigId), pullId, number),
]
