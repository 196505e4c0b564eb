import type { Bead, Town } from '../core/town.ts'
import { jsonOf, type Query, run } from './connection.ts'
import type { Dependency, Written } from './rows.ts'
import * as kinds from './rows.ts'

/** Writes the rows of `after` that changed since it was forked from `before`; nothing when none did. */
export function saveRows(query: Query, before: Town, after: Town): Written {
  // Unforked, its tables still count the changes of the decision before.
  if (after === before) return { statements: [], exact: true }
  const beads = after.beads.changes()
  // Rows come after those that they refer to.
  const written = [
    kinds.write(query, kinds.rigs, after.id, after.rigs.changes()),
    kinds.write(query, kinds.polecats, after.id, after.polecats.changes()),
    kinds.write(query, kinds.convoys, after.id, after.convoys.changes()),
    kinds.write(query, kinds.legs, after.id, after.legs.changes()),
    kinds.write(query, kinds.beads, after.id, beads),
    saveBlockers(query, before, beads),
    kinds.write(query, kinds.drafts, after.id, after.drafts.changes()),
    kinds.write(query, kinds.pulls, after.id, after.pulls.changes()),
    kinds.write(query, kinds.runs, after.id, after.runs.changes()),
  ]
  return {
    statements: written.flatMap(part => part.statements),
    exact: written.every(part => part.exact),
  }
}

/** Most changes of a bead leave its blockers alone: rows are replaced, the list inside stays the same object. */
function saveBlockers(query: Query, before: Town, beads: readonly Bead[]): Written {
  const rewired = beads.filter(bead => before.beads.get(bead.id)?.blockers !== bead.blockers)
  if (rewired.length === 0) return { statements: [], exact: true }
  const removed = run(query, REMOVE_BLOCKERS, [before.id, jsonOf(rewired.map(bead => bead.id))])
  const added = kinds.write(query, kinds.dependencies, before.id, rewired.flatMap(dependenciesOf))
  return { statements: [removed, ...added.statements], exact: added.exact }
}

function dependenciesOf(bead: Bead): Dependency[] {
  return bead.blockers.map(({ id, ...blocker }, position) => ({
    ...blocker,
    beadId: bead.id,
    blockerId: id,
    position,
  }))
}

const REMOVE_BLOCKERS = `
  delete from dependencies where town_id = $1
  and bead_id = any(array(select json_array_elements_text($2::text::json)))`
