import { afterAll, expect, test } from 'vitest'
import type { Town } from '../../src/core/town.ts'
import { freshDatabase } from '../support/postgres.ts'
import { aTown, nothing, outcome, storeAt, withWork } from '../support/store.ts'
import { aBead, aConvoy, aLeg, aPolecat, aPull, aRig, aRun, aTask } from '../support/town-rows.ts'

const database = await freshDatabase()
const store = await storeAt(database.url)
afterAll(async () => {
  await store.close()
  await database.drop()
})

/** A town with two beads in two rigs, each with a pull and the first with a run. */
const busy = (town: Town): void => {
  withWork(town)
  town.rigs.put(aRig({ id: 'r2', name: 'till' }))
  town.legs.put(aLeg())
  town.beads.put(aBead({ id: 'b2' }))
  town.polecats.put(aPolecat())
  town.pulls.put(aPull())
  town.pulls.put(aPull({ id: 'b2.p1', beadId: 'b2' }))
  town.pulls.put(aPull({ id: 'landing', kind: 'landing', beadId: null }))
  town.runs.put(aRun())
}
const gate = { kind: 'gate', polecat: null } as const

const never: Record<string, [constraint: string, change: (town: Town) => void]> = {
  'two polecats on one bead': [
    'runs_one_per_bead',
    town => void town.runs.put(aRun({ id: 'x', kind: 'rework', polecat: 'basil', state: 'running' })),
  ],
  'one polecat on two beads': [
    'runs_one_per_polecat',
    town => void town.runs.put(aRun({ id: 'x', beadId: 'b2' })),
  ],
  'two gate runs of one pull': [
    'runs_one_gate_per_pull',
    town => {
      town.runs.put(aRun({ id: 'g1', ...gate, pullId: 'b1.p1' }))
      town.runs.put(aRun({ id: 'g2', ...gate, pullId: 'b1.p1' }))
    },
  ],
  'two open pulls of one bead into one branch': [
    'pulls_one_per_bead',
    town => void town.pulls.put(aPull({ id: 'x', state: 'returned' })),
  ],
  'two open landings of one convoy in one rig': [
    'pulls_one_landing',
    town => void town.pulls.put(aPull({ id: 'x', kind: 'landing', beadId: null, state: 'opening' })),
  ],
  'two convoys on one issue': ['convoys_one_per_issue', town => void town.convoys.put(aConvoy({ id: 'x' }))],
  'two convoys for one issue that is still to be opened': [
    'convoys_one_per_issue',
    town => {
      town.convoys.put(aConvoy({ id: 'x', issueId: 'new:7', status: 'publishing' }))
      town.convoys.put(aConvoy({ id: 'y', issueId: 'new:7', status: 'publishing' }))
    },
  ],
  'two tasks of a plan with one number': [
    'drafts_one_per_number',
    town => {
      town.drafts.put(aTask())
      town.drafts.put(aTask({ id: 'x' }))
    },
  ],
  'a task of no plan': ['drafts_convoy', town => void town.drafts.put(aTask({ convoyId: 'x' }))],
  'a priority that nobody knows': [
    'beads_priority_known',
    town => void town.beads.patch('b1', { priority: 5 as 4 }),
  ],
  'two legs of one convoy in one rig': ['legs_one_per_rig', town => void town.legs.put(aLeg({ id: 'x' }))],
  'two polecats of one name': ['polecats_name', town => void town.polecats.put(aPolecat({ id: 'x' }))],
  'a bead of no convoy': ['beads_convoy', town => void town.beads.put(aBead({ id: 'x', convoyId: 'x' }))],
  'a convoy in a rig of nowhere': ['convoys_rig', town => void town.convoys.patch('c1', { rigId: 'x' })],
  'a run for a bead of nowhere': [
    'runs_bead',
    town => void town.runs.put(aRun({ id: 'x', beadId: 'x', polecat: 'basil' })),
  ],
  'a gate run for a pull of nowhere': [
    'runs_pull',
    town => void town.runs.put(aRun({ id: 'x', ...gate, pullId: 'x' })),
  ],
  'a status that nobody knows': [
    'beads_status_known',
    town => void town.beads.patch('b1', { status: 'lost in thought' as 'open' }),
  ],
  'a bead that is closed in a way that nobody knows': [
    'beads_how_known',
    town => void town.beads.patch('b1', { how: 'somehow' as 'done' }),
  ],
}

test.each(Object.entries(never))('the database refuses %s', async (_, [constraint, change]) => {
  const town = await aTown(store, busy)
  const refused = store.inTown(town, 0, at => outcome(at, change))
  await expect(refused).rejects.toMatchObject({ constraint_name: constraint })
})

const allowed: Record<string, (town: Town) => void> = {
  'a next run of the bead by the same polecat, decided together with the end of the last': town => {
    town.runs.put(aRun({ id: 'next', number: 2 }))
    town.runs.patch('b1.r1', { state: 'lost' })
  },
  'a gate run of the bead beside its polecat': town =>
    void town.runs.put(aRun({ id: 'x', ...gate, pullId: 'b1.p1' })),
  'a next pull of the bead, decided together with the end of the last': town => {
    town.pulls.put(aPull({ id: 'next' }))
    town.pulls.patch('b1.p1', { state: 'closed' })
  },
  'a pull of the bead into another branch': town => void town.pulls.put(aPull({ id: 'x', base: 'main' })),
  'a second landing after one that was merged': town => {
    town.pulls.patch('landing', { state: 'merged' })
    town.pulls.put(aPull({ id: 'x', kind: 'landing', beadId: null }))
  },
  'a landing in another rig': town =>
    void town.pulls.put(aPull({ id: 'x', kind: 'landing', beadId: null, rigId: 'r2' })),
  'several plans at once whose issues are still to be opened': town => {
    town.convoys.put(aConvoy({ id: 'x', issueId: 'new:7', number: 0, status: 'publishing' }))
    town.convoys.put(aConvoy({ id: 'y', issueId: 'new:8', number: 0, status: 'publishing' }))
  },
  'a next convoy on the issue, decided together with the end of the last': town => {
    town.convoys.put(aConvoy({ id: 'next' }))
    town.convoys.patch('c1', { status: 'closed' })
  },
}

test.each(Object.entries(allowed))('the database allows %s', async (_, change) => {
  const town = await aTown(store, busy)
  expect(await store.inTown(town, 0, at => outcome(at, change))).not.toBeNull()
})

test('two towns never meet: the same ids may be in both', async () => {
  const towns = [await aTown(store, busy), await aTown(store, busy)]
  await store.inTown(towns[0]!, 0, at => outcome(at, fork => void fork.beads.patch('b1', { title: 'Mine' })))
  const titles: unknown[] = []
  for (const town of towns) {
    await store.inTown(town, 0, at => {
      titles.push(at.beads.get('b1')?.title)
      return nothing(at)
    })
  }
  expect(titles).toEqual(['Mine', 'Count the coins'])
})
