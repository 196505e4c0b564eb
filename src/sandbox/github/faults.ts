import { z } from 'zod'
import type { Answer, Method } from './kit.ts'

/** What goes wrong on purpose: `PUT /sandbox/faults` sets it, everything that may fail asks here. */

const Rule = z.strictObject({
  method: z
    .string()
    .transform(text => text.toUpperCase())
    .optional(),
  /** A regular expression, tried on the path below `/api/v3` and on the whole path (`/api/graphql`). */
  path: z.string().refine(isRegExp, 'is not a regular expression').default(''),
  status: z.number().int().min(400).max(599),
  /** Only requests that create content, be it by REST or by a GraphQL mutation (`creations.ts` says which). */
  creates: z.boolean().optional(),
  /** How many more requests are hit; without it all are, until the faults are replaced. */
  times: z.number().int().min(0).optional(),
  /** The change happens, its answer is lost. */
  after_effect: z.boolean().default(false),
  /** Seconds in the `retry-after` header of a 403 or 429 (GitHub's secondary limits). */
  retry_after: z.number().int().min(0).default(1),
})

/** At most `limit` creations in any `seconds`, for each caller. GitHub's are about 80 in 60 and 500 in 3,600. */
export const CreationLimit = z.strictObject({
  limit: z.number().int().min(0),
  seconds: z.number().positive().default(60),
  status: z.union([z.literal(403), z.literal(429)]).default(403),
})
export type CreationLimit = z.infer<typeof CreationLimit>

export const FaultsBody = z.strictObject({
  webhooks: z.enum(['deliver', 'drop', 'duplicate', 'shuffle']).default('deliver'),
  /** Least and most milliseconds before a delivery is sent. */
  delay_ms: z
    .tuple([z.number().min(0), z.number().min(0)])
    .refine(([least, most]) => least <= most, 'must be [least, most]')
    .default([0, 0]),
  api: z.array(Rule).default([]),
  /** Limits of content creation that are enforced; none without them. */
  creations: z.array(CreationLimit).default([]),
})

export type FaultSet = z.infer<typeof FaultsBody>
export type FaultRule = FaultSet['api'][number]

function isRegExp(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

export interface Faults {
  get(): FaultSet
  set(faults: FaultSet): void
  /** The rule that hits this request, counted down; undefined when all is well. */
  strike(method: Method, path: string, fullPath: string, creates?: boolean): FaultRule | undefined
  /** How many milliseconds late the next delivery is. */
  lateness(): number
}

export function makeFaults(): Faults {
  let faults = FaultsBody.parse({})
  return {
    get: () => faults,
    set: next => {
      faults = next
    },
    strike: (method, path, fullPath, creates) => {
      const rule = faults.api.find(
        it =>
          it.times !== 0 &&
          (creates === true || it.creates !== true) &&
          (it.method === undefined || it.method === method) &&
          (new RegExp(it.path).test(path) || new RegExp(it.path).test(fullPath)),
      )
      if (rule?.times !== undefined) rule.times -= 1
      return rule
    },
    lateness: () => {
      const [least, most] = faults.delay_ms
      return least + Math.random() * (most - least)
    },
  }
}

/** The answer that stands in for the real one. A 403 or 429 is a secondary limit, as GitHub words it. */
export function faultAnswer(rule: FaultRule): Answer {
  const limited = rule.status === 403 || rule.status === 429
  return {
    status: rule.status,
    body: {
      message: limited
        ? 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
        : 'Server Error',
      documentation_url: limited
        ? 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits'
        : 'https://docs.github.com/rest',
      status: String(rule.status),
    },
    headers: limited ? { 'retry-after': String(rule.retry_after) } : {},
  }
}
