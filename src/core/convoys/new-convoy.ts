import type { Command } from '../commands/command.ts'
import { MERGE_MODES } from '../merge-modes/registry.ts'
import type { MergeModeName } from '../rig.ts'
import type { Refusal } from '../shown/says.ts'
import type { Convoy, Time } from '../town.ts'

/** What `--title`, `--mode` and `--base` say; fields that are not said are left out. */
export type StageOptions = Partial<Pick<Convoy, 'givenTitle' | 'givenMode' | 'givenBase'>>

/** Longer ones are no titles; GitHub's own limit is 256. */
const MOST_TITLE = 200
/** What git takes for the name of a branch, as far as people use it. */
const BRANCH = /^(?![/.])(?!.*(?:\.\.|\/\/|@\{))[\w./@+-]{1,200}(?<![/.])$/

export function optionsOf({ options, line }: Command): StageOptions | Refusal {
  const { title, mode, base } = options
  const bad = (flag: string, wants: string): Refusal => ({ kind: 'bad-value', line, flag, wants })
  if (mode !== undefined && !isMode(mode)) return bad('mode', `one of ${Object.keys(MERGE_MODES).join(', ')}`)
  if (base !== undefined && !BRANCH.test(base)) return bad('base', 'the name of a branch')
  if (title !== undefined && title.length > MOST_TITLE)
    return bad('title', `a title of at most ${MOST_TITLE} characters`)
  return {
    ...(title === undefined ? {} : { givenTitle: title }),
    ...(mode === undefined ? {} : { givenMode: mode as MergeModeName }),
    ...(base === undefined ? {} : { givenBase: base }),
  }
}

const isMode = (word: string): word is MergeModeName => Object.hasOwn(MERGE_MODES, word)

/** A convoy as it begins; `about`: what it is about and what was asked for. */
export function newConvoy(
  about: Pick<Convoy, 'id' | 'rigId' | 'issueId' | 'number' | 'title' | 'by'> & StageOptions,
  now: Time,
): Convoy {
  return {
    givenTitle: null,
    givenMode: null,
    givenBase: null,
    ...about,
    status: 'staged_ready',
    paused: false,
    findings: [],
    startWhenStaged: 'no',
    stagedAt: now,
    startedAt: null,
    endedAt: null,
    why: null,
    readAt: null,
    forecast: null,
    shown: null,
    boardShown: null,
    cardsMoved: 0,
  }
}
