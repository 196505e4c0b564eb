import path from 'node:path'
import type { Job, Order, Report } from '../src/agents/protocol.ts'
import type { Bench } from './bench.ts'
import { beginMerge, endMerge, giveUpMerge, makeClone } from './clone.ts'
import { GitFailed, git, whoIs } from './git.ts'
import { contentOf, harvest, keepIndex, NoHarvest, unsettled } from './harvest.ts'
import type { Left, Seat } from './seat.ts'

/** The run's clone as the agent gets it. */
interface Prepared {
  readonly start: string
  readonly baseSha: string
  /** Where the branch is on the remote; null: it is not there yet. */
  readonly pushed: string | null
  /** Conflicting files with what the merge left in them; null: there is no merge to finish. */
  readonly conflicts: ReadonlyMap<string, string> | null
}

type BeadOrder = Order & { readonly kind: Job['kind']; readonly bead: NonNullable<Order['bead']> }

/** Lets an agent work on a bead and pushes what it has made. Null: there is nothing to report. */
export async function work(order: BeadOrder, seat: Seat, bench: Bench): Promise<Report | null> {
  bench.phase('cloning')
  const { cache } = bench
  const tips = await cache.bring(order.base, order.branch, bench)
  const baseSha = tips.get(order.base)
  if (baseSha === undefined) return failed(`There is no branch ${order.base} to start from.`)
  const prepared = await prepare(order, bench, baseSha, tips.get(order.branch) ?? null)
  bench.phase('working')
  // A base that has moved on since may have taken the conflict away: then merging it is all there was to do.
  const settled = order.kind === 'conflict' && prepared.conflicts === null
  const left = settled ? ({ left: 'done' } as const) : await sit(order, seat, bench, prepared)
  bench.phase('pushing')
  return left.left === 'done' ? deliver(order, bench, prepared) : save(order, bench, prepared, left)
}

const failed = (why: string, log = '', sha: string | null = null): Report => ({
  report: 'failed',
  why: why.slice(0, 1000),
  log,
  sha,
})

const cloneOf = (bench: Bench): string => path.join(bench.dir, 'clone')

/**
 * Work goes on from the branch as it is on the remote, whatever we were told last: what is there is never thrown
 * away, because pushing over it is never done. Without a branch it begins at the tip of the base.
 */
async function prepare(
  order: BeadOrder,
  bench: Bench,
  baseSha: string,
  pushed: string | null,
): Promise<Prepared> {
  const dir = cloneOf(bench)
  const start = pushed ?? baseSha
  await makeClone({ cache: bench.cache.dir, dir, branch: order.branch, start, who: whoIs(order.polecat) })
  const files = order.kind === 'work' ? [] : await mergeBase(order, dir, baseSha)
  await keepIndex(dir, bench.dir)
  const ready = { start, baseSha, pushed, conflicts: null }
  if (files.length === 0) return ready
  const contents = files.map(async file => [file, await contentOf(dir, file)] as const)
  return { ...ready, conflicts: new Map(await Promise.all(contents)) }
}

/** The agent works on what will be tested. Gives the files in which it has a conflict to settle, if that is its job. */
async function mergeBase(order: BeadOrder, dir: string, baseSha: string): Promise<string[]> {
  const who = whoIs(order.polecat)
  const files = await beginMerge(dir, baseSha, who)
  if (files.length === 0) await endMerge(dir, `Merge branch '${order.base}' into ${order.branch}\n`, who)
  if (files.length === 0 || order.kind === 'conflict') return files
  await giveUpMerge(dir)
  return []
}

function sit(order: BeadOrder, seat: Seat, bench: Bench, prepared: Prepared): Promise<Left> {
  const { kind, bead, attempt, feedback, answers, checkpoint, silenceMs } = order
  const conflicts = [...(prepared.conflicts?.keys() ?? [])]
  const { baseSha } = prepared
  const job: Job = { kind, bead, attempt, feedback, answers, checkpoint, baseSha, conflicts }
  const { home, signal } = bench
  return seat.sit({ job, dir: cloneOf(bench), home, silenceMs, signal })
}

async function deliver(order: BeadOrder, bench: Bench, prepared: Prepared): Promise<Report> {
  const { pushed, conflicts, baseSha } = prepared
  try {
    const open = conflicts === null ? [] : await unsettled(cloneOf(bench), conflicts)
    if (open.length > 0) return failed(`Conflicts are left in ${open.join(', ')}.`, '', pushed)
    const title =
      conflicts === null ? order.bead.subject : `Merge branch '${order.base}' into ${order.branch}`
    const sha = await gather(order, bench, prepared, title)
    await push(order, bench, sha, pushed)
    return { report: 'done', sha, changed: await differs(bench.cache.dir, baseSha, sha) }
  } catch (error) {
    return failed(sentenceOf(error), '', pushed)
  }
}

/** What an agent has made so far is kept on the branch, for the next one to go on from. */
async function save(
  order: BeadOrder,
  bench: Bench,
  prepared: Prepared,
  left: Exclude<Left, { left: 'done' }>,
): Promise<Report | null> {
  const wanted = left.left !== 'stopped' || bench.stopping()
  const sha = wanted ? await saveProgress(order, bench, prepared) : prepared.pushed
  if (left.left === 'stopped') return wanted ? { report: 'released', sha } : null
  if (left.left === 'failed') return failed(left.why, left.log, sha)
  return { report: 'asked', question: left.question, sha, checkpoint: left.checkpoint }
}

/** The commit at which the branch is on the remote afterwards; null: the branch is not there. */
async function saveProgress(order: BeadOrder, bench: Bench, prepared: Prepared): Promise<string | null> {
  const { pushed, conflicts, baseSha } = prepared
  // Half of a merge is nothing to go on from: the next run merges again.
  if (conflicts !== null) return pushed
  try {
    const sha = await gather(order, bench, prepared, `wip: ${order.bead.subject}`)
    if (sha === baseSha) return pushed
    await push(order, bench, sha, pushed)
    return sha
  } catch (error) {
    // How the run itself went is the report; that its leftovers could not be saved must not hide it.
    if (!(error instanceof NoHarvest || error instanceof GitFailed)) throw error
    bench.log.warn({ run: order.run, why: error.message }, 'Work in progress could not be saved')
    return pushed
  }
}

function gather(order: BeadOrder, bench: Bench, prepared: Prepared, title: string): Promise<string> {
  const { start, conflicts, baseSha } = prepared
  return harvest({
    cache: bench.cache.dir,
    dir: cloneOf(bench),
    desk: bench.dir,
    branch: order.branch,
    start,
    merging: conflicts === null ? null : baseSha,
    message: `${title}\n\nBead: #${order.bead.number}\n`,
    who: whoIs(order.polecat),
  })
}

async function push(order: BeadOrder, bench: Bench, sha: string, pushed: string | null): Promise<void> {
  if (sha !== pushed) await bench.cache.push(sha, order.branch, { ...bench, signal: bench.lastly })
}

/** Whether a commit changes anything against where it parted from the base. */
async function differs(repo: string, baseSha: string, sha: string): Promise<boolean> {
  const args = ['diff', '--quiet', '--no-ext-diff', '--no-textconv', `${baseSha}...${sha}`]
  return (await git([`--git-dir=${repo}`, ...args], { accept: [1] })).code === 1
}

function sentenceOf(error: unknown): string {
  if (error instanceof NoHarvest) return error.message
  if (error instanceof GitFailed) return `The work could not be pushed: ${error.said.trim().slice(-800)}`
  throw error
}
