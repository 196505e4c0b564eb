import { sql } from 'drizzle-orm'
import {
  boolean,
  foreignKey,
  index,
  integer,
  type PgColumn,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { Pull, PullState, RunKind, RunState } from '../../core/town.ts'
import { oneOf, time, word } from './columns.ts'
import { beads, inConvoy, inRig } from './work.ts'

export const pulls = pgTable(
  'pulls',
  {
    townId: text().notNull(),
    id: text().notNull(),
    kind: word<Pull['kind']>().notNull(),
    rigId: text().notNull(),
    convoyId: text().notNull(),
    beadId: text(),
    head: text().notNull(),
    base: text().notNull(),
    title: text().notNull(),
    headSha: text(),
    number: integer(),
    state: word<PullState>().notNull(),
    queuedAt: time().notNull(),
    gates: integer().notNull(),
    /** No foreign key: run and pull name each other, and the run's side has one. */
    gateRunId: text(),
    testedHead: text(),
    testedBase: text(),
    approved: boolean().notNull(),
    wakeAt: time(),
    why: text(),
    mergeSha: text(),
    shown: text(),
  },
  pull => [
    primaryKey({ columns: [pull.townId, pull.id] }),
    inRig('pulls', pull),
    inConvoy('pulls', pull),
    forBead('pulls', pull),
    oneOf<Pull['kind']>('pulls', 'kind', { bead: true, landing: true }),
    oneOf<PullState>('pulls', 'state', {
      opening: true,
      queued: true,
      gating: true,
      merging: true,
      waiting: true,
      doubted: true,
      shut: true,
      returned: true,
      merged: true,
      closed: true,
    }),
    // A bead is merged into a branch by one pull request at a time.
    uniqueIndex('pulls_one_per_bead')
      .on(pull.townId, pull.beadId, pull.base)
      .where(sql`kind = 'bead' and state not in ('merged', 'closed')`),
    // A convoy lands in a rig by one pull request at a time; a bead that is reopened later may make it a second one.
    uniqueIndex('pulls_one_landing')
      .on(pull.townId, pull.convoyId, pull.rigId)
      .where(sql`kind = 'landing' and state not in ('merged', 'closed')`),
    // Webhooks and sweeps know GitHub's number.
    // As with `beads_of_convoy`, the town is not the first column.
    index('pulls_number').on(pull.rigId, pull.townId, pull.number),
    // A convoy is loaded with its pulls.
    index('pulls_of_convoy').on(pull.convoyId, pull.townId),
    // A convoy that is over is kept while a pull of it is open.
    index('pulls_open').on(pull.townId, pull.convoyId).where(sql`state not in ('merged', 'closed')`),
  ],
)

export const runs = pgTable(
  'runs',
  {
    townId: text().notNull(),
    id: text().notNull(),
    kind: word<RunKind>().notNull(),
    rigId: text().notNull(),
    convoyId: text().notNull(),
    beadId: text(),
    pullId: text(),
    polecat: text(),
    number: integer().notNull(),
    state: word<RunState>().notNull(),
    orderedAt: time().notNull(),
    startedAt: time(),
    endedAt: time(),
    leaseUntil: time().notNull(),
    why: text(),
  },
  run => [
    primaryKey({ columns: [run.townId, run.id] }),
    inRig('runs', run),
    inConvoy('runs', run),
    forBead('runs', run),
    foreignKey({
      columns: [run.townId, run.pullId],
      foreignColumns: [pulls.townId, pulls.id],
      name: 'runs_pull',
    }),
    oneOf<RunKind>('runs', 'kind', { work: true, rework: true, conflict: true, gate: true }),
    oneOf<RunState>('runs', 'state', {
      ordered: true,
      running: true,
      done: true,
      failed: true,
      asked: true,
      lost: true,
      stopped: true,
    }),
    // One polecat works on a bead.
    uniqueIndex('runs_one_per_bead')
      .on(run.townId, run.beadId)
      .where(sql`kind <> 'gate' and state in ('ordered', 'running')`),
    // A polecat works on one bead.
    uniqueIndex('runs_one_per_polecat')
      .on(run.townId, run.rigId, run.polecat)
      .where(sql`state in ('ordered', 'running')`),
    // A pull is tested once at a time.
    uniqueIndex('runs_one_gate_per_pull')
      .on(run.townId, run.pullId)
      .where(sql`kind = 'gate' and state in ('ordered', 'running')`),
    // A town is loaded with its live runs: a handful out of all that ever were.
    index('runs_live').on(run.townId, run.convoyId).where(sql`state in ('ordered', 'running')`),
    // Forecasts go by how long the last ones took.
    index('runs_work_history')
      .on(run.townId, run.endedAt)
      .where(sql`kind <> 'gate' and state in ('done', 'failed')`),
    index('runs_gate_history')
      .on(run.townId, run.endedAt)
      .where(sql`kind = 'gate' and state in ('done', 'failed')`),
  ],
)

function forBead(table: string, row: { townId: PgColumn; beadId: PgColumn }) {
  const foreignColumns: [PgColumn, PgColumn] = [beads.townId, beads.id]
  return foreignKey({ columns: [row.townId, row.beadId], foreignColumns, name: `${table}_bead` })
}
