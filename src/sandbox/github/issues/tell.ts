import type { Issue, TimelineEntry } from '../documents.ts'
import { type Actor, actorAccount, viaApp } from '../kit.ts'
import { issue as renderIssue } from '../render-issue.ts'
import type { World } from '../world.ts'

/** Fires `issues.<action>`, or `pull_request.<action>` for a pull request. `more` are the payload's other keys. */
export function tell(
  world: World,
  actor: Actor,
  issue: Issue,
  action: string,
  more: { readonly [key: string]: unknown } = {},
): void {
  const repo = world.repos.get(issue.repoId)!
  const sender = actorAccount(actor)
  if (issue.pull === null)
    world.emit('issues', action, repo, { issue: renderIssue(world, issue), ...more }, sender)
  else world.tellPull(issue, action, more, sender)
}

/** Writes a line into the issue's timeline; `detail` is in the API's words, `linked` another issue. */
export function note(
  world: World,
  actor: Actor,
  issue: Issue,
  event: string,
  detail: TimelineEntry['detail'] = {},
  linked?: TimelineEntry['linked'],
): void {
  world.timeline.put({
    id: world.next(),
    issueId: issue.id,
    event,
    actorId: actorAccount(actor).id,
    viaApp: viaApp(actor),
    createdAt: world.now(),
    detail,
    ...(linked === undefined ? {} : { linked }),
  })
}
