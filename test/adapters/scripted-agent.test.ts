import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { scriptedSeat } from '../../runners/agents/scripted.ts'
import type { Job } from '../../src/agents/protocol.ts'
import { durationOf, scriptOf } from '../../src/sandbox/scripted/script.ts'
import { doStep } from '../../src/sandbox/scripted/steps.ts'
import { begin, type Clone, tempDir } from './git-client.ts'

const PROGRAM = fileURLToPath(new URL('../../src/sandbox/scripted-agent.ts', import.meta.url))

const block = (steps: string) => `Please do this.\n\n\`\`\`polecat\n${steps}\n\`\`\`\n\nThank you.\n`

interface Stage extends AsyncDisposable {
  readonly repo: Clone
  readonly pids: string
  play(
    steps: string,
    job?: Partial<Job>,
    options?: { silenceMs?: number; signal?: AbortSignal },
  ): ReturnType<ReturnType<typeof scriptedSeat>['sit']>
}

async function stage(files: Record<string, string> = { 'a.txt': 'a\n' }): Promise<Stage> {
  const temp = await tempDir()
  const repo = await begin(temp.dir, 'nowhere')
  const baseSha = await repo.commit('first', files)
  const pids = path.join(temp.dir, 'polecats')
  return {
    repo,
    pids,
    play: (steps, job = {}, { silenceMs = 5000, signal = new AbortController().signal } = {}) =>
      scriptedSeat({ program: PROGRAM, polecatsDir: pids }).sit({
        job: {
          kind: 'work',
          bead: { number: 12, title: 'A bead', body: steps === '' ? 'Only words.' : block(steps) },
          attempt: 1,
          feedback: null,
          answers: [],
          checkpoint: null,
          baseSha,
          conflicts: [],
          ...job,
        },
        dir: repo.dir,
        home: temp.dir,
        silenceMs,
        signal,
      }),
    [Symbol.asyncDispose]: async () => temp[Symbol.asyncDispose](),
  }
}

/** Ours alone: nobody else on this computer sleeps for so long. */
const LONG = `sleep ${100_000 + process.pid}`

const alive = async (pattern: string) =>
  (await promisify(execFile)('pgrep', ['-f', pattern]).catch(() => ({ stdout: '' }))).stdout.trim()

describe('the scripted agent', { timeout: 20_000 }, () => {
  test('without a script, writes the title and the text of the bead', async () => {
    await using on = await stage()
    expect(await on.play('')).toEqual({ left: 'done' })
    expect(await on.repo.read('work/12.md')).toBe('# A bead\n\nOnly words.\n')
  })

  test('does the steps in order', async () => {
    await using on = await stage()
    const steps = [
      '- write: deep/new.txt\n  content: one',
      '- append: a.txt\n  content: |\n    b\n    c',
      '- replace: a.txt\n  find: b\n  with: B',
      '- run: cat a.txt deep/new.txt > seen.txt',
      '- sleep: 50ms',
    ]
    expect(await on.play(steps.join('\n'))).toEqual({ left: 'done' })
    expect(await on.repo.read('seen.txt')).toBe('a\nB\nc\none')
  })

  test('done again on what it has left, the steps change nothing', async () => {
    await using on = await stage({ 'a.txt': 'x\n' })
    const steps = [
      '- append: a.txt\n  content: "x\\n"',
      '- append: a.txt\n  content: "x\\n"',
      '- replace: a.txt\n  find: x\n  with: xy',
    ].join('\n')
    await on.play(steps)
    expect(await on.repo.read('a.txt')).toBe('xy\nxy\nxy\n')
    expect(await on.play(steps, { kind: 'rework', attempt: 2 })).toEqual({ left: 'done' })
    expect(await on.repo.read('a.txt')).toMatch(/^(xy\n){3}/)
  })

  test.each([
    ['- fail: No idea.', 'No idea.'],
    ['- wrte: a.txt', 'Line 4 of the issue: a step has exactly one action of write, append'],
    ['- write: ../out.txt\n  content: x', '../out.txt is not a file of the repository.'],
  ])('%j fails the try and says why', async (steps, why) => {
    await using on = await stage()
    expect(await on.play(steps)).toMatchObject({ left: 'failed', why: expect.stringContaining(why) })
  })

  test('keeps what a failing command said', async () => {
    await using on = await stage()
    expect(await on.play('- run: echo oh dear; exit 3')).toMatchObject({ log: 'oh dear\n' })
  })

  test('a step with `tries` is done on the first tries only', async () => {
    await using on = await stage()
    const steps = '- fail: not yet\n  tries: 2\n- write: b.txt\n  content: b'
    expect(await on.play(steps, { attempt: 2 })).toMatchObject({ left: 'failed', why: 'not yet' })
    expect(await on.play(steps, { attempt: 3 })).toEqual({ left: 'done' })
  })

  test('asks, and goes on with the answer where it was', async () => {
    await using on = await stage()
    const steps = [
      '- append: a.txt\n  content: b',
      '- ask: Which colour?',
      '- write: c.txt\n  content: "{{answer}}"',
      '- run: echo "$TOWNHALL_ANSWER" > d.txt',
    ].join('\n')
    const asked = await on.play(steps)
    expect(asked).toEqual({ left: 'asked', question: 'Which colour?', checkpoint: '1' })
    await on.repo.write('a.txt', 'somebody else was here')
    const resumed = {
      checkpoint: '1',
      answers: [{ question: 'Which colour?', answer: 'red; $(false)', by: 'wes' }],
    }
    expect(await on.play(steps, resumed)).toEqual({ left: 'done' })
    expect([await on.repo.read('a.txt'), await on.repo.read('c.txt'), await on.repo.read('d.txt')]).toEqual([
      'somebody else was here',
      'red; $(false)',
      'red; $(false)\n',
    ])
  })

  test('settles a conflict with the version of the base and its own file steps on top', async () => {
    await using on = await stage({ 'list.txt': 'one\n' })
    const steps = '- append: list.txt\n  content: "mine\\n"\n- run: exit 1'
    await on.repo.must('checkout', '-b', 'work')
    await on.repo.commit('mine', { 'list.txt': 'one\nmine\n', 'gone.txt': 'x' })
    await on.repo.must('checkout', 'master', '--').catch(() => on.repo.must('checkout', 'main', '--'))
    const baseSha = await on.repo.commit('theirs', { 'list.txt': 'one\ntheirs\n' })
    await on.repo.must('checkout', 'work')
    expect((await on.repo.git('merge', '--no-commit', baseSha)).code).toBe(1)
    expect(await on.play(steps, { kind: 'conflict', baseSha, conflicts: ['list.txt'] })).toEqual({
      left: 'done',
    })
    expect(await on.repo.read('list.txt')).toBe('one\ntheirs\nmine\n')
  })

  test('that reports done with no change has made none', async () => {
    await using on = await stage()
    expect(await on.play('- empty: true')).toEqual({ left: 'done' })
    expect(await on.repo.must('status', '--short')).toBe('')
  })

  test('that crashes has failed, and says so', async () => {
    await using on = await stage()
    expect(await on.play('- crash: true')).toMatchObject({
      left: 'failed',
      why: 'The agent was killed (SIGKILL).',
    })
  })

  test('that goes silent is ended, and sleeping is not silence', async () => {
    await using on = await stage()
    const silent = await on.play('- hang: true', {}, { silenceMs: 1500 })
    expect(silent).toMatchObject({ left: 'failed', why: 'The agent went silent for 1.5 s and was ended.' })
    expect(await on.play('- sleep: 2s', {}, { silenceMs: 1500 })).toEqual({ left: 'done' })
  })

  test('can be found by the number of its issue while it works, and ended with all that it has started', async () => {
    await using on = await stage()
    const stop = new AbortController()
    const left = on.play(`- run: ${LONG} & ${LONG}`, {}, { signal: stop.signal })
    const pidFile = path.join(on.pids, '12.pid')
    await expect.poll(() => alive(`${LONG}$`), { timeout: 10_000 }).not.toBe('')
    const pid = Number(await readFile(pidFile, 'utf8'))
    expect(process.kill(pid, 0)).toBe(true)
    stop.abort()
    expect(await left).toEqual({ left: 'stopped' })
    expect(await alive(`${LONG}$`)).toBe('')
    await expect(readFile(pidFile)).rejects.toThrow('ENOENT')
  })
})

describe('a script', () => {
  const scriptIn = (steps: string) => scriptOf(block(steps))

  test.each([
    ['- run: "true"\n- write: a.txt', 'Line 5 of the issue: `write` needs text for `content`.'],
    ['- run: "true"\n- run: [', 'Line 6 of the issue: '],
    ['- run: "true"\n  with: x', 'Line 4 of the issue: `run` does not know `with`.'],
    ['- run: a\n  fail: b', 'Line 4 of the issue: a step has exactly one action of'],
    ['- run: a\n  tries: often', 'Line 4 of the issue: `tries` is a number from 1 on.'],
    ['- words', 'Line 4 of the issue: a step is an action with its value'],
    ['just words', 'Line 4 of the issue: a polecat block is a list of steps.'],
    ['', 'Line 4 of the issue: a polecat block is a list of steps.'],
  ])('%j is refused with the line of the issue', (steps, why) => {
    expect(() => scriptIn(steps)).toThrow(why)
  })

  test('is the first block that is really one', () => {
    const body = [
      '````md',
      '```polecat',
      '- fail: an example',
      '```',
      '````',
      '~~~ polecat extra',
      '- write: b.txt',
      '  content: "```"',
      '  tries: 2',
      '~~~',
      '```polecat',
      '- fail: too late',
      '```',
    ]
    expect(scriptOf(body.join('\r\n'))).toMatchObject([
      { action: 'write', value: 'b.txt', content: '```', tries: 2 },
    ])
    expect(scriptOf('```sh\npolecat\n```\n')).toBeNull()
  })

  test.each(['500ms', '2s', '1m', '0.5 s', '7'])('%s is a duration', text => {
    expect(durationOf(text)).toBe({ '500ms': 500, '2s': 2000, '1m': 60_000, '0.5 s': 500, '7': 7 }[text])
  })

  test.each([
    ['replace: a.txt\n  find: nothing like it\n  with: x', 'a.txt does not contain what is to be replaced.'],
    ['sleep: a while', '"a while" is no duration: 500ms, 2s or 1m would be.'],
    ['write: a/../../out.txt\n  content: x', 'a/../../out.txt is not a file of the repository.'],
    ['write: /tmp/out.txt\n  content: x', '/tmp/out.txt is not a file of the repository.'],
    ['write: .git/hooks/pre-commit\n  content: x', '.git/hooks/pre-commit is not a file of the repository.'],
    ['write: sub/.GIT/config\n  content: x', 'sub/.GIT/config is not a file of the repository.'],
    ['write: .\n  content: x', '. is not a file of the repository.'],
    ['write: link/out.txt\n  content: x', 'link/out.txt is reached through a link, which is not followed.'],
    ['append: link\n  content: x', 'link is reached through a link, which is not followed.'],
    ['write: a.txt/b\n  content: x', 'a.txt/b cannot be written: '],
    ['run: exit 3', '`exit 3` ended with 3.'],
  ])('a step that cannot be done says why: %j', async (step, why) => {
    await using on = await stage()
    await symlink('/tmp', path.join(on.repo.dir, 'link'))
    const [read] = scriptIn(`- ${step}`) ?? []
    const job = { baseSha: await on.repo.must('rev-parse', 'HEAD'), answers: [] } as unknown as Job
    const here = { job, dir: on.repo.dir, answer: '', life: () => undefined }
    await expect(doStep(read!, 0, here, [])).rejects.toThrow(why)
  })
})
