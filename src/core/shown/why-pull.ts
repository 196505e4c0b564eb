import type { Pull, Town } from '../town.ts'
import { isPullOver } from '../town.ts'
import { firstLine } from './card.ts'
import type { Because } from './says.ts'

/** Why a pull request of ours stands where it stands. `is`: how the sentence begins. */
export function whyPull(town: Town, pull: Pull, is = ''): Because {
  const name = `${pull.kind === 'landing' ? 'the landing pull request' : 'pull request'} ${
    pull.number === null ? 'that is still to be opened' : `#${pull.number}`
  }`
  const convoy = town.convoys.get(pull.convoyId)
  if (convoy?.paused && !isPullOver(pull)) {
    const rule = 'nothing of a paused convoy is tested or merged'
    return {
      what: `${is}${name} is ${pull.state}, and the convoy is paused`,
      rule,
      frees: '`/convoy resume`',
    }
  }
  if (pull.kind === 'landing' && convoy?.status === 'open' && !isPullOver(pull)) {
    const rule = 'a convoy lands when its last bead is over'
    return {
      what: `${is}${name} is ${pull.state}, and beads of its convoy are open again`,
      rule,
      frees: null,
    }
  }
  const isHeld = pull.beadId !== null && town.beads.get(pull.beadId)?.held
  if (isHeld && !isPullOver(pull)) {
    const rule = 'nothing held is dispatched or merged'
    return { what: `${is}${name} is ${pull.state}, and its bead is held`, rule, frees: '`/bead release`' }
  }
  const why = pull.why ? ` (${firstLine(pull.why)})` : ''
  return { what: `${is}${name} is ${pull.state}${why}`, ...PULL_RULES[pull.state] }
}

const PULL_RULES: Readonly<Record<Pull['state'], { rule: string; frees: string | null }>> = {
  opening: { rule: 'the server opens the pull request', frees: null },
  queued: { rule: 'one at a time is tested and merged into a branch', frees: null },
  gating: { rule: 'the gates run on the merged result', frees: null },
  merging: { rule: 'exactly what was tested is merged', frees: null },
  waiting: {
    rule: 'nothing is merged against GitHub or a person',
    frees: 'what it waits for, or time: it is looked at again',
  },
  doubted: { rule: 'merged means GitHub says so: it is asked', frees: null },
  shut: { rule: 'a person has the last word on main', frees: 'reopen the pull request' },
  returned: { rule: 'what is red or conflicts goes back to a polecat', frees: null },
  merged: { rule: 'merged means GitHub says so', frees: null },
  closed: { rule: 'a closed pull request lands nothing', frees: '`/bead retry`' },
}
