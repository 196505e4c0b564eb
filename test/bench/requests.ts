import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Count } from '../../src/sandbox/github/metering.ts'
import { type BeadSketch, type Epic, git, Person } from '../../src/sandbox/person.ts'
import { type Ready, startSandbox } from '../../src/sandbox/sandbox.ts'
import { start } from './child.ts'
import type { Figure, Part } from './figures.ts'
import { short } from './figures.ts'

const BEADS = 20
const PLAN = 100
const PLAN_EDGES = 150
/** Nothing more is asked for when the App was silent for so long: longer than a card waits to be written. */
const SILENCE_MS = 8_000
const PATIENCE_MS = 600_000
const LOOK_MS = 500

/** Requests by route, without those of people and of git. */
type Routes = ReadonlyMap<string, number>

/** What a bead's life and a plan cost in requests to GitHub, at the pace that is kept with GitHub. */
export const requests: Part = async say => {
  const dataDir = mkdtempSync(join(tmpdir(), 'townhall-bench-'))
  const sandbox = await startSandbox({ dataDir, githubOnly: true, logLevel: 'error' })
  const townhall = start<{ port: number }>('townhall-process.ts', [], {
    ...sandbox.ready.environment,
    TOWNHALL_PACE: 'github',
  })
  try {
    await townhall.told()
    const one = await convoy(sandbox.ready, 'one', chainOf(1))
    say(`a convoy of one bead: ${short(totalOf(one))} requests`)
    const many = await convoy(sandbox.ready, 'many', chainOf(BEADS))
    say(`a convoy of ${BEADS} beads: ${short(totalOf(many))} requests`)
    const staged = await stage(sandbox.ready, 'plan')
    return [...perBead(one, many), ...plan(staged)]
  } finally {
    await townhall.stop()
    await sandbox.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
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

async function prepared(ready: Ready, name: string, beads: readonly BeadSketch[]) {
  const olivia = new Person(ready, 'olivia', ready.users.olivia!.token)
  const wes = new Person(ready, 'wes', ready.users.wes!.token)
  const folder = mkdtempSync(join(tmpdir(), 'townhall-repo-'))
  mkdirSync(join(folder, '.github'))
  writeFileSync(join(folder, '.github/townhall.yml'), 'gates:\n  - name: test\n    run: test -f README.md\n')
  writeFileSync(join(folder, 'README.md'), `# ${name}\n`)
  await git(folder, ['init', '--quiet', '--initial-branch=main'])
  await git(folder, ['add', '.'])
  const author = ['-c', 'user.name=olivia', '-c', 'user.email=olivia@acme.invalid']
  await git(folder, [...author, 'commit', '--quiet', '-m', 'first'])
  await olivia.pushNew(ready.org, name, folder)
  rmSync(folder, { recursive: true, force: true })
  const repo = `${ready.org}/${name}`
  const epic: Epic = await wes.epic(repo, `The epic of ${name}`, 'Its sub-issues are the plan.', beads)
  return { wes, repo, epic }
}

const control = '/sandbox/requests'

async function countAnew(ready: Ready): Promise<void> {
  await fetch(`${ready.web}${control}`, { method: 'DELETE' })
}

/** The App's requests, once it asks for nothing any more. */
async function settled(ready: Ready): Promise<Routes> {
  let last = new Map<string, number>()
  let since = Date.now()
  await until('the App is silent', async () => {
    const { routes } = (await (await fetch(`${ready.web}${control}`)).json()) as { routes: Count[] }
    const now = new Map<string, number>()
    for (const { route, actor, count } of routes)
      if (isTheApps(ready, actor) && !isGit(route)) now.set(route, (now.get(route) ?? 0) + count)
    if (totalOf(now) !== totalOf(last)) since = Date.now()
    last = now
    return totalOf(now) > 0 && Date.now() - since > SILENCE_MS
  })
  return last
}

const isTheApps = (ready: Ready, actor: string): boolean => !ready.users[actor] && actor !== 'anonymous'
const isGit = (route: string): boolean => /info\/refs|git-(upload|receive)-pack/.test(route)
const totalOf = (routes: Routes): number => [...routes.values()].reduce((sum, count) => sum + count, 0)

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (await isSo()) return
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`never: ${what}`)
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

const routeLines = (routes: readonly (readonly [route: string, figure: string])[]): Figure[] =>
  routes.map(([route, figure]) => ({ what: `  ${route}`, figure, ratio: '', aim: '', met: null }))
