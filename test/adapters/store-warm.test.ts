import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Town } from '../../src/core/town.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, inMemory, outcome, storeAt, written } from '../support/store.ts'
import { aBead, aConvoy, aLeg, aPolecat, aPull, aRig, aRun, aTask } from '../support/town-rows.ts'

const database = await freshDatabase()
const warm = await storeAt(database.url)
const forgetful = await storeAt(database.url, { warmTowns: 0 })
afterAll(async () => {
  await Promise.all([warm.close(), forgetful.close()])
  await database.drop()
})

type Change = (town: Town) => void

const few = (letter: string) => fc.constantFrom(...[1, 2, 3].map(n => `${letter}${n}`))
const rigId = fc.constantFrom('r1', 'r2')
const time = fc.option(fc.nat({ max: 2 ** 50 }))
// Seldom what no database takes: then the town is read anew, and there is nothing to compare.
const text = fc.oneof(
  { arbitrary: fc.string({ unit: 'grapheme' }), weight: 40 },
  { arbitrary: fc.constantFrom('', '\\u0000', '{"a":1}'), weight: 20 },
  { arbitrary: fc.constantFrom('cut \ud83d', 'nul \0'), weight: 1 },
)
const maybe = fc.option(text)
const blockers = fc.uniqueArray(
  fc.record({
    id: few('b'),
    ref: text,
    outside: fc.constantFrom('open', 'completed', 'not_planned', 'unseen'),
    skipped: fc.boolean(),
  }),
  { selector: blocker => blocker.id },
)
// Keys on purpose not in alphabetical order: they must come back as they went.
const feedback = fc.option(
  fc.record({ text, kind: fc.constantFrom('gate', 'conflict', 'failed', 'answer'), files: fc.array(text) }),
)

const rig = fc
  .record({ id: rigId, name: text, archived: fc.boolean(), configSha: maybe })
  .map<Change>(fields => town => void town.rigs.put(aRig(fields)))
const convoy = fc
  .record({
    id: few('c'),
    status: fc.constantFrom('publishing', 'staged_ready', 'open', 'landing', 'landed', 'closed'),
    title: text,
    endedAt: time,
    why: maybe,
    rigId,
  })
  .map<Change>(fields => town => {
    // What has been forgotten does not come back: a next convoy on the issue has an id of its own, and what was
    // published once is not published again.
    const known = town.convoys.get(fields.id)
    const isBack = fields.status === 'publishing' && known?.status !== 'publishing'
    if (known && !isBack) town.convoys.put(aConvoy({ ...fields, issueId: fields.id }))
  })
/** Only convoys that the town holds are worked on. */
const within =
  <Fields extends { convoyId: string }>(put: (town: Town, fields: Fields) => void) =>
  (fields: Fields): Change =>
  town => {
    if (town.convoys.has(fields.convoyId)) put(town, fields)
  }
const leg = fc
  .record({ convoyId: few('c'), rigId, state: fc.constantFrom('planned', 'ready'), wakeAt: time })
  .map(within((town, fields) => town.legs.put(aLeg({ ...fields, id: `${fields.convoyId}@${fields.rigId}` }))))
const bead = fc
  .record({
    id: few('b'),
    convoyId: few('c'),
    rigId,
    title: text,
    body: text,
    status: fc.constantFrom('open', 'in_progress', 'failed'),
    position: fc.nat(9),
    blockers,
    feedback,
    wakeAt: time,
    checkpoint: maybe,
  })
  .map(within((town, fields) => town.beads.put(aBead(fields))))
const draft = fc
  .record({
    convoyId: few('c'),
    nth: fc.integer({ min: 1, max: 3 }),
    title: text,
    rigId,
    parent: fc.option(fc.nat(3)),
    after: fc.array(fc.nat(3)),
    step: fc.constantFrom('wanted', 'making', 'done'),
  })
  .map(
    within((town, fields) => {
      if (town.convoys.get(fields.convoyId)!.status === 'publishing')
        town.drafts.put(aTask({ ...fields, id: `${fields.convoyId}#${fields.nth}` }))
    }),
  )
const rewire = fc
  .record({ id: few('b'), blockers })
  .map<Change>(fields => town => void (town.beads.has(fields.id) && town.beads.patch(fields.id, fields)))
const pull = fc
  .record({
    id: few('p'),
    convoyId: few('c'),
    beadId: few('b'),
    state: fc.constantFrom('opening', 'queued', 'waiting', 'merged', 'closed'),
    number: fc.option(fc.nat()),
  })
  .map(within((town, fields) => town.pulls.put(aPull(fields))))
const run = fc
  .record({
    id: few('n'),
    convoyId: few('c'),
    beadId: fc.option(few('b')),
    state: fc.constantFrom('ordered', 'running', 'done', 'lost'),
    polecat: fc.option(few('amber')),
    startedAt: time,
  })
  .map(within((town, fields) => town.runs.put(aRun(fields))))
const polecat = few('cat').map<Change>(
  name => town => void town.polecats.put(aPolecat({ id: `r1/${name}`, name })),
)
const head = fc
  .record({
    login: text,
    ownerType: fc.constantFrom('Organization', 'User'),
    boards: fc.array(fc.record({ number: fc.option(fc.nat()), url: maybe, why: maybe, seenAt: fc.nat() })),
    suspended: fc.boolean(),
  })
  .map<Change>(fields => town => void Object.assign(town, fields))

const change = fc.oneof(
  { arbitrary: rig, weight: 1 },
  { arbitrary: convoy, weight: 4 },
  { arbitrary: leg, weight: 1 },
  { arbitrary: bead, weight: 5 },
  { arbitrary: rewire, weight: 2 },
  { arbitrary: draft, weight: 2 },
  { arbitrary: pull, weight: 3 },
  { arbitrary: run, weight: 3 },
  { arbitrary: polecat, weight: 1 },
  { arbitrary: head, weight: 1 },
)
const life = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 14 })

test('a process that has just started finds every town as the one that has known it all along', async () => {
  let saved = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(life, async steps => {
      const everything: Change = town => {
        for (const id of ['r1', 'r2']) town.rigs.put(aRig({ id, name: id }))
        for (const id of ['c1', 'c2', 'c3'])
          town.convoys.put(aConvoy({ id, issueId: id, status: id === 'c1' ? 'open' : 'publishing' }))
        for (const id of ['b1', 'b2']) town.beads.put(aBead({ id }))
      }
      const id = await aTown(warm, everything)
      for (const changes of steps) {
        try {
          await warm.inTown(id, 0, town =>
            outcome(town, fork => {
              for (const each of changes) each(fork)
            }),
          )
          saved++
        } catch (error) {
          // What the database refuses must not be in memory either.
          expect(error).toHaveProperty('constraint_name')
          refused++
        }
        expect(written(await inMemory(warm, id))).toEqual(written(await inMemory(forgetful, id)))
      }
    }),
    { numRuns: 25 },
  )
  // Lives that are all refused, or never, would show little.
  expect(saved).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(3)
}, 60_000)
