import { isMap, LineCounter, type Node, parseDocument, type YAMLMap, type YAMLParseError } from 'yaml'
import { z } from 'zod'
import { DEFAULT_CONFIG, type Gate, type RigConfig } from '../core/rig.ts'

/** Where a rig's config is, on its default branch; in the repository TOWN_REPO, what holds where a rig's says nothing. */
export const CONFIG_PATH = '.github/townhall.yml'
/** GitHub's own name for the repository with an owner's defaults. */
export const TOWN_REPO = '.github'
/** No config of a person is longer; a longer one is not read at all. */
export const MAX_CONFIG_BYTES = 64 * 1024
/** For a gate that names no time of its own. */
export const GATE_TIMEOUT_MS = 10 * 60_000
/** More problems than these are not listed: the first ones explain the rest. */
const MOST_PROBLEMS = 3

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const
const LONGEST_MS = 24 * UNITS.h
const TIME = 'a time from 1s to 24h, such as 90s, 5m or 1h'

const timeout = z.string({ error: TIME }).transform((text, context) => {
  const match = /^([1-9]\d{0,4})([smh])$/.exec(text.trim())
  const ms = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
  if (ms <= LONGEST_MS) return ms
  context.addIssue({ code: 'custom', message: TIME })
  return z.NEVER
})

const text = (most: number, error: string) =>
  z.string({ error }).trim().min(1, { error }).max(most, { error })
const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}
const yesOrNo = z.boolean({ error: 'true or false' })
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: `one of ${names.join(', ')}` })

const GATE = 'a gate: run, and if wanted name and timeout'
const gate = z.strictObject(
  {
    name: text(60, 'a name of at most 60 characters').nullish(),
    run: text(10_000, 'the command to run, in quotes if it is not plain text'),
    timeout: timeout.nullish(),
  },
  { error: GATE },
)

const BOARD = 'true, false, or the number of a project of the organization'
const board = z.union([z.boolean(), z.int({ error: BOARD }).min(1, { error: BOARD })], { error: BOARD })

const GATES = 'a list of at most 20 gates, each with run, and if wanted name and timeout'
const config = z.strictObject(
  {
    gates: z.array(gate, { error: GATES }).max(20, { error: GATES }).nullish(),
    merge_mode: oneOf(['review-then-land', 'review-and-merge']).nullish(),
    landing: oneOf(['auto', 'approve', 'manual']).nullish(),
    max_polecats: whole(1, 32).nullish(),
    tries: whole(1, 10).nullish(),
    parked: yesOrNo.nullish(),
    staged_by_default: yesOrNo.nullish(),
    board: board.nullish(),
  },
  { error: 'keys and values' },
)

/**
 * What the text of `.github/townhall.yml` says, with `defaults` for what it leaves out, or what is wrong with it in
 * sentences for people, with lines. Never throws: whatever is in the file, a running town goes on.
 */
export function readRigConfig(
  source: string,
  defaults: RigConfig = DEFAULT_CONFIG,
): { config: RigConfig } | { problem: string } {
  if (Buffer.byteLength(source) > MAX_CONFIG_BYTES) return { problem: tooLong() }
  const lines = new LineCounter()
  try {
    const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
    const broken = document.errors[0]
    if (broken) return { problem: `Line ${lines.linePos(broken.pos[0]).line}: ${brokenBy(broken)}` }
    const said = config.safeParse(document.toJS({ maxAliasCount: 20 }) ?? {})
    if (said.success) return { config: withDefaults(said.data, defaults) }
    const root = document.contents as Node | null
    const problems = said.error.issues.map(issue => problemOf(issue, root, lines))
    return { problem: problems.slice(0, MOST_PROBLEMS).join(' ') }
  } catch (error) {
    // An alias that multiplies itself is refused by the parser with an exception.
    return {
      problem: `The file cannot be read: ${asSentence(error instanceof Error ? error.message : String(error))}`,
    }
  }
}

export const tooLong = () => `The file is longer than ${MAX_CONFIG_BYTES / 1024} kB.`

function withDefaults(said: z.infer<typeof config>, defaults: RigConfig): RigConfig {
  return {
    gates: said.gates ? said.gates.map(gateOf) : defaults.gates,
    mergeMode: said.merge_mode ?? defaults.mergeMode,
    landing: said.landing ?? defaults.landing,
    maxPolecats: said.max_polecats ?? defaults.maxPolecats,
    tries: said.tries ?? defaults.tries,
    parked: said.parked ?? defaults.parked,
    stagedByDefault: said.staged_by_default ?? defaults.stagedByDefault,
    board: said.board ?? defaults.board,
  }
}

function gateOf({ name, run, timeout }: z.infer<typeof gate>): Gate {
  return {
    name: name ?? run.split('\n', 1)[0]!.slice(0, 60),
    run,
    timeoutMs: timeout ?? GATE_TIMEOUT_MS,
  }
}

function problemOf(issue: z.core.$ZodIssue, root: Node | null, lines: LineCounter): string {
  const at = nodeAt(root, issue.path)
  if (issue.code !== 'unrecognized_keys') {
    const what = issue.path.length === 0 ? 'the file' : `\`${spoken(issue.path)}\``
    return `Line ${lineOf(at, lines)}: ${what} must be ${issue.message}.`
  }
  const known = Object.keys((issue.path.length === 0 ? config : gate).shape)
  return issue.keys
    .map(
      key =>
        `Line ${lineOf(keyNode(at, key), lines)}: there is no key \`${key.slice(0, 60)}\` here; known keys are ${known.join(', ')}.`,
    )
    .join(' ')
}

/** The node at a path, or the closest one above it that exists (a key that is missing has no line of its own). */
function nodeAt(root: Node | null, path: readonly PropertyKey[]): Node | null {
  let node = root
  for (const step of path) {
    const next = node && 'get' in node ? (node as YAMLMap).get(step, true) : undefined
    if (!next) return node
    node = next as unknown as Node
  }
  return node
}

function keyNode(node: Node | null, key: string): Node | null {
  const pair = isMap(node) ? node.items.find(item => String(item.key) === key) : undefined
  return (pair?.key as Node | undefined) ?? node
}

const lineOf = (node: Node | null, lines: LineCounter) =>
  node?.range ? lines.linePos(node.range[0]).line : 1

/** `gates`, 0, `run` → `gates[0].run` */
const spoken = (path: readonly PropertyKey[]) =>
  path.reduce<string>(
    (said, step) =>
      typeof step === 'number' ? `${said}[${step}]` : said ? `${said}.${String(step)}` : String(step),
    '',
  )

/** The parser speaks to programmers about this one. */
function brokenBy({ code, message }: YAMLParseError): string {
  return code === 'MULTIPLE_DOCS' ? 'the file holds more than one document.' : asSentence(message)
}

function asSentence(message: string): string {
  const line = message.split('\n', 1)[0]!.trim()
  return /[.!?]$/.test(line) ? line : `${line}.`
}
