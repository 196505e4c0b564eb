import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base64, codeClient, sha } from './code-client.ts'
import { begin, clone, tempDir } from './git-client.ts'
import { startTown, type Thing, type Town } from './github-client.ts'
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

const { repo, cloneUrl, headOf, events, forget, branch, put } = codeClient(() => town)
const text = (content: unknown) => Buffer.from(String(content), 'base64').toString()

describe('a repository that is made by a push', () => {
  test('takes the first push of somebody with write access, tells the App, and is refused to readers', async () => {
    const made = await town.repository()
    const at = `/repos/${made.full_name}`
    const empty = await town.as('wes').get(`${at}/git/ref/heads/main`)
    expect([empty.status, empty.body.message]).toEqual([409, 'Git Repository is empty.'])
    const wes = await begin(temp.dir, cloneUrl(at, town.as('wes')))
    const first = await wes.commit('first\n\nwith a body', { 'a.txt': 'one\n', 'deep/b.txt': 'two\n' })
    await forget()
    await wes.must('push', 'origin', 'main')
    const [push] = (await town.deliveries()).filter(it => it.event === 'push')
    expect(push?.payload).toMatchObject({
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: first,
      created: true,
      forced: false,
      commits: [{ id: first, message: 'first\n\nwith a body', added: ['a.txt', 'deep/b.txt'], removed: [] }],
      head_commit: { id: first },
      pusher: { name: 'wes' },
      sender: { login: 'wes' },
    })
    expect(await events()).toEqual(['push', 'check_suite.requested'])
    const rhea = await clone(temp.dir, cloneUrl(at, town.as('rhea')))
    await rhea.commit('mine', { 'a.txt': 'mine' })
    expect((await rhea.git('push', 'origin', 'main')).said).toContain('denied')
  })

  test('the first branch becomes the default branch when there is no main', async () => {
    const at = `/repos/${(await town.repository()).full_name}`
    const wes = await begin(temp.dir, cloneUrl(at, town.as('wes')))
    await wes.commit('first', { 'a.txt': 'a' })
    await wes.must('push', 'origin', 'HEAD:trunk')
    expect((await town.as('wes').get(at)).body.default_branch).toBe('trunk')
    expect(await (await clone(temp.dir, cloneUrl(at, town.as('rhea')))).read('a.txt')).toBe('a')
  })

  test('a token of the App pushes as far as it was given contents', async () => {
    const made = await town.repository({ auto_init: true })
    const at = `/repos/${made.full_name}`
    const scoped = (permissions: object) => town.installation({ repository_ids: [made.id], permissions })
    const worker = await clone(temp.dir, cloneUrl(at, await scoped({ contents: 'write' })))
    await worker.commit('work', { 'w.txt': 'w' })
    await worker.must('push', 'origin', 'HEAD:refs/heads/gt/nux/1234')
    const reader = await clone(temp.dir, cloneUrl(at, await scoped({ contents: 'read' })))
    await reader.commit('work', { 'w.txt': 'w' })
    expect((await reader.git('push', 'origin', 'HEAD:refs/heads/x')).said).toContain('denied')
    const other = await town.repository({ auto_init: true, private: true })
    const elsewhere = cloneUrl(`/repos/${other.full_name}`, await scoped({ contents: 'write' }))
    await expect(clone(temp.dir, elsewhere)).rejects.toThrow(/not found/)
  })
})

describe('references', () => {
  test('are made, listed by prefix, moved forward, forced and deleted', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const first = await headOf(at)
    await branch(at, 'convoy/a/1234/head')
    await branch(at, 'convoy/a/1234/gt/nux/1')
    const all = await wes.get<Thing[]>(`${at}/git/matching-refs/heads/convoy/a/`)
    expect(all.body.map(it => it.ref)).toEqual([
      'refs/heads/convoy/a/1234/gt/nux/1',
      'refs/heads/convoy/a/1234/head',
    ])
    await put(at, 'x.txt', 'x', 'convoy/a/1234/head')
    const second = await headOf(at, 'convoy/a/1234/head')
    const forward = await wes.patch(`${at}/git/refs/heads%2Fmain`, { sha: second })
    expect([forward.status, sha(forward.body.object)]).toEqual([200, second])
    const back = await wes.patch(`${at}/git/refs/heads/main`, { sha: first })
    expect([back.status, back.body.message]).toEqual([422, 'Update is not a fast forward'])
    expect((await wes.patch(`${at}/git/refs/heads/main`, { sha: first, force: true })).status).toBe(200)
    await forget()
    expect((await wes.delete(`${at}/git/refs/heads/convoy/a/1234/head`)).status).toBe(204)
    expect((await wes.get(`${at}/git/ref/heads/convoy/a/1234/head`)).status).toBe(404)
    expect(await events()).toEqual(['push'])
  })

  test('are refused when they exist, point nowhere, or have no proper name', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const head = await headOf(at)
    const tryRef = async (ref: string, at_: string) => {
      const { status, body } = await wes.post(`${at}/git/refs`, { ref, sha: at_ })
      return [status, body.message]
    }
    expect(await tryRef('refs/heads/main', head)).toEqual([422, 'Reference already exists'])
    expect(await tryRef('refs/heads/x', 'a'.repeat(40))).toEqual([422, 'Object does not exist'])
    expect((await tryRef('heads/x', head))[0]).toBe(422)
    expect((await tryRef('refs/heads/../x', head))[0]).toBe(422)
    expect((await tryRef('refs/pull/1/head', head))[0]).toBe(422)
    expect((await wes.patch(`${at}/git/refs/heads/none`, { sha: head })).body.message).toBe(
      'Reference does not exist',
    )
    expect((await wes.delete(`${at}/git/refs/heads/main`)).status).toBe(422)
    expect((await town.as('tara').post(`${at}/git/refs`, { ref: 'refs/heads/x', sha: head })).status).toBe(
      403,
    )
  })

  test('of two that are moved at once from the same place, one wins', async () => {
    const at = await repo()
    const commits = await Promise.all(
      ['one', 'two'].map(async name => {
        await branch(at, name)
        return put(at, `${name}.txt`, name, name)
      }),
    )
    const moved = await Promise.all(
      commits.map(it => town.as('wes').patch(`${at}/git/refs/heads/main`, { sha: it })),
    )
    expect(moved.map(it => it.status).sort()).toEqual([200, 422])
  })
})

describe('objects', () => {
  test('a commit is put together from blobs and a tree, and read back', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const head = await headOf(at)
    const blob = await wes.post(`${at}/git/blobs`, { content: base64('bytes\0'), encoding: 'base64' })
    const tree = await wes.post(`${at}/git/trees`, {
      base_tree: head,
      tree: [
        { path: 'bin/raw', mode: '100755', type: 'blob', sha: sha(blob.body) },
        { path: 'notes/plain.md', mode: '100644', type: 'blob', content: 'plain' },
        { path: 'README.md', mode: '100644', type: 'blob', sha: null },
      ],
    })
    const author = { name: 'Nux', email: 'nux@example.com', date: '2026-01-02T03:04:05Z' }
    const made = await wes.post(`${at}/git/commits`, {
      message: 'by hand',
      tree: sha(tree.body),
      parents: [head],
      author,
    })
    expect([made.status, made.body.author]).toEqual([201, author])
    await wes.post(`${at}/git/refs`, { ref: 'refs/heads/by-hand', sha: sha(made.body) })
    const read = await wes.get(`${at}/git/commits/${sha(made.body)}`)
    expect(read.body).toMatchObject({
      message: 'by hand',
      parents: [{ sha: head }],
      tree: { sha: sha(tree.body) },
    })
    const all = await wes.get<{ tree: Thing[] }>(`${at}/git/trees/by-hand?recursive=1`)
    expect(all.body.tree.map(it => it.path)).toEqual(['bin', 'bin/raw', 'notes', 'notes/plain.md'])
    expect(text((await wes.get(`${at}/git/blobs/${sha(blob.body)}`)).body.content)).toBe('bytes\0')
  })

  test('paths out of the tree and objects that are not there are refused', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const trees = (path: string, more: object) =>
      wes.post(`${at}/git/trees`, { tree: [{ path, mode: '100644', type: 'blob', ...more }] })
    for (const path of ['../up', '/root', 'a//b', '.git/config', 'a/.GIT/hooks']) {
      expect([path, (await trees(path, { content: 'x' })).status]).toEqual([path, 422])
    }
    expect((await trees('a', { sha: 'b'.repeat(40) })).status).toBe(422)
    const commit = { message: 'x', tree: 'c'.repeat(40), parents: [] }
    expect((await wes.post(`${at}/git/commits`, commit)).body.message).toBe('Tree SHA does not exist')
  })
})

describe('contents', () => {
  test('a file is made, updated with its sha, refused with a stale one, and deleted', async () => {
    const at = await repo()
    const wes = town.as('wes')
    const file = `${at}/contents/docs/a%20b.md`
    const made = await wes.put(file, { message: 'make', content: base64('one\n') })
    expect([made.status, (made.body.content as Thing).path]).toEqual([201, 'docs/a b.md'])
    const read = await wes.get(file)
    expect(text(read.body.content)).toBe('one\n')
    const blind = await wes.put(file, { message: 'blind', content: base64('two\n') })
    expect([blind.status, blind.body.message]).toEqual([422, 'Invalid request.\n\n"sha" wasn\'t supplied.'])
    const change = { message: 'change', content: base64('two\n'), sha: sha(read.body) }
    expect((await wes.put(file, change)).status).toBe(200)
    expect((await wes.put(file, { ...change, content: base64('three\n') })).status).toBe(409)
    const now = sha((await wes.get(file)).body)
    expect((await wes.delete(file, { message: 'drop', sha: now })).status).toBe(200)
    expect((await wes.get(file)).status).toBe(404)
    expect((await town.as('rhea').put(file, { message: 'no', content: '' })).status).toBe(403)
  })

  test('directories are listed, at the root and at any ref', async () => {
    const at = await repo()
    await branch(at, 'side')
    await put(at, 'dir/x.txt', 'x', 'side')
    const list = async (path: string) =>
      (await town.as('rhea').get<Thing[]>(`${at}/contents${path}`)).body.map(it => `${it.type} ${it.path}`)
    expect(await list('')).toEqual(['file README.md'])
    expect(await list('/?ref=side')).toEqual(['file README.md', 'dir dir'])
    expect(await list('/dir?ref=side')).toEqual(['file dir/x.txt'])
    expect((await town.as('rhea').get(`${at}/contents/dir?ref=nowhere`)).status).toBe(404)
  })

  test('the first file of an empty repository makes its branch', async () => {
    const at = `/repos/${(await town.repository()).full_name}`
    expect((await town.as('wes').get(`${at}/contents/`)).body.message).toBe('This repository is empty.')
    await put(at, 'a.txt', 'a')
    expect((await town.as('wes').get<Thing[]>(`${at}/branches`)).body.map(it => it.name)).toEqual(['main'])
  })
})

describe('commits, branches and comparisons', () => {
  test('a comparison tells how far two branches are apart and which files differ', async () => {
    const at = await repo()
    await branch(at, 'feature/x')
    await put(at, 'new.txt', 'a\nb\n', 'feature/x')
    await put(at, 'new.txt', 'a\nc\n', 'feature/x')
    await put(at, 'main.txt', 'm')
    const compare = (basehead: string) => town.as('rhea').get(`${at}/compare/${basehead}`)
    const there = (await compare('main...feature%2Fx')).body
    expect(there).toMatchObject({ status: 'diverged', ahead_by: 2, behind_by: 1, total_commits: 2 })
    expect(there.files).toMatchObject([
      { filename: 'new.txt', status: 'added', additions: 2, patch: '@@ -0,0 +1,2 @@\n+a\n+c' },
    ])
    expect((await compare('feature/x...main')).body).toMatchObject({ ahead_by: 1, behind_by: 2 })
    expect((await compare('main...main')).body).toMatchObject({ status: 'identical', files: [] })
    expect((await compare('main...none')).status).toBe(404)
    const commits = await town.as('rhea').get<Thing[]>(`${at}/commits?sha=feature/x&per_page=2`)
    expect(commits.body.map(it => (it.commit as Thing).message)).toEqual(['write new.txt', 'write new.txt'])
    expect(commits.headers.get('link')).toContain('rel="next"')
    const touching = await town.as('rhea').get<Thing[]>(`${at}/commits?path=main.txt`)
    expect(touching.body).toHaveLength(1)
    const one = await town.as('rhea').get(`${at}/commits/main`)
    expect(one.body).toMatchObject({
      stats: { total: 1 },
      files: [{ filename: 'main.txt', patch: expect.any(String) }],
    })
    expect(one.body.author).toMatchObject({ login: 'wes' })
    expect((await town.as('rhea').get(`${at}/branches/feature%2Fx`)).body).toMatchObject({ protected: false })
    expect((await town.as('rhea').get(`${at}/branches/none`)).status).toBe(404)
  })

  test('renames, deletions, binary files and odd names come through a comparison', async () => {
    const at = `/repos/${(await town.repository()).full_name}`
    const wes = await begin(temp.dir, cloneUrl(at, town.as('wes')))
    const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n')
    await wes.commit('first', { 'old name.txt': lines, 'gone.txt': 'x', 'ünï\tcode.md': 'a\n' })
    await wes.must('push', 'origin', 'main')
    await wes.must('mv', 'old name.txt', 'new name.txt')
    await wes.must('rm', '-q', 'gone.txt')
    await wes.commit('second', {
      'bin.dat': '\0\x01\x02',
      'ünï\tcode.md': 'diff --git a/x b/x\n@@ -1 +1 @@\n',
    })
    await wes.must('push', 'origin', 'HEAD:side')
    const { files } = (await town.as('wes').get<{ files: Thing[] }>(`${at}/compare/main...side`)).body
    expect(files.map(it => [it.status, it.filename, it.previous_filename ?? null, typeof it.patch])).toEqual([
      ['added', 'bin.dat', null, 'undefined'],
      ['removed', 'gone.txt', null, 'string'],
      ['renamed', 'new name.txt', 'old name.txt', 'undefined'],
      ['modified', 'ünï\tcode.md', null, 'string'],
    ])
    expect(files[3]?.patch).toBe('@@ -1 +1,2 @@\n-a\n+diff --git a/x b/x\n+@@ -1 +1 @@')
  })
})

describe('merges', () => {
  test('a branch is merged, found merged, and refused when it conflicts', async () => {
    const at = await repo()
    const wes = town.as('wes')
    await branch(at, 'one')
    await branch(at, 'two')
    await put(at, 'same.txt', 'one', 'one')
    await put(at, 'same.txt', 'two', 'two')
    const main = await headOf(at)
    const merge = (head: string) =>
      wes.post(`${at}/merges`, { base: 'main', head, commit_message: `take ${head}` })
    const first = await merge('one')
    expect([first.status, (first.body.commit as Thing).message]).toEqual([201, 'take one'])
    expect((first.body.parents as Thing[]).map(sha)).toEqual([main, await headOf(at, 'one')])
    expect((await merge('one')).status).toBe(204)
    const conflict = await merge('two')
    expect([conflict.status, conflict.body.message]).toEqual([409, 'Merge conflict'])
    expect(await headOf(at)).toBe(sha(first.body))
    expect((await merge('none')).body.message).toBe('Head does not exist')
    expect((await wes.post(`${at}/merges`, { base: 'none', head: 'one' })).body.message).toBe(
      'Base does not exist',
    )
    expect((await merge(await headOf(at, 'one'))).status).toBe(204)
  })
})

test('all of this looks as GitHub documents it', async () => {
  await town.deliveries()
  expect(realFaults(town)).toEqual([])
})
