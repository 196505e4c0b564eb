import type { BeadSketch } from '../../src/sandbox/person.ts'
import type { Ready } from '../../src/sandbox/sandbox.ts'
import { atGitHub, countAnew, prepared, type Routes, settled, totalOf, until } from './at-github.ts'
import type { Figure, Part } from './figures.ts'
import { short } from './figures.ts'

const BEADS = 20
const PLAN = 100
const PLAN_EDGES = 150

/** What a bead's life and a plan cost in requests to GitHub, at the pace that is kept with GitHub. */
export const requests: Part = async say => {
  return atGitHub(async ready => {
    const one = await convoy(ready, 'one', chainOf(1))
    say(`a convoy of one bead: ${short(totalOf(one))} requests`)
    const many = await convoy(ready, 'many', chainOf(BEADS))
    say(`a convoy of ${BEADS} beads: ${short(totalOf(many))} requests`)
    const staged = await stage(ready, 'plan')
    return [...perBead(one, many), ...plan(staged)]
  })
}

/** Three beads side by side, each behind one of the three before. */
const chainOf = (beads: number): BeadSketch[] =>
  Array.from({ length: beads }, (_, nth) => ({
    key: `b${nth}`,
    title: `Bead ${nth}`,
    body: 'Write it down.',
    after: nth < 3 ? [] : [`b${nth - 3}`],
  }))

/** A convoy's whole life, from the command that starts it until it is landed and shown. */
async function convoy(ready: Ready, name: string, beads: readonly BeadSketch[]): Promise<Routes> {
  const { wes, repo, epic } = await prepared(ready, name, beads)
  await countAnew(ready)
  await wes.comment(repo, epic.number, '/convoy stage --start --force')
  await until(`${name} landed`, async () => {
    const issue = await wes.get<{ state: string }>(`/repos/${repo}/issues/${epic.number}`)
    return issue.state === 'closed'
  })
  return settled(ready)
}

async function stage(ready: Ready, name: string): Promise<Routes> {
  const beads = Array.from({ length: PLAN }, (_, nth) => {
    // One edge for each bead but the first, and a second one until there are enough.
    const second = nth > 1 && nth <= PLAN_EDGES - PLAN + 2 ? [`b${Math.floor((nth - 1) / 2)}`] : []
    const after = nth === 0 ? [] : [...new Set([`b${nth - 1}`, ...second])]
    return { key: `b${nth}`, title: `Bead ${nth}`, body: 'Write it down.', after }
  })
  const { wes, repo, epic } = await prepared(ready, name, beads)
  await settled(ready)
  await countAnew(ready)
  await wes.comment(repo, epic.number, '/convoy stage')
  return settled(ready)
}

/** What each bead more costs: the convoy itself is in both lives, and so is its first bead. */
function perBead(one: Routes, many: Routes): Figure[] {
  const more = (route: string) => ((many.get(route) ?? 0) - (one.get(route) ?? 0)) / (BEADS - 1)
  const all = (totalOf(many) - totalOf(one)) / (BEADS - 1)
  const routes = [...new Set([...many.keys(), ...one.keys()])]
    .map(route => ({ route, each: more(route) }))
    .filter(({ each }) => each !== 0)
    .sort((a, b) => b.each - a.each)
  return [
    {
      what: "GitHub requests for a bead's whole life",
      figure: `${all.toFixed(2)} (convoys of ${BEADS}: ${totalOf(many)}, of 1: ${totalOf(one)})`,
      ratio: '',
      aim: '≤ 12',
      met: all <= 12,
    },
    ...routeLines(routes.map(({ route, each }) => [route, each.toFixed(2)])),
  ]
}

function plan(staged: Routes): Figure[] {
  const total = totalOf(staged)
  return [
    {
      what: `GitHub requests to stage ${PLAN} beads, ${PLAN_EDGES} edges`,
      figure: String(total),
      ratio: '',
      aim: '≤ 60',
      met: total <= 60,
    },
    ...routeLines([...staged].map(([route, count]) => [route, String(count)])),
  ]
}

export const routeLines = (routes: readonly (readonly [route: string, figure: string])[]): Figure[] =>
  routes.map(([route, figure]) => ({ what: `  ${route}`, figure, ratio: '', aim: '', met: null }))
