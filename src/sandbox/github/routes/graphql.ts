import { executeSync, type GraphQLError, parse, validate } from 'graphql'
import { z } from 'zod'
import { findRepo } from '../api.ts'
import { type Creations, MUTATIONS } from '../creations.ts'
import type { Account } from '../documents.ts'
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

function answer(call: Call, roots: { readonly [field: string]: unknown }) {
  const { query, variables, operationName } = read(call, Body, 'GraphQL')
  try {
    const document = parse(query)
    const mistakes = validate(schema, document)
    if (mistakes.length > 0) return ok({ errors: mistakes.map(shown) })
    // Without promises anywhere the fields of a mutation run one after the other, within this call.
    const result = executeSync({
      schema,
      document,
      rootValue: roots,
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

function ownerNamed(call: Call, what: string, login: string, fits: (account: Account) => boolean) {
  const found = call.world.accounts.one('login', login.toLowerCase())
  if (found === undefined || !fits(found)) throw unresolved(`${what} with the login of '${login}'`)
  return actorNode(call, found)
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
  organization: ({ login }: { login: string }, call: Call) =>
    ownerNamed(call, 'an Organization', login, it => it.type === 'Organization'),
  user: ({ login }: { login: string }, call: Call) =>
    ownerNamed(call, 'a User', login, it => it.type === 'User'),
  repositoryOwner: ({ login }: { login: string }, call: Call) =>
    ownerNamed(call, 'a RepositoryOwner', login, it => it.type !== 'Bot'),
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

type Root = (args: never, call: Call) => unknown

/** The mutations, of which those that create content are counted, and refused when there was too much of it. */
const counted = (creations: Creations) =>
  Object.fromEntries(
    Object.entries<Root>(mutations).map(([name, mutate]): [string, Root] => [
      name,
      (args, call) => {
        if (!MUTATIONS.includes(name)) return mutate(args, call)
        creations.admitAlias(call.actor)
        const done = mutate(args, call)
        creations.note(call.actor, name)
        return done
      },
    ]),
  )

export function graphqlRoutes(meter: Meter, creations: Creations): readonly Route[] {
  const roots = { ...counted(creations), ...queries(meter) }
  return [['POST', '/graphql', call => answer(call, roots), { who: 'member' }]]
}
