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
import type { Finding } from '../../core/convoys/findings.ts'
import type {
  Answer,
  BeadStatus,
  ClosedHow,
  ConvoyStatus,
  Feedback,
  Leg,
  MergeModeName,
  OutsideState,
  Question,
} from '../../core/town.ts'
import { nested, oneOf, time, word } from './columns.ts'
import { rigs } from './town.ts'

export const convoys = pgTable(
  'convoys',
  {
    townId: text().notNull(),
    id: text().notNull(),
    rigId: text().notNull(),
    issueId: text().notNull(),
    number: integer().notNull(),
    title: text().notNull(),
    status: word<ConvoyStatus>().notNull(),
    paused: boolean().notNull(),
    mergeMode: word<MergeModeName>().notNull(),
    findings: nested<readonly Finding[]>().notNull(),
    by: text().notNull(),
    stagedAt: time().notNull(),
    startedAt: time(),
    endedAt: time(),
    why: text(),
    shown: text(),
  },
  convoy => [
    primaryKey({ columns: [convoy.townId, convoy.id] }),
    inRig('convoys', convoy),
    oneOf<ConvoyStatus>('convoys', 'status', {
      staged_ready: true,
      staged_warnings: true,
      open: true,
      landing: true,
      landed: true,
      closed: true,
    }),
    oneOf<MergeModeName>('convoys', 'merge_mode', { 'review-then-land': true, 'review-and-merge': true }),
    // An issue has one convoy at a time. It is also how a town is loaded: what is over is most of the table.
    uniqueIndex('convoys_one_per_issue')
      .on(convoy.townId, convoy.issueId)
      .where(sql`status not in ('landed', 'closed')`),
  ],
)

export const legs = pgTable(
  'legs',
  {
    townId: text().notNull(),
    id: text().notNull(),
    convoyId: text().notNull(),
    rigId: text().notNull(),
    target: text().notNull(),
    base: text().notNull(),
    state: word<Leg['state']>().notNull(),
    wakeAt: time(),
    why: text(),
  },
  leg => [
    primaryKey({ columns: [leg.townId, leg.id] }),
    inRig('legs', leg),
    inConvoy('legs', leg),
    oneOf<Leg['state']>('legs', 'state', { planned: true, asked: true, ready: true, landed: true }),
    // One leg per rig; and a convoy is loaded with its legs.
    uniqueIndex('legs_one_per_rig').on(leg.townId, leg.convoyId, leg.rigId),
  ],
)

export const beads = pgTable(
  'beads',
  {
    townId: text().notNull(),
    id: text().notNull(),
    convoyId: text().notNull(),
    rigId: text().notNull(),
    number: integer().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    kind: word<'task' | 'epic'>().notNull(),
    /** No foreign key: an issue that holds a bead need not be one itself. */
    parentId: text(),
    position: integer().notNull(),
    status: word<BeadStatus>().notNull(),
    how: word<ClosedHow>(),
    held: boolean().notNull(),
    tries: integer().notNull(),
    setbacks: integer().notNull(),
    runs: integer().notNull(),
    polecat: text(),
    branch: text(),
    headSha: text(),
    checkpoint: text(),
    feedback: nested<Feedback>(),
    question: nested<Question>(),
    answers: nested<readonly Answer[]>().notNull(),
    wakeAt: time(),
    why: text(),
    landedSha: text(),
    closedAt: time(),
    issueClosedAt: time(),
    shown: text(),
  },
  bead => [
    primaryKey({ columns: [bead.townId, bead.id] }),
    inRig('beads', bead),
    inConvoy('beads', bead),
    oneOf<'task' | 'epic'>('beads', 'kind', { task: true, epic: true }),
    oneOf<BeadStatus>('beads', 'status', {
      open: true,
      in_progress: true,
      in_review: true,
      closed: true,
      failed: true,
    }),
    oneOf<ClosedHow>('beads', 'how', { landed: true, done: true, cancelled: true, duplicate: true }),
    // A convoy is loaded with its beads, in their order.
    // The town is not its first column: a foreign key's check that was planned while the table was empty would take
    // this index for as good as the primary key, and read all beads of the town for each row that refers to one.
    index('beads_of_convoy').on(bead.convoyId, bead.townId, bead.position),
  ],
)

/** The blockers of beads, one row each. What blocks may be an issue that is no bead of ours: no foreign key. */
export const dependencies = pgTable(
  'dependencies',
  {
    townId: text().notNull(),
    beadId: text().notNull(),
    blockerId: text().notNull(),
    /** Place among the bead's blockers: they are shown in GitHub's order. */
    position: integer().notNull(),
    ref: text().notNull(),
    outside: word<OutsideState>().notNull(),
    skipped: boolean().notNull(),
  },
  dependency => [
    // By bead first: they are read and rewritten bead by bead.
    primaryKey({ columns: [dependency.townId, dependency.beadId, dependency.blockerId] }),
    foreignKey({
      columns: [dependency.townId, dependency.beadId],
      foreignColumns: [beads.townId, beads.id],
      name: 'dependencies_bead',
    }),
    oneOf<OutsideState>('dependencies', 'outside', {
      open: true,
      completed: true,
      not_planned: true,
      unseen: true,
    }),
  ],
)

export function inRig(table: string, row: { townId: PgColumn; rigId: PgColumn }) {
  const foreignColumns: [PgColumn, PgColumn] = [rigs.townId, rigs.id]
  return foreignKey({ columns: [row.townId, row.rigId], foreignColumns, name: `${table}_rig` })
}

export function inConvoy(table: string, row: { townId: PgColumn; convoyId: PgColumn }) {
  const foreignColumns: [PgColumn, PgColumn] = [convoys.townId, convoys.id]
  return foreignKey({ columns: [row.townId, row.convoyId], foreignColumns, name: `${table}_convoy` })
}
