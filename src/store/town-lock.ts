import type { Decision } from '../core/decision.ts'
import type { Fact } from '../core/events.ts'
import { forkTown, type Pace, type Time, type Town } from '../core/town.ts'
import type { Log, Outcome, ReconcileResult, SeenFact } from '../ports.ts'
import { isRefusal, jsonOf, mend, type Query, run, type Sql, toJson } from './connection.ts'
import { forget, loadTown, TOWN_ROW, type TownRow } from './load.ts'
import { wish } from './outbox.ts'
import { recalled } from './recall.ts'
import { saveRows } from './save.ts'
import type { WarmTowns } from './warm-towns.ts'

export type Decide = (town: Town, news: readonly SeenFact[]) => Outcome

export interface TownLock {
  readonly sql: Sql
  readonly pace: Pace
  readonly log: Log
  readonly warm: WarmTowns
}

/** Which of the town's news: those with `from ≤ seq ≤ to`. */
interface Span {
  readonly from: number
  readonly to: number
}
const ALL: Span = { from: 0, to: Number.MAX_SAFE_INTEGER }
const NONE: Span = { from: 1, to: 0 }
const only = (seq: number): Span => ({ from: seq, to: seq })

/** Facts at a time. A town that was away for long catches up in several steps, each a transaction of bearable size. */
const MOST_NEWS = 1_000

/** See `Store.inTown`. */
export async function inTown(
  lock: TownLock,
  townId: string,
  now: Time,
  decide: Decide,
): Promise<ReconcileResult | null> {
  return lock.warm.inTurn(townId, async () => {
    try {
      return await step(lock, townId, now, decide, ALL)
    } catch (error) {
      if (!isBlamed(error)) throw asThrown(error)
      return await oneByOne(lock, townId, now, decide)
    }
  })
}

/** Some fact among the news cannot be digested. It is found by going on alone, put aside, and the rest goes through. */
async function oneByOne(
  lock: TownLock,
  townId: string,
  now: Time,
  decide: Decide,
): Promise<ReconcileResult | null> {
  // Without any news first: what throws then is no fact's fault, and no fact is to suffer for it.
  let sum = await stepOrThrow(lock, townId, now, decide)
  const waiting = await run<{ seq: number; type: string }>(lock.sql, WAITING, [townId, MOST_NEWS])
  for (const { seq, type } of waiting) {
    try {
      sum = added(sum, await step(lock, townId, now, decide, only(seq)))
    } catch (error) {
      if (!isBlamed(error)) throw asThrown(error)
      const problem = describe(asThrown(error))
      await run(lock.sql, PUT_ASIDE, [seq, now, mend(problem)])
      lock.log.error({ town: townId, event: seq, type, problem }, 'a fact was put aside')
    }
  }
  return sum
}

async function stepOrThrow(lock: TownLock, townId: string, now: Time, decide: Decide) {
  try {
    return await step(lock, townId, now, decide, NONE)
  } catch (error) {
    throw asThrown(error)
  }
}

const WAITING = `select seq, type from events where town_id = $1 and state = 'new' order by seq limit $2`
const PUT_ASIDE = `update events set state = 'put aside', applied_at = $2, problem = $3 where seq = $1 and state = 'new'`

function added(a: ReconcileResult | null, b: ReconcileResult | null): ReconcileResult | null {
  if (!a || !b) return b ?? a
  return {
    events: a.events + b.events,
    effects: a.effects + b.effects,
    effectsDueAt: earliest([a.effectsDueAt, b.effectsDueAt].filter(time => time !== null)),
    wakeAt: b.wakeAt,
  }
}

/** `decide` threw; what it threw is the cause. */
class DecideThrew extends Error {}

const isBlamed = (error: unknown) => error instanceof DecideThrew || isRefusal(error)
const asThrown = (error: unknown) => (error instanceof DecideThrew ? error.cause : error)
const describe = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)

/** The town as it was last saved. See `Store.snapshot`. */
export async function snapshot({ sql, pace, warm }: TownLock, townId: string): Promise<Town | null> {
  return sql.begin('isolation level repeatable read read only', async query => {
    const [row] = await run<TownRow>(query, TOWN_ROW, [townId])
    if (!row) return null
    const atHand = warm.at(townId, row.version)
    return atHand ? forkTown(atHand) : loadTown(query, row, pace)
  })
}

/** One transaction: lock, read, decide, write. What it leaves in memory is what it has committed. */
async function step(
  lock: TownLock,
  townId: string,
  now: Time,
  decide: Decide,
  span: Span,
): Promise<ReconcileResult | null> {
  try {
    const stepped = await lock.sql.begin(query => stepIn(query, lock, townId, now, decide, span))
    if (!stepped) return null
    if (!stepped.exact) lock.warm.drop(townId)
    else {
      forget(stepped.town)
      lock.warm.keep(stepped.town, stepped.version)
    }
    return stepped.result
  } catch (error) {
    lock.warm.drop(townId)
    throw error
  }
}

interface Stepped {
  readonly town: Town
  readonly version: number
  readonly exact: boolean
  readonly result: ReconcileResult
}

async function stepIn(
  query: Query,
  lock: TownLock,
  townId: string,
  now: Time,
  decide: Decide,
  span: Span,
): Promise<Stepped | null> {
  const [[row], read] = await Promise.all([
    run<TownRow>(query, LOCK, [townId]),
    run<SeenFact>(query, NEWS, [townId, span.from, span.to, MOST_NEWS]),
  ])
  if (!row) return null
  const news = [...read]
  const held = lock.warm.at(townId, row.version) ?? (await loadTown(query, row, lock.pace))
  const before = await recalled(query, held, news)
  const outcome = decided(decide, before, news)
  const after = outcome.town
  const more = news.length === MOST_NEWS
  const wakeAt = more ? now : outcome.wakeAt

  const rows = saveRows(query, before, after)
  const changed = rows.statements.length > 0 || !sameHead(row, after)
  const version = row.version + (changed ? 1 : 0)
  const effects = outcome.decisions.flatMap(decision => decision.effects)
  const [wished] = await Promise.all([
    wish(query, townId, now, lock.pace, effects),
    ...rows.statements,
    conclude(query, townId, now, outcome.decisions),
    apply(query, now, news),
    changed || wakeAt !== row.wakeAt ? saveTown(query, after, version, wakeAt) : null,
  ])
  const events = outcome.decisions.reduce((sum, decision) => sum + decision.events.length, 0)
  const due = wished.filter(({ kind }) => kind !== 'OrderRun').map(({ dueAt }) => dueAt)
  const result = { events, effects: effects.length, effectsDueAt: earliest(due), wakeAt }
  return { town: after, version, exact: rows.exact && toJson(headOf(after)).exact, result }
}

// NO KEY: facts that come in refer to the town's row and must not wait for the lock.
const LOCK = `${TOWN_ROW} for no key update`

const NEWS = `
  select seq, at, data as fact from events
  where town_id = $1 and state = 'new' and seq between $2 and $3 order by seq limit $4`

function decided(decide: Decide, town: Town, news: readonly SeenFact[]): Outcome {
  try {
    return decide(town, news)
  } catch (cause) {
    throw new DecideThrew('decide threw', { cause })
  }
}

/** What is kept of a town in its own row. */
const headOf = ({ login, ownerType, boards, appSlug, suspended }: TownRow | Town) => ({
  login,
  ownerType,
  boards,
  appSlug,
  suspended,
})
const sameHead = (row: TownRow, town: Town) => jsonOf(headOf(row)) === jsonOf(headOf(town))

async function saveTown(query: Query, town: Town, version: number, wakeAt: Time | null): Promise<void> {
  const { id, login, ownerType, boards, appSlug, suspended } = town
  const head = [mend(login), ownerType, jsonOf(boards), mend(appSlug), suspended]
  await run(query, SAVE_TOWN, [id, ...head, version, wakeAt])
}

const SAVE_TOWN = `
  update towns set login = $2, owner_type = $3, boards = $4::text::json, app_slug = $5, suspended = $6, version = $7,
    wake_at = $8
  where id = $1`

/** Conclusions are kept with their reason. They are applied already: the rows say the same. */
async function conclude(
  query: Query,
  townId: string,
  now: Time,
  decisions: readonly Decision[],
): Promise<void> {
  const events = decisions.flatMap(({ because, events }) =>
    events.map(event => ({ type: event.type, data: event, because })),
  )
  if (events.length > 0) await run(query, CONCLUDE, [townId, now, jsonOf(events)])
}

const CONCLUDE = `
  insert into events (town_id, at, source, type, data, because, state, applied_at)
  select $1::text, $2::bigint, 'conclusion', type, data, because, 'applied', $2::bigint
  from json_to_recordset($3::text::json) as r(type text, data jsonb, because text)`

async function apply(query: Query, now: Time, news: readonly { seq: number; fact: Fact }[]): Promise<void> {
  if (news.length > 0) await run(query, APPLY, [`{${news.map(({ seq }) => seq).join(',')}}`, now])
}

const APPLY = `update events set state = 'applied', applied_at = $2 where seq = any($1::text::bigint[])`

const earliest = (times: readonly Time[]): Time | null => (times.length > 0 ? Math.min(...times) : null)
