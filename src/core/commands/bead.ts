import { cancelBead, holdBead, prioritiseBead, releaseBead, retryBead, skipBead } from '../beads/steer.ts'
import type { Deliberation } from '../decision.ts'
import type { Say } from '../shown/says.ts'
import type { Bead, Priority } from '../town.ts'
import { beadHere, refused } from './here.ts'
import type { CommandSpec, Given } from './spec.ts'

type Words = Pick<CommandSpec, 'name' | 'usage' | 'summary'>

/** A command to the bead on whose issue or pull request it is given. */
function toBead(words: Words, steer: (d: Deliberation, bead: Bead, given: Given) => Say): CommandSpec {
  return {
    ...words,
    permission: 'write',
    flags: [],
    needsTree: false,
    run(d, given) {
      const bead = beadHere(d.town, given.comment)
      return bead ? steer(d, bead, given) : refused({ kind: 'no-bead-here' })
    },
  }
}

export const beadRetry = toBead(
  {
    name: 'bead retry',
    usage: '/bead retry',
    summary: 'try a failed bead again, with a fresh count of tries, from its last pushed commit',
  },
  (d, bead, { comment }) => retryBead(d, bead, comment.by),
)

export const beadHold = toBead(
  {
    name: 'bead hold',
    usage: '/bead hold',
    summary: 'keep the bead from being dispatched or merged until it is released',
  },
  (d, bead, { comment }) => holdBead(d, bead, comment.by),
)

export const beadRelease = toBead(
  {
    name: 'bead release',
    usage: '/bead release',
    summary: 'let a held bead go on; a bead parked behind failed or cancelled ones goes on without them',
  },
  (d, bead, { comment }) => releaseBead(d, bead, comment.by),
)

export const beadSkip = toBead(
  {
    name: 'bead skip',
    usage: '/bead skip',
    summary: 'give the bead up, failed or not, and let everything that waits for it go on without it',
  },
  (d, bead, { comment }) => skipBead(d, bead, comment.by),
)

export const beadCancel = toBead(
  {
    name: 'bead cancel',
    usage: '/bead cancel',
    summary: 'give the bead up; what waits for it stays parked until a person decides',
  },
  (d, bead, { comment }) => cancelBead(d, bead, comment.by),
)

export const beadPriority = toBead(
  {
    name: 'bead priority',
    usage: '/bead priority 0..4',
    summary:
      'among ready beads the most urgent begin first: `0` before everything, `2` is usual, `4` is last',
  },
  (d, bead, { comment, command }) => {
    const priority = priorityOf(command.args[0])
    if (priority === null)
      return refused({ kind: 'bad-argument', line: command.line, wants: 'a priority from `0` to `4`' })
    return prioritiseBead(d, bead, comment.by, priority)
  },
)

const BY_NAME: Readonly<Record<string, Priority>> = { urgent: 0, high: 1, normal: 2, low: 3, lowest: 4 }

/** `0` to `4`, `P0` to `P4`, or a word. */
function priorityOf(word: string | undefined): Priority | null {
  const said = word?.toLowerCase() ?? ''
  const digit = /^p?([0-4])$/.exec(said)?.[1]
  return digit ? (Number(digit) as Priority) : (BY_NAME[said] ?? null)
}
