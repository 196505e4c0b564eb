import { execFile } from 'node:child_process'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { work } from '../../runners/work.ts'
import { benchAt, type Remote, remoteWith, seatOf, WORK } from './runner-bench.ts'

const exec = promisify(execFile)
const put = (dir: string, file: string, text: string) => writeFile(path.join(dir, file), text)
/** git as an agent runs it: with the identity of its clone and nothing of ours. */
const agentGit = async (dir: string, ...args: string[]) =>
  (await exec('git', args, { cwd: dir, env: { PATH: process.env.PATH, HOME: dir } })).stdout.trim()

const logOf = async (remote: Remote, branch: string, format: string) =>
  (await exec('git', ['log', `--format=${format}`, `main..${branch}`], { cwd: remote.url })).stdout.trim()

describe('a run that works on a bead', () => {
  test('pushes what the agent left uncommitted, in the name of its polecat', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const report = await work(
      WORK,
      seatOf(async ({ dir }) => void (await put(dir, 'hello.txt', 'hello\n'))),
      await benchAt(remote),
    )
    const sha = await remote.tip(WORK.branch)
    expect(report).toEqual({ report: 'done', sha, changed: true })
    expect(await remote.text(WORK.branch, 'hello.txt')).toBe('hello\n')
    expect(await logOf(remote, WORK.branch, '%an <%ae>|%cn|%s|%b')).toBe(
      'nux (townhall) <nux@townhall.invalid>|nux (townhall)|Add a greeting|Bead: #12',
    )
    expect(await remote.tip('main')).toBe(await remote.wes.must('rev-parse', 'main'))
  })

  test('pushes the commits of the agent as they are', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const seat = seatOf(async ({ dir }) => {
      await put(dir, 'one.txt', '1')
      await agentGit(dir, 'add', '.')
      await agentGit(dir, 'commit', '-m', 'one')
      return undefined
    })
    expect(await work(WORK, seat, await benchAt(remote))).toMatchObject({ report: 'done', changed: true })
    expect(await logOf(remote, WORK.branch, '%s by %an')).toBe('one by nux (townhall)')
  })

  test('says that nothing changed when nothing did, and the branch is there all the same', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const report = await work(
      WORK,
      seatOf(async () => undefined),
      await benchAt(remote),
    )
    const main = await remote.tip('main')
    expect(report).toEqual({ report: 'done', sha: main, changed: false })
    expect(await remote.tip(WORK.branch)).toBe(main)
  })

  test('touches nothing that the agent did not touch, whatever the repository says about line ends', async () => {
    await using remote = await remoteWith({ 'dos.txt': 'one\r\ntwo\r\n' })
    await remote.wes.commit('attributes', { '.gitattributes': '* text=auto\n' })
    await remote.wes.must('push', 'origin', 'main')
    const seat = seatOf(async ({ dir }) => void (await put(dir, 'b.txt', 'b\n')))
    expect(await work(WORK, seat, await benchAt(remote))).toMatchObject({ report: 'done' })
    const { stdout } = await exec('git', ['diff', '--name-only', 'main', WORK.branch], { cwd: remote.url })
    expect(stdout).toBe('b.txt\n')
  })

  test('leaves out what git cannot keep, and what the repository ignores', async () => {
    await using remote = await remoteWith({ '.gitignore': 'out/\n' })
    const seat = seatOf(async ({ dir }) => {
      await exec('sh', ['-c', 'mkfifo pipe; mkdir out; echo x > out/x; echo b > b.txt'], { cwd: dir })
      return undefined
    })
    expect(await work(WORK, seat, await benchAt(remote))).toMatchObject({ report: 'done' })
    const { stdout } = await exec('git', ['ls-tree', '-r', '--name-only', WORK.branch], { cwd: remote.url })
    expect(stdout).toBe('.gitignore\nb.txt\n')
  })

  test('goes on from what an earlier try has pushed, even if nobody told it', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const crash = seatOf(async ({ dir }) => {
      await put(dir, 'half.txt', 'half')
      return { left: 'failed', why: 'It crashed.', log: 'boom' }
    })
    const first = await work(WORK, crash, await benchAt(remote))
    const saved = await remote.tip(WORK.branch)
    expect(first).toEqual({ report: 'failed', why: 'It crashed.', log: 'boom', sha: saved })
    expect(saved).not.toBeNull()
    await work(
      { ...WORK, attempt: 2 },
      seatOf(
        async ({ dir }) =>
          void (await put(dir, 'rest.txt', await readFile(path.join(dir, 'half.txt'), 'utf8'))),
      ),
      await benchAt(remote),
    )
    expect(await remote.text(WORK.branch, 'rest.txt')).toBe('half')
    expect(await logOf(remote, WORK.branch, '%s')).toBe('Add a greeting\nwip: Add a greeting')
  })

  test('saves its work when the agent asks something', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const seat = seatOf(async ({ dir }) => {
      await put(dir, 'half.txt', 'half')
      return { left: 'asked', question: 'Which colour?', checkpoint: '3' }
    })
    const report = await work(WORK, seat, await benchAt(remote))
    const sha = await remote.tip(WORK.branch)
    expect(report).toEqual({ report: 'asked', question: 'Which colour?', sha, checkpoint: '3' })
    expect(await remote.text(WORK.branch, 'half.txt')).toBe('half')
  })

  test('fails with a sentence when there is no base, and when somebody else moved the branch', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const none = await work(
      { ...WORK, base: 'gone' },
      seatOf(async () => undefined),
      await benchAt(remote),
    )
    expect(none).toMatchObject({ report: 'failed', why: 'There is no branch gone to start from.' })
    const seat = seatOf(async ({ dir }) => {
      await put(dir, 'mine.txt', 'mine')
      await remote.wes.commit('theirs', { 'theirs.txt': 'theirs' })
      await remote.wes.must('push', 'origin', `HEAD:${WORK.branch}`)
      return undefined
    })
    const raced = await work(WORK, seat, await benchAt(remote))
    expect(raced).toMatchObject({
      report: 'failed',
      why: expect.stringMatching(/could not be pushed: .*rejected/s),
    })
    expect(await remote.text(WORK.branch, 'theirs.txt')).toBe('theirs')
  })

  test('is not disturbed by others at the same time, even those of another runner on the same cache', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const shared = [await benchAt(remote), await benchAt(remote)].map(({ cache }) => cache)
    const runs = Array.from({ length: 8 }, async (_, n) => {
      const bench = { ...(await benchAt(remote)), cache: shared[n % 2]! }
      const seat = seatOf(async ({ dir }) => void (await put(dir, `${n}.txt`, `${n}`)))
      return work({ ...WORK, run: `r${n}`, branch: `gt/p${n}/${n}` }, seat, bench)
    })
    expect((await Promise.all(runs)).map(report => report?.report)).toEqual(Array(8).fill('done'))
    for (let n = 0; n < 8; n++) expect(await remote.text(`gt/p${n}/${n}`, `${n}.txt`)).toBe(`${n}`)
  })

  test('pushes nothing when nobody wants it any more, and what there is when the machine stops', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const dropped = await benchAt(remote)
    const leave = (stop: () => void) =>
      seatOf(async ({ dir }) => {
        await put(dir, 'half.txt', 'half')
        stop()
        return { left: 'stopped' }
      })
    expect(await work(WORK, leave(dropped.drop), dropped)).toBeNull()
    expect(await remote.branches()).toEqual(['main'])
    const stopped = await benchAt(remote)
    const report = await work(WORK, leave(stopped.stop), stopped)
    expect(await remote.text(WORK.branch, 'half.txt')).toBe('half')
    expect(report).toEqual({ report: 'released', sha: await remote.tip(WORK.branch) })
    const again = await benchAt(remote)
    const idle = seatOf(async () => {
      again.stop()
      return { left: 'stopped' }
    })
    expect(await work(WORK, idle, again)).toEqual(report)
  })
})

describe('a run after a red gate', () => {
  test('works on what will be tested: the base is merged in, and the agent has the log', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    await work(
      WORK,
      seatOf(async ({ dir }) => void (await put(dir, 'b.txt', 'bad'))),
      await benchAt(remote),
    )
    await remote.wes.commit('news', { 'news.txt': 'news' })
    await remote.wes.must('push', 'origin', 'main')
    const feedback = { kind: 'gate' as const, text: 'b is bad', files: [] }
    const seat = seatOf(async ({ dir, job }) => {
      expect(await readFile(path.join(dir, 'news.txt'), 'utf8')).toBe('news')
      await put(dir, 'b.txt', job.feedback?.text ?? '')
      return undefined
    })
    const report = await work({ ...WORK, kind: 'rework', attempt: 2, feedback }, seat, await benchAt(remote))
    expect(report).toMatchObject({ report: 'done', changed: true })
    expect(await remote.text(WORK.branch, 'b.txt')).toBe('b is bad')
    expect(await remote.text(WORK.branch, 'news.txt')).toBe('news')
  })
})

describe('a run that settles a conflict', () => {
  const CONFLICT = {
    ...WORK,
    kind: 'conflict' as const,
    attempt: 2,
    feedback: { kind: 'conflict' as const, text: '', files: ['a.txt'] },
  }

  async function conflicting(): Promise<Remote> {
    const remote = await remoteWith({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
    await work(
      WORK,
      seatOf(async ({ dir }) => void (await put(dir, 'a.txt', 'ours\n'))),
      await benchAt(remote),
    )
    await remote.wes.commit('theirs', { 'a.txt': 'theirs\n', 'b.txt': 'b2\n' })
    await remote.wes.must('push', 'origin', 'main')
    return remote
  }

  test('leaves the files for the agent, and makes the merge from what it did', async () => {
    await using remote = await conflicting()
    const seat = seatOf(async ({ dir, job }) => {
      expect(job.conflicts).toEqual(['a.txt'])
      expect(await readFile(path.join(dir, 'a.txt'), 'utf8')).toContain('<<<<<<< ')
      await put(dir, 'a.txt', 'theirs\nours\n')
      return undefined
    })
    const before = await remote.tip(WORK.branch)
    expect(await work(CONFLICT, seat, await benchAt(remote))).toMatchObject({ report: 'done', changed: true })
    expect(await remote.text(WORK.branch, 'a.txt')).toBe('theirs\nours\n')
    expect(await remote.text(WORK.branch, 'b.txt')).toBe('b2\n')
    const parents = (await exec('git', ['log', '-1', '--format=%P', WORK.branch], { cwd: remote.url })).stdout
    expect(parents.trim()).toBe(`${before} ${await remote.tip('main')}`)
  })

  test('an agent that commits the merge itself has settled it too', async () => {
    await using remote = await conflicting()
    const seat = seatOf(async ({ dir }) => {
      await put(dir, 'a.txt', 'both\n')
      await agentGit(dir, 'commit', '-am', 'merged by hand')
      return undefined
    })
    expect(await work(CONFLICT, seat, await benchAt(remote))).toMatchObject({ report: 'done' })
    expect(await remote.text(WORK.branch, 'a.txt')).toBe('both\n')
    expect(await remote.text(WORK.branch, 'b.txt')).toBe('b2\n')
  })

  test.each([
    ['leaves the markers', async () => undefined, /Conflicts are left in a\.txt/],
    ['gives the merge up', (dir: string) => agentGit(dir, 'merge', '--abort'), /gave up the merge/],
  ])('fails when the agent %s, and the branch stays as it was', async (_, act, why) => {
    await using remote = await conflicting()
    const before = await remote.tip(WORK.branch)
    const seat = seatOf(async ({ dir }) => void (await act(dir)))
    const report = await work(CONFLICT, seat, await benchAt(remote))
    expect(report).toMatchObject({ report: 'failed', why: expect.stringMatching(why), sha: before })
    expect(await remote.tip(WORK.branch)).toBe(before)
  })

  test('needs no agent when the base no longer conflicts', async () => {
    await using remote = await conflicting()
    await remote.wes.commit('undone', { 'a.txt': 'a\n' })
    await remote.wes.must('push', 'origin', 'main')
    const nobody = seatOf(async () => ({ left: 'failed', why: 'Nobody should have asked me.', log: '' }))
    expect(await work(CONFLICT, nobody, await benchAt(remote))).toMatchObject({ report: 'done' })
    expect(await remote.text(WORK.branch, 'a.txt')).toBe('ours\n')
    expect(await remote.text(WORK.branch, 'b.txt')).toBe('b2\n')
  })
})

describe('an agent that means harm', () => {
  test('finds no remote and no credentials in its clone', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const bench = await benchAt(remote)
    const seat = seatOf(async ({ dir }) => {
      expect(await agentGit(dir, 'remote')).toBe('')
      expect(await agentGit(dir, 'branch', '-a')).toBe(`* ${WORK.branch}`)
      const found = await exec('grep', ['-rl', 'secret-token', remote.root]).catch(error => error)
      expect(found.code).toBe(1)
      return undefined
    })
    expect(await work(WORK, seat, bench)).toMatchObject({ report: 'done' })
  })

  test('makes the runner run nothing: hooks, filters, monitors and aliases of its clone are not ours', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const trap = path.join(remote.root, 'sprung')
    const bench = await benchAt(remote)
    const seat = seatOf(async ({ dir }) => {
      const hooks = ['pre-commit', 'post-commit', 'pre-push', 'reference-transaction', 'post-index-change']
      await exec('mkdir', ['-p', path.join(dir, '.git/hooks')])
      for (const hook of hooks)
        await writeFile(path.join(dir, '.git/hooks', hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 })
      const settings = {
        'core.fsmonitor': `touch ${trap}`,
        'filter.evil.clean': `touch ${trap}`,
        'filter.evil.smudge': `touch ${trap}`,
        'uploadpack.packObjectsHook': `touch ${trap}`,
        'credential.helper': `!touch ${trap}`,
        'core.sshCommand': `touch ${trap}`,
        'url.ext::sh -c touch% trap.insteadOf': remote.url,
      }
      for (const [key, value] of Object.entries(settings)) await agentGit(dir, 'config', key, value)
      await rm(trap, { force: true })
      await put(dir, '.gitattributes', '* filter=evil\n')
      await put(dir, 'b.txt', 'b')
      return undefined
    })
    expect(await work(WORK, seat, bench)).toMatchObject({ report: 'done', changed: true })
    expect(await remote.text(WORK.branch, 'b.txt')).toBe('b')
    await expect(readFile(trap)).rejects.toThrow('ENOENT')
  })

  test('gets nothing out but its own branch: other branches, another HEAD and another remote stay behind', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const main = await remote.tip('main')
    const seat = seatOf(async ({ dir }) => {
      await agentGit(dir, 'remote', 'add', 'origin', path.join(remote.root, 'elsewhere.git'))
      await agentGit(dir, 'branch', 'main')
      await agentGit(dir, 'checkout', '-b', 'side')
      await put(dir, 'side.txt', 'side')
      await agentGit(dir, 'add', '.')
      await agentGit(dir, 'commit', '-m', 'side')
      await agentGit(dir, 'update-ref', 'refs/heads/main', 'HEAD')
      await put(dir, 'left.txt', 'left')
      return undefined
    })
    const report = await work(WORK, seat, await benchAt(remote))
    expect(report).toMatchObject({
      report: 'failed',
      why: `The agent left its branch ${WORK.branch} and made nothing on it; nothing else is taken.`,
      sha: null,
    })
    expect(await remote.branches()).toEqual(['main'])
    expect(await remote.tip('main')).toBe(main)
  })

  test('can move what the cache calls a branch, and nobody believes it', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const main = await remote.tip('main')
    const seat = seatOf(async ({ dir }) => {
      const objects = (await readFile(path.join(dir, '.git/objects/info/alternates'), 'utf8')).trim()
      await put(dir, 'evil.txt', 'evil')
      await agentGit(dir, 'add', '.')
      await agentGit(dir, 'commit', '-m', 'evil')
      const refs = await agentGit(path.dirname(objects), 'for-each-ref', '--format=%(refname)')
      for (const ref of refs.split('\n'))
        await agentGit(dir, 'push', '--force', path.dirname(objects), `HEAD:${ref}`)
      return undefined
    })
    const bench = await benchAt(remote)
    await work(WORK, seat, bench)
    const next = { ...(await benchAt(remote)), cache: bench.cache }
    const clean = seatOf(async ({ dir }) => {
      await expect(readFile(path.join(dir, 'evil.txt'))).rejects.toThrow('ENOENT')
      return undefined
    })
    expect(await work({ ...WORK, branch: 'gt/nux/13' }, clean, next)).toMatchObject({
      report: 'done',
      sha: main,
    })
  })

  test.each([
    [
      'rewrites history',
      async (dir: string) => {
        await agentGit(dir, 'checkout', '--orphan', 'fresh')
        await agentGit(dir, 'commit', '-m', 'all mine')
        await agentGit(dir, 'branch', '-f', WORK.branch, 'fresh')
      },
      /rewrote the history/,
    ],
    ['deletes its branch', (dir: string) => agentGit(dir, 'update-ref', '-d', 'HEAD'), /cannot be read/],
    [
      'deletes its repository',
      (dir: string) => rm(path.join(dir, '.git'), { recursive: true }),
      /no git directory/,
    ],
    [
      'puts a link in the place of its repository',
      async (dir: string) => {
        await rm(path.join(dir, '.git'), { recursive: true })
        await symlink('/', path.join(dir, '.git'))
      },
      /no git directory/,
    ],
  ])('an agent that %s has failed, with a sentence', async (_, act, why) => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const report = await work(
      WORK,
      seatOf(async ({ dir }) => void (await act(dir))),
      await benchAt(remote),
    )
    expect(report).toMatchObject({ report: 'failed', why: expect.stringMatching(why), sha: null })
    expect(await remote.branches()).toEqual(['main'])
  })

  test('a link to a file outside is committed as a link, not as what it points to', async () => {
    await using remote = await remoteWith({ 'a.txt': 'a\n' })
    const seat = seatOf(async ({ dir }) => void (await symlink('/etc/passwd', path.join(dir, 'users.txt'))))
    expect(await work(WORK, seat, await benchAt(remote))).toMatchObject({ report: 'done' })
    expect(await remote.text(WORK.branch, 'users.txt')).toBe('/etc/passwd')
  })
})
