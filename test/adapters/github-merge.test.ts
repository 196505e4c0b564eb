import nock from 'nock'
import { describe, expect, test } from 'vitest'
import { API, REPO, TOWN, us, withAnswers } from '../support/github-answers.ts'

/** What GitHub says to a merge, and what it means. */

withAnswers()

describe('merging', () => {
  const effect = {
    do: 'MergePull',
    rigId: '7',
    pullId: 'p',
    number: 3,
    headSha: 'h',
    base: 'main',
    baseSha: 'b',
    title: 'Work',
    refs: ['acme/x#1'],
  } as const
  const base = () =>
    nock(API)
      .get(`${REPO}/git/ref/heads%2Fmain`)
      .reply(200, { object: { sha: 'b' } })
  const merge = () =>
    nock(API).put(`${REPO}/pulls/3/merge`, {
      sha: 'h',
      merge_method: 'merge',
      commit_title: 'Work (#3)',
      commit_message: 'Bead: acme/x#1',
    })
  const pull = (more: object) =>
    nock(API)
      .get(`${REPO}/pulls/3`)
      .reply(200, {
        number: 3,
        state: 'open',
        merged: false,
        merged_at: null,
        merge_commit_sha: null,
        head: { sha: 'h' },
        mergeable: true,
        ...more,
      })

  test.each([
    [405, 'Required status check "ci" is expected.', { mergeable: true }, 'not-allowed'],
    [405, 'Pull Request is not mergeable', { mergeable: false }, 'conflict'],
    [
      403,
      'Refusing to allow a GitHub App to update workflow `ci.yml` without `workflows` permission',
      {},
      'not-allowed',
    ],
  ])('%i %s', async (status, message, more, reason) => {
    base()
    merge().reply(status, { message })
    pull(more)
    expect(await us.perform(TOWN, effect, 0)).toEqual([
      { type: 'MergeRefused', pullId: 'p', reason, detail: message },
    ])
  })

  test.each([
    [409, 'Head branch was modified. Review and try the merge again.', 'head-moved'],
    [405, 'Base branch was modified. Review and try the merge again.', 'base-moved'],
  ])('%i %s', async (status, message, reason) => {
    base()
    merge().reply(status, { message })
    expect(await us.perform(TOWN, effect, 0)).toMatchObject([{ reason }])
  })

  test('a limit in the middle is no answer about the pull, and neither is "not known yet"', async () => {
    base()
    merge().reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '9' })
    await expect(us.perform(TOWN, effect, 0)).rejects.toMatchObject({
      name: 'Unreachable',
      retryAfterMs: 9_000,
    })
    base()
    merge().reply(405, { message: 'Pull Request is not mergeable' })
    pull({ mergeable: null })
    await expect(us.perform(TOWN, effect, 0)).rejects.toMatchObject({
      name: 'Unreachable',
      retryAfterMs: null,
    })
  })

  test('one that a person closed meanwhile is seen as closed', async () => {
    base()
    merge().reply(405, { message: 'Pull Request is not open' })
    pull({ state: 'closed' })
    expect(await us.perform(TOWN, effect, 0)).toMatchObject([
      { type: 'PullSeen', state: 'closed', merged: false, mergeSha: null },
    ])
  })
})
