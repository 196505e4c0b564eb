import type { Call } from '../kit.ts'

export type Ids = readonly string[] | null | undefined
export type Text = string | null | undefined
export type Mutation<Input> = (call: Call, input: Input) => { readonly [field: string]: unknown }

/** Runs a mutation as a whole or not at all, so that one that fails leaves its neighbours in the document alone. */
export const rooted =
  <Input>(mutate: Mutation<Input>) =>
  ({ input }: { input: Input & { clientMutationId?: string | null } }, call: Call) => ({
    ...call.world.atomically(() => mutate(call, input)),
    clientMutationId: input.clientMutationId ?? null,
  })
