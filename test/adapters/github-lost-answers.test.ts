import { expect, test } from 'vitest'
import { addressOf } from '../../src/core/address.ts'
import type { Fact } from '../../src/core/events.ts'
import type { GitHubEffect } from '../../src/ports.ts'
import {
  as,
  file,
  issue,
  openWith,
  rig,
  seen,
  showing,
  type Thing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** A bead's life in which every fourth answer of GitHub is lost: everything is done, and nothing twice. */

withGitHub()

const HEAD = 'convoy/epic/0a1b2c3d/head'
const WORK = 'gt/amber/11112222'

/** Loses every fourth answer, from the `first` on; with `arrives` the request had its effect all the same. */
async function losing(first: number, arrives: boolean): Promise<() => number> {
  let count = 0
  let lost = 0
  await openWith({
    fetch: async (url, init) => {
      if (String(url).endsWith('/app') || ++count % 4 !== first) return fetch(url, init)
      lost += 1
      if (arrives) await (await fetch(url, init)).arrayBuffer()
      throw new TypeError('fetch failed', { cause: new Error('other side closed') })
    },
  })
  return () => lost
}

/** As the outbox does it. A wish that was replaced by a newer one counts its attempts from 0 again. */
async function ensure(effect: GitHubEffect): Promise<readonly Fact[]> {
  const countsAnew = addressOf(effect).policy === 'latest'
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return await us.perform(town, effect, countsAnew ? 0 : attempt)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'Unreachable') throw error
    }
  }
  throw new Error(`${effect.do} was not done in five attempts`)
}

async function prepared() {
  const { id, at, tip } = await rig()
  const bead = await issue(at, 'Bead')
  const comment = await as('wes', 'POST', `${at}/issues/${bead.number}/comments`, { body: '/why' })
  await as('wes', 'POST', `${at}/git/refs`, { ref: `refs/heads/${WORK}`, sha: await tip() })
  await file(at, 'work.md', 'done', WORK)
  return { id, at, bead, commentId: String(comment.id), headSha: await tip(WORK), baseSha: await tip() }
}

async function live({ id, bead, commentId, headSha, baseSha }: Awaited<ReturnType<typeof prepared>>) {
  const { number } = bead
  const pullId = `p${id}`
  const story = { pullId, why: null, gates: [] }
  const told = { kind: 'bead', ref: 'acme/x#1', convoyRef: 'acme/x#2', polecat: null, beads: [] } as const
  const check = { do: 'ShowCheck', rigId: id, pullId, headSha } as const
  await ensure({ do: 'React', rigId: id, commentId, content: 'eyes' })
  await ensure({ do: 'Reply', rigId: id, number, commentId, says: [{ say: 'help' }] })
  await ensure({ do: 'Comment', rigId: id, number, key: 'question:1', say: { say: 'help' } })
  await ensure(showing(id, bead, ['gt:bead'], 'ready'))
  await ensure({ do: 'EnsureBranch', rigId: id, legId: 'l', branch: HEAD, from: 'main' })
  const opening = {
    do: 'OpenPull',
    rigId: id,
    pullId,
    head: WORK,
    headSha,
    base: HEAD,
    title: 'Work',
  } as const
  const opened = seen(await ensure({ ...opening, story: { ...told, pullId } }), 'PullSeen')!
  await ensure({ ...check, story: { ...story, status: 'queued', conclusion: null } })
  await ensure({ ...check, story: { ...story, status: 'completed', conclusion: 'success' } })
  const merging = {
    do: 'MergePull',
    rigId: id,
    pullId,
    number: opened.number,
    headSha,
    base: HEAD,
    baseSha,
  } as const
  const merged = await ensure({ ...merging, title: 'Work', refs: [] })
  await ensure({ do: 'DeleteBranch', rigId: id, branch: WORK })
  const closed = await ensure(showing(id, bead, ['gt:bead', 'gt:in-review'], 'landed', 'completed'))
  return { merged, closed }
}

async function check(
  at: string,
  bead: Thing,
  headSha: string,
  { merged, closed }: Awaited<ReturnType<typeof live>>,
) {
  expect(merged).toMatchObject([{ type: 'PullSeen', merged: true, headSha }])
  expect(closed).toMatchObject([{ type: 'IssueClosed', beadId: String(bead.id) }])
  const comments = await as<Thing[]>('wes', 'GET', `${at}/issues/${bead.number}/comments`)
  expect(comments.map(it => /townhall:(\w+)/.exec(it.body)?.[1] ?? 'wes').sort()).toEqual([
    'question',
    'reply',
    'show',
    'wes',
  ])
  const shown = await as('wes', 'GET', `${at}/issues/${bead.number}`)
  expect(shown).toMatchObject({ state: 'closed' })
  expect(shown.labels.map(it => it.name).sort()).toEqual(['gt:bead', 'gt:in-review'])
  expect(await as<Thing[]>('wes', 'GET', `${at}/pulls?state=all`)).toHaveLength(1)
  const { check_runs } = await as('wes', 'GET', `${at}/commits/${headSha}/check-runs`)
  expect(check_runs).toMatchObject([{ name: 'townhall', conclusion: 'success' }])
  const branches = await as<Thing[]>('wes', 'GET', `${at}/branches`)
  expect(branches.map(it => it.name).sort()).toEqual([HEAD, 'main'])
}

test.each([0, 1, 2, 3])('every fourth, from %i on', async first => {
  for (const arrives of [true, false]) {
    const bead = await prepared()
    const lost = await losing(first, arrives)
    await check(bead.at, bead.bead, bead.headSha, await live(bead))
    expect(lost()).toBeGreaterThan(4)
  }
})
