import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pulls } from '../../src/sandbox/github/code/documents.ts'
import { codeClient, sha } from './code-client.ts'
import { begin, clone, runGit, tempDir } from './git-client.ts'
import { type Client, startTown, type Thing, type Town } from './github-client.ts'
import { realFaults } from './known-gaps.ts'

let town: Town
let temp: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  temp = await tempDir()
  town = await startTown()
})
afterAll(async () => {
  await town.close()
  await temp[Symbol.asyncDispose]()
})

const { repo, cloneUrl, headOf, put, branch, open, events, forget } = codeClient(() => town)
const numbers = (list: unknown) => (list as { number: number }[]).map(it => it.number)

/** A repository whose branch `work` adds one file, and the pull request for it, opened by wes. */
async function withPull(more: object = {}) {
  const at = await repo()
  await branch(at, 'work')
  const head = await put(at, 'work.txt', 'done\n', 'work')
  const pull = await open(town.as('wes'), at, 'work', more)
  return { at, head, pull, url: `${at}/pulls/${pull.number}` }
}

describe('opening', () => {
  test('a pull request shows its branches, its size and that it can be merged, and shares numbers with issues', async () => {
    const at = await repo()
    await town.as('rhea').post(`${at}/issues`, { title: 'first' })
    await branch(at, 'work')
    const head = await put(at, 'a.txt', 'a\nb\n', 'work')
    await forget()
    const pull = await open(town.as('wes'), at, 'work', { body: 'Bead: #1', draft: true })
    expect(pull).toMatchObject({
      number: 2,
      state: 'open',
      draft: true,
      head: { ref: 'work', sha: head, label: 'acme:work' },
      base: { ref: 'main', sha: await headOf(at) },
      commits: 1,
      additions: 2,
      changed_files: 1,
      mergeable: true,
      mergeable_state: 'draft',
      merged: false,
    })
    expect(await events()).toEqual(['pull_request.opened'])
    const issue = await town.as('rhea').get(`${at}/issues/2`)
    expect(issue.body).toMatchObject({ title: 'From work', draft: true, pull_request: { merged_at: null } })
    const files = await town.as('rhea').get<Thing[]>(`${at}/pulls/2/files`)
    expect(files.body).toMatchObject([{ filename: 'a.txt', status: 'added', additions: 2 }])
    expect((await town.as('rhea').get<Thing[]>(`${at}/pulls/2/commits`)).body.map(sha)).toEqual([head])
    const accept = { accept: 'application/vnd.github.v3.diff' }
    const diff = await fetch(`${town.github.api}${at}/pulls/2`, { headers: accept })
    expect(await diff.text()).toContain('+++ b/a.txt')
  })

  test('is refused without commits, twice, from or into nowhere, and to strangers of a private repository', async () => {
    const { at, head } = await withPull()
    const wes = town.as('wes')
    const errors = async (wanted: object) => {
      const { status, body } = await wes.post(`${at}/pulls`, {
        title: 'x',
        head: 'work',
        base: 'main',
        ...wanted,
      })
      return [status, (body.errors as { message?: string; field?: string }[])[0]]
    }
    expect(await errors({})).toMatchObject([422, { message: 'A pull request already exists for acme:work.' }])
    await branch(at, 'empty')
    expect(await errors({ head: 'empty' })).toMatchObject([
      422,
      { message: 'No commits between main and empty' },
    ])
    expect(await errors({ head: 'none' })).toMatchObject([422, { field: 'head', code: 'invalid' }])
    expect(await errors({ head: 'other:work' })).toMatchObject([422, { field: 'head' }])
    expect(await errors({ base: 'none' })).toMatchObject([422, { field: 'base' }])
    expect(await errors({ title: '' })).toMatchObject([422, { field: 'title' }])
    expect(await headOf(at, 'work')).toBe(head)
    const hidden = await repo({ private: true })
    const asked = await town.as('stan').post(`${hidden}/pulls`, { title: 'x', head: 'a', base: 'main' })
    expect(asked.status).toBe(404)
  })

  test('of two that are opened at once for the same branches, one is', async () => {
    const at = await repo()
    await branch(at, 'work')
    await put(at, 'a.txt', 'a', 'work')
    const wanted = { title: 'x', head: 'work', base: 'main' }
    const made = await Promise.all([1, 2].map(() => town.as('wes').post(`${at}/pulls`, wanted)))
    expect(made.map(it => it.status).sort()).toEqual([201, 422])
  })

  test('pull requests are found by state, head and base', async () => {
    const { at, pull } = await withPull()
    await branch(at, 'convoy/x')
    const other = await open(town.as('olivia'), at, 'work', { base: 'convoy/x' })
    const found = async (query: string) => numbers((await town.as('rhea').get(`${at}/pulls?${query}`)).body)
    expect(await found('')).toEqual([other.number, pull.number])
    expect(await found('base=convoy%2Fx')).toEqual([other.number])
    expect(await found('head=acme:work&base=main')).toEqual([pull.number])
    expect(await found('head=acme:other')).toEqual([])
    await town.as('wes').patch(`${at}/pulls/${pull.number}`, { state: 'closed' })
    expect(await found('state=closed')).toEqual([pull.number])
    expect(await found('state=all&sort=created&direction=asc')).toEqual([pull.number, other.number])
  })
})

describe('a life', () => {
  test('a push to the branch synchronises the pull request, before the pusher hears that it is done', async () => {
    const { at, head, url } = await withPull()
    const wes = await clone(temp.dir, cloneUrl(at, town.as('wes')))
    await wes.must('checkout', '--quiet', 'work')
    const next = await wes.commit('more', { 'more.txt': '1\n2\n' })
    await forget()
    await wes.must('push', 'origin', 'work')
    expect((await town.as('rhea').get(url)).body).toMatchObject({
      head: { sha: next },
      commits: 2,
      additions: 3,
    })
    const told = (await town.deliveries()).find(it => it.action === 'synchronize')
    expect(told?.payload).toMatchObject({ before: head, after: next, pull_request: { head: { sha: next } } })
    await wes.must('fetch', 'origin', `refs/pull/${url.split('/').at(-1)}/head`)
    expect(await wes.must('rev-parse', 'FETCH_HEAD')).toBe(next)
    await wes.must('reset', '--hard', '--quiet', 'HEAD~1')
    await wes.must('push', '--force', 'origin', 'work')
    expect((await town.as('rhea').get(url)).body).toMatchObject({ head: { sha: head }, commits: 1 })
  })

  test('its texts, its base and its state are changed by its author and by people with write access', async () => {
    const { at, url, pull } = await withPull()
    await branch(at, 'convoy/x')
    await forget()
    const changed = await town.as('olivia').patch(url, { title: 'Better', body: 'text', base: 'convoy/x' })
    expect(changed.body).toMatchObject({ title: 'Better', body: 'text', base: { ref: 'convoy/x' } })
    const told = (await town.deliveries()).filter(it => it.action === 'edited')
    expect(told.map(it => Object.keys(it.payload.changes as object))).toEqual([['base'], ['title', 'body']])
    expect((await town.as('rhea').patch(url, { title: 'Mine' })).status).toBe(403)
    expect((await town.as('rhea').patch(url, { state: 'closed' })).status).toBe(403)
    expect((await town.as('wes').patch(url, { base: 'none' })).status).toBe(422)
    await forget()
    await town.as('wes').patch(url, { state: 'closed' })
    expect((await town.as('wes').get(url)).body).toMatchObject({ state: 'closed', mergeable: null })
    expect((await town.as('wes').patch(url, { state: 'open' })).body.state).toBe('open')
    await town.as('tara').patch(`${at}/issues/${pull.number}`, { state: 'closed', labels: ['late'] })
    expect(await events()).toEqual([
      ...['pull_request.closed', 'pull_request.reopened'],
      ...['label.created', 'pull_request.labeled', 'pull_request.closed'],
    ])
  })

  test('a draft is made ready, and a draft again, through GraphQL', async () => {
    const { url, pull } = await withPull({ draft: true })
    await forget()
    const mutate = async (name: string, who: Client) => {
      const query = `mutation { ${name}(input: {pullRequestId: "${pull.node_id}"}) { pullRequest { isDraft } } }`
      const token = { authorization: `Bearer ${who.token}` }
      const answer = await fetch(town.github.graphql, {
        method: 'POST',
        headers: token,
        body: JSON.stringify({ query }),
      })
      return ((await answer.json()) as { data: { [name: string]: unknown } }).data[name]
    }
    const ready = await mutate('markPullRequestReadyForReview', town.as('olivia'))
    expect(ready).toEqual({ pullRequest: { isDraft: false } })
    expect((await town.as('wes').get(url)).body).toMatchObject({ draft: false, mergeable_state: 'clean' })
    expect(await mutate('convertPullRequestToDraft', town.as('rhea'))).toBe(null)
    await mutate('convertPullRequestToDraft', town.as('wes'))
    expect(await events()).toEqual(['pull_request.ready_for_review', 'pull_request.converted_to_draft'])
  })

  test('deleting a branch closes the pull requests that come from it or go into it', async () => {
    const { at, url } = await withPull()
    await branch(at, 'convoy/x')
    const into = await open(town.as('wes'), at, 'work', { base: 'convoy/x' })
    await town.as('wes').delete(`${at}/git/refs/heads/convoy/x`)
    expect((await town.as('wes').get(`${at}/pulls/${into.number}`)).body).toMatchObject({
      state: 'closed',
      merged: false,
    })
    expect((await town.as('wes').get(url)).body.state).toBe('open')
    await town.as('wes').delete(`${at}/git/refs/heads/work`)
    expect((await town.as('wes').get(url)).body.state).toBe('closed')
    expect((await town.as('wes').patch(url, { state: 'open' })).status).toBe(422)
  })
})

describe('merging', () => {
  test('a merge closes the pull request, moves the base, closes the issues it names, and is told', async () => {
    const at = await repo()
    await town.as('rhea').post(`${at}/issues`, { title: 'Broken' })
    await branch(at, 'work')
    const head = await put(at, 'fix.txt', 'x', 'work')
    const before = await headOf(at)
    const pull = await open(town.as('wes'), at, 'work', { body: 'Closes #1. Fixes #99' })
    const url = `${at}/pulls/${pull.number}`
    expect((await town.as('rhea').get(`${url}/merge`)).status).toBe(404)
    await forget()
    const merged = await town.as('olivia').put(`${url}/merge`, { sha: head })
    expect(merged.body).toMatchObject({ merged: true, message: 'Pull Request successfully merged' })
    expect(await headOf(at)).toBe(merged.body.sha)
    expect((await town.as('rhea').get(url)).body).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'olivia' },
      merge_commit_sha: merged.body.sha,
      base: { sha: before },
      commits: 1,
      changed_files: 1,
    })
    const commit = (await town.as('rhea').get(`${at}/git/commits/${merged.body.sha}`)).body
    expect(commit).toMatchObject({
      message: 'Merge pull request #2 from acme/work\n\nFrom work',
      parents: [{ sha: before }, { sha: head }],
      committer: { name: 'GitHub' },
    })
    expect((await town.as('rhea').get(`${at}/issues/1`)).body).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
    })
    expect(await events()).toEqual(['pull_request.closed', 'issues.closed', 'push', 'check_suite.requested'])
    expect((await town.as('rhea').get(`${url}/merge`)).status).toBe(204)
    expect((await town.as('wes').put(`${url}/merge`, {})).status).toBe(405)
    expect((await town.as('wes').patch(url, { state: 'open' })).status).toBe(422)
    const of = await town.as('rhea').get(`${at}/commits/${head}/pulls`)
    expect(numbers(of.body)).toEqual([2])
  })

  test('squash makes one commit of many, rebase makes them again, and a method that is off is refused', async () => {
    const at = await repo({ allow_rebase_merge: true })
    for (const name of ['squashed', 'rebased']) {
      await branch(at, name)
      await put(at, `${name}/1.txt`, '1', name)
      await put(at, `${name}/2.txt`, '2', name)
    }
    await put(at, 'main.txt', 'moved on')
    const before = await headOf(at)
    const squash = await open(town.as('wes'), at, 'squashed')
    const rebase = await open(town.as('wes'), at, 'rebased')
    const merge = (pull: Thing, wanted: object) =>
      town.as('wes').put(`${at}/pulls/${pull.number}/merge`, wanted)
    await merge(squash, { merge_method: 'squash', commit_title: 'One', commit_message: 'and all' })
    const one = (await town.as('wes').get(`${at}/commits/main`)).body
    expect(one).toMatchObject({ commit: { message: 'One\n\nand all' }, parents: [{ sha: before }] })
    await merge(rebase, { merge_method: 'rebase' })
    const log = await town
      .as('wes')
      .get<{ commit: { message: string }; parents: unknown[] }[]>(`${at}/commits`)
    expect(log.body.slice(0, 3).map(it => [it.commit.message, it.parents.length])).toEqual([
      ['write rebased/2.txt', 1],
      ['write rebased/1.txt', 1],
      ['One\n\nand all', 1],
    ])
    await town.as('olivia').patch(at, { allow_merge_commit: false })
    await branch(at, 'late')
    await put(at, 'late.txt', 'l', 'late')
    const refused = await merge(await open(town.as('wes'), at, 'late'), {})
    expect([refused.status, refused.body.message]).toEqual([
      405,
      'Merge commits are not allowed on this repository.',
    ])
  })

  test('a head that moved is 409, a conflict, a draft and a missing right are refused, and nothing changes', async () => {
    const { at, head, url } = await withPull()
    const next = await put(at, 'work.txt', 'more\n', 'work')
    const guarded = await town.as('wes').put(`${url}/merge`, { sha: head })
    expect([guarded.status, guarded.body.message]).toEqual([
      409,
      'Head branch was modified. Review and try the merge again.',
    ])
    expect((await town.as('tara').put(`${url}/merge`, { sha: next })).status).toBe(403)
    const narrow = await town.installation({ permissions: { pull_requests: 'write', metadata: 'read' } })
    expect((await narrow.put(`${url}/merge`, { sha: next })).status).toBe(403)
    await put(at, 'work.txt', 'other\n')
    expect((await town.as('wes').get(url)).body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' })
    const main = await headOf(at)
    const dirty = await town.as('wes').put(`${url}/merge`, { sha: next })
    expect([dirty.status, dirty.body.message]).toEqual([405, 'Pull Request is not mergeable'])
    await branch(at, 'sketch')
    await put(at, 's.txt', 's', 'sketch')
    const draft = await open(town.as('wes'), at, 'sketch', { draft: true })
    const early = await town.as('wes').put(`${at}/pulls/${draft.number}/merge`, {})
    expect([early.status, early.body.message]).toEqual([405, 'Pull Request is still a draft'])
    expect(await headOf(at)).toBe(main)
  })

  test('of two merges at once one works, and the other is told so', async () => {
    const { url, head } = await withPull()
    const both = await Promise.all([1, 2].map(() => town.as('wes').put(`${url}/merge`, { sha: head })))
    expect(both.map(it => it.status).sort()).toEqual([200, 405])
  })

  test('a pull request whose commits reach the base another way counts as merged', async () => {
    const { at, url, head } = await withPull()
    await forget()
    const merged = await town.as('wes').post(`${at}/merges`, { base: 'main', head: 'work' })
    expect((await town.as('wes').get(url)).body).toMatchObject({
      merged: true,
      merge_commit_sha: merged.body.sha,
    })
    expect((await town.deliveries()).find(it => it.action === 'closed')?.payload).toMatchObject({
      pull_request: { merged: true, head: { sha: head } },
    })
  })

  test('a commit that says so closes its issue when it is pushed to the default branch, and not before', async () => {
    const at = await repo()
    await town.as('wes').post(`${at}/issues`, { title: 'Broken' })
    const wes = await clone(temp.dir, cloneUrl(at, town.as('wes')))
    await wes.commit('fixes #1', { 'f.txt': 'f' })
    await wes.must('push', 'origin', 'HEAD:side')
    expect((await town.as('wes').get(`${at}/issues/1`)).body.state).toBe('open')
    await wes.must('push', 'origin', 'HEAD:main')
    expect((await town.as('wes').get(`${at}/issues/1`)).body.state).toBe('closed')
  })

  test('the base is brought into a branch that is behind, and not when they conflict', async () => {
    const { at, url, head } = await withPull()
    await put(at, 'main.txt', 'news')
    const stale = await town.as('wes').put(`${url}/update-branch`, { expected_head_sha: 'a'.repeat(40) })
    expect(stale.status).toBe(422)
    expect((await town.as('wes').put(`${url}/update-branch`, { expected_head_sha: head })).status).toBe(202)
    const updated = (await town.as('wes').get(url)).body
    expect(updated).toMatchObject({ commits: 2, changed_files: 1, mergeable_state: 'clean' })
    expect((await town.as('wes').put(`${url}/update-branch`, {})).body.message).toMatch(/no new commits/)
    await put(at, 'work.txt', 'clash')
    expect((await town.as('wes').put(`${url}/update-branch`, {})).body.message).toMatch(/conflict/)
  })
})

describe('a sandbox that was killed', () => {
  test('finds out what git did in its absence: pushed branches, merges, deleted branches', async () => {
    const dataDir = `${temp.dir}/kept`
    const first = await startTown({ dataDir })
    const code = codeClient(() => first)
    const at = await code.repo()
    for (const name of ['pushed', 'merged', 'gone']) {
      await code.branch(at, name)
      await code.put(at, `${name}.txt`, name, name)
      await code.open(first.as('wes'), at, name)
    }
    const name = at.replace('/repos/acme/', '')
    const id = first.github.world.repos.one('name', name)!.id
    const merged = await code.headOf(at, 'merged')
    await first.close()
    const wes = await begin(temp.dir, `${dataDir}/git/acme/${id}.git`)
    await wes.must('fetch', '--quiet', 'origin')
    await wes.must('checkout', '--quiet', 'pushed')
    const pushed = await wes.commit('while it was away', { 'x.txt': 'x' })
    await wes.must('push', '--quiet', 'origin', 'pushed', `${merged}:main`, ':gone')
    const second = await startTown({ dataDir })
    const read = async (number: number) => (await second.as('wes').get(`${at}/pulls/${number}`)).body
    expect(await read(1)).toMatchObject({ state: 'open', head: { sha: pushed }, commits: 2 })
    expect(await read(2)).toMatchObject({ state: 'closed', merged: true })
    expect(await read(3)).toMatchObject({ state: 'closed', merged: false })
    await second.close()
    expect(realFaults(second)).toEqual([])
  })
})

test('a sandbox that was killed in the middle of a merge knows after its restart whether it happened', async () => {
  const dataDir = `${temp.dir}/half-merged`
  const first = await startTown({ dataDir })
  const code = codeClient(() => first)
  const at = await code.repo()
  const squashes: string[] = []
  for (const name of ['done', 'not-done']) {
    await code.branch(at, name)
    const head = await code.put(at, `${name}.txt`, name, name)
    const pull = await code.open(first.as('wes'), at, name)
    const { tree } = (await first.as('wes').get<{ tree: Thing }>(`${at}/git/commits/${head}`)).body
    const squash = { message: 'squashed', tree: tree.sha, parents: [await code.headOf(at)] }
    squashes.push(sha((await first.as('olivia').post(`${at}/git/commits`, squash)).body))
    // As far as a merge gets before it moves the branch.
    const merging = { sha: squashes.at(-1)!, byId: first.github.world.accounts.one('login', 'olivia')!.id }
    pulls(first.github.world).change(pull.id, { merging })
  }
  const id = first.github.world.repos.one('name', at.replace('/repos/acme/', ''))!.id
  await first.close()
  const moved = await runGit(`${dataDir}/git/acme/${id}.git`, ['update-ref', 'refs/heads/main', squashes[0]!])
  expect(moved.code).toBe(0)
  const second = await startTown({ dataDir })
  const [done, open] = (await second.as('wes').get<Thing[]>(`${at}/pulls?state=all&direction=asc`)).body
  expect(done).toMatchObject({
    state: 'closed',
    merged_at: expect.any(String),
    merge_commit_sha: squashes[0],
  })
  expect((await second.as('wes').get(`${at}/pulls/1`)).body).toMatchObject({ merged_by: { login: 'olivia' } })
  expect(open).toMatchObject({ state: 'open', merged_at: null, merge_commit_sha: null })
  expect((await second.as('wes').put(`${at}/pulls/2/merge`, {})).status).toBe(200)
  await second.close()
})

test('a merged pull request cannot be opened again, not even as an issue', async () => {
  const { at, url, pull } = await withPull()
  await town.as('wes').put(`${url}/merge`, {})
  expect((await town.as('wes').patch(`${at}/issues/${pull.number}`, { state: 'open' })).status).toBe(422)
  expect((await town.as('wes').get(url)).body).toMatchObject({ state: 'closed', merged: true })
})

test('all of this looks as GitHub documents it', async () => {
  await town.deliveries()
  expect(realFaults(town)).toEqual([])
})
