import type { IssueEnd, PublishIssues, PublishLinks } from '../../src/core/effects.ts'
import type { GitHubEffect } from '../../src/ports.ts'
import { FaultsBody } from '../../src/sandbox/github/faults.ts'
import { as, github, issue, openWith, rig, seen, type Thing, town, us } from './github-town.ts'

/** A plan that is to be put onto GitHub, and what may go wrong on the way. */

export const CONVOY = 'c77.mabc12'
export const end = (rigId: string, { id, number }: Pick<Thing, 'id' | 'number'>): IssueEnd => ({
  issueId: String(id),
  rigId,
  number,
})
export const perform = (effect: GitHubEffect, attempt = 0) => us.perform(town, effect, attempt)

/** An epic of a person's, and how to make issues under it. */
export async function epic() {
  const { id, at, name } = await rig()
  const made = await issue(at, 'Epic')
  const root = end(id, made)
  const task = (nth: number, more: Partial<PublishIssues['tasks'][number]> = {}) => ({
    nth,
    rigId: id,
    title: `Task ${nth}`,
    body: `Do ${nth}.`,
    parent: root,
    ...more,
  })
  const issues = (tasks: PublishIssues['tasks'], key = 'i0'): PublishIssues => ({
    do: 'PublishIssues',
    convoyId: CONVOY,
    key,
    mayExist: false,
    root,
    tasks,
  })
  const links = (more: Partial<PublishLinks>): PublishLinks => ({
    do: 'PublishLinks',
    convoyId: CONVOY,
    key: 'l0',
    root,
    nths: [1],
    places: [],
    edges: [],
    ...more,
  })
  const children = (of: IssueEnd = root) =>
    as<Thing[]>('wes', 'GET', `${at}/issues/${of.number}/sub_issues?per_page=100`)
  const all = () => as<Thing[]>('wes', 'GET', `${at}/issues?state=all&per_page=100`)
  const blockers = (of: IssueEnd) =>
    as<Thing[]>('wes', 'GET', `${at}/issues/${of.number}/dependencies/blocked_by?per_page=100`)
  return { id, at, ref: `acme/${name}`, root, task, issues, links, children, all, blockers }
}

/** The creations that may still be made are few, as on a busy day. */
export async function limitedTo(limit: number): Promise<void> {
  await fetch(new URL('/sandbox/requests', github.api), { method: 'DELETE' })
  github.faults.set(FaultsBody.parse({ creations: [{ limit }] }))
}
export const unlimited = () => github.faults.set(FaultsBody.parse({}))

/** Loses the answer of the `nth` request from now; with `arrives` it had its effect all the same. */
export async function losing(nth: number, arrives: boolean): Promise<() => boolean> {
  let count = 0
  await openWith({
    fetch: async (url, init) => {
      if (/\/app$|access_tokens$/.test(String(url)) || ++count !== nth) return fetch(url, init)
      if (arrives) await (await fetch(url, init)).arrayBuffer()
      throw new TypeError('fetch failed', { cause: new Error('other side closed') })
    },
  })
  return () => count >= nth
}

export const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
export const endsOf = (rigId: string, facts: Awaited<ReturnType<typeof perform>>) =>
  seen(facts, 'IssuesPublished')!.issues.map(({ issueId, number }) => ({ issueId, rigId, number }))

export function chunks<T>(all: readonly T[], size: number): T[][] {
  return all.length === 0 ? [] : [all.slice(0, size), ...chunks(all.slice(size), size)]
}

/** Tries until it is done, as the outbox does. */
export async function ensure(effect: GitHubEffect) {
  for (let attempt = 0; attempt < 6; attempt++) {
    try {
      return await perform(effect, attempt)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'Unreachable') throw error
    }
  }
  throw new Error(`${effect.do} was not done in six attempts`)
}
