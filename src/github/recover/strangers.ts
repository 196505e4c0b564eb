import type { Tree } from '../../core/events.ts'
import type { Time } from '../../core/town.ts'
import { queryWithHoles } from '../holes.ts'
import { type Actor, loginOf, rightOf } from '../perform/look-at-words.ts'
import { mayWrite } from '../permission.ts'
import type { Address, Reach } from '../reach.ts'

const AT_ONCE = 50

interface Worded {
  readonly fullDatabaseId: string | number
  readonly lastEditedAt: string | null
  readonly editor: Actor | null
  readonly repository: { readonly nameWithOwner: string }
  readonly timelineItems: {
    readonly nodes: readonly ({
      readonly createdAt?: string
      readonly actor?: Actor | null
    } | null)[]
  }
}

const WORDS = `query($ids:[ID!]!){nodes(ids:$ids){...on Issue{
  fullDatabaseId lastEditedAt editor{__typename login} repository{nameWithOwner}
  timelineItems(itemTypes:[RENAMED_TITLE_EVENT],last:1){nodes{...on RenamedTitleEvent{createdAt actor{__typename login}}}}
}}}`

/**
 * Whoever started a convoy let its words reach agents. Which issues bear words that someone without write access put
 * there after that, and who: by the issue's id.
 */
export async function strangersAt(
  reach: Reach,
  tree: Tree,
  startedAt: Time,
): Promise<ReadonlyMap<string, string>> {
  const open = tree.issues.filter(issue => issue.state === 'open' && !issue.hasChildren)
  const nodeIds = open.flatMap(issue => reach.nodeIds.get(issue.id) ?? [])
  const strangers = new Map<string, string>()
  const rights = new Map<string, Promise<boolean>>()
  const isStranger = async (at: Address, login: string): Promise<boolean> => {
    const key = `${at.owner}/${at.repo} ${login}`
    const known = rights.get(key) ?? rightOf(reach, at, login).then(right => !mayWrite(right))
    rights.set(key, known)
    return known
  }
  for (let at = 0; at < nodeIds.length; at += AT_ONCE) {
    const ids = nodeIds.slice(at, at + AT_ONCE)
    const { nodes } = await queryWithHoles<{ nodes: readonly (Partial<Worded> | null)[] }>(reach, WORDS, {
      ids,
    })
    for (const node of nodes) {
      if (!isWorded(node)) continue
      const [owner = '', repo = ''] = node.repository.nameWithOwner.split('/')
      for (const login of editorsSince(node, startedAt))
        if (await isStranger({ owner, repo }, login)) strangers.set(String(node.fullDatabaseId), login)
    }
  }
  return strangers
}

const isWorded = (node: Partial<Worded> | null): node is Worded => node?.timelineItems !== undefined

function editorsSince({ lastEditedAt, editor, timelineItems }: Worded, startedAt: Time): string[] {
  // GitHub's times have no milliseconds: who edited in the second of the start may have done so after it.
  const isLater = (at: string | null | undefined) => at != null && Date.parse(at) + 999 > startedAt
  const renamed = timelineItems.nodes.filter(it => isLater(it?.createdAt))
  return [
    ...(isLater(lastEditedAt) ? [loginOf(editor)] : []),
    ...renamed.map(it => loginOf(it?.actor ?? null)),
  ]
}
