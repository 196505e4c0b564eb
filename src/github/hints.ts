import { z } from 'zod'
import { LABELS } from '../core/effects.ts'
import type { Look } from '../core/looks.ts'
import type { Delivery } from '../ports.ts'
import { isTownRepo } from './observe-config.ts'
import { CONFIG_PATH } from './rig-config.ts'
import { kindCalled } from './tree-query.ts'

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

const repositoryName = maybe(z.string())
/** What changes in the repository with the town's defaults may change every rig. */
const rigOrTown = (repository: { readonly id: string; readonly name?: string | null | undefined }) =>
  isTownRepo({ name: repository.name ?? '' }) ? INSTALLATION : [rigOf(repository.id)]

const comments = reads(
  withRepository.extend({ comment: z.object({ id, user: maybe(z.object({ type: z.string() })) }) }),
  ({ repository, comment }, action) =>
    action !== 'created' || comment.user?.type === 'Bot'
      ? []
      : [{ look: 'comment', rigId: repository.id, commentId: comment.id }],
)

const ISSUE_ACTIONS = new Set([
  'opened',
  'edited',
  'closed',
  'reopened',
  'deleted',
  'transferred',
  'locked',
  'unlocked',
  'typed',
  'untyped',
])
const LABELLING = new Set(['labeled', 'unlabeled'])
const named = maybe(z.object({ name: z.string() }))
const issues = reads(
  withRepository.extend({ issue: thing, label: named }),
  ({ repository, issue, label }, action) => {
    const isKind = label !== null && label !== undefined && kindCalled(label.name) !== null
    const matters = action !== null && (ISSUE_ACTIONS.has(action) || (LABELLING.has(action) && isKind))
    return matters ? [{ look: 'issue', rigId: repository.id, issueId: issue.id }] : []
  },
)

const isOurs = (label: string | undefined) => label !== undefined && Object.hasOwn(LABELS, label)
/** A label keeps its id under a new name, so one of ours that people renamed would go on being set. */
const labels = reads(
  withRepository.extend({
    label: named,
    changes: maybe(z.object({ name: maybe(z.object({ from: z.string() })) })),
  }),
  ({ repository, label, changes }, action) => {
    const lost = action === 'deleted' ? label?.name : action === 'edited' ? changes?.name?.from : undefined
    return isOurs(lost) ? [{ look: 'labels', rigId: repository.id }] : []
  },
)

/** The field of a board whose columns mean something. */
const STATUS = 'status'
const cards = reads(
  z.object({
    sender: z.object({ login: z.string().min(1) }),
    projects_v2_item: z.object({ node_id: z.string().min(1), content_type: maybe(z.string()) }),
    changes: z.object({ field_value: z.object({ field_name: maybe(z.string()) }) }),
  }),
  ({ sender, projects_v2_item, changes }, action) => {
    const isIssue = (projects_v2_item.content_type ?? 'Issue') === 'Issue'
    const isStatus = (changes.field_value.field_name ?? STATUS).toLowerCase() === STATUS
    return action === 'edited' && isIssue && isStatus
      ? [{ look: 'card', itemNodeId: projects_v2_item.node_id, by: sender.login }]
      : []
  },
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
    repository: z.object({ id, name: repositoryName, default_branch: maybe(z.string()) }),
    commits: maybe(z.array(z.object({ added: touched, modified: touched, removed: touched }))),
  }),
  ({ ref, forced, repository, commits }) => {
    if (repository.default_branch && ref !== `refs/heads/${repository.default_branch}`) return []
    const doubtful = forced || !commits || commits.length === 0 || commits.length >= MOST_COMMITS
    const changed = commits?.some(it =>
      [it.added, it.modified, it.removed].some(files => !files || files.includes(CONFIG_PATH)),
    )
    return doubtful || changed ? rigOrTown(repository) : []
  },
)

/** These change which rigs there are; the others change one rig. */
const REPOSITORY_SET = new Set(['created', 'deleted', 'transferred'])
const REPOSITORY_ITSELF = new Set(['renamed', 'archived', 'unarchived', 'edited'])
const before = z.object({ repository: z.object({ name: z.object({ from: z.string() }) }) })
const repositories = reads(
  z.object({ repository: z.object({ id, name: repositoryName }), changes: maybe(before) }),
  ({ repository, changes }, action) => {
    if (action === null || REPOSITORY_SET.has(action)) return INSTALLATION
    if (!REPOSITORY_ITSELF.has(action)) return []
    const was = changes?.repository.name.from
    return was !== undefined && isTownRepo({ name: was }) ? INSTALLATION : rigOrTown(repository)
  },
)

const EVENTS = new Map<string, Hint>(
  Object.entries({
    issue_comment: comments,
    issues,
    label: labels,
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
    projects_v2_item: cards,
  }),
)
