import { Refused, Unreachable } from '../ports.ts'
import { outcomeOf, statusOf } from './errors.ts'
import type { Address, Reach } from './reach.ts'

/** A pull request as far as it is read here: to GitHub it is an issue too. */
interface PullThere {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly state: 'open' | 'closed'
}

/** What became of an issue that GraphQL does not show. */
export type Whereabouts =
  | { readonly is: 'pull'; readonly pull: PullThere }
  /** Transferred, to where the App may look. `repo`: `owner/name` */
  | { readonly is: 'moved'; readonly repo: string; readonly number: number }
  /** `why`: a sentence for people. */
  | { readonly is: 'gone'; readonly why: string }

/**
 * REST tells what GraphQL leaves open: 301 for a transferred issue (followed), 410 for a deleted one and for a
 * repository without issues (facts §1.4). Throws `Unreachable` when it cannot be asked, or shows what GraphQL does not.
 */
export async function whereabouts(
  reach: Reach,
  { owner, repo }: Address,
  number: number,
): Promise<Whereabouts> {
  const ref = `${owner}/${repo}#${number}`
  try {
    const { data } = await reach.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
      owner,
      repo,
      issue_number: number,
    })
    const now = data.repository_url.split('/').slice(-2).join('/')
    if (now.toLowerCase() !== `${owner}/${repo}`.toLowerCase() || data.number !== number)
      return { is: 'moved', repo: now, number: data.number }
    if (!data.pull_request) throw new Unreachable(`GitHub shows ${ref} in one place and not in the other`)
    const state = data.state === 'open' ? 'open' : 'closed'
    return { is: 'pull', pull: { id: String(data.id), number, title: data.title, state } }
  } catch (error) {
    const outcome = outcomeOf(error, reach.log)
    if (!(outcome instanceof Refused)) throw outcome
    return { is: 'gone', why: whyGone(ref, error, outcome) }
  }
}

function whyGone(ref: string, error: unknown, { message, status }: Refused): string {
  const [repo] = ref.split('#')
  if (status === 410 && /disabled/i.test(message)) return `Issues are switched off in ${repo}.`
  if (status === 410) return `${ref} was deleted, or turned into a discussion.`
  if (status === 404 && wasSentOn(error)) return `${ref} was moved to where Townhall is not installed.`
  if (status === 404) return `${ref} is not there, or Townhall may not see it.`
  return `${ref} cannot be read: GitHub refuses it to Townhall.`
}

/** The refusal came from where a redirect of GitHub's led: `/repositories/<id>/issues/<number>`. */
function wasSentOn(error: unknown): boolean {
  if (statusOf(error) === null || !(error instanceof Error) || !('response' in error)) return false
  const { url } = error.response as { readonly url?: string }
  return url !== undefined && /\/repositories\/\d+\/issues\/\d+$/.test(url)
}

/** Why there is no tree to read there, for people. */
export async function noTreeThere(reach: Reach, at: Address, number: number): Promise<Refused> {
  const ref = `${at.owner}/${at.repo}#${number}`
  const found = await whereabouts(reach, at, number)
  if (found.is === 'pull')
    return new Refused(`${ref} is a pull request: only an issue can be worked on as one.`, 422)
  if (found.is === 'moved')
    return new Refused(`${ref} was moved: it is now ${found.repo}#${found.number}.`, 404)
  return new Refused(found.why, 404)
}
