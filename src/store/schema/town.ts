import { sql } from 'drizzle-orm'
import {
  boolean,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { RigConfig } from '../../core/rig.ts'
import type { KnownBoard, Town } from '../../core/town.ts'
import { nested, oneOf, time, word } from './columns.ts'

/** One installation of the App. Whoever changes anything of a town holds this row's lock. */
export const towns = pgTable(
  'towns',
  {
    id: text().primaryKey(),
    login: text().notNull().default(''),
    ownerType: word<Town['ownerType']>().notNull().default('Organization'),
    boards: nested<readonly KnownBoard[]>().notNull().default([]),
    appSlug: text().notNull().default(''),
    suspended: boolean().notNull().default(false),
    /** Goes up whenever a row of the town changes: tells a process whether what it holds in memory is still so. */
    version: integer().notNull().default(0),
    wakeAt: time(),
    sweptAt: time().notNull().default(0),
    /** GitHub asked for silence until then. */
    heldUntil: time().notNull().default(0),
  },
  town => [
    oneOf<Town['ownerType']>('towns', 'owner_type', { Organization: true, User: true }),
    // Patrol asks every few seconds which towns are due; most towns are not.
    index('towns_wake').on(town.wakeAt).where(sql`wake_at is not null`),
  ],
)

export const rigs = pgTable(
  'rigs',
  {
    townId: text().notNull(),
    id: text().notNull(),
    owner: text().notNull(),
    name: text().notNull(),
    defaultBranch: text().notNull(),
    archived: boolean().notNull(),
    gone: boolean().notNull(),
    config: nested<RigConfig>().notNull(),
    configSha: text(),
    configProblem: text(),
  },
  rig => [
    primaryKey({ columns: [rig.townId, rig.id] }),
    foreignKey({ columns: [rig.townId], foreignColumns: [towns.id], name: 'rigs_town' }),
  ],
)

export const polecats = pgTable(
  'polecats',
  {
    townId: text().notNull(),
    id: text().notNull(),
    rigId: text().notNull(),
    name: text().notNull(),
    runs: integer().notNull(),
    landed: integer().notNull(),
  },
  polecat => [
    primaryKey({ columns: [polecat.townId, polecat.id] }),
    foreignKey({
      columns: [polecat.townId, polecat.rigId],
      foreignColumns: [rigs.townId, rigs.id],
      name: 'polecats_rig',
    }),
    // A name is one polecat of the rig, whatever its id.
    uniqueIndex('polecats_name').on(polecat.townId, polecat.rigId, polecat.name),
  ],
)

/** Runners that have come in through the door. Only a hash of their token is kept. */
export const machines = pgTable(
  'machines',
  {
    id: text().primaryKey(),
    townId: text().notNull(),
    host: text().notNull(),
    pid: integer().notNull(),
    tokenHash: text().notNull(),
    startedAt: time().notNull(),
    seenAt: time().notNull(),
  },
  machine => [
    foreignKey({ columns: [machine.townId], foreignColumns: [towns.id], name: 'machines_town' }),
    // Each call of a runner is recognised by its token.
    uniqueIndex('machines_token').on(machine.tokenHash),
    // "Is a machine of this town up?" is asked before each order.
    index('machines_seen').on(machine.townId, machine.seenAt),
  ],
)
