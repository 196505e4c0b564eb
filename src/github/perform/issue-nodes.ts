import type { IssueEnd } from '../../core/effects.ts'
import { queryWithHoles } from '../holes.ts'
import { addressOf, type Reach } from '../reach.ts'

/** Where a repository's node id is kept among those of issues. */
export const rigKey = (rigId: string) => `rig:${rigId}`

interface Found {
  readonly [alias: string]: { readonly id: string; readonly [issue: string]: unknown } | null
}
interface IssueFound {
  readonly id: string
  readonly fullDatabaseId: string | number
}

/**
 * Node ids of issues (by their id) and repositories (by `rigKey`). What was read lately is known; all the others are
 * read in one request. What is not there any more is not in the answer.
 */
export async function nodesOf(
  reach: Reach,
  ends: readonly IssueEnd[],
  rigIds: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const unknown = new Map<string, IssueEnd[]>()
  for (const rigId of rigIds) if (!reach.nodeIds.get(rigKey(rigId))) unknown.set(rigId, [])
  for (const end of ends)
    if (!reach.nodeIds.get(end.issueId)) unknown.set(end.rigId, [...(unknown.get(end.rigId) ?? []), end])
  if (unknown.size > 0) await read(reach, unknown)
  const keys = [...ends.map(end => end.issueId), ...rigIds.map(rigKey)]
  return new Map(
    keys.flatMap(key => {
      const node = reach.nodeIds.get(key)
      return node === undefined ? [] : [[key, node] as const]
    }),
  )
}

async function read(reach: Reach, unknown: ReadonlyMap<string, readonly IssueEnd[]>): Promise<void> {
  const rigs = [...unknown]
  const addresses = await Promise.all(rigs.map(([rigId]) => addressOf(reach, rigId)))
  const types = rigs.map((_, nth) => `$o${nth}:String!,$n${nth}:String!`)
  const fields = rigs.map(([, ends], nth) => {
    const numbers = [...new Set(ends.map(it => it.number))]
    const issues = numbers.map(number => `i${number}:issue(number:${number}){id fullDatabaseId}`)
    return `r${nth}:repository(owner:$o${nth},name:$n${nth}){id ${issues.join(' ')}}`
  })
  const variables = Object.fromEntries(
    addresses.flatMap(({ owner, repo }, nth) => [
      [`o${nth}`, owner],
      [`n${nth}`, repo],
    ]),
  )
  const found = await queryWithHoles<Found>(
    reach,
    `query(${types.join(',')}){${fields.join(' ')}}`,
    variables,
  )
  for (const [nth, [rigId, ends]] of rigs.entries()) {
    const rig = found[`r${nth}`]
    if (!rig) continue
    reach.nodeIds.set(rigKey(rigId), rig.id)
    for (const { issueId, number } of ends) {
      const issue = rig[`i${number}`] as IssueFound | null | undefined
      // Under its number there may be another one by now: a transferred issue gets a new id.
      if (issue && String(issue.fullDatabaseId) === issueId) reach.nodeIds.set(issueId, issue.id)
    }
  }
}

/** Which of these issues is missing: it was not found, or GitHub names its node in what it says. */
export async function goneOf(
  reach: Reach,
  error: Error,
  ends: readonly IssueEnd[],
  nodes: ReadonlyMap<string, string>,
): Promise<string | null> {
  const gone = ends.find(({ issueId }) => {
    const node = nodes.get(issueId)
    return node === undefined || error.message.includes(node)
  })
  return gone ? refOf(reach, gone) : null
}

/** `owner/name#12` */
export async function refOf(reach: Reach, { rigId, number }: IssueEnd): Promise<string> {
  return `${await repoOf(reach, rigId)}#${number}`
}

export async function repoOf(reach: Reach, rigId: string): Promise<string> {
  const { owner, repo } = await addressOf(reach, rigId)
  return `${owner}/${repo}`
}
