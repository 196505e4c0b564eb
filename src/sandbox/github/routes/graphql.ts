import { executeSync, type GraphQLError, parse, validate } from 'graphql'
import { z } from 'zod'
import { findRepo } from '../api.ts'
import { anyNode } from '../graphql/lookup.ts'
import { mutations } from '../graphql/mutations.ts'
import { actorNode, repositoryNode, unresolved } from '../graphql/nodes.ts'
import { schema } from '../graphql/schema.ts'
import { actorAccount, type Call, canSee, ok, Refusal, type Route, read } from '../kit.ts'
import type { Meter } from '../metering.ts'

/** `POST /graphql`: answers 200 with data and errors, also when every field failed, as GitHub does. */

const Body = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

function answer(call: Call, meter: Meter) {
  const { query, variables, operationName } = read(call, Body, 'GraphQL')
  try {
    const document = parse(query)
    const mistakes = validate(schema, document)
    if (mistakes.length > 0) return ok({ errors: mistakes.map(shown) })
    // Without promises anywhere the fields of a mutation run one after the other, within this call.
    const result = executeSync({
      schema,
      document,
      rootValue: { ...mutations, ...queries(meter) },
      contextValue: call,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    })
    return ok({
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(result.errors === undefined ? {} : { errors: result.errors.map(shown) }),
    })
  } catch (error) {
    if (!(error instanceof Error && error.name === 'GraphQLError')) throw error
    return ok({ errors: [shown(error as GraphQLError)] })
  }
}

const TYPES: { readonly [status: number]: string } = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  410: 'NOT_FOUND',
  422: 'UNPROCESSABLE',
}

/** An error as GitHub writes it: the type beside the message. What is no refusal is a fault of the sandbox. */
function shown(error: GraphQLError) {
  const cause = error.originalError
  if (cause !== undefined && !(cause instanceof Refusal) && cause.name !== 'GraphQLError') throw cause
  const type = cause instanceof Refusal ? TYPES[cause.status] : error.extensions.type
  const reasons =
    cause instanceof Refusal
      ? (cause.errors ?? []).map(it =>
          typeof it === 'string' ? it : (it.message ?? `${it.field} ${it.code}`),
        )
      : []
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    message: [error.message, ...reasons].join(': '),
  }
}

const queries = (meter: Meter) => ({
  /** Unlike authors, the viewer keeps the `[bot]` of its login. */
  viewer: (_: unknown, call: Call) => {
    const account = actorAccount(call.actor)
    return { ...actorNode(call, account), __typename: 'User', login: account.login }
  },
  rateLimit: (_: unknown, call: Call) => {
    const { limit, remaining, used, reset } = meter.state(call.actor, 'graphql')
    const resetAt = new Date(reset * 1000).toISOString()
    return { cost: 1, nodeCount: 0, limit, remaining, used, resetAt }
  },
  repository: ({ owner, name }: { owner: string; name: string }, call: Call) => {
    const found = findRepo(call.world, owner, name)
    if (found === undefined || !canSee(call.actor, found))
      throw unresolved(`a Repository with the name '${owner}/${name}'`)
    return repositoryNode(call, found)
  },
  node: ({ id }: { id: string }, call: Call) => anyNode(call, id),
  nodes: ({ ids }: { ids: readonly string[] }, call: Call) =>
    ids.map(id => {
      try {
        return anyNode(call, id)
      } catch (error) {
        // One that is not there is null among the others, with its own error.
        return error
      }
    }),
})

export const graphqlRoutes = (meter: Meter): readonly Route[] => [
  ['POST', '/graphql', call => answer(call, meter), { who: 'member' }],
]
