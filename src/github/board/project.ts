import { type Mutation, mutate } from '../aliases.ts'
import { isGraphqlFailure } from '../errors.ts'
import { marker } from '../marker.ts'
import type { Reach } from '../reach.ts'
import type { Page } from '../tree-query.ts'
import { FIELD, type FieldShown } from './fields.ts'
import { NoBoard } from './no-board.ts'

/** A board as GitHub shows it. */
export interface Project {
  readonly id: string
  readonly url: string
  readonly fields: { readonly nodes: readonly (FieldShown | null)[] }
}

interface Listed extends Project {
  readonly title: string
  readonly readme: string | null
  readonly creator: { readonly login: string } | null
}

const TITLE = 'Townhall'
const DESCRIPTION = 'The beads of all convoys. Move a card to Held, Ready or Cancelled to steer it.'
const MARK = marker('board')
const README = `Townhall keeps this board: each card is a bead of a convoy and is put where the bead stands.

- **Held** holds a bead, **Ready** releases a held one and tries a failed one again, **Cancelled** cancels it. This takes write access to the issue's repository.
- A card that is moved anywhere else is put back.

${MARK}`

// A board has at most 50 fields.
const PROJECT = `id url fields(first:50){nodes{${FIELD}}}`

const NAMED = `query($owner:String!,$number:Int!){organization(login:$owner){projectV2(number:$number){${PROJECT}}}}`

const LISTED = `query($owner:String!,$after:String){organization(login:$owner){id projectsV2(first:50,after:$after){
  nodes{${PROJECT} title readme creator{login}} pageInfo{hasNextPage endCursor}
}}}`

/** The board that the config names. */
export async function namedProject(reach: Reach, owner: string, number: number): Promise<Project> {
  const { organization } = await ask<{
    readonly organization: { readonly projectV2: Project | null } | null
  }>(reach, NAMED, { owner, number })
  if (organization?.projectV2) return organization.projectV2
  throw new NoBoard(
    `${owner} has no project ${number} that the App may see. \`board\` in the config names it.`,
  )
}

/**
 * The town's own board: found by our mark on the pages from `after` on, else made. A board of a person's is never taken
 * for it, whatever it says.
 */
export async function ownProject(reach: Reach, owner: string, after: string | null = null): Promise<Project> {
  const { organization } = await ask<Organization>(reach, LISTED, { owner, after })
  if (!organization) throw new NoBoard(`GitHub shows the App no organization ${owner}.`)
  const { nodes, pageInfo } = organization.projectsV2
  const found = nodes.find(it => it !== null && isOurs(reach, it))
  if (found) return found
  return pageInfo.hasNextPage
    ? ownProject(reach, owner, pageInfo.endCursor)
    : makeProject(reach, organization.id)
}

interface Organization {
  readonly organization: { readonly id: string; readonly projectsV2: Page<Listed> } | null
}

/** One that was made, and not marked because the answer was lost, has its first title still. */
function isOurs({ self }: Reach, { creator, title, readme }: Listed): boolean {
  const isByUs = creator?.login === self.slug || creator?.login === `${self.slug}[bot]`
  return isByUs && (readme?.includes(MARK) === true || (!readme && title === TITLE))
}

async function makeProject(reach: Reach, ownerId: string): Promise<Project> {
  const input = { ownerId, title: TITLE }
  const show = `projectV2{${PROJECT}}`
  const { projectV2 } = await done<{ projectV2: Project }>(reach, { field: 'createProjectV2', input, show })
  const words = { projectId: projectV2.id, shortDescription: DESCRIPTION, readme: README }
  await done(reach, { field: 'updateProjectV2', input: words, show: 'projectV2{id}' })
  return projectV2
}

async function done<T>(reach: Reach, mutation: Mutation): Promise<T> {
  const [outcome] = await mutate<T>(reach, [mutation])
  if (outcome!.error) throw outcome!.error
  return outcome!.data
}

/** Asks; what is not there comes as null. A missing permission is no such hole: it says why there is no board. */
async function ask<T>({ octokit }: Reach, query: string, variables: Record<string, unknown>): Promise<T> {
  try {
    return (await octokit.graphql(query, variables)) as T
  } catch (error) {
    const isHole = isGraphqlFailure(error) && error.errors.every(one => one.type === 'NOT_FOUND')
    if (!isHole || !error.data) throw error
    return error.data as T
  }
}
