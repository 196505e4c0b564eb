import { blockersIn } from '../beads/dag.ts'
import { standingOf } from '../beads/standing.ts'
import { beadRef } from '../refinery/pull-story.ts'
import type { Say } from '../shown/says.ts'
import type { Bead, Town } from '../town.ts'
import { beadHere, refused } from './here.ts'
import type { CommandSpec } from './spec.ts'

const notNow = (town: Town, bead: Bead, command: string, hint: string): Say =>
  refused({ kind: 'not-now', command, is: `this bead is ${standingOf(town, bead)}`, hint })

export const beadRetry: CommandSpec = {
  name: 'bead retry',
  usage: '/bead retry',
  summary: 'try a failed bead again, with a fresh count of tries, from its last pushed commit',
  permission: 'write',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const bead = beadHere(d.town, comment)
    if (!bead) return refused({ kind: 'no-bead-here' })
    const isWaitingToRetry = bead.status === 'open' && bead.wakeAt !== null && !bead.question
    if (bead.status !== 'failed' && !isWaitingToRetry)
      return notNow(d.town, bead, command.name!, 'only a failed bead can be tried again')
    d.conclude(`${comment.by} wants another try`, [{ type: 'BeadRetried', beadId: bead.id, by: comment.by }])
    return { say: 'done', what: { kind: 'retried', ref: beadRef(d.town, bead) } }
  },
}

export const beadHold: CommandSpec = {
  name: 'bead hold',
  usage: '/bead hold',
  summary: 'keep the bead from being dispatched or merged until it is released',
  permission: 'write',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const bead = beadHere(d.town, comment)
    if (!bead) return refused({ kind: 'no-bead-here' })
    if (bead.status === 'closed' || bead.held)
      return notNow(d.town, bead, command.name!, '`/bead release` lets a held bead go on')
    d.conclude(`${comment.by} holds it`, [{ type: 'BeadHeld', beadId: bead.id, by: comment.by }])
    return { say: 'done', what: { kind: 'held', ref: beadRef(d.town, bead) } }
  },
}

export const beadRelease: CommandSpec = {
  name: 'bead release',
  usage: '/bead release',
  summary: 'let a held bead go on; a bead parked behind failed or cancelled ones goes on without them',
  permission: 'write',
  flags: [],
  needsTree: false,
  run(d, { comment, command }) {
    const bead = beadHere(d.town, comment)
    if (!bead) return refused({ kind: 'no-bead-here' })
    const dead = bead.held ? [] : blockersIn(d.town, bead, 'dead')
    if (bead.status === 'closed' || (!bead.held && dead.length === 0)) {
      return notNow(d.town, bead, command.name!, 'only a held or parked bead can be released')
    }
    d.conclude(`${comment.by} released it`, [
      { type: 'BeadReleased', beadId: bead.id, by: comment.by, skip: dead.map(blocker => blocker.id) },
    ])
    return {
      say: 'done',
      what: { kind: 'released', ref: beadRef(d.town, bead), skipped: dead.map(blocker => blocker.ref) },
    }
  },
}
