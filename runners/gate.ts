import path from 'node:path'
import type { Order, Report } from '../src/agents/protocol.ts'
import type { Bench } from './bench.ts'
import { cleanEnv, plain, startGroup, Tail } from './children.ts'
import { makeClone } from './clone.ts'
import { commitTree, git, treeOf, whoIs } from './git.ts'

type GateReport = Extract<Report, { report: 'gate' }>
type GateOrder = Order['gates'][number]

/**
 * Tests what a merge would give, before anything is merged: `order.headSha` (or the tip of the branch) merged onto
 * the tip of the base. Null when it was stopped before its end.
 */
export async function gate(order: Order, bench: Bench): Promise<GateReport | null> {
  bench.phase('cloning')
  const { cache, signal } = bench
  const tips = await cache.bring(order.base, order.branch, bench)
  const baseSha = tips.get(order.base) ?? null
  const tip = tips.get(order.branch)
  const headSha = order.headSha ?? tip ?? null
  const tell = (outcome: GateReport['outcome'], more: Partial<GateReport> = {}): GateReport => {
    const nothing = { results: [], files: [], why: null }
    return { report: 'gate', outcome, baseSha, headSha, ...nothing, ...more }
  }
  if (baseSha === null) return tell('unable', { why: `The branch ${order.base} is not there.` })
  if (tip === undefined || headSha === null)
    return tell('unable', { why: `The branch ${order.branch} is not there.` })
  if (!(await cache.has(headSha)))
    return tell('unable', { why: `The commit ${headSha} is not on ${order.branch} any more.` })

  const merged = await mergeTrees(cache.dir, baseSha, headSha)
  if (!merged.clean) return tell('conflict', { files: merged.files })
  if (merged.tree === (await treeOf(cache.dir, baseSha))) return tell('empty')
  if (order.gates.length === 0) return tell('green')

  const message = `Merge branch '${order.branch}' into ${order.base}\n`
  const parents = [baseSha, headSha]
  const start = await commitTree(cache.dir, { tree: merged.tree, parents, message, who: whoIs(null) })
  const dir = path.join(bench.dir, 'merged')
  await makeClone({ cache: cache.dir, dir, branch: null, start, who: whoIs(null) })
  bench.phase('testing')
  const results = await runGates(order.gates, dir, bench)
  if (signal.aborted) return null
  return tell(results.every(result => result.ok) ? 'green' : 'red', { results })
}

type Merged = { readonly clean: true; tree: string } | { readonly clean: false; files: string[] }

async function mergeTrees(repo: string, base: string, head: string): Promise<Merged> {
  const options = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z']
  const { code, out } = await git([`--git-dir=${repo}`, ...options, base, head], { accept: [1] })
  const [tree = '', ...names] = out.split('\0')
  if (code === 0) return { clean: true, tree: tree.trim() }
  return { clean: false, files: names.filter(Boolean).map(clip).slice(0, 200) }
}

const clip = (name: string): string => name.slice(0, 1000)

/** In order, until one is red: the ones behind it would only say the same, later. */
async function runGates(gates: readonly GateOrder[], dir: string, bench: Bench) {
  const results: GateReport['results'] = []
  for (const order of gates) {
    const result = await runGate(order, dir, bench)
    if (bench.signal.aborted) break
    results.push(result)
    if (!result.ok) break
  }
  return results
}

async function runGate(order: GateOrder, dir: string, { home, signal }: Bench) {
  const began = performance.now()
  const tail = new Tail()
  const take = (text: string) => tail.add(text)
  const env = cleanEnv(home, { CI: 'true' })
  const child = startGroup('sh', ['-c', order.run], { dir, env, line: null, onOut: take, onErr: take })
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill()
  }, order.timeoutMs)
  signal.addEventListener('abort', child.kill)
  if (signal.aborted) child.kill()
  const { code, signal: killed, notStarted } = await child.ended
  clearTimeout(timer)
  signal.removeEventListener('abort', child.kill)
  const ok = code === 0 && !late
  if (late) tail.add(`\nStopped: it was not done within ${order.timeoutMs / 1000} s.\n`)
  else if (notStarted !== null) tail.add(`\nIt could not be started: ${plain(notStarted)}\n`)
  else if (killed !== null) tail.add(`\nKilled (${killed}).\n`)
  return { name: order.name, ok, seconds: (performance.now() - began) / 1000, tail: String(tail) }
}
