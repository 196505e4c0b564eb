import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { picture } from './demo/picture.ts'
import { EPIC, GUEST_EPIC, QUESTION, shopFolder, testsOf } from './demo/shop.ts'
import type { Row } from './demo/watch.ts'
import { cardOf, changes, rowsOf, saidOn, summary } from './demo/watch.ts'
import type { Epic } from './person.ts'
import { git, Person } from './person.ts'
import type { Sandbox } from './sandbox.ts'
import { startSandbox } from './sandbox.ts'

/** `npm run demo -- [--repo PATH] [--keep] [--picture FILE]`: an epic becomes landed code while you watch. */
const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    keep: { type: 'boolean', default: false },
    // For the README: what was printed, as an SVG.
    picture: { type: 'string' },
  },
})

/** A demo that has not landed by then has a fault: it ends and says what it waits for. */
const PATIENCE_MS = 180_000
const LOOK_MS = 250
const home = fileURLToPath(new URL('../../.townhall/', import.meta.url))

const began = Date.now()
const printed: string[] = []
const say = (line = ''): void => {
  printed.push(...line.split('\n'))
  process.stdout.write(`${line}\n`)
}
const tell = (line: string): void => say(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)}s  ${line}`)

interface Stage {
  readonly sandbox: Sandbox
  /** Everything of this demo is in it, and goes with it. */
  readonly dataDir: string
  readonly repo: string
  readonly olivia: Person
  readonly wes: Person
  readonly epic: Epic
}

async function main(): Promise<number> {
  const dataDir = await demoFolder()
  const sandbox = await startSandbox({ dataDir, logLevel: 'error' })
  let keep = false
  const end = async (): Promise<void> => {
    await sandbox.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void end().then(() => process.exit(keep ? 0 : 130)))
  tell(`a GitHub of its own and Townhall are up: ${sandbox.ready.web}`)
  try {
    const stage = await prepare(sandbox, dataDir)
    await stageAndStart(stage)
    const rows = await watch(stage)
    await showWhatLanded(stage, rows)
    if (values.picture) writeFileSync(values.picture, picture(printed))
    keep = values.keep
    if (keep) await lookAround(stage)
    return 0
  } catch (error) {
    say()
    say(`The demo did not land: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    if (!keep) await end()
  }
}

/**
 * A folder of this process in the project, so that two demos do not meet. What killed ones left there is ended in
 * order before it is taken away.
 */
async function demoFolder(): Promise<string> {
  mkdirSync(home, { recursive: true })
  for (const name of readdirSync(home)) {
    const pid = /^demo-(\d+)$/.exec(name)?.[1]
    if (pid && !isDemo(pid)) await tidy(join(home, name))
  }
  return join(home, `demo-${process.pid}`)
}

function isDemo(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('demo.ts')
  } catch {
    // No such process.
    return false
  }
}

/** Its database may still be running: it is found and stopped by whoever starts on the same folder. */
async function tidy(folder: string): Promise<void> {
  tell('an earlier demo was killed: tidying up after it')
  if (existsSync(join(folder, 'ports.json')))
    await (await startSandbox({ dataDir: folder, logLevel: 'error' })).stop()
  rmSync(folder, { recursive: true, force: true })
}

async function prepare(sandbox: Sandbox, dataDir: string): Promise<Stage> {
  const { ready } = sandbox
  const olivia = new Person(ready, 'olivia', ready.users.olivia!.token)
  const wes = new Person(ready, 'wes', ready.users.wes!.token)
  const folder = values.repo ? await copyOf(resolve(values.repo), dataDir) : await shopFolder(dataDir)
  const name = values.repo ? basename(resolve(values.repo)).replace(/[^\w.-]/g, '-') : 'shop'
  const repo = `${ready.org}/${name}`
  await olivia.pushNew(ready.org, name, folder)
  rmSync(folder, { recursive: true, force: true })
  const beads = values.repo ? GUEST_EPIC : EPIC
  const epic = await wes.epic(
    repo,
    values.repo ? 'Notes by polecats' : 'A checkout for the shop',
    'Sub-issues and blocked-by links are the plan.',
    beads,
  )
  tell(`${repo} is pushed, and wes has made epic #${epic.number} with ${beads.length} sub-issues`)
  return { sandbox, dataDir, repo, olivia, wes, epic }
}

/** Their repository is only read: everything happens on a clone. */
async function copyOf(path: string, parent: string): Promise<string> {
  const folder = mkdtempSync(join(parent, 'copy-'))
  await git(folder, ['clone', '--quiet', '--no-hardlinks', path, '.'])
  return folder
}

async function stageAndStart({ wes, repo, epic }: Stage): Promise<void> {
  await wes.comment(repo, epic.number, '/convoy stage')
  tell(`wes comments /convoy stage  → ${await reply(wes, repo, epic.number, 1)}`)
  await wes.comment(repo, epic.number, '/convoy start')
  tell(`wes comments /convoy start  → ${await reply(wes, repo, epic.number, 2)}`)
}

/** The first line of the App's n-th reply to a command. */
async function reply(wes: Person, repo: string, number: number, nth: number): Promise<string> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause()) {
    const replies = (await saidOn(wes, repo, number)).filter(body => body.includes('<!-- townhall:reply:'))
    if (replies.length >= nth) return replies[nth - 1]!.split('\n')[0]!
  }
  throw new Error('Townhall did not answer a comment within 30 seconds')
}

const pause = (): Promise<void> => new Promise(done => setTimeout(done, LOOK_MS))

async function watch(stage: Stage): Promise<Row[]> {
  const { wes, repo, epic } = stage
  let rows: Row[] = []
  let answered = false
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause()) {
    const card = await cardOf(wes, repo, epic)
    const seen = card ? rowsOf(card) : []
    const news = changes(rows, seen, number => epic.blockers.get(number) ?? [])
    for (const line of news) tell(line)
    if (news.length > 0) tell(`   ${summary(seen)}`)
    rows = seen
    if (!answered && !values.repo) answered = await answer(stage)
    const issue = await wes.get<{ state: string }>(`/repos/${repo}/issues/${epic.number}`)
    const isAll = rows.length === Object.keys(epic.issues).length
    if (issue.state === 'closed' && isAll && rows.every(row => row.standing === 'landed')) return rows
  }
  throw new Error(
    `it still waits after ${PATIENCE_MS / 1000} s. The card says:\n\n${(await cardOf(wes, repo, epic)) ?? 'nothing'}`,
  )
}

async function answer({ olivia, repo, epic }: Stage): Promise<boolean> {
  const { number } = epic.issues[QUESTION.bead]!
  const asked = (await saidOn(olivia, repo, number)).some(body => body.includes('<!-- townhall:question:'))
  if (!asked) return false
  await olivia.comment(repo, number, QUESTION.answer)
  tell(`  olivia answers in #${number}: ${QUESTION.answer}`)
  return true
}

async function showWhatLanded(
  { sandbox, dataDir, olivia, wes, repo, epic }: Stage,
  rows: readonly Row[],
): Promise<void> {
  const seconds = (Date.now() - began) / 1000
  const folder = mkdtempSync(join(dataDir, 'landed-'))
  const { token } = sandbox.ready.users.olivia!
  await git(folder, [
    'clone',
    '--quiet',
    `${sandbox.ready.git.replace('://', `://${olivia.login}:${token}@`)}/${repo}.git`,
    '.',
  ])
  const red = values.repo ? null : await testsOf(folder)
  say()
  for (const row of rows)
    say(
      `  #${row.number} ${row.title}: ${row.polecat}, pull request #${row.pull}${row.tries > 0 ? `, ${row.tries} failed ${row.tries === 1 ? 'try' : 'tries'}` : ''}`,
    )
  say()
  say('git log --first-parent main')
  say(await git(folder, ['log', '--first-parent', '--format=  %h %s', '-n', '5']))
  rmSync(folder, { recursive: true, force: true })
  if (red) throw new Error(`the tests on main are red:\n${red}`)
  const repairs = rows.reduce((sum, row) => sum + row.tries, 0)
  const pulls = await wes.get<{ number: number }[]>(`/repos/${repo}/pulls?state=closed&per_page=100`)
  say(
    `Landed on main: all ${rows.length} beads of epic #${epic.number}, with ${pulls.length} pull requests and ${repairs} failed tries on the way, in ${seconds.toFixed(0)} s.`,
  )
  if (!values.repo) say('The tests of the project pass on main.')
}

async function lookAround({ sandbox, repo, epic }: Stage): Promise<void> {
  say()
  say(`Look around: ${sandbox.ready.web}/${repo}/issues/${epic.number}    (Ctrl-C ends it)`)
  await new Promise(() => setInterval(() => {}, 1 << 30))
}

process.exit(await main())
