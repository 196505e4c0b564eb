import type { Named } from '../core/commands/refs.ts'
import type { NamedIssue } from '../core/events.ts'
import { queryWithHoles } from './holes.ts'
import { MOST_TITLE } from './observe-tree.ts'
import type { Reach } from './reach.ts'
import { storable } from './storable.ts'
import { type IssueNode, isCalled, refOf, type Shown } from './tree-query.ts'
import { whereabouts } from './whereabouts.ts'

/** Answers of REST that are waited for side by side. */
const AT_ONCE = 8

type Found = NonNullable<NamedIssue['issue']>
type Answer = Pick<NamedIssue, 'issue' | 'problem'>

interface NamedNode
  extends Pick<
    IssueNode,
    'id' | 'fullDatabaseId' | 'number' | 'title' | 'state' | 'repository' | 'subIssuesSummary' | 'labels'
  > {
  readonly parent: Pick<Shown, 'fullDatabaseId' | 'number' | 'repository'> | null
}

const NAMED = `fragment Named on Issue{
  id fullDatabaseId number title state repository{databaseId nameWithOwner} subIssuesSummary{total}
  labels(first:100){nodes{name}}
  parent{fullDatabaseId number repository{nameWithOwner}}
}`

/** A repository of the town. */
interface Rig {
  readonly id: string
  readonly owner: string
  readonly name: string
}

/**
 * The issues that commands name, in their order. All that are there cost one request together; why one is not there is
 * asked one by one. A transferred issue is followed. In repositories that are none of the town's nothing is read.
 */
export async function observeNamed(
  reach: Reach,
  here: Rig,
  named: readonly Named[],
): Promise<readonly NamedIssue[]> {
  const rigs = new Map([here, ...(await reach.directory.rigs(reach.townId))].map(rig => [nameOf(rig), rig]))
  const read = await readAll(reach, rigs, named)
  const moved = read.flatMap(it => ('movedTo' in it ? [it.movedTo] : []))
  const followed = new Map(
    moved.length > 0
      ? (await readAll(reach, rigs, moved)).map((it, nth) => [keyOf(moved[nth]!), it] as const)
      : [],
  )
  return named.map((it, nth) => {
    const answer = read[nth]!
    return {
      ref: `${it.repo}#${it.number}`,
      ...('movedTo' in answer ? afterMove(answer.movedTo, followed) : answer),
    }
  })
}

type Moved = { readonly movedTo: Named }

function afterMove(to: Named, followed: ReadonlyMap<string, Answer | Moved>): Answer {
  const there = followed.get(keyOf(to))
  if (there && !('movedTo' in there)) return there
  return problem(`It was moved to ${to.repo}#${to.number}, and on from there.`)
}

async function readAll(
  reach: Reach,
  rigs: ReadonlyMap<string, Rig>,
  named: readonly Named[],
): Promise<readonly (Answer | Moved)[]> {
  const ours = named.filter(it => rigs.has(it.repo.toLowerCase()))
  const nodes = ours.length > 0 ? await nodesOf(reach, ours) : new Map<string, NamedNode>()
  const read: (Answer | Moved)[] = []
  for (let at = 0; at < named.length; at += AT_ONCE) {
    const some = named.slice(at, at + AT_ONCE)
    read.push(...(await Promise.all(some.map(it => readOne(reach, rigs, it, nodes.get(keyOf(it)))))))
  }
  return read
}

async function readOne(
  reach: Reach,
  rigs: ReadonlyMap<string, Rig>,
  it: Named,
  node: NamedNode | undefined,
): Promise<Answer | Moved> {
  const rig = rigs.get(it.repo.toLowerCase())
  if (!rig) return problem(`Townhall is not installed in ${it.repo}.`)
  if (node) {
    reach.nodeIds.set(String(node.fullDatabaseId), node.id)
    return { issue: foundOf(node), problem: null }
  }
  const found = await whereabouts(reach, { owner: rig.owner, repo: rig.name }, it.number)
  if (found.is === 'gone') return problem(found.why)
  if (found.is === 'moved') return { movedTo: { repo: found.repo, number: found.number } }
  const { pull } = found
  const issue = { ...pull, title: storable(pull.title, MOST_TITLE), rigId: rig.id }
  return { issue: { ...issue, isPull: true, hasChildren: false, parent: null }, problem: null }
}

const problem = (why: string): Answer => ({ issue: null, problem: why })

/** One request: repositories and their issues under names of their own, which say where in the answer they are. */
async function nodesOf(reach: Reach, named: readonly Named[]): Promise<ReadonlyMap<string, NamedNode>> {
  const repos = [...new Set(named.map(it => it.repo.toLowerCase()))]
  const fields = repos.map((repo, nth) => {
    const numbers = named.filter(it => it.repo.toLowerCase() === repo).map(it => it.number)
    const issues = numbers.map(number => `issue${number}:issue(number:${number}){...Named}`).join(' ')
    return `repo${nth}:repository(owner:$owner${nth},name:$name${nth}){${issues}}`
  })
  const types = repos.map((_, nth) => `$owner${nth}:String!,$name${nth}:String!`).join(',')
  const variables = Object.fromEntries(
    repos.flatMap((repo, nth) => {
      const [owner, name] = repo.split('/')
      return [
        [`owner${nth}`, owner],
        [`name${nth}`, name],
      ]
    }),
  )
  type Issues = Readonly<Record<string, NamedNode | null>> | null
  const text = `query(${types}){${fields.join(' ')}}\n${NAMED}`
  const answer = await queryWithHoles<Readonly<Record<string, Issues>>>(reach, text, variables)
  const found = new Map<string, NamedNode>()
  for (const it of named) {
    const node = answer[`repo${repos.indexOf(it.repo.toLowerCase())}`]?.[`issue${it.number}`]
    if (node) found.set(keyOf(it), node)
  }
  return found
}

function foundOf(node: NamedNode): Found {
  const { parent } = node
  return {
    id: String(node.fullDatabaseId),
    rigId: String(node.repository.databaseId),
    number: node.number,
    title: storable(node.title, MOST_TITLE),
    state: node.state === 'OPEN' ? 'open' : 'closed',
    isPull: false,
    hasChildren: node.subIssuesSummary.total > 0 || isCalled('epic', node),
    parent: parent && { id: String(parent.fullDatabaseId), ref: refOf(parent) },
  }
}

const nameOf = ({ owner, name }: Rig) => `${owner}/${name}`.toLowerCase()
const keyOf = ({ repo, number }: Named) => `${repo.toLowerCase()}#${number}`
