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
import type { Forecast } from '../../core/forecast/forecast.ts'
import type { MergeModeName } from '../../core/rig.ts'
import type {
  Answer,
  Bead,
  BeadStatus,
  ClosedHow,
  Convoy,
  ConvoyStatus,
  DraftTask,
  Feedback,
  Leg,
  OutsideState,
  Priority,
  Question,
} from '../../core/town.ts'
import { nested, oneOf, time, word } from './columns.ts'
import { rigs } from './town.ts'

const MERGE_MODES: Record<MergeModeName, true> = { 'review-then-land': true, 'review-and-merge': true }

export const convoys = pgTable(
  'convoys',
  {
    townId: text().notNull(),
    id: text().notNull(),
    rigId: text().notNull(),
    issueId: text().notNull(),
    number: integer().notNull(),
    title: text().notNull(),
    givenTitle: text(),
    status: word<ConvoyStatus>().notNull(),
    paused: boolean().notNull(),
    givenMode: word<MergeModeName>(),
    givenBase: text(),
    findings: nested<readonly Finding[]>().notNull(),
    startWhenStaged: word<Convoy['startWhenStaged']>().notNull(),
    by: text().notNull(),
    stagedAt: time().notNull(),
    startedAt: time(),
    endedAt: time(),
    why: text(),
    forecast: nested<Forecast>(),
    shown: text(),
    readAt: time(),
    boardShown: text(),
    cardsMoved: integer().notNull(),
  },
  convoy => [
    primaryKey({ columns: [convoy.townId, convoy.id] }),
    inRig('convoys', convoy),
    oneOf<ConvoyStatus>('convoys', 'status', {
      publishing: true,
      staged_ready: true,
      staged_warnings: true,
      open: true,
      landing: true,
      landed: true,
      closed: true,
    }),
    oneOf<MergeModeName>('convoys', 'given_mode', MERGE_MODES),
    oneOf<Convoy['startWhenStaged']>('convoys', 'start_when_staged', {
      no: true,
      'if-ready': true,
      force: true,
    }),
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
    mergeMode: word<MergeModeName>().notNull(),
    state: word<Leg['state']>().notNull(),
    wakeAt: time(),
    why: text(),
  },
  leg => [
    primaryKey({ columns: [leg.townId, leg.id] }),
    inRig('legs', leg),
    inConvoy('legs', leg),
    oneOf<MergeModeName>('legs', 'merge_mode', MERGE_MODES),
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
    kind: word<Bead['kind']>().notNull(),
    /** No foreign key: an issue that holds a bead need not be one itself. */
    parentId: text(),
    position: integer().notNull(),
    priority: integer().$type<Priority>().notNull(),
    status: word<BeadStatus>().notNull(),
    how: word<ClosedHow>(),
    closes: word<NonNullable<Bead['closes']>>(),
    held: boolean().notNull(),
    leaving: boolean().notNull(),
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
    trusted: boolean().notNull(),
    edit: nested<NonNullable<Bead['edit']>>(),
    shown: text(),
  },
  bead => [
    primaryKey({ columns: [bead.townId, bead.id] }),
    inRig('beads', bead),
    inConvoy('beads', bead),
    oneOf<Bead['kind']>('beads', 'kind', { task: true, epic: true, decision: true }),
    oneOf<`${Priority}`>('beads', 'priority', { 0: true, 1: true, 2: true, 3: true, 4: true }),
    oneOf<BeadStatus>('beads', 'status', {
      open: true,
      in_progress: true,
      in_review: true,
      closed: true,
      failed: true,
    }),
    oneOf<ClosedHow>('beads', 'how', {
      landed: true,
      done: true,
      skipped: true,
      cancelled: true,
      duplicate: true,
      left: true,
    }),
    oneOf<NonNullable<Bead['closes']>>('beads', 'closes', { completed: true, not_planned: true }),
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

/** Tasks of a plan on their way to being issues. Kept when they are there: they say which task became which issue. */
export const drafts = pgTable(
  'drafts',
  {
    townId: text().notNull(),
    id: text().notNull(),
    convoyId: text().notNull(),
    nth: integer().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    rigId: text().notNull(),
    parent: integer(),
    after: nested<readonly number[]>().notNull(),
    issueId: text(),
    number: integer(),
    existed: boolean().notNull(),
    step: word<DraftTask['step']>().notNull(),
  },
  draft => [
    primaryKey({ columns: [draft.townId, draft.id] }),
    inRig('drafts', draft),
    inConvoy('drafts', draft),
    oneOf<DraftTask['step']>('drafts', 'step', {
      wanted: true,
      making: true,
      made: true,
      linking: true,
      done: true,
    }),
    // A number is one task of the plan; and a convoy is loaded with its plan.
    uniqueIndex('drafts_one_per_number').on(draft.townId, draft.convoyId, draft.nth),
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
