import type { Repo } from '../documents.ts'
import { issueNumbered, setState, WRITING } from '../issues/issue.ts'
import { type Actor, may } from '../kit.ts'
import { fullName } from '../render.ts'
import type { World } from '../world.ts'

/** "Closes #12": issues that are closed when a text that says so reaches the default branch. */

const KEYWORD = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi

/** Numbers of the repository's issues that a text closes. */
function closingNumbers(world: World, repo: Repo, text: string): number[] {
  const own = fullName(world, repo).toLowerCase()
  const found = [...text.matchAll(KEYWORD)].filter(
    ([, where]) => where === undefined || where.toLowerCase() === own,
  )
  return [...new Set(found.map(([, , number]) => Number(number)))]
}

/** Closes the open issues that the texts name, as far as the actor may. */
export function closeMentioned(
  world: World,
  repo: Repo,
  actor: Actor,
  texts: readonly (string | null)[],
): void {
  for (const number of texts.flatMap(text => (text === null ? [] : closingNumbers(world, repo, text)))) {
    const issue = issueNumbered(world, repo, number)
    if (issue === undefined || issue.pull !== null || issue.state === 'closed') continue
    if (may(actor, repo, 'triage', WRITING)) setState(world, actor, issue, 'closed', 'completed')
  }
}
