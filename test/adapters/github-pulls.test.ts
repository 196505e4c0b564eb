import { describe, expect, test } from 'vitest'
import type { Label } from '../../src/core/effects.ts'
import type { BeadCard } from '../../src/core/shown/says.ts'
import {
  as,
  file,
  issue,
  kept,
  loseAnswer,
  requests,
  rig,
  seen,
  showing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** Branches and pulls, from opening to merging. */

withGitHub()

describe('branches and pulls', () => {
  const HEAD = 'convoy/epic/0a1b2c3d/head'
  const BEAD = 'convoy/epic/0a1b2c3d/gt/amber/11112222'
  const story = {
    kind: 'bead',
    pullId: 'p1',
    ref: 'acme/x#1',
    convoyRef: 'acme/x#2',
    polecat: 'amber',
    beads: [],
  } as const

  async function convoy() {
    const at = await rig()
    await us.perform(town, { do: 'EnsureBranch', rigId: at.id, legId: 'l', branch: HEAD, from: 'main' }, 0)
    await as('wes', 'POST', `${at.at}/git/refs`, { ref: `refs/heads/${BEAD}`, sha: await at.tip() })
    await file(at.at, 'work.md', 'done', BEAD)
    const headSha = await at.tip(BEAD)
    const opening = {
      do: 'OpenPull',
      rigId: at.id,
      pullId: 'p1',
      head: BEAD,
      headSha,
      base: HEAD,
      title: 'Work',
      story,
    } as const
    return { ...at, headSha, opening }
  }

  test('a branch is made once, and one that exists is adopted where it is', async () => {
    const { at, id, tip } = await rig()
    const effect = { do: 'EnsureBranch', rigId: id, legId: 'l', branch: HEAD, from: 'main' } as const
    const first = await tip()
    expect(await us.perform(town, effect, 0)).toEqual([{ type: 'BranchMade', legId: 'l', sha: first }])
    await file(at, 'more.md', 'x', 'main')
    expect(await us.perform(town, effect, 0)).toEqual([{ type: 'BranchMade', legId: 'l', sha: first }])
    await expect(us.perform(town, { ...effect, from: 'gone' }, 0)).rejects.toMatchObject({ name: 'Refused' })
    await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: HEAD }, 0)
    await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: HEAD }, 0)
    await expect(us.perform(town, { do: 'DeleteBranch', rigId: id, branch: 'main' }, 0)).rejects.toThrow(
      'no branch of ours',
    )
  })

  test('a pull is opened, checked and merged exactly as decided', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    const opened = seen(await us.perform(town, opening, 0), 'PullSeen')!
    expect(opened).toMatchObject({ pullId: 'p1', headSha, state: 'open', merged: false })
    expect(await us.perform(town, opening, 0)).toEqual([opened])
    expect(await us.perform(town, opening, 1)).toEqual([opened])
    const check = { do: 'ShowCheck', rigId: id, pullId: 'p1', headSha } as const
    const gates = { pullId: 'p1', why: null, gates: [] }
    await us.perform(town, { ...check, story: { ...gates, status: 'in_progress', conclusion: null } }, 0)
    await us.perform(town, { ...check, story: { ...gates, status: 'completed', conclusion: 'success' } }, 0)
    const { check_runs } = await as('wes', 'GET', `${at}/commits/${headSha}/check-runs`)
    expect(check_runs).toMatchObject([{ name: 'townhall', status: 'completed', conclusion: 'success' }])
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number: opened.number,
      headSha,
      base: HEAD,
      baseSha: await tip(HEAD),
      title: 'Work',
      refs: ['acme/x#1'],
    } as const
    expect(await us.perform(town, { ...merging, baseSha: headSha }, 0)).toMatchObject([
      { type: 'MergeRefused', reason: 'base-moved' },
    ])
    expect(await us.perform(town, { ...merging, headSha: merging.baseSha }, 0)).toMatchObject([
      { type: 'MergeRefused', reason: 'head-moved' },
    ])
    const [merged] = await us.perform(town, merging, 0)
    const mergeSha = await tip(HEAD)
    expect(merged).toEqual({ ...opened, state: 'closed', merged: true, mergeSha })
    expect(await us.perform(town, merging, 1)).toEqual([merged])
    expect(await us.perform(town, merging, 0)).toEqual([merged])
    kept.pulls.set(`${id}#${opened.number}`, { id: 'p1', headSha })
    expect(
      (await us.look(town, { look: 'pull', rigId: id, number: opened.number })).map(it => it.fact),
    ).toEqual([merged])
    const closing = { do: 'ClosePull', rigId: id, pullId: 'p1', head: BEAD, base: HEAD } as const
    expect(await us.perform(town, { ...closing, number: opened.number }, 0)).toEqual([merged])
  })

  test('a pull is closed though nobody heard that it was opened, and one that never was is no trouble', async () => {
    const { id, at, opening } = await convoy()
    const closing = {
      do: 'ClosePull',
      rigId: id,
      pullId: 'p1',
      number: null,
      head: BEAD,
      base: HEAD,
    } as const
    expect(await us.perform(town, closing, 0)).toEqual([])
    await us.perform(town, opening, 0)
    expect(await us.perform(town, closing, 0)).toMatchObject([{ type: 'PullSeen', state: 'closed' }])
    expect(await as<object[]>('wes', 'GET', `${at}/pulls?state=open`)).toEqual([])
  })

  test('the whole life of a bead takes at most 12 requests', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    const [epic, bead] = [await issue(at, 'Epic'), await issue(at, 'Bead')]
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: bead.id })
    const baseSha = await tip(HEAD)
    const show = (
      labels: readonly Label[],
      standing: BeadCard['standing'],
      close: 'completed' | null = null,
    ) => us.perform(town, showing(id, bead, labels, standing, close), 0)
    const check = { do: 'ShowCheck', rigId: id, pullId: 'p1', headSha } as const
    const gates = { pullId: 'p1', why: null, gates: [] }
    const life = await requests(async () => {
      await us.perform(town, { do: 'LookAtTree', rigId: id, convoyId: 'c', number: epic.number }, 0)
      await show(['gt:bead', 'gt:staged'], 'planned')
      await show(['gt:bead'], 'waiting')
      await show(['gt:bead', 'gt:in-progress'], 'working')
      const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
      await show(['gt:bead', 'gt:in-review'], 'in review')
      await us.perform(town, { ...check, story: { ...gates, status: 'in_progress', conclusion: null } }, 0)
      await us.perform(town, { ...check, story: { ...gates, status: 'completed', conclusion: 'success' } }, 0)
      const merging = {
        do: 'MergePull',
        rigId: id,
        pullId: 'p1',
        number,
        headSha,
        base: HEAD,
        baseSha,
      } as const
      await us.perform(town, { ...merging, title: 'Work', refs: [] }, 0)
      await us.perform(town, { do: 'DeleteBranch', rigId: id, branch: BEAD }, 0)
      await show(['gt:bead'], 'landed', 'completed')
    })
    // The tree is read once for all beads, and a label is made once for all beads of a repository.
    const own = life.sent.slice(1).filter(it => !it.endsWith('/labels'))
    expect(own.length, own.join('\n')).toBeLessThanOrEqual(12)
    expect(life.sent.filter(it => it.endsWith('/labels'))).toHaveLength(4)
  })

  test('a merge whose answer was lost is seen as merged', async () => {
    const { id, tip, headSha, opening } = await convoy()
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const baseSha = await tip(HEAD)
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number,
      headSha,
      base: HEAD,
      baseSha,
      title: 'Work',
      refs: [],
    } as const
    loseAnswer('PUT', '/merge$')
    await expect(us.perform(town, merging, 0)).rejects.toMatchObject({ name: 'Unreachable' })
    expect(await us.perform(town, merging, 1)).toMatchObject([{ merged: true, mergeSha: await tip(HEAD) }])
  })

  test('what cannot be opened or merged is said in GitHub’s words', async () => {
    const { id, at, tip, headSha, opening } = await convoy()
    expect(await us.perform(town, { ...opening, headSha: await tip() }, 0)).toMatchObject([
      { reason: 'no-branch' },
    ])
    expect(await us.perform(town, { ...opening, head: 'gone', headSha: null }, 0)).toMatchObject([
      { reason: 'no-branch' },
    ])
    expect(await us.perform(town, { ...opening, head: HEAD, headSha: null, base: 'main' }, 0)).toMatchObject([
      { type: 'PullOpenRefused', reason: 'no-commits', detail: expect.stringMatching(/no commits between/i) },
    ])
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    await file(at, 'work.md', 'something else', HEAD)
    const merging = {
      do: 'MergePull',
      rigId: id,
      pullId: 'p1',
      number,
      headSha,
      base: HEAD,
      baseSha: await tip(HEAD),
      title: 'Work',
      refs: [],
    } as const
    expect(await us.perform(town, merging, 0)).toMatchObject([{ type: 'MergeRefused', reason: 'conflict' }])
  })

  test('approval is by people who may write, at this head, with nobody against it', async () => {
    const { id, at, headSha, opening } = await convoy()
    const { number } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const look = async () =>
      seen(
        await us.perform(town, { do: 'LookAtPull', rigId: id, pullId: 'p1', number, headSha }, 0),
        'PullSeen',
      )!.approved
    const review = (login: string, event: string) =>
      as(login, 'POST', `${at}/pulls/${number}/reviews`, { event, body: 'so I say', commit_id: headSha })
    expect(await look()).toBe(false)
    await review('rhea', 'APPROVE')
    expect(await look()).toBe(false)
    await review('wes', 'APPROVE')
    expect(await look()).toBe(true)
    await review('olivia', 'REQUEST_CHANGES')
    await review('olivia', 'COMMENT')
    expect(await look()).toBe(false)
    await review('olivia', 'APPROVE')
    expect(await look()).toBe(true)
    await file(at, 'later.md', 'not what was reviewed', BEAD)
    expect(await look()).toBe(false)
  })
})
