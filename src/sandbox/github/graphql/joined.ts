import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Call } from '../kit.ts'
import { itemsOfIssue, projectsOfOwner, projectsOfRepository } from './project-nodes.ts'
import { timelineOf } from './timeline.ts'

/**
 * Fields by which issues, repositories and owners lead to boards and to the timeline. They stand here and not in their
 * nodes because those lead back.
 */

interface Source {
  readonly databaseId: number
}
type Resolve = GraphQLFieldResolver<Source, Call>

const ofOwner =
  (field: 'projectsV2' | 'projectV2'): Resolve =>
  ({ databaseId }, args, call) =>
    projectsOfOwner(call, call.world.accounts.get(databaseId)!)[field](args as never)

const items =
  (found: (call: Call, id: number) => Parameters<typeof itemsOfIssue>[1] | undefined): Resolve =>
  ({ databaseId }, args, call) =>
    itemsOfIssue(call, found(call, databaseId)!)(args)

const JOINED: { readonly [type: string]: { readonly [field: string]: Resolve } } = {
  Organization: { projectsV2: ofOwner('projectsV2'), projectV2: ofOwner('projectV2') },
  User: { projectsV2: ofOwner('projectsV2'), projectV2: ofOwner('projectV2') },
  Issue: {
    projectItems: items((call, id) => call.world.issues.get(id)),
    timelineItems: ({ databaseId }, args, call) => timelineOf(call, call.world.issues.get(databaseId)!)(args),
  },
  PullRequest: { projectItems: items((call, id) => call.world.issues.one('pull', id)) },
  Repository: {
    projectsV2: ({ databaseId }, args, call) =>
      projectsOfRepository(call, call.world.repos.get(databaseId)!)(args),
  },
}

/** Gives the schema's fields what answers them. */
export function join(schema: GraphQLSchema): GraphQLSchema {
  for (const [type, fields] of Object.entries(JOINED))
    for (const [name, resolve] of Object.entries(fields))
      (schema.getType(type) as GraphQLObjectType<Source, Call>).getFields()[name]!.resolve = resolve
  return schema
}
