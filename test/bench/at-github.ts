import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Created } from '../../src/sandbox/github/creations.ts'
import type { Count } from '../../src/sandbox/github/metering.ts'
import { type BeadSketch, type Epic, git, Person } from '../../src/sandbox/person.ts'
import { type Ready, startSandbox } from '../../src/sandbox/sandbox.ts'
import { start } from './child.ts'

/** A local GitHub and a Townhall at the pace that is kept with the real one: what several parts measure at. */

/** Nothing more is asked for when the App was silent for so long: longer than a card waits to be written. */
const SILENCE_MS = 8_000
const PATIENCE_MS = 900_000
const LOOK_MS = 500

/** Requests by route, without those of people and of git. */
export type Routes = ReadonlyMap<string, number>

export async function atGitHub<T>(measure: (ready: Ready) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'townhall-bench-'))
  const sandbox = await startSandbox({ dataDir, githubOnly: true, logLevel: 'error' })
  const townhall = start<{ port: number }>('townhall-process.ts', [], {
    ...sandbox.ready.environment,
    TOWNHALL_PACE: 'github',
  })
  try {
    await townhall.told()
    return await measure(sandbox.ready)
  } finally {
    await townhall.stop()
    await sandbox.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** A repository with a gate, and a person who may write in it. */
export async function repository(ready: Ready, name: string): Promise<{ wes: Person; repo: string }> {
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
  return { wes, repo: `${ready.org}/${name}` }
}

export async function prepared(ready: Ready, name: string, beads: readonly BeadSketch[]) {
  const { wes, repo } = await repository(ready, name)
  const epic: Epic = await wes.epic(repo, `The epic of ${name}`, 'Its sub-issues are the plan.', beads)
  return { wes, repo, epic }
}

const control = '/sandbox/requests'

export async function countAnew(ready: Ready): Promise<void> {
  await fetch(`${ready.web}${control}`, { method: 'DELETE' })
}

interface Counted {
  readonly routes: readonly Count[]
  readonly creations: Readonly<Record<string, Created>>
}

export const counted = async (ready: Ready): Promise<Counted> =>
  (await (await fetch(`${ready.web}${control}`)).json()) as Counted

/** The App's requests, once it asks for nothing any more. */
export async function settled(ready: Ready): Promise<Routes> {
  let last = new Map<string, number>()
  let since = Date.now()
  await until('the App is silent', async () => {
    const { routes } = await counted(ready)
    const now = new Map<string, number>()
    for (const { route, actor, count } of routes)
      if (isTheApps(ready, actor) && !isGit(route)) now.set(route, (now.get(route) ?? 0) + count)
    if (totalOf(now) !== totalOf(last)) since = Date.now()
    last = now
    return totalOf(now) > 0 && Date.now() - since > SILENCE_MS
  })
  return last
}

export const isTheApps = (ready: Ready, actor: string): boolean =>
  !ready.users[actor] && actor !== 'anonymous'
const isGit = (route: string): boolean => /info\/refs|git-(upload|receive)-pack/.test(route)
export const totalOf = (routes: Routes): number => [...routes.values()].reduce((sum, count) => sum + count, 0)

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (await isSo()) return
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`never: ${what}`)
}
