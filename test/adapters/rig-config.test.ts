import { describe, expect, test } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/rig.ts'
import { readRigConfig } from '../../src/github/rig-config.ts'

const config = (text: string) => {
  const read = readRigConfig(text)
  if ('problem' in read) throw new Error(read.problem)
  return read.config
}
const problem = (text: string) => {
  const read = readRigConfig(text)
  return 'problem' in read ? read.problem : 'no problem'
}

describe('a good .github/townhall.yml', () => {
  test('says everything', () => {
    const text = [
      'gates:',
      '  - name: test',
      '    run: npm test',
      '    timeout: 5m',
      '  - name: lint',
      '    run: |',
      '      npm run lint',
      '      npm run types',
      '    timeout: 90s',
      '  - run: make',
      'merge_mode: review-and-merge   # or review-then-land',
      'landing: approve',
      'max_polecats: 8',
      'tries: 2',
      'parked: true',
      'staged_by_default: false',
      'board: 7',
    ].join('\n')
    expect(config(text)).toEqual({
      gates: [
        { name: 'test', run: 'npm test', timeoutMs: 300_000 },
        { name: 'lint', run: 'npm run lint\nnpm run types', timeoutMs: 90_000 },
        { name: 'make', run: 'make', timeoutMs: 600_000 },
      ],
      mergeMode: 'review-and-merge',
      landing: 'approve',
      maxPolecats: 8,
      tries: 2,
      parked: true,
      stagedByDefault: false,
      board: 7,
    })
  })

  test.each([
    ['', 'nothing'],
    ['# only a comment\n', 'a comment'],
    ['{}', 'no keys'],
    ['gates:\ntries:\n', 'keys without values'],
  ])('may leave out every key (%j: %s)', text => {
    expect(config(text)).toEqual({
      gates: [],
      mergeMode: 'review-then-land',
      landing: 'auto',
      maxPolecats: 4,
      tries: 3,
      parked: false,
      stagedByDefault: true,
      board: true,
    })
  })

  test.each([true, false, 1, 40])('a board is wanted, not wanted, or one of the organization (%j)', board => {
    expect(config(`board: ${board}`).board).toBe(board)
  })

  test('says what differs from the town’s defaults, and an empty list of gates means none', () => {
    const defaults = {
      ...DEFAULT_CONFIG,
      gates: [{ name: 'all', run: 'make', timeoutMs: 1 }],
      tries: 5,
      parked: true,
      board: false,
    }
    const said = (text: string) => readRigConfig(text, defaults)
    expect(said('max_polecats: 2')).toEqual({ config: { ...defaults, maxPolecats: 2 } })
    expect(said('gates: []\nparked: false\nboard: true')).toEqual({
      config: { ...defaults, gates: [], parked: false, board: true },
    })
    expect(said('gates:\ntries:\n')).toEqual({ config: defaults })
  })

  test('an hour is a time too', () => {
    expect(config('gates: [{run: x, timeout: 1h}]').gates[0]!.timeoutMs).toBe(3_600_000)
  })
})

describe('a bad one is answered with what to do', () => {
  test.each([
    [
      'tries: 2\nmax_polecat: 3\n',
      /^Line 2: there is no key `max_polecat` here; known keys are gates, merge_mode, landing, max_polecats, tries, parked, staged_by_default, board\.$/,
    ],
    [
      'gates:\n  - name: a\n    run: x\n    time: 5m\n',
      /^Line 4: there is no key `time` here; known keys are name, run, timeout\.$/,
    ],
    ['tries: 11\n', /^Line 1: `tries` must be a whole number from 1 to 10\.$/],
    ['\n\nmax_polecats: lots\n', /^Line 3: `max_polecats` must be a whole number from 1 to 32\.$/],
    ['landing: maybe', /^Line 1: `landing` must be one of auto, approve, manual\.$/],
    ['board: 0', /^Line 1: `board` must be true, false, or the number of a project of the organization\.$/],
    ['board: "yes"', /`board` must be true, false, or the number of a project/],
    ['parked: 1', /^Line 1: `parked` must be true or false\.$/],
    ['tries: 2\nstaged_by_default: never', /^Line 2: `staged_by_default` must be true or false\.$/],
    ['merge_mode: squash', /one of review-then-land, review-and-merge\.$/],
    [
      'gates:\n  - run: x\n  - run: y\n    timeout: 5 minutes\n',
      /^Line 4: `gates\[1\]\.timeout` must be a time from 1s to 24h, such as 90s, 5m or 1h\.$/,
    ],
    ['gates: [{run: x, timeout: 25h}]', /a time from 1s to 24h/],
    ['gates: [{run: x, timeout: 300}]', /a time from 1s to 24h/],
    ['gates:\n  - name: nothing to run\n', /^Line 2: `gates\[0\]\.run` must be the command to run/],
    ['gates: npm test', /^Line 1: `gates` must be a list of at most 20 gates/],
    ['gates:\n  - npm test\n', /^Line 2: `gates\[0\]` must be a gate: run/],
    ['- a\n- b\n', /^Line 1: the file must be keys and values\.$/],
    ['just words', /^Line 1: the file must be keys and values\.$/],
    ['tries: 1\ntries: 2\n', /^Line 2: .*unique/],
    ['tries: [1\nlanding: auto\n', /^Line \d+: /],
    ['a: 1\n---\nb: 2\n', /^Line 2: the file holds more than one document\.$/],
  ])('%j', (text, said) => {
    expect(problem(text)).toMatch(said)
  })

  test('more than one problem, but not a wall of them', () => {
    const said = problem('tries: 0\nlanding: x\nmerge_mode: y\nmax_polecats: 99\n')
    expect(said.match(/Line/g)).toHaveLength(3)
  })

  test('no file is too strange to be answered', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefgh'].map((it, at) => `${it}: &${it} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`),
    ].join('\n')
    for (const text of [
      bomb,
      '\u0000\u0001',
      '&a *a',
      '? : ? :',
      '<<: *x',
      '!!js/function x',
      '__proto__: {polluted: true}',
      `x: ${'y'.repeat(70_000)}`,
    ]) {
      expect(problem(text).length).toBeGreaterThan(10)
      expect(problem(text).length).toBeLessThan(2_000)
    }
    expect(problem(`# ${'é'.repeat(40_000)}`)).toBe('The file is longer than 64 kB.')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
