import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { Effect } from '../../core/effects.ts'
import type { TownEvent } from '../../core/events.ts'
import { nested, oneOf, time, word } from './columns.ts'
import { towns } from './town.ts'

/** In the order of their making. They may become visible in another one: nothing may read on from "the last seen". */
const seq = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()

export type DeliveryState = 'new' | 'absorbed' | 'put aside'

/** Webhooks as they came in. No foreign key: one for an installation that we do not know is kept too. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: text().primaryKey(),
    event: text().notNull(),
    action: text(),
    townId: text(),
    /** JSON as text: never asked into by the database, and text goes in half as fast again as jsonb. */
    payload: text().notNull(),
    receivedAt: time().notNull(),
    state: word<DeliveryState>().notNull().default('new'),
    attempts: integer().notNull().default(0),
    /** When patrol looks at it, if nobody has by then. */
    dueAt: time().notNull(),
    problem: text(),
  },
  delivery => [
    oneOf<DeliveryState>('deliveries', 'state', { new: true, absorbed: true, 'put aside': true }),
    // Patrol looks for what was not absorbed: next to nothing.
    index('deliveries_due').on(delivery.dueAt).where(sql`state = 'new'`),
    // Old ones are pruned.
    index('deliveries_received').on(delivery.receivedAt),
  ],
)

export type EventState = 'new' | 'applied' | 'put aside'
export type EventSource = 'fact' | 'conclusion'

/** All that was ever seen (facts) and concluded. Only ever added to, but for a fact's state. */
export const events = pgTable(
  'events',
  {
    seq: seq(),
    townId: text().notNull(),
    at: time().notNull(),
    source: word<EventSource>().notNull(),
    type: text().notNull(),
    data: jsonb().$type<TownEvent>().notNull(),
    because: text(),
    dedupe: text(),
    state: word<EventState>().notNull(),
    problem: text(),
    appliedAt: time(),
  },
  event => [
    foreignKey({ columns: [event.townId], foreignColumns: [towns.id], name: 'events_town' }),
    oneOf<EventSource>('events', 'source', { fact: true, conclusion: true }),
    oneOf<EventState>('events', 'state', { new: true, applied: true, 'put aside': true }),
    // The town's news, in order; out of the index as soon as it is applied.
    index('events_news').on(event.townId, event.seq).where(sql`state = 'new'`),
    // The same thing seen twice is one fact.
    uniqueIndex('events_dedupe').on(event.townId, event.dedupe).where(sql`dedupe is not null`),
    // The town's history.
    index('events_history').on(event.townId, event.seq),
    // How a gate run ended is in its report; the run says only that it did.
    index('events_gates').on(event.townId, sql`(data->>'runId')`).where(sql`type = 'GateReported'`),
  ],
)

export type OutboxState = 'due' | 'taken' | 'done' | 'given up'

/** Places in the lanes of the outbox. */
export const outboxPlace = pgSequence('outbox_place')

/** What we want done in the world, one row per key: a newer wish on a key takes the place of the older one. */
export const outbox = pgTable(
  'outbox',
  {
    seq: seq(),
    townId: text().notNull(),
    key: text().notNull(),
    lane: text().notNull(),
    /** The effect's `do`. */
    kind: word<Effect['do']>().notNull(),
    effect: jsonb().$type<Effect>().notNull(),
    /** Never done twice, whatever is wished later. */
    once: boolean().notNull(),
    /** Milliseconds to leave between two times that it is done; 0: none. */
    paceMs: integer().notNull(),
    /** Place in the lane: a wish that comes back after it was done goes to the end. */
    place: bigint({ mode: 'number' }).notNull(),
    /** Counts the wishes on this key. */
    version: integer().notNull().default(1),
    state: word<OutboxState>().notNull().default('due'),
    dueAt: time().notNull(),
    /** Somebody is at it until then. Stays when a newer wish comes in meanwhile, so that two are never at it. */
    takenUntil: time(),
    takenVersion: integer(),
    /** Times that this version was taken, but for those when it was not its turn. */
    attempts: integer().notNull().default(0),
    doneAt: time(),
    /** Who claimed an order. */
    machine: text(),
    lastError: text(),
  },
  row => [
    foreignKey({ columns: [row.townId], foreignColumns: [towns.id], name: 'outbox_town' }),
    oneOf<OutboxState>('outbox', 'state', { due: true, taken: true, done: true, 'given up': true }),
    uniqueIndex('outbox_key').on(row.townId, row.key),
    // "Is something older waiting in this lane?"; done rows are nearly all of the table and not in here.
    index('outbox_lane').on(row.townId, row.lane, row.place).where(sql`state in ('due', 'taken')`),
    // What waits in a town, oldest first.
    index('outbox_waiting').on(row.townId, row.place).where(sql`state in ('due', 'taken')`),
    // Runners ask again and again for orders.
    index('outbox_orders').on(row.townId, row.place).where(sql`kind = 'OrderRun' and state = 'due'`),
  ],
)

/** What we created on GitHub within the last hour, for its limits. */
export const creations = pgTable(
  'creations',
  {
    townId: text().notNull(),
    at: time().notNull(),
    creations: integer().notNull(),
  },
  row => [
    primaryKey({ columns: [row.townId, row.at] }),
    foreignKey({ columns: [row.townId], foreignColumns: [towns.id], name: 'creations_town' }),
    // Old ones are pruned.
    index('creations_at').on(row.at),
  ],
)

/** What was last written to GitHub for a subject. */
export const mirror = pgTable(
  'mirror',
  {
    townId: text().notNull(),
    subject: text().notNull(),
    written: nested<object>().notNull(),
  },
  row => [
    primaryKey({ columns: [row.townId, row.subject] }),
    foreignKey({ columns: [row.townId], foreignColumns: [towns.id], name: 'mirror_town' }),
  ],
)
