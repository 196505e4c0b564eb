import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GitHubEffect } from '../../src/ports.ts'
import {
  as,
  github,
  issue,
  kept,
  openWith,
  rig,
  showing,
  type Thing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'
import { end, epic, perform, upTo } from '../support/plan.ts'

/** We create no faster than GitHub lets us: what must wait has done nothing, and is done once when it may. */

withGitHub()

const requestsUrl = () => new URL('/sandbox/requests', github.api)
beforeEach(async () => {
  await fetch(requestsUrl(), { method: 'DELETE' })
})
afterEach(() => {
  kept.waitMs = 0
})

/** How many things we created, as GitHub counts. */
async function createdByUs(): Promise<number> {
  const { creations } = (await (await fetch(requestsUrl())).json()) as {
    creations: Record<string, { total: number }>
  }
  return creations['townhall[bot]']?.total ?? 0
}

/** Everything that creates something, and how much of it. */
async function creations(): Promise<[effect: GitHubEffect, creations: number, share: number][]> {
  const { id, at, root, task, issues, links } = await epic()
  const [one, two] = [await issue(at, 'One'), await issue(at, 'Two')]
  const { number } = one
  const tip = (await as('olivia', 'GET', `${at}/git/ref/heads/main`)).object.sha
  await as('wes', 'POST', `${at}/git/refs`, { ref: 'refs/heads/work', sha: tip })
  await as('olivia', 'PUT', `${at}/contents/new.md`, { message: 'new', content: 'eA==', branch: 'work' })
  const said = await as('wes', 'POST', `${at}/issues/${number}/comments`, { body: '/help' })
  const help = { say: 'help' } as const
  const story = {
    kind: 'bead',
    pullId: 'p',
    ref: 'a/b#1',
    convoyRef: 'a/b#2',
    polecat: null,
    beads: [],
  } as const
  const pull = { do: 'OpenPull', rigId: id, pullId: 'p', head: 'work', headSha: null, base: 'main' } as const
  const asked = { by: 'wes', askedAt: { rigId: id, number } }
  return [
    [{ do: 'Reply', rigId: id, number, commentId: String(said.id), says: [help] }, 1, 1],
    [{ do: 'Comment', rigId: id, number, key: 'k', say: help }, 1, 1],
    [showing(id, one, ['gt:bead'], 'ready'), 1, 1],
    [{ ...pull, title: 'Work', story }, 1, 1],
    [{ do: 'OpenConvoyIssue', convoyId: 'c1', rigId: id, title: 'Convoy', ...asked }, 1, 0.75],
    [issues(upTo(3).map(n => task(n))), 3, 0.75],
    [
      links({
        places: [{ parent: root, child: end(id, one) }],
        edges: [{ blocked: end(id, one), blocker: end(id, two) }],
      }),
      2,
      0.75,
    ],
  ]
}

test('what must wait has created nothing, and is done once when it may', async () => {
  for (const [effect, count, share] of await creations()) {
    const before = await createdByUs()
    kept.created.length = 0
    kept.waitMs = 30_000
    for (const attempt of [0, 0, 1])
      await expect(perform(effect, attempt)).rejects.toMatchObject({ name: 'Paced', waitMs: 30_000 })
    expect(await createdByUs()).toBe(before)
    kept.waitMs = 0
    await perform(effect, 1)
    expect([effect.do, await createdByUs()]).toEqual([effect.do, before + count])
    expect(kept.created).toEqual([{ creations: count, share }])
    // Doing it again finds it.
    await perform(effect, 1)
    expect([effect.do, await createdByUs()]).toEqual([effect.do, before + count])
    expect(kept.created).toHaveLength(1)
  }
})

describe('while nothing may be created', () => {
  test('edits, labels, reactions and reads go on', async () => {
    const { id, at } = await rig()
    const bead = await issue(at, 'Bead')
    const said = await as('wes', 'POST', `${at}/issues/${bead.number}/comments`, { body: '/help' })
    await us.perform(town, showing(id, bead, ['gt:bead'], 'ready'), 0)
    kept.waitMs = 30_000
    await us.perform(town, showing(id, bead, ['gt:in-progress'], 'working'), 0)
    await us.perform(town, { do: 'React', rigId: id, commentId: String(said.id), content: 'eyes' }, 0)
    await us.perform(town, { do: 'LookAtTree', rigId: id, convoyId: 'c', number: bead.number }, 0)
    const shown = await as('wes', 'GET', `${at}/issues/${bead.number}`)
    expect(shown.labels.map(it => it.name)).toEqual(['gt:in-progress'])
  })

  test('the comment that somebody took away waits, and the rest of the change is not done again', async () => {
    const { id, at } = await rig()
    const bead = await issue(at, 'Bead')
    const comments = () => as<Thing[]>('wes', 'GET', `${at}/issues/${bead.number}/comments`)
    await us.perform(town, showing(id, bead, ['gt:bead'], 'ready'), 0)
    await as('olivia', 'DELETE', `${at}/issues/comments/${(await comments())[0]!.id}`)
    const closing = showing(id, bead, ['gt:bead'], 'landed', 'completed')
    kept.waitMs = 30_000
    await expect(us.perform(town, closing, 0)).rejects.toMatchObject({ name: 'Paced' })
    expect(await as('wes', 'GET', `${at}/issues/${bead.number}`)).toMatchObject({ state: 'closed' })
    kept.waitMs = 0
    const bodies: string[] = []
    await openWith({
      fetch: (url, init) => {
        bodies.push(String(init?.body ?? ''))
        return fetch(url, init)
      },
    })
    expect(await us.perform(town, closing, 0)).toMatchObject([{ type: 'IssueClosed' }])
    expect(await comments()).toHaveLength(1)
    expect(bodies.filter(body => body.includes('closeIssue'))).toEqual([])
  })
})
