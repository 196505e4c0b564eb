import type { Fact } from '../../core/events.ts'
import { Refused } from '../../ports.ts'
import { renderConvoyIssue, renderTaskTitle } from '../../text/task.ts'
import { outcomeOf } from '../errors.ts'
import { isOurs, markedAs, marker } from '../marker.ts'
import { mayCreate, PUBLISHING_SHARE } from '../pace.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { reasonOf } from '../undone.ts'
import type { Doing, Performer } from './performer.ts'

/** An issue whose making was not answered is looked for among ours of this time: no effect is tried for longer. */
const LONGEST_AGO_MS = 3 * 24 * 3_600_000

interface Opened {
  readonly id: number | bigint
  readonly node_id: string
  readonly number: number
}

export const openConvoyIssue: Performer<'OpenConvoyIssue'> = async (reach, effect, attempt) => {
  const { convoyId } = effect
  const at = await addressOf(reach, effect.rigId)
  const mark = marker(`convoy:${convoyId}`)
  const made = attempt > 0 ? await find(reach, at, mark) : null
  if (made) return opened(reach, convoyId, made)
  await mayCreate(reach, 1, PUBLISHING_SHARE)
  return opened(reach, convoyId, await open(reach, at, effect, mark))
}

function opened(reach: Reach, convoyId: string, { id, node_id, number }: Opened): readonly Fact[] {
  const issueId = String(id)
  reach.nodeIds.set(issueId, node_id)
  return [{ type: 'ConvoyIssueOpened', convoyId, issueId, number }]
}

async function open(
  reach: Reach,
  at: Address,
  { title, by }: Doing<'OpenConvoyIssue'>,
  mark: string,
): Promise<Opened> {
  try {
    const { data } = await reach.octokit.request('POST /repos/{owner}/{repo}/issues', {
      ...at,
      title: renderTaskTitle(title),
      body: `${renderConvoyIssue(by)}\n\n${mark}`,
    })
    return data
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw outcome
    const what = `the convoy's issue cannot be opened in ${at.owner}/${at.repo}`
    throw new Refused(`${what}: ${reasonOf(outcome)}`, outcome.status)
  }
}

/** The issue of ours with this marker, newest first. */
async function find({ octokit, self, now }: Reach, at: Address, mark: string): Promise<Opened | null> {
  const pages = octokit.paginate.iterator('GET /repos/{owner}/{repo}/issues', {
    ...at,
    creator: `${self.slug}[bot]`,
    state: 'all',
    sort: 'created',
    direction: 'desc',
    per_page: 100,
  })
  const wanted = markedAs(mark)
  for await (const { data } of pages) {
    const found = data.find(it => isOurs(self, it) && markedAs(it.body ?? '') === wanted)
    if (found) return found
    const oldest = data.at(-1)
    if (!oldest || Date.parse(oldest.created_at) < now() - LONGEST_AGO_MS) return null
  }
  return null
}
