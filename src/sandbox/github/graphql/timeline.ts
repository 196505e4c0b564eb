import type { Issue } from '../documents.ts'
import type { Call } from '../kit.ts'
import { nodeId } from '../render.ts'
import { connection, type PageArgs } from './connection.ts'
import { authorOf } from './nodes.ts'

/** `timelineItems` of an issue: of the kinds that GitHub has, the sandbox has the changes of its title. */
export const timelineOf = (call: Call, issue: Issue) => (args: PageArgs) => {
  const renames = call.world.timeline.find('issue', issue.id).flatMap(it => {
    const rename = it.detail.rename as { readonly from: string; readonly to: string } | undefined
    return it.event === 'renamed' && rename !== undefined ? [{ ...it, rename }] : []
  })
  const page = connection('timelineItems', renames, args, it => ({
    __typename: 'RenamedTitleEvent',
    id: nodeId('renamed_title_event', it.id),
    actor: () => authorOf(call, it.actorId),
    createdAt: it.createdAt,
    previousTitle: it.rename.from,
    currentTitle: it.rename.to,
  }))
  return { ...page, filteredCount: renames.length, pageCount: page.nodes.length }
}
