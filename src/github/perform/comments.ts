import { renderSay } from '../../text/render.ts'
import { statusOf } from '../errors.ts'
import { findMarked, marker } from '../marker.ts'
import { mayCreate } from '../pace.ts'
import { addressOf, type Reach } from '../reach.ts'
import { type Performer, placeOf } from './performer.ts'

/** GitHub keeps one reaction of each kind per account, so asking twice is asking once. */
export const react: Performer<'React'> = async (reach, { rigId, commentId, content }) => {
  const at = await addressOf(reach, rigId)
  try {
    await reach.octokit.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
      ...at,
      comment_id: Number(commentId),
      content,
    })
  } catch (error) {
    // The comment was deleted: there is nobody to nod to.
    if (statusOf(error) !== 404) throw error
  }
  return []
}

export const reply: Performer<'Reply'> = async (reach, { rigId, number, commentId, says }, attempt) => {
  const place = placeOf(reach, await addressOf(reach, rigId))
  const maxChars = Math.floor(60_000 / Math.max(1, says.length))
  const text = says.map(say => renderSay(say, { ...place, maxChars })).join('\n\n---\n\n')
  return once(reach, { rigId, number, mark: marker(`reply:${commentId}`), text }, attempt)
}

export const comment: Performer<'Comment'> = async (reach, { rigId, number, key, say }, attempt) => {
  const text = renderSay(say, placeOf(reach, await addressOf(reach, rigId)))
  return once(reach, { rigId, number, mark: marker(key), text }, attempt)
}

interface Once {
  readonly rigId: string
  readonly number: number
  readonly mark: string
  readonly text: string
}

async function once(
  reach: Reach,
  { rigId, number, mark, text }: Once,
  attempt: number,
): Promise<readonly []> {
  const at = await addressOf(reach, rigId)
  if (attempt > 0 && (await findMarked(reach, at, number, mark))) return []
  await mayCreate(reach, 1)
  await reach.octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...at,
    issue_number: number,
    body: `${text}\n\n${mark}`,
  })
  return []
}
