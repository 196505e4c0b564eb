import type { Account, Comment, Issue, Label, Repo } from '../documents.ts'
import { READING, repoOf } from '../issues/issue.ts'
import { type Call, canSee, demand } from '../kit.ts'
import { fromNodeId } from '../render.ts'
import {
  actorNode,
  commentNode,
  issueNode,
  labelNode,
  repositoryNode,
  subjectNode,
  unresolved,
} from './nodes.ts'
import { fieldNode, itemNode, projectNode, projectThing } from './project-nodes.ts'

/** Finds what a node id stands for. What the caller cannot see is not there. */

export const noNode = (id: string) => unresolved(`a node with the global id of '${id}'`)

export function repoOfNode(call: Call, id: string): Repo {
  const node = fromNodeId(id)
  const found = node?.kind === 'repo' ? call.world.repos.get(node.id) : undefined
  if (found === undefined || !canSee(call.actor, found)) throw noNode(id)
  return found
}

/** An issue, or the issue half of a pull request. */
export function threadOfNode(call: Call, id: string): Issue {
  const node = fromNodeId(id)
  const found =
    node?.kind === 'issue'
      ? call.world.issues.get(node.id)
      : node?.kind === 'pull'
        ? call.world.issues.one('pull', node.id)
        : undefined
  if (found === undefined || !canSee(call.actor, repoOf(call.world, found))) throw noNode(id)
  const repo = repoOf(call.world, found)
  if (found.pull === null && !repo.hasIssues) throw noNode(id)
  demand(call.actor, repo, 'read', READING)
  return found
}

export function issueOfNode(call: Call, id: string): Issue {
  const found = threadOfNode(call, id)
  if (found.pull !== null) throw noNode(id)
  return found
}

export function commentOfNode(call: Call, id: string): Comment {
  const node = fromNodeId(id)
  const found = node?.kind === 'comment' ? call.world.comments.get(node.id) : undefined
  const repo = found === undefined ? undefined : call.world.repos.get(found.repoId)
  if (found === undefined || repo === undefined || !canSee(call.actor, repo)) throw noNode(id)
  demand(call.actor, repo, 'read', READING)
  return found
}

/** Labels of one repository by node id. */
export const labelsOfNodes = (call: Call, repo: Repo, ids: readonly string[]): Label[] =>
  ids.map(id => {
    const node = fromNodeId(id)
    const found = node?.kind === 'label' ? call.world.labels.get(node.id) : undefined
    if (found?.repoId !== repo.id) throw noNode(id)
    return found
  })

export const accountsOfNodes = (call: Call, ids: readonly string[]) =>
  ids.map(id => {
    const node = fromNodeId(id)
    const found = node?.kind === 'user' ? call.world.accounts.get(node.id) : undefined
    if (found === undefined) throw noNode(id)
    return found
  })

/** A person or an organization. */
export function ownerOfNode(call: Call, id: string): Account {
  const node = fromNodeId(id)
  const owns = node?.kind === 'user' || node?.kind === 'organization'
  const found = owns ? call.world.accounts.get(node.id) : undefined
  if (found === undefined) throw noNode(id)
  return found
}

/** Any node, for `node(id:)`. */
export function anyNode(call: Call, id: string) {
  const node = fromNodeId(id)
  switch (node?.kind) {
    case 'repo':
      return repositoryNode(call, repoOfNode(call, id))
    case 'issue':
      return issueNode(call, issueOfNode(call, id))
    case 'pull':
      return subjectNode(call, threadOfNode(call, id))
    case 'comment':
      return commentNode(call, commentOfNode(call, id))
    case 'label': {
      const label = call.world.labels.get(node.id)
      const repo = label === undefined ? undefined : call.world.repos.get(label.repoId)
      if (label === undefined || repo === undefined || !canSee(call.actor, repo)) throw noNode(id)
      return labelNode(call, label)
    }
    case 'user':
    case 'bot':
    case 'organization': {
      const account = call.world.accounts.get(node.id)
      if (account === undefined) throw noNode(id)
      return actorNode(call, account)
    }
    case 'project':
    case 'project_item':
    case 'project_field':
    case 'project_select': {
      const found = projectThing(call, node.kind, node.id)
      if (found === undefined) throw noNode(id)
      if (found.item !== undefined) return itemNode(call, found.item)
      return found.field === undefined ? projectNode(call, found.project) : fieldNode(call, found.field)
    }
    default:
      throw noNode(id)
  }
}
