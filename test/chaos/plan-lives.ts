import fc from 'fast-check'
import type { script } from '../stories/town.ts'

/** Random plans and what random people do to them: made from a seed before anything happens, so it can be lived again. */

type Work =
  | 'easily'
  | 'at the second try'
  | 'never'
  | 'with a question'
  | 'in the notes of all'
  | 'for a while'

/** A piece of work as a person would write it down; `after`: places of earlier ones in the same list. */
export interface Piece {
  readonly title: string
  readonly work: Work
  readonly isDecision: boolean
  /** In which of the two repositories. */
  readonly repo: 0 | 1
  readonly author: 'wes' | 'tara' | 'rhea'
  readonly after: readonly number[]
  /** Pieces that follow at once and are under it: then it is an epic. */
  readonly holds: number
}

export interface TreeSketch {
  /** As issues under an epic, or as a checklist in one issue that is still to be published. */
  readonly as: 'issues' | 'checklist'
  readonly pieces: readonly Piece[]
}

export type Login = 'olivia' | 'wes' | 'tara' | 'rhea' | 'stan'

export type Deed =
  | { readonly do: 'say'; readonly line: string; readonly where: 'convoy' | 'bead' }
  | { readonly do: 'close'; readonly reason: 'completed' | 'not_planned' }
  | { readonly do: 'reopen' | 'rewrite' | 'retitle' | 'unlink' | 'move' }
  | { readonly do: 'new'; readonly work: Work }
  | { readonly do: 'block' | 'unblock' }
  | { readonly do: 'label' | 'unlabel'; readonly label: 'epic' | 'decision' }
  | {
      readonly do: 'weather'
      readonly webhooks: 'deliver' | 'drop' | 'duplicate' | 'shuffle'
      readonly lateMs: number
    }

/** What somebody does: to the issue (and the other one) that these numbers lead to, after a while. */
export interface Turn {
  readonly by: Login
  readonly deed: Deed
  readonly tree: number
  readonly at: number
  readonly other: number
  readonly waitMs: number
}

export interface PlanLife {
  readonly trees: readonly TreeSketch[]
  readonly turns: readonly Turn[]
}

type Steps = Parameters<typeof script>
const steps = (...all: Steps): Steps => all

/** What becomes of a piece when a polecat works on it. Every one makes a file of its own, unless it says otherwise. */
export const WORK: Readonly<Record<Work, (file: string) => Steps>> = {
  easily: file => steps({ write: file, content: file }),
  'at the second try': file => steps({ fail: 'no luck', tries: 1 }, { write: file, content: file }),
  never: () => steps({ fail: 'this cannot be done' }),
  'with a question': file => steps({ ask: 'Which colour?' }, { write: file, content: '{{answer}}' }),
  'in the notes of all': file => steps({ append: 'NOTES.md', content: `${file}\n` }),
  'for a while': file => steps({ sleep: '700ms' }, { write: file, content: file }),
}

const oneOf = <T>(...weighted: [weight: number, value: T][]): fc.Arbitrary<T> =>
  fc.oneof(...weighted.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })))

const work = oneOf<Work>(
  [8, 'easily'],
  [2, 'at the second try'],
  [1, 'never'],
  [1, 'with a question'],
  [2, 'in the notes of all'],
  [2, 'for a while'],
)
const place = fc.nat(1_000)

const piece = fc.record({
  work,
  isDecision: oneOf<boolean>([14, false], [1, true]),
  repo: oneOf<0 | 1>([3, 0], [1, 1]),
  author: oneOf<Piece['author']>([4, 'wes'], [1, 'tara'], [1, 'rhea']),
  back: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
  holds: oneOf<number>([5, 0], [1, 1], [1, 2]),
})

const tree: fc.Arbitrary<TreeSketch> = fc
  .record({
    as: oneOf<TreeSketch['as']>([3, 'issues'], [1, 'checklist']),
    drawn: fc.array(piece, { minLength: 3, maxLength: 6, size: 'max' }),
  })
  .map(({ as, drawn }) => ({
    as,
    pieces: drawn.map(({ back, ...it }, nth) => ({
      ...it,
      title: `${it.holds > 0 ? 'Epic' : 'Piece'} ${nth + 1}`,
      holds: Math.min(it.holds, drawn.length - nth - 1),
      // What is above it comes before it: waiting for that would be waiting for itself.
      after: [...new Set(back.map(steps => nth - steps))].filter(
        from => from >= 0 && !isUnder(drawn, nth, from),
      ),
    })),
  }))

function isUnder(drawn: readonly { readonly holds: number }[], nth: number, above: number): boolean {
  for (let at = parentOf(drawn, nth); at !== null; at = parentOf(drawn, at)) if (at === above) return true
  return false
}

/** The piece that holds this one: the nearest before it that reaches so far. */
export function parentOf(drawn: readonly { readonly holds: number }[], nth: number): number | null {
  for (let at = nth - 1; at >= 0; at--) if (drawn[at]!.holds >= nth - at) return at
  return null
}

const say = (where: 'convoy' | 'bead', ...lines: [weight: number, line: string][]): fc.Arbitrary<Deed> =>
  oneOf(...lines).map(line => ({ do: 'say', line, where }) as const)

const ofConvoys = say(
  'convoy',
  [3, '/convoy stage'],
  [4, '/convoy start --force'],
  [2, '/convoy start'],
  [2, '/convoy pause'],
  [3, '/convoy resume'],
  [1, '/convoy status'],
  [1, '/convoy simulate'],
  [1, '/convoy stage --infer-blocks'],
  [2, '/convoy add #{other}'],
  [1, '/convoy remove #{other}'],
  [1, '/convoy remove #{other} --finish'],
  [1, '/convoy close'],
)
const ofBeads = say(
  'bead',
  [3, '/bead hold'],
  [3, '/bead release'],
  [3, '/bead retry'],
  [2, '/bead skip'],
  [2, '/bead cancel'],
  [2, '/bead priority 0'],
  [1, '/why'],
  [1, 'blue'],
)
const edits: fc.Arbitrary<Deed> = fc.oneof(
  oneOf<Deed>(
    [3, { do: 'close', reason: 'completed' }],
    [2, { do: 'close', reason: 'not_planned' }],
    [3, { do: 'reopen' }],
    [3, { do: 'rewrite' }],
    [2, { do: 'retitle' }],
    [2, { do: 'unlink' }],
    [1, { do: 'move' }],
    [4, { do: 'block' }],
    [3, { do: 'unblock' }],
    [1, { do: 'label', label: 'epic' }],
    [1, { do: 'label', label: 'decision' }],
    [1, { do: 'unlabel', label: 'epic' }],
    [1, { do: 'unlabel', label: 'decision' }],
  ),
  work.map(it => ({ do: 'new', work: it }) as const),
)
const weather: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant('weather' as const),
  webhooks: oneOf<'deliver' | 'drop' | 'duplicate' | 'shuffle'>(
    [1, 'deliver'],
    [2, 'drop'],
    [2, 'duplicate'],
    [2, 'shuffle'],
  ),
  lateMs: oneOf<number>([1, 0], [1, 300]),
})

const turn: fc.Arbitrary<Turn> = fc.record({
  by: oneOf<Login>([3, 'olivia'], [6, 'wes'], [2, 'tara'], [2, 'rhea'], [1, 'stan']),
  deed: fc.oneof(
    { weight: 5, arbitrary: ofConvoys },
    { weight: 7, arbitrary: ofBeads },
    { weight: 9, arbitrary: edits },
    { weight: 3, arbitrary: weather },
  ),
  tree: fc.nat(1),
  at: place,
  other: place,
  waitMs: oneOf<number>([3, 0], [2, 150], [1, 600]),
})

/** Somebody who may does what every convoy needs, somewhere in between. */
const begins = (tree: number, line: string): Turn => ({
  by: 'wes',
  deed: { do: 'say', line, where: 'convoy' },
  tree,
  at: 0,
  other: 0,
  waitMs: 100,
})

export const planLives: fc.Arbitrary<PlanLife> = fc
  .record({
    trees: fc.array(tree, { minLength: 2, maxLength: 2 }),
    storm: turn.chain(it => weather.map(deed => ({ ...it, deed }))),
    first: fc.array(turn, { minLength: 1, maxLength: 3, size: 'max' }),
    second: fc.array(turn, { minLength: 2, maxLength: 5, size: 'max' }),
    rest: fc.array(turn, { minLength: 12, maxLength: 24, size: 'max' }),
  })
  .map(({ trees, storm, first, second, rest }) => ({
    trees,
    turns: [
      storm,
      ...first,
      ...trees.map((_, nth) => begins(nth, '/convoy stage')),
      ...second,
      ...trees.map((_, nth) => begins(nth, '/convoy start --force')),
      ...rest,
    ],
  }))

/** The life of a seed. */
export const planLifeOf = (seed: number): PlanLife => fc.sample(planLives, { seed, numRuns: 1 })[0]!
