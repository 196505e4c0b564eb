import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { gate } from '../../runners/gate.ts'
import { benchAt, type Remote, remoteWith, WORK } from './runner-bench.ts'

/** Ours alone: nobody else on this computer sleeps for so long. */
const LONG = `sleep ${200_000 + process.pid}`

const gated = (...gates: { name: string; run: string; timeoutMs?: number }[]) => ({
  ...WORK,
  kind: 'gate' as const,
  branch: 'work',
  gates: gates.map(each => ({ timeoutMs: 10_000, ...each })),
})

/** `main` with a.txt and, since then, `main.txt`; `work` with the given files. */
async function branched(files: Record<string, string>): Promise<Remote> {
  const remote = await remoteWith({ 'a.txt': 'a\n' })
  await remote.wes.must('checkout', '-b', 'work')
  await remote.wes.commit('work', files)
  await remote.wes.must('push', 'origin', 'work')
  await remote.wes.must('checkout', 'main')
  await remote.wes.commit('main goes on', { 'main.txt': 'main\n' })
  await remote.wes.must('push', 'origin', 'main')
  return remote
}

describe('a gate', () => {
  test('runs on what the merge would give, and says what it has tested', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    const order = gated({ name: 'both', run: 'cat main.txt work.txt && git log -1 --format=%P' })
    const report = await gate(order, await benchAt(remote))
    const [baseSha, headSha] = [await remote.tip('main'), await remote.tip('work')]
    expect(report).toEqual({
      report: 'gate',
      outcome: 'green',
      baseSha,
      headSha,
      results: [
        { name: 'both', ok: true, seconds: expect.any(Number), tail: `main\nwork\n${baseSha} ${headSha}\n` },
      ],
      files: [],
      why: null,
    })
    expect((await remote.branches()).sort()).toEqual(['main', 'work'])
  })

  test('stops at the first red one and keeps the end of its output, without colours', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    const order = gated(
      { name: 'lint', run: 'true' },
      { name: 'test', run: 'seq 1 5000; printf "\\033[31mred\\033[0m\\n" >&2; exit 3' },
      { name: 'never', run: 'true' },
    )
    const report = await gate(order, await benchAt(remote))
    expect(report?.outcome).toBe('red')
    expect(report?.results.map(({ name, ok }) => [name, ok])).toEqual([
      ['lint', true],
      ['test', false],
    ])
    const tail = report?.results[1]?.tail ?? ''
    expect(tail.length).toBeLessThanOrEqual(4000)
    expect(tail).toContain('4999\n5000\n')
    expect(tail).toContain('red\n')
    expect(tail).not.toContain('\u001b')
  })

  test('that takes too long is ended with everything it has started', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    const order = gated({ name: 'slow', run: `${LONG} & echo begun; ${LONG}`, timeoutMs: 400 })
    const report = await gate(order, await benchAt(remote))
    expect(report?.results).toMatchObject([
      { ok: false, tail: 'begun\n\nStopped: it was not done within 0.4 s.\n' },
    ])
    await expect(promisify(execFile)('pgrep', ['-f', `${LONG}$`])).rejects.toMatchObject({ code: 1 })
  })

  test('sees nothing of our environment', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    process.env.SOME_SECRET_OF_OURS = 'secret'
    try {
      const report = await gate(gated({ name: 'env', run: 'env' }), await benchAt(remote))
      const tail = report?.results[0]?.tail ?? ''
      expect(tail).toContain('CI=true')
      expect(tail).not.toMatch(/secret/i)
      expect(tail).not.toContain('GIT_CONFIG_VALUE')
    } finally {
      delete process.env.SOME_SECRET_OF_OURS
    }
  })

  test('names the files in which the two sides conflict', async () => {
    await using remote = await branched({ 'main.txt': 'other\n', 'work.txt': 'work\n' })
    const report = await gate(gated({ name: 'never', run: 'true' }), await benchAt(remote))
    expect(report).toMatchObject({ outcome: 'conflict', files: ['main.txt'], results: [] })
  })

  test('is empty when the merge would change nothing, and green without commands when it would', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    expect(await gate(gated(), await benchAt(remote))).toMatchObject({ outcome: 'green', results: [] })
    await remote.wes.must('merge', 'work')
    await remote.wes.must('push', 'origin', 'main')
    expect(await gate(gated(), await benchAt(remote))).toMatchObject({ outcome: 'empty' })
  })

  test('tests the commit that it was told to, though the branch has moved on', async () => {
    await using remote = await branched({ 'work.txt': 'old\n' })
    const headSha = await remote.tip('work')
    await remote.wes.must('checkout', 'work')
    await remote.wes.commit('newer', { 'work.txt': 'new\n' })
    await remote.wes.must('push', 'origin', 'work')
    const report = await gate(
      { ...gated({ name: 'cat', run: 'cat work.txt' }), headSha },
      await benchAt(remote),
    )
    expect(report).toMatchObject({ outcome: 'green', headSha, results: [{ tail: 'old\n' }] })
  })

  test.each([
    ['the branch', { branch: 'gone' }, 'The branch gone is not there.'],
    ['the base', { base: 'gone' }, 'The branch gone is not there.'],
    ['the commit', { headSha: 'a'.repeat(40) }, `The commit ${'a'.repeat(40)} is not on work any more.`],
  ])('is unable, and says why, without %s', async (_, change, why) => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    expect(await gate({ ...gated(), ...change }, await benchAt(remote))).toMatchObject({
      outcome: 'unable',
      why,
    })
  })

  test('that nobody waits for any more says nothing', async () => {
    await using remote = await branched({ 'work.txt': 'work\n' })
    const bench = await benchAt(remote)
    setTimeout(() => bench.drop(), 300)
    const began = Date.now()
    expect(await gate(gated({ name: 'slow', run: 'sleep 30' }), bench)).toBeNull()
    expect(Date.now() - began).toBeLessThan(5000)
  })
})
