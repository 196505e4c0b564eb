import { z } from 'zod'
import type { Look } from '../core/looks.ts'
import type { Delivery } from '../ports.ts'
import { CONFIG_PATH } from './rig-config.ts'

/** Our own marks in a payload. `slug` is null as long as GitHub has not told it: then nothing is taken for an echo. */
export interface Own {
  readonly appId: number
  readonly slug: string | null
}

/**
 * What a webhook makes us look at. Pure, and it never throws: of a payload only addresses are read, each by
 * itself, so a field that is missing or strange costs the looks that need it and nothing else. What our own App
 * did comes back as a webhook too and is looked at by nobody, or every write would cause another one.
 */
export function hintsOf(delivery: Delivery, own: Own): readonly Look[] {
  // A delivery that belongs to no installation (`ping`) is nothing that anybody could look at.
  if (delivery.townId === null) return []
  const hint = EVENTS.get(delivery.event)
  if (!hint || (!ALSO_OWN.has(delivery.event) && isOwn(delivery.payload, own))) return []
  const seen = new Set<string>()
  return hint(delivery.payload, delivery.action, own).filter(look => {
    const key = JSON.stringify(look)
    return !seen.has(key) && seen.add(key)
  })
}

/** Our own pushes and installations do matter: a landing may bring a new config. */
const ALSO_OWN = new Set(['installation', 'installation_repositories', 'installation_target', 'push'])

const id = z.union([z.int().positive(), z.string().regex(/^\d+$/)]).transform(String)
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().catch(null)
const thing = z.object({ id })
const byUs = maybe(z.object({ performed_via_github_app: maybe(thing) }))
const sender = z.object({ sender: maybe(z.object({ login: z.string() })), comment: byUs })

function isOwn(payload: unknown, own: Own): boolean {
  const read = sender.safeParse(payload)
  if (!read.success) return false
  if (own.slug !== null && read.data.sender?.login === `${own.slug}[bot]`) return true
  return read.data.comment?.performed_via_github_app?.id === String(own.appId)
}

type Hint = (payload: unknown, action: string | null, own: Own) => readonly Look[]

/** A row of the table: what is read of the payload, and what that makes us look at. */
function reads<T extends z.ZodType>(
  schema: T,
  looks: (said: z.infer<T>, action: string | null, own: Own) => readonly Look[],
): Hint {
  return (payload, action, own) => {
    const read = schema.safeParse(payload)
    return read.success ? looks(read.data, action, own) : []
  }
}

const INSTALLATION: readonly Look[] = [{ look: 'installation' }]
const rigOf = (rigId: string): Look => ({ look: 'rig', rigId })

const withRepository = z.object({ repository: thing })

const comments = reads(
  withRepository.extend({ comment: z.object({ id, user: maybe(z.object({ type: z.string() })) }) }),
  ({ repository, comment }, action) =>
    action !== 'created' || comment.user?.type === 'Bot'
      ? []
      : [{ look: 'comment', rigId: repository.id, commentId: comment.id }],
)

const ISSUE_ACTIONS = new Set(['opened', 'edited', 'closed', 'reopened', 'deleted', 'transferred'])
const issues = reads(withRepository.extend({ issue: thing }), ({ repository, issue }, action) =>
  action !== null && ISSUE_ACTIONS.has(action)
    ? [{ look: 'issue', rigId: repository.id, issueId: issue.id }]
    : [],
)

/**
 * Both ends of a link. Each event comes from both sides and GitHub leaves out what it likes; the repository of the
 * delivery stands in for a missing one.
 */
const link = (...ends: readonly string[]) =>
  reads(z.looseObject({ repository: thing }), said =>
    ends.flatMap((end): Look[] => {
      const issueId = id.safeParse(said[`${end}_id`]).data ?? thing.safeParse(said[end]).data?.id
      const rigId = thing.safeParse(said[`${end}_repo`]).data?.id ?? said.repository.id
      return issueId ? [{ look: 'issue', rigId, issueId }] : []
    }),
  )

/** Decoration that says nothing about whether a pull can be merged. */
const PULL_NOISE = new Set([
  'labeled',
  'unlabeled',
  'assigned',
  'unassigned',
  'milestoned',
  'demilestoned',
  'locked',
  'unlocked',
  'review_requested',
  'review_request_removed',
])
const pulls = reads(
  withRepository.extend({ pull_request: z.object({ number: z.int().positive() }) }),
  ({ repository, pull_request }, action) =>
    action !== null && PULL_NOISE.has(action)
      ? []
      : [{ look: 'pull', rigId: repository.id, number: pull_request.number }],
)

const ran = z.object({
  app: maybe(thing),
  pull_requests: maybe(
    z.array(
      z.object({
        number: z.int().positive(),
        base: maybe(z.object({ repo: maybe(thing) })),
      }),
    ),
  ),
})

/** A check of anybody else's may be what a merge waits for. A pull of a fork's own repository is not ours. */
const checked = (field: 'check_run' | 'check_suite') =>
  reads(z.looseObject({ repository: thing }), ({ repository, [field]: check }, action, own) => {
    const run = ran.safeParse(check).data
    if (action !== 'completed' || !run || run.app?.id === String(own.appId)) return []
    return (run.pull_requests ?? [])
      .filter(pull => (pull.base?.repo?.id ?? repository.id) === repository.id)
      .map(pull => ({ look: 'pull', rigId: repository.id, number: pull.number }))
  })

const touched = maybe(z.array(z.string()))
/** GitHub lists no more commits than this in a push. */
const MOST_COMMITS = 2048
const pushes = reads(
  z.object({
    ref: z.string(),
    forced: maybe(z.boolean()),
    repository: z.object({ id, default_branch: maybe(z.string()) }),
    commits: maybe(z.array(z.object({ added: touched, modified: touched, removed: touched }))),
  }),
  ({ ref, forced, repository, commits }) => {
    if (repository.default_branch && ref !== `refs/heads/${repository.default_branch}`) return []
    const doubtful = forced || !commits || commits.length === 0 || commits.length >= MOST_COMMITS
    const changed = commits?.some(it =>
      [it.added, it.modified, it.removed].some(files => !files || files.includes(CONFIG_PATH)),
    )
    return doubtful || changed ? [rigOf(repository.id)] : []
  },
)

/** These change which rigs there are; the others change one rig. */
const REPOSITORY_SET = new Set(['created', 'deleted', 'transferred'])
const REPOSITORY_ITSELF = new Set(['renamed', 'archived', 'unarchived', 'edited'])
const repositories = reads(withRepository, ({ repository }, action) => {
  if (action === null || REPOSITORY_SET.has(action)) return INSTALLATION
  return REPOSITORY_ITSELF.has(action) ? [rigOf(repository.id)] : []
})

const EVENTS = new Map<string, Hint>(
  Object.entries({
    issue_comment: comments,
    issues,
    sub_issues: link('parent_issue', 'sub_issue'),
    issue_dependencies: link('blocked_issue', 'blocking_issue'),
    pull_request: pulls,
    pull_request_review: pulls,
    check_run: checked('check_run'),
    check_suite: checked('check_suite'),
    push: pushes,
    installation: () => INSTALLATION,
    installation_repositories: () => INSTALLATION,
    installation_target: () => INSTALLATION,
    repository: repositories,
  }),
)
