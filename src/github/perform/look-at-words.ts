import type { Permission } from '../../core/events.ts'
import { queryWithHoles } from '../holes.ts'
import { withoutMark } from '../marker.ts'
import { MOST_BODY, MOST_TITLE } from '../observe-tree.ts'
import { permissionOf } from '../permission.ts'
import { type Address, addressOf, type Reach } from '../reach.ts'
import { storable } from '../storable.ts'
import { noTreeThere } from '../whereabouts.ts'
import type { Performer } from './performer.ts'

/** In GraphQL a bot goes without the `[bot]` that REST knows it by. */
export interface Actor {
  readonly __typename: string
  readonly login: string
}

interface Worded {
  readonly title: string
  readonly body: string
  readonly author: Actor | null
  /** Who edited the body last; null when nobody did since it was written. */
  readonly editor: Actor | null
  readonly timelineItems: { readonly nodes: readonly ({ readonly actor: Actor | null } | null)[] }
}

const WORDS = `query($owner:String!,$repo:String!,$number:Int!){
  repository(owner:$owner,name:$repo){issue(number:$number){
    title body author{__typename login} editor{__typename login}
    timelineItems(itemTypes:[RENAMED_TITLE_EVENT],last:1){nodes{...on RenamedTitleEvent{actor{__typename login}}}}
  }}
}`

/**
 * The words of a bead, and the rights of those whose words they are now: whoever edited the body last, its author when
 * nobody did, and whoever renamed it last.
 */
export const lookAtWords: Performer<'LookAtWords'> = async (reach, { rigId, beadId, number }) => {
  const at = await addressOf(reach, rigId)
  type Answer = { repository: { issue: Worded | null } | null }
  const { repository } = await queryWithHoles<Answer>(reach, WORDS, { ...at, number })
  const issue = repository?.issue
  if (!issue) throw await noTreeThere(reach, at, number)
  const { title, body, author, editor, timelineItems } = issue
  const renamer = timelineItems.nodes.at(-1)
  const logins = [editor ?? author, ...(renamer ? [renamer.actor] : [])].map(loginOf)
  const by = await Promise.all(
    [...new Set(logins)].map(async login => ({ login, permission: await rightOf(reach, at, login) })),
  )
  return [
    {
      type: 'WordsSeen',
      beadId,
      title: storable(title, MOST_TITLE),
      body: storable(withoutMark(body), MOST_BODY),
      by,
    },
  ]
}

/** GitHub shows nobody in the place of an account that was deleted; on its pages that is `ghost`. */
const GHOST = 'ghost'

export const loginOf = (actor: Actor | null): string => {
  if (actor === null) return GHOST
  return actor.__typename === 'Bot' ? `${actor.login.replace(/\[bot\]$/, '')}[bot]` : actor.login
}

/** What we wrote ourselves, into issues that we opened, was let in when we wrote it. */
export async function rightOf(reach: Reach, at: Address, login: string): Promise<Permission> {
  if (login === `${reach.self.slug}[bot]`) return 'write'
  return login === GHOST ? 'none' : permissionOf(reach, at, login)
}
