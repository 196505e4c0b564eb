import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeClient, sha } from './code-client.ts'
import { clone, tempDir } from './git-client.ts'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

let town: Town
let app: Client
let temp: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  temp = await tempDir()
  town = await startTown()
  app = await town.installation()
})
afterAll(async () => {
  await town.close()
  await temp[Symbol.asyncDispose]()
})

const { repo, cloneUrl, headOf, put, branch, open, events, forget } = codeClient(() => town)

/** A repository with a pull request of the App, as townhall opens them. */
async function withPull() {
  const at = await repo()
  await branch(at, 'work')
  const head = await put(at, 'work.txt', 'one\ntwo\nthree\n', 'work')
  const { number } = await open(app, at, 'work')
  return { at, head, url: `${at}/pulls/${number}` }
}

const NO_RULES = {
  required_status_checks: null,
  enforce_admins: null,
  required_pull_request_reviews: null,
  restrictions: null,
}

const protect = async (at: string, rules: object) => {
  const made = await town.as('olivia').put(`${at}/branches/main/protection`, { ...NO_RULES, ...rules })
  expect(made.status, made.body.message).toBe(200)
  return made.body
}

const ONE_REVIEW = { required_pull_request_reviews: { required_approving_review_count: 1 } }
const oneCheck = (strict = false) => ({ required_status_checks: { strict, contexts: ['ci'] } })

const states = (list: unknown) => (list as { state: string }[]).map(it => it.state)

describe('reviews', () => {
  test('people approve, ask for changes and comment; the App is told; nobody approves their own work', async () => {
    const { url, head } = await withPull()
    await forget()
    const review = (who: Client, wanted: object) => who.post(`${url}/reviews`, wanted)
    const asked = await review(town.as('rhea'), { event: 'REQUEST_CHANGES', body: 'Not yet' })
    expect(asked.body).toMatchObject({
      state: 'CHANGES_REQUESTED',
      body: 'Not yet',
      commit_id: head,
      user: { login: 'rhea' },
    })
    await review(town.as('wes'), { event: 'APPROVE' })
    const own = await review(app, { event: 'APPROVE' })
    expect([own.status, own.body.errors]).toEqual([422, ['Can not approve your own pull request']])
    expect((await review(town.as('wes'), { event: 'COMMENT', body: '' })).status).toBe(422)
    expect(states((await town.as('rhea').get(`${url}/reviews`)).body)).toEqual([
      'CHANGES_REQUESTED',
      'APPROVED',
    ])
    expect(await events()).toEqual(['pull_request_review.submitted', 'pull_request_review.submitted'])
    const [told] = await town.deliveries()
    expect(told?.payload).toMatchObject({ review: { state: 'changes_requested' }, sender: { login: 'rhea' } })
    const dismissal = `${url}/reviews/${asked.body.id}/dismissals`
    expect((await town.as('rhea').put(dismissal, { message: 'no' })).status).toBe(403)
    expect((await town.as('wes').put(dismissal, { message: 'answered' })).body.state).toBe('DISMISSED')
    expect((await town.as('wes').put(dismissal, { message: 'again' })).status).toBe(422)
  })

  test('a pending review is seen by its author only, until it is submitted with its comments', async () => {
    const { url } = await withPull()
    const comments = [{ path: 'work.txt', line: 2, body: 'why?' }]
    const pending = await town.as('wes').post(`${url}/reviews`, { body: 'draft', comments })
    expect(pending.body.state).toBe('PENDING')
    expect(states((await town.as('rhea').get(`${url}/reviews`)).body)).toEqual([])
    expect((await town.as('rhea').get<Thing[]>(`${url}/comments`)).body).toEqual([])
    expect((await town.as('wes').post(`${url}/reviews`, {})).status).toBe(422)
    await forget()
    const submitted = await town
      .as('wes')
      .post(`${url}/reviews/${pending.body.id}/events`, { event: 'COMMENT' })
    expect(submitted.body).toMatchObject({ state: 'COMMENTED', body: 'draft' })
    expect(await events()).toEqual(['pull_request_review.submitted', 'pull_request_review_comment.created'])
    const seen = await town.as('rhea').get<Thing[]>(`${url}/reviews/${pending.body.id}/comments`)
    expect(seen.body).toMatchObject([
      { path: 'work.txt', body: 'why?', diff_hunk: '@@ -0,0 +1,3 @@\n+one\n+two' },
    ])
  })

  test('a comment hangs on a line of the diff and is answered, edited, reacted to and deleted', async () => {
    const { at, url, head } = await withPull()
    const comment = (more: object) =>
      town.as('rhea').post(`${url}/comments`, {
        body: 'hm',
        commit_id: head,
        path: 'work.txt',
        line: 3,
        side: 'RIGHT',
        ...more,
      })
    const made = await comment({})
    expect(made.body).toMatchObject({
      line: 3,
      path: 'work.txt',
      subject_type: 'line',
      user: { login: 'rhea' },
    })
    expect((await comment({ line: 4 })).body.message).toMatch(/must be part of the diff/)
    expect((await comment({ path: 'README.md' })).status).toBe(422)
    const reply = await town.as('wes').post(`${url}/comments/${made.body.id}/replies`, { body: 'so' })
    expect(reply.body).toMatchObject({ in_reply_to_id: made.body.id, line: 3 })
    const one = `${at}/pulls/comments/${made.body.id}`
    expect((await town.as('tara').patch(one, { body: 'hers' })).status).toBe(403)
    expect((await town.as('rhea').patch(one, { body: 'better' })).body.body).toBe('better')
    expect((await town.as('wes').post(`${one}/reactions`, { content: 'eyes' })).status).toBe(201)
    expect((await town.as('wes').get(one)).body.reactions).toMatchObject({ eyes: 1 })
    expect((await town.as('wes').delete(one)).status).toBe(204)
    expect((await town.as('wes').get<Thing[]>(`${at}/pulls/comments`)).body.map(it => it.body)).toEqual([
      'so',
    ])
  })

  test('reviewers are asked for, and are not waited for once they spoke', async () => {
    const { url } = await withPull()
    await forget()
    const ask = (...reviewers: string[]) => app.post(`${url}/requested_reviewers`, { reviewers })
    expect((await ask('wes', 'rhea')).body.requested_reviewers).toMatchObject([
      { login: 'wes' },
      { login: 'rhea' },
    ])
    expect((await ask('stan')).body.message).toMatch(/only be requested from collaborators/)
    expect(await events()).toEqual(['pull_request.review_requested', 'pull_request.review_requested'])
    await town.as('wes').post(`${url}/reviews`, { event: 'APPROVE' })
    await app.delete(`${url}/requested_reviewers`, { reviewers: ['rhea'] })
    expect((await app.get<{ users: unknown[] }>(`${url}/requested_reviewers`)).body.users).toEqual([])
  })
})

describe('checks and statuses', () => {
  test('the App reports runs on a commit; people cannot; the suite follows from its runs', async () => {
    const { at, head } = await withPull()
    await forget()
    const report = (more: object) => app.post(`${at}/check-runs`, { name: 'ci', head_sha: head, ...more })
    const run = await report({
      status: 'in_progress',
      external_id: 'run-1',
      output: { title: 'Gate', summary: 'runs' },
    })
    expect(run.body).toMatchObject({
      status: 'in_progress',
      conclusion: null,
      completed_at: null,
      pull_requests: [{ number: 1 }],
    })
    expect((await town.as('olivia').post(`${at}/check-runs`, { name: 'x', head_sha: head })).status).toBe(403)
    const one = `${at}/check-runs/${run.body.id}`
    expect((await app.patch(one, { status: 'completed' })).status).toBe(422)
    const done = await app.patch(one, {
      conclusion: 'failure',
      output: { title: 'Gate', summary: 'broke', text: 'tail' },
    })
    expect(done.body).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { summary: 'broke' },
    })
    expect(await events()).toEqual(['check_run.created', 'check_run.completed', 'check_suite.completed'])
    await report({ conclusion: 'success' })
    const latest = await town.as('rhea').get(`${at}/commits/work/check-runs?check_name=ci`)
    expect(latest.body).toMatchObject({ total_count: 1, check_runs: [{ conclusion: 'success' }] })
    const all = await town.as('rhea').get(`${at}/commits/${head}/check-runs?filter=all`)
    expect(all.body.total_count).toBe(2)
    const suites = await town.as('rhea').get(`${at}/commits/work/check-suites`)
    expect(suites.body).toMatchObject({
      total_count: 1,
      check_suites: [{ head_sha: head, latest_check_runs_count: 2 }],
    })
    expect((await report({ head_sha: 'a'.repeat(40) })).status).toBe(422)
  })

  test('statuses of people combine: the last word of each context counts', async () => {
    const { at, head } = await withPull()
    const wes = town.as('wes')
    const combined = async () => (await wes.get(`${at}/commits/work/status`)).body
    expect(await combined()).toMatchObject({ state: 'pending', total_count: 0 })
    await forget()
    for (const [context, state] of [
      ['a', 'success'],
      ['b', 'failure'],
      ['b', 'success'],
    ]) {
      expect((await wes.post(`${at}/statuses/${head}`, { context, state, description: 'd' })).status).toBe(
        201,
      )
    }
    expect(await combined()).toMatchObject({ state: 'success', total_count: 2 })
    expect(states((await wes.get(`${at}/commits/work/statuses`)).body)).toEqual([
      'success',
      'failure',
      'success',
    ])
    expect(await events()).toEqual(['status', 'status', 'status'])
    expect((await town.as('rhea').post(`${at}/statuses/${head}`, { state: 'success' })).status).toBe(403)
  })
})

describe('a protected branch', () => {
  test('lets a pull request in when the required review and check are there, in the words of GitHub before', async () => {
    const { at, url, head } = await withPull()
    expect(await protect(at, { ...ONE_REVIEW, ...oneCheck() })).toMatchObject({
      required_status_checks: { contexts: ['ci'], strict: false },
      required_pull_request_reviews: { required_approving_review_count: 1 },
      enforce_admins: { enabled: false },
    })
    const merge = async (who = app) => {
      const { status, body } = await who.put(`${url}/merge`, { sha: head })
      return [status, body.message]
    }
    expect((await app.get(url)).body.mergeable_state).toBe('blocked')
    expect(await merge()).toEqual([
      405,
      'At least 1 approving review is required by reviewers with write access.',
    ])
    await town.as('rhea').post(`${url}/reviews`, { event: 'APPROVE' })
    expect(await merge()).toEqual([
      405,
      'At least 1 approving review is required by reviewers with write access.',
    ])
    await town.as('wes').post(`${url}/reviews`, { event: 'APPROVE' })
    expect(await merge()).toEqual([405, 'Required status check "ci" is expected.'])
    const run = await app.post(`${at}/check-runs`, { name: 'ci', head_sha: head, status: 'in_progress' })
    expect(await merge()).toEqual([405, 'Required status check "ci" is in progress.'])
    await app.patch(`${at}/check-runs/${run.body.id}`, { conclusion: 'failure' })
    expect(await merge(town.as('wes'))).toEqual([405, 'Required status check "ci" is failing.'])
    await app.post(`${at}/check-runs`, { name: 'ci', head_sha: head, conclusion: 'success' })
    expect((await app.get(url)).body.mergeable_state).toBe('clean')
    expect((await merge())[0]).toBe(200)
  })

  test('a push after the approval takes it away when stale reviews are dismissed', async () => {
    const { at, url } = await withPull()
    await protect(at, {
      required_pull_request_reviews: { required_approving_review_count: 1, dismiss_stale_reviews: true },
    })
    await town.as('wes').post(`${url}/reviews`, { event: 'APPROVE' })
    await put(at, 'more.txt', 'm', 'work')
    expect(states((await app.get(`${url}/reviews`)).body)).toEqual(['DISMISSED'])
    expect((await app.put(`${url}/merge`, {})).status).toBe(405)
  })

  test('refuses pushes, forced ones and its deletion, over git and over the API; administrators may push', async () => {
    const { at } = await withPull()
    await protect(at, oneCheck())
    const wes = await clone(temp.dir, cloneUrl(at, town.as('wes')))
    const main = await headOf(at)
    await wes.commit('direct', { 'd.txt': 'd' })
    const refused = await wes.git('push', 'origin', 'main', 'main:refs/heads/side')
    expect(refused.said).toContain('GH006: Protected branch update failed for refs/heads/main')
    expect(refused.said).toContain('Required status check "ci" is expected.')
    expect((await wes.git('push', 'origin', ':main')).code).not.toBe(0)
    const file = { message: 'x', content: 'eA==' }
    expect((await town.as('wes').put(`${at}/contents/x.txt`, file)).status).toBe(409)
    expect((await town.as('wes').post(`${at}/merges`, { base: 'main', head: 'work' })).status).toBe(403)
    expect(
      (await town.as('wes').patch(`${at}/git/refs/heads/main`, { sha: await headOf(at, 'work') })).status,
    ).toBe(422)
    expect(await headOf(at)).toBe(main)
    expect((await town.as('wes').get(`${at}/git/ref/heads/side`)).status).toBe(404)
    await wes.must('push', 'origin', 'main:refs/heads/side')
    await wes.must('push', cloneUrl(at, town.as('olivia')), 'main')
    await wes.must('commit', '--amend', '--quiet', '-m', 'again')
    expect((await wes.git('push', '--force', cloneUrl(at, town.as('olivia')), 'main')).said).toContain(
      'Cannot force-push',
    )
  })

  test('takes a commit whose checks have passed, and with administrators bound refuses theirs', async () => {
    const { at, head } = await withPull()
    await protect(at, { ...oneCheck(), enforce_admins: true })
    const olivia = town.as('olivia')
    const move = () => olivia.patch(`${at}/git/refs/heads/main`, { sha: head })
    expect((await move()).body.message).toBe('Required status check "ci" is expected.')
    await olivia.post(`${at}/statuses/${head}`, { context: 'ci', state: 'success' })
    expect((await move()).status).toBe(200)
  })

  test('a branch that must be up to date is behind until it is', async () => {
    const { at, url, head } = await withPull()
    await put(at, 'news.txt', 'n')
    await protect(at, oneCheck(true))
    await app.post(`${at}/check-runs`, { name: 'ci', head_sha: head, conclusion: 'success' })
    expect((await app.get(url)).body.mergeable_state).toBe('behind')
    expect((await app.put(`${url}/merge`, {})).status).toBe(405)
    await town.as('wes').put(`${url}/update-branch`, {})
    const { sha: now } = (await app.get(url)).body.head as { sha: string }
    await app.post(`${at}/check-runs`, { name: 'ci', head_sha: now, conclusion: 'success' })
    expect((await app.put(`${url}/merge`, { sha: now })).status).toBe(200)
  })

  test('its rules are told, and go away with it', async () => {
    const at = await repo()
    const rules = async () => (await app.get<Thing[]>(`${at}/rules/branches/main`)).body.map(it => it.type)
    expect(await rules()).toEqual([])
    expect((await town.as('olivia').get(`${at}/branches/main/protection`)).body.message).toBe(
      'Branch not protected',
    )
    await protect(at, { ...ONE_REVIEW, ...oneCheck() })
    expect(await rules()).toEqual(['deletion', 'non_fast_forward', 'required_status_checks', 'pull_request'])
    expect((await app.get(`${at}/branches/main`)).body).toMatchObject({ protected: true })
    expect((await town.as('wes').put(`${at}/branches/main/protection`, NO_RULES)).status).toBe(403)
    expect((await town.as('olivia').delete(`${at}/branches/main/protection`)).status).toBe(204)
    expect(await rules()).toEqual([])
    expect(sha((await app.get(`${at}/branches/main`)).body.commit)).toBe(await headOf(at))
  })
})

test('all of this looks as GitHub documents it', async () => {
  await town.deliveries()
  expect(realFaults(town)).toEqual([])
})
