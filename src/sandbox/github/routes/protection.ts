import { z } from 'zod'
import { keyOf, type Protection, protections } from '../code/documents.ts'
import { protectionOf } from '../code/protection.ts'
import { protection as render } from '../code/render-check.ts'
import { type Call, noContent, ok, Refusal, type Route, read } from '../kit.ts'

/** Classic branch protection. */

const CHECK = z.object({ context: z.string().min(1), app_id: z.number().int().nullish() })
const LOGINS = z.array(z.string()).default([])

const WANTED = z.object({
  required_status_checks: z
    .object({
      strict: z.boolean(),
      contexts: z.array(z.string()).optional(),
      checks: z.array(CHECK).optional(),
    })
    .nullable(),
  enforce_admins: z.boolean().nullable(),
  required_pull_request_reviews: z
    .object({
      required_approving_review_count: z.number().int().min(0).max(6).default(1),
      dismiss_stale_reviews: z.boolean().default(false),
      require_code_owner_reviews: z.boolean().default(false),
      require_last_push_approval: z.boolean().default(false),
    })
    .nullable(),
  restrictions: z.object({ users: LOGINS, teams: LOGINS, apps: LOGINS }).nullable(),
  required_linear_history: z.boolean().nullish(),
  allow_force_pushes: z.boolean().nullish(),
  allow_deletions: z.boolean().nullish(),
})

const branchIn = (call: Call): string => call.params.branch ?? ''

function present(call: Call): Protection {
  const found = protectionOf(call.world, call.repo, branchIn(call))
  if (found === undefined) throw new Refusal(404, 'Branch not protected')
  return found
}

function put(call: Call) {
  const { world, repo } = call
  const wanted = read(call, WANTED)
  const { required_status_checks: checks, required_pull_request_reviews: reviews, restrictions } = wanted
  const old = protections(world).one('branch', keyOf(repo.id, branchIn(call)))
  const saved = protections(world).put({
    id: old?.id ?? world.next(),
    repoId: repo.id,
    branch: branchIn(call),
    checks: checks === null ? null : { strict: checks.strict, contexts: contextsOf(checks) },
    reviews:
      reviews === null
        ? null
        : {
            approvals: reviews.required_approving_review_count,
            dismissStale: reviews.dismiss_stale_reviews,
            codeOwners: reviews.require_code_owner_reviews,
            lastPush: reviews.require_last_push_approval,
          },
    enforceAdmins: wanted.enforce_admins ?? false,
    restrictions: restrictions === null ? null : { users: restrictions.users, apps: restrictions.apps },
    linearHistory: wanted.required_linear_history ?? false,
    forcePushes: wanted.allow_force_pushes ?? false,
    deletions: wanted.allow_deletions ?? false,
  })
  return ok(render(world, repo, saved))
}

/** `contexts` is the old way of naming checks; `checks` wins. An App of -1 is anybody, as null is. */
function contextsOf(wanted: NonNullable<z.infer<typeof WANTED>['required_status_checks']>) {
  const checks = wanted.checks ?? (wanted.contexts ?? []).map(context => ({ context, app_id: null }))
  return checks.map(({ context, app_id }) => ({ context, appId: app_id === -1 ? null : (app_id ?? null) }))
}

function remove(call: Call) {
  protections(call.world).remove(present(call).id)
  return noContent
}

/** The rules that hold on a branch; here they come from its protection. */
function rules(call: Call) {
  const rule = protectionOf(call.world, call.repo, branchIn(call))
  if (rule === undefined) return ok([])
  const source = { ruleset_source_type: 'Repository', ruleset_source: call.repo.name, ruleset_id: rule.id }
  const { checks, reviews } = rule
  return ok([
    ...(rule.deletions ? [] : [{ type: 'deletion', ...source }]),
    ...(rule.forcePushes ? [] : [{ type: 'non_fast_forward', ...source }]),
    ...(rule.linearHistory ? [{ type: 'required_linear_history', ...source }] : []),
    ...(checks === null
      ? []
      : [{ type: 'required_status_checks', parameters: checkParameters(checks), ...source }]),
    ...(reviews === null ? [] : [{ type: 'pull_request', parameters: reviewParameters(reviews), ...source }]),
  ])
}

const checkParameters = (it: NonNullable<Protection['checks']>) => ({
  strict_required_status_checks_policy: it.strict,
  do_not_enforce_on_create: true,
  required_status_checks: it.contexts.map(({ context, appId }) => ({
    context,
    ...(appId === null ? {} : { integration_id: appId }),
  })),
})

const reviewParameters = (it: NonNullable<Protection['reviews']>) => ({
  dismiss_stale_reviews_on_push: it.dismissStale,
  require_code_owner_review: it.codeOwners,
  require_last_push_approval: it.lastPush,
  required_approving_review_count: it.approvals,
  required_review_thread_resolution: false,
})

const PATH = '/repos/{owner}/{repo}/branches/{branch}/protection'

export const protectionRoutes: readonly Route[] = [
  [
    'GET',
    PATH,
    call => ok(render(call.world, call.repo, present(call))),
    { permission: ['administration:read'], role: 'write' },
  ],
  ['PUT', PATH, put, { permission: ['administration:write'], role: 'admin' }],
  ['GET', '/repos/{owner}/{repo}/rules/branches/{+branch}', rules],
  ['DELETE', PATH, remove, { permission: ['administration:write'], role: 'admin' }],
]
