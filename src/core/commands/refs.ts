import type { NamedIssue } from '../events.ts'
import type { Command } from './command.ts'

/** An issue as a command names it. */
export interface Named {
  /** `owner/name` */
  readonly repo: string
  readonly number: number
}

/** As many as a parent may have sub-issues on GitHub. */
export const MOST_NAMED = 100

/** `#12`, `12`, `owner/name#7`, or the address of an issue or pull request on any host; else null. */
export function refOf(word: string, repo: string): Named | null {
  const bare = word.replace(/^[([]+|[)\],.;]+$/g, '')
  const address = /^https?:\/\/[^/\s]+\/([\w.-]+\/[\w.-]+)\/(?:issues|pull)\/(\d{1,9})(?:[/?#].*)?$/i.exec(
    bare,
  )
  const short = /^(?:([\w.-]+\/[\w.-]+)#|#)?(\d{1,9})$/.exec(bare)
  const [, of, digits] = address ?? short ?? []
  const number = Number(digits)
  return number > 0 ? { repo: of ?? repo, number } : null
}

/** The issues that commands name, each once, in their order. */
export function refsIn(
  commands: readonly Pick<Command, 'args'>[],
  repo: string,
  most: number = MOST_NAMED,
): Named[] {
  const named = new Map<string, Named>()
  for (const { args } of commands) {
    for (const word of args) {
      const ref = refOf(word, repo)
      if (ref) named.set(`${ref.repo.toLowerCase()}#${ref.number}`, ref)
    }
  }
  return [...named.values()].slice(0, most)
}

/** What GitHub showed of an issue that was named; one that was not shown is not there. */
export function seenAs(seen: readonly NamedIssue[], { repo, number }: Named): NamedIssue {
  const ref = `${repo}#${number}`
  const found = seen.find(one => one.ref.toLowerCase() === ref.toLowerCase())
  return found ?? { ref, issue: null, problem: 'it was not found' }
}
