import { GraphQLError } from 'graphql'

/** Lists in pages, as all of GitHub's connections are. */

export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
}

const cursorOf = (id: number) => Buffer.from(`cursor:v2:${id}`).toString('base64')

/** One page of `items`; `name` is the connection's own, for GitHub's refusals of a missing or excessive size. */
export function connection<T extends { readonly id: number }, N>(
  name: string,
  items: readonly T[],
  args: PageArgs,
  render: (item: T) => N,
) {
  const size = args.first ?? args.last
  if (size === null || size === undefined)
    throw new GraphQLError(
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      { extensions: { type: 'MISSING_PAGINATION_BOUNDARIES' } },
    )
  if (size < 0 || size > 100)
    throw new GraphQLError(
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`,
      { extensions: { type: 'EXCESSIVE_PAGINATION' } },
    )
  const at = (cursor: string) => items.findIndex(it => cursorOf(it.id) === cursor)
  const from = args.after ? at(args.after) + 1 : 0
  const to = args.before ? Math.max(from, at(args.before)) : items.length
  const start = args.first === null || args.first === undefined ? Math.max(from, to - size) : from
  const end = args.first === null || args.first === undefined ? to : Math.min(to, from + size)
  const edges = items.slice(start, end).map(it => ({ cursor: cursorOf(it.id), node: render(it) }))
  return {
    nodes: edges.map(it => it.node),
    edges,
    totalCount: items.length,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasPreviousPage: start > 0,
      hasNextPage: end < items.length,
    },
  }
}
