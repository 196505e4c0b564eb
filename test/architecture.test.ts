import { describe, expect, it } from 'vitest'
import { blocksOf, codeLines, type SourceFile, sources } from './support/sources.ts'

/**
 * Who may import whom. A room is a folder under `src/`, a file in it, or `runners`. What is not in the list of its
 * room is forbidden; packages are free unless the room names the ones that it may use.
 */
interface Room {
  readonly sees: readonly string[]
  readonly packages?: readonly string[]
}

const ADAPTERS = ['github', 'agents', 'machines', 'store', 'queue', 'pages'] as const
const ADAPTER = { sees: ['core', 'text', 'ports.ts', 'agents/protocol.ts'] } as const
const EVERYTHING = ['core', 'text', 'ports.ts', ...ADAPTERS, 'loop', 'env.ts', 'http.ts', 'pace.ts'] as const

const ROOMS: Readonly<Record<string, Room>> = {
  core: { sees: [], packages: ['zod'] },
  text: { sees: ['core'], packages: [] },
  'ports.ts': { sees: ['core'], packages: [] },
  'pace.ts': { sees: ['core'], packages: [] },
  'env.ts': { sees: [] },
  'http.ts': { sees: ['ports.ts'] },
  ...Object.fromEntries(ADAPTERS.map(room => [room, ADAPTER])),
  loop: { sees: ['core', 'text', 'ports.ts'] },
  'townhall.ts': { sees: EVERYTHING },
  'main.ts': { sees: ['env.ts', 'townhall.ts'] },
  'rebuild.ts': { sees: [...EVERYTHING, 'townhall.ts'] },
  sandbox: { sees: EVERYTHING },
  runners: { sees: ['agents/protocol.ts'] },
}

/** Rooms that the project cannot be without: a test that reads nothing would be green for ever. */
const MUST_EXIST = [
  'core',
  'text',
  'ports.ts',
  'github',
  'agents',
  'machines',
  'store',
  'queue',
  'sandbox',
  'runners',
]

const files = sources(['src', 'runners'])

/** `src/core/town.ts` → `core`; `src/ports.ts` → `ports.ts`; `runners/git.ts` → `runners`. */
function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'src' ? second : first
}

/** Is `path` in what `room` may see: itself, a room, or one file of a room? */
function isSeen(path: string, room: string): boolean {
  const sees = [room, ...(ROOMS[room]?.sees ?? [])]
  return sees.includes(roomOf(path)) || sees.includes(path.replace(/^src\//, ''))
}

describe('the layout', () => {
  it('was read at all', () => {
    const seen = new Set(files.map(file => roomOf(file.path)))
    expect(MUST_EXIST.filter(room => !seen.has(room))).toEqual([])
    expect(files.flatMap(file => file.imports).length).toBeGreaterThan(files.length)
  })

  it('is told from what is forbidden', () => {
    expect(isSeen('src/core/town.ts', 'text')).toBe(true)
    expect(isSeen('src/text/render.ts', 'core')).toBe(false)
    expect(isSeen('src/store/store.ts', 'github')).toBe(false)
    expect(isSeen('src/agents/protocol.ts', 'runners')).toBe(true)
    expect(isSeen('src/agents/door.ts', 'runners')).toBe(false)
    expect(isSeen('src/townhall.ts', 'loop')).toBe(false)
    expect(isSeen('src/main.ts', 'townhall.ts')).toBe(false)
    expect(isSeen('src/sandbox/scripted-agent.ts', 'townhall.ts')).toBe(false)
  })

  it('has no room that the table does not know', () => {
    expect(files.filter(file => !ROOMS[roomOf(file.path)]).map(file => file.path)).toEqual([])
  })

  it('imports only what the table allows', () => {
    const wrong = files.flatMap(file =>
      file.imports
        .filter(({ path }) => path !== null && !isSeen(path, roomOf(file.path)))
        .map(({ path }) => `${file.path} imports ${path}`),
    )
    expect(wrong).toEqual([])
  })

  it('uses only the packages that a room names', () => {
    const wrong = files.flatMap(file => {
      const allowed = ROOMS[roomOf(file.path)]?.packages
      const used = file.imports.flatMap(({ name }) => name ?? [])
      return allowed
        ? used.filter(name => !allowed.includes(name)).map(name => `${file.path} uses ${name}`)
        : []
    })
    expect(wrong).toEqual([])
  })

  it('names files for what they hold', () => {
    const vague = /(?:^|[-/])(?:utils?|helpers?|manager|service|handler|misc|common)(?:[-.]|$)/
    expect(files.filter(file => vague.test(file.path)).map(file => file.path)).toEqual([])
  })
})

describe('the pure rooms', () => {
  const pure = files.filter(file => ['core', 'text'].includes(roomOf(file.path)))
  const impure =
    /\basync\b|\bawait\b|\bPromise\b|Date\.now|new Date\(\)|Math\.random|\bprocess\.|\bperformance\.|\bcrypto\.|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(/

  it('have no clock, no randomness, no environment and nothing to wait for', () => {
    expect(pure.length).toBeGreaterThan(0)
    expect(pure.flatMap(file => linesWith(file, impure))).toEqual([])
  })
})

describe('the environment', () => {
  /** The runner is a program of its own, and git and agents are started with an environment that we choose. */
  const readers = /^src\/env\.ts$|^src\/sandbox\/|^runners\//

  it('is read in one place of the product', () => {
    const elsewhere = files.filter(file => !readers.test(file.path))
    expect(elsewhere.flatMap(file => linesWith(file, /process\.env/))).toEqual([])
  })
})

describe('sizes', () => {
  /** Lines of code: comments and blank lines are free, because they are for the reader. */
  const FILE = 300
  const FUNCTION = 60

  it(`no file has more than ${FILE} lines of code`, () => {
    const long = files.filter(file => codeLines(file.text) > FILE)
    expect(long.map(file => `${file.path}: ${codeLines(file.text)}`)).toEqual([])
  })

  it(`no function has more than ${FUNCTION} lines of its own`, () => {
    const blocks = files.flatMap(file => blocksOf(file.text).map(block => ({ ...block, path: file.path })))
    expect(blocks.length).toBeGreaterThan(files.length)
    const long = blocks.filter(block => block.lines > FUNCTION)
    expect(long.map(block => `${block.path}:${block.at} ${block.name}: ${block.lines}`)).toEqual([])
  })

  it('measures what it says it measures', () => {
    const text = [
      'function a() {',
      '  // a comment',
      '',
      '  const b = () => {',
      '    one()',
      '  }',
      '  two()',
      '}',
    ].join('\n')
    expect(codeLines(text)).toBe(6)
    expect(blocksOf(text)).toEqual([
      { name: 'a', at: 1, lines: 3 },
      { name: 'b', at: 4, lines: 3 },
    ])
  })
})

function linesWith(file: SourceFile, pattern: RegExp): string[] {
  const lines = file.code.split('\n')
  return lines.flatMap((line, index) =>
    pattern.test(line) ? [`${file.path}:${index + 1} ${line.trim()}`] : [],
  )
}
