import type { Account, Repo } from '../documents.ts'
import { type Actor, Refusal } from '../kit.ts'
import type { World } from '../world.ts'
import type { Html } from './html.ts'

/** One request for a page, and what a page can answer. */

export interface Visit {
  readonly world: World
  /** The repository of `/owner/name/…`. Throws on pages outside of one. */
  readonly repo: Repo
  /** Values of the address pattern's named groups, decoded. */
  readonly params: { readonly [name: string]: string }
  readonly query: URLSearchParams
  /** Fields of a posted form. */
  readonly form: URLSearchParams
  /** The person whom this browser acted as last. */
  readonly login: string
}

export type Shown =
  | { readonly title: string; readonly main: Html; readonly tab?: 'code' | 'issues' | 'pulls' }
  /** After a form: where to look next. */
  | { readonly goTo: string }
  | { readonly bytes: Buffer | string; readonly type: string }

export type Page = readonly ['GET' | 'POST', RegExp, (visit: Visit) => Shown | Promise<Shown>]

export const people = (world: World): Account[] => world.accounts.all().filter(it => it.type === 'User')

/** The person chosen in a form, as the one who acts. */
export function chosen({ world, form }: Visit): Actor {
  const account = people(world).find(it => it.login === form.get('as'))
  const token = account && world.tokens.one('account', account.id)
  if (account === undefined || token === undefined) throw new Refusal(422, 'Choose who you are.')
  return { kind: 'user', account, token }
}

/** A number in the address. */
export const numberOf = (visit: Visit): number => Number(visit.params.number)
