import { createHash } from 'node:crypto'
import { renderCheck } from '../../text/render.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { type Doing, type Performer, placeOf } from './performer.ts'

/** The name under which branch protection can require it. */
const NAME = 'townhall'

interface Shown {
  readonly checkId: number | null
  readonly hash: string | null
}

/** Our one check run on a pull's head. Only Apps can write these, so one of this name with our id is ours. */
export const showCheck: Performer<'ShowCheck'> = async (reach, effect, attempt) => {
  const at = await addressOf(reach, effect.rigId)
  const subject = `check:${effect.pullId}:${effect.headSha}`
  const { status, conclusion } = effect.story
  const look = {
    status,
    ...(status === 'completed' ? { conclusion: conclusion ?? ('neutral' as const) } : {}),
    output: renderCheck(effect.story, placeOf(reach, at)),
  }
  const hash = createHash('sha256').update(JSON.stringify(look)).digest('base64url')
  const known = ((await reach.mirror.get(reach.townId, subject)) ?? null) as Shown | null
  if (known?.hash === hash) return []
  // Noted before it is made: a note without an id means that one may exist that we never heard of.
  if (!known) await reach.mirror.put(reach.townId, subject, { checkId: null, hash: null } satisfies Shown)
  let checkId = known || attempt > 0 ? (known?.checkId ?? (await find(reach, at, effect))) : null
  if (checkId !== null)
    await reach.octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...at,
      check_run_id: checkId,
      ...look,
    })
  else {
    const run = { ...at, name: NAME, head_sha: effect.headSha, external_id: effect.pullId, ...look }
    checkId = Number((await reach.octokit.request('POST /repos/{owner}/{repo}/check-runs', run)).data.id)
  }
  await reach.mirror.put(reach.townId, subject, { checkId, hash } satisfies Shown)
  return []
}

async function find(
  { octokit, self }: Reach,
  at: Address,
  { headSha, pullId }: Doing<'ShowCheck'>,
): Promise<number | null> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...at,
    ref: headSha,
    check_name: NAME,
    app_id: self.appId,
    per_page: 100,
  })
  const found = data.check_runs.find(run => run.external_id === pullId)
  return found ? Number(found.id) : null
}
