import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type GitDoor, gitServer } from '../../src/sandbox/github/git/http.ts'
import type { WantedChange } from '../../src/sandbox/github/git/packets.ts'
import {
  createRepository,
  isAncestor,
  listRefs,
  readRef,
  setRef,
} from '../../src/sandbox/github/git/plumbing.ts'
import { begin, clone, runGit, tempDir } from './git-client.ts'

/** A server of one repository, `acme/demo`: `wes` may write, `rhea` read, `stan` nothing. */
async function demoServer(rules: Partial<Pick<GitDoor<string>, 'judge'>> = {}) {
  const temp = await tempDir()
  const root = path.join(temp.dir, 'git')
  const dir = await createRepository(root, 7)
  const told: { who: string; changes: readonly WantedChange[] }[] = []
  const serve = await gitServer<string>({
    root,
    identify: header => {
      const [, password = ''] = Buffer.from(header.split(' ')[1] ?? '', 'base64')
        .toString()
        .split(':')
      return /^token-of-(\w+)$/.exec(password)?.[1]
    },
    access: (caller, owner, name) => {
      if (`${owner}/${name}` !== 'acme/demo' || caller === 'stan') return { may: 'not_found' }
      if (!caller) return { may: 'identify' }
      return { may: caller === 'wes' ? 'write' : 'read', dir }
    },
    judge: rules.judge ?? (async () => ({ forwardOnly: [] })),
    pushed: async (who, _, changes) => void told.push({ who, changes }),
  })
  const http = createServer((request, response) => {
    void serve(request, response).then(taken => taken || response.writeHead(418).end())
  })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  return {
    dir,
    told,
    parent: temp.dir,
    url: (who?: string) => `http://${who ? `anything:token-of-${who}@` : ''}127.0.0.1:${port}/acme/demo`,
    other: (at: string) => fetch(`http://127.0.0.1:${port}${at}`),
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      http.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

describe('git over HTTP', () => {
  test('somebody with write access pushes, and somebody else clones what was pushed', async () => {
    await using server = await demoServer()
    const wes = await begin(server.parent, server.url('wes'))
    const sha = await wes.commit('first', { 'README.md': 'hello\n' })
    await wes.must('push', 'origin', 'main')
    const rhea = await clone(server.parent, `${server.url('rhea')}.git`)
    expect(await rhea.read('README.md')).toBe('hello\n')
    expect(server.told).toEqual([
      { who: 'wes', changes: [{ ref: 'refs/heads/main', before: '0'.repeat(40), after: sha }] },
    ])
  })

  test('a reader who pushes is told 403, a stranger 404, and a wrong token 401', async () => {
    await using server = await demoServer()
    const rhea = await begin(server.parent, server.url('rhea'))
    await rhea.commit('first', { 'a.txt': 'a' })
    expect(await rhea.git('push', 'origin', 'main')).toMatchObject({
      code: 128,
      said: expect.stringContaining('Permission to acme/demo.git denied'),
    })
    expect((await runGit(server.parent, ['ls-remote', server.url('stan')])).said).toMatch(/not found/)
    expect(
      (await runGit(server.parent, ['ls-remote', server.url('wes').replace('token-of', 'x')])).said,
    ).toMatch(/Authentication failed/)
    const anonymous = await server.other('/acme/demo/info/refs?service=git-receive-pack')
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="GitHub"',
    ])
    expect(await listRefs(server.dir)).toEqual([])
  })

  test('a push of several megabytes, a shallow clone and a partial clone work', async () => {
    await using server = await demoServer()
    const wes = await begin(server.parent, server.url('wes'))
    const noise = Array.from({ length: 300_000 }, (_, i) =>
      ((i * 2654435761) % 4294967296).toString(36),
    ).join('\n')
    await wes.commit('large', { 'large.txt': noise })
    await wes.commit('small', { 'small.txt': 's' })
    await wes.must('push', 'origin', 'main')
    const shallow = await clone(server.parent, server.url('wes'), '--depth', '1')
    expect(await shallow.must('rev-list', '--count', 'HEAD')).toBe('1')
    const partial = await clone(server.parent, server.url('wes'), '--filter=blob:none', '--no-checkout')
    expect(await partial.must('rev-list', '--objects', '--missing=print', 'HEAD')).toMatch(
      /^\?[0-9a-f]{40}$/m,
    )
  })

  test('many branches at once, a deletion and a tag are told as they were made', async () => {
    await using server = await demoServer()
    const wes = await begin(server.parent, server.url('wes'))
    await wes.commit('first', { 'a.txt': 'a' })
    for (const name of ['one', 'convoy/x/head', 'v1']) await wes.must('branch', name)
    await wes.must('tag', 'v1.0')
    await wes.must('push', 'origin', '--all')
    await wes.must('push', 'origin', ':one', 'refs/tags/v1.0')
    expect(server.told.map(({ changes }) => changes.map(change => change.ref).sort())).toEqual([
      ['refs/heads/convoy/x/head', 'refs/heads/main', 'refs/heads/one', 'refs/heads/v1'],
      ['refs/heads/one', 'refs/tags/v1.0'],
    ])
    expect((await listRefs(server.dir, 'refs/heads/')).map(({ ref }) => ref)).not.toContain('refs/heads/one')
  })

  test('a refused push changes nothing, tells nobody, and says why', async () => {
    await using server = await demoServer({
      judge: async (who, _, changes) => ({
        refused: changes.some(({ ref }) => ref === 'refs/heads/main') ? `error: no, ${who}` : undefined,
        forwardOnly: [],
      }),
    })
    const wes = await begin(server.parent, server.url('wes'))
    await wes.commit('first', { 'a.txt': 'a' })
    const push = await wes.git('push', 'origin', 'main', 'main:side')
    expect(push.code).not.toBe(0)
    expect(push.said).toContain('remote: error: no, wes')
    expect([await listRefs(server.dir), server.told]).toEqual([[], []])
    await wes.must('push', 'origin', 'main:side')
  })

  test('a branch that may only go forward refuses a force push and takes an ordinary one', async () => {
    await using server = await demoServer({ judge: async () => ({ forwardOnly: ['refs/heads/main'] }) })
    const wes = await begin(server.parent, server.url('wes'))
    const first = await wes.commit('first', { 'a.txt': 'a' })
    const second = await wes.commit('second', { 'a.txt': 'b' })
    await wes.must('push', 'origin', 'main', 'main:side')
    await wes.must('reset', '--hard', first)
    expect((await wes.git('push', '--force', 'origin', 'main')).said).toContain('Cannot force-push')
    expect(await readRef(server.dir, 'refs/heads/main')).toBe(second)
    await wes.must('push', '--force', 'origin', 'main:side')
    await wes.must('pull', '--quiet', 'origin', 'main')
    const third = await wes.commit('third', { 'a.txt': 'c' })
    await wes.must('push', 'origin', 'main')
    expect(await isAncestor(server.dir, second, third)).toBe(true)
    expect(await readRef(server.dir, 'refs/heads/main')).toBe(third)
  })

  test('references of pull requests can be fetched and not pushed', async () => {
    await using server = await demoServer()
    const wes = await begin(server.parent, server.url('wes'))
    const sha = await wes.commit('first', { 'a.txt': 'a' })
    await wes.must('push', 'origin', 'main')
    await setRef(server.dir, 'refs/pull/1/head', sha)
    await wes.must('fetch', 'origin', 'refs/pull/1/head')
    expect((await wes.git('push', 'origin', 'main:refs/pull/2/head')).said).toContain(
      'deny updating a hidden ref',
    )
  })

  test('what is not git is left to others, and a dumb client is told to upgrade', async () => {
    await using server = await demoServer()
    expect((await server.other('/acme/demo')).status).toBe(418)
    expect((await server.other('/acme/demo/info/refs')).status).toBe(403)
    expect((await server.other('/acme/../../etc/info/refs?service=git-upload-pack')).status).toBe(418)
  })

  test('a push that is not one is refused in words', async () => {
    await using server = await demoServer()
    const address = new URL(`${server.url('wes')}/git-receive-pack`)
    const authorization = `Basic ${Buffer.from('x:token-of-wes').toString('base64')}`
    for (const body of ['nonsense', '0010too short', '', '0013main main main0000']) {
      const answer = await fetch(`http://${address.host}${address.pathname}`, {
        method: 'POST',
        body,
        headers: { authorization, 'content-type': 'application/x-git-receive-pack-request' },
      })
      expect([body, answer.status]).toEqual([body, 400])
    }
    expect(server.told).toEqual([])
  })
})
