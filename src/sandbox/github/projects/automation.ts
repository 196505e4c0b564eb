import type { Account, Issue } from '../documents.ts'
import type { Actor } from '../kit.ts'
import type { World } from '../world.ts'
import { projectFields, projectItems, projectOf } from './documents.ts'
import { write } from './items.ts'

/**
 * The two workflows that each new board begins with on GitHub: what is closed, and what is merged, gets the Status
 * "Done". They name the option by its id, so options that are written anew end them.
 */

const LOGIN = 'github-project-automation[bot]'

export function automateBoards(world: World): void {
  world.onEvent(({ event, action, payload }) => {
    if (action !== 'closed') return
    if (event === 'issues') finish(world, world.issues.get(idIn(payload.issue)))
    if (event === 'pull_request') finish(world, world.issues.one('pull', idIn(payload.pull_request)))
  })
}

const idIn = (thing: unknown): number => (thing as { readonly id: number }).id

function finish(world: World, issue: Issue | undefined): void {
  for (const item of issue === undefined ? [] : projectItems(world).find('issue', issue.id)) {
    const { done } = projectOf(world, item)
    const field = done === null ? undefined : projectFields(world).get(done.fieldId)
    const option = field?.options.find(it => it.id === done?.optionId)
    if (item.archivedAt !== null || field === undefined || option === undefined) continue
    write(world, robot(world), item, field, { optionId: option.id })
  }
}

/** GitHub's own bot; its permissions are of no App. */
function robot(world: World): Actor {
  const account: Account =
    world.accounts.one('login', LOGIN) ??
    world.accounts.put({ id: world.next(), login: LOGIN, type: 'Bot', role: 'admin', createdAt: world.now() })
  const token = { id: 0, token: '', accountId: account.id, createdAt: account.createdAt, scope: null }
  return { kind: 'user', account, token }
}
