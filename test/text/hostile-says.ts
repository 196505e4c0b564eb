import type { Finding } from '../../src/core/convoys/findings.ts'
import type { Say } from '../../src/core/shown/says.ts'
import { beadCard, cardBead, cardOf } from './worlds.ts'

const feedback = (text: string) => ({ kind: 'failed', text, files: [text] }) as const

/** Everything that is said, with `text` in every place that is not ours. */
export function everythingWith(text: string): Say[] {
  return [
    {
      say: 'card',
      card: cardOf([cardBead(1, { title: text, polecat: text, why: text, standing: 'asking' })], {
        title: text,
      }),
    },
    {
      say: 'status',
      card: cardOf([cardBead(1, { title: text, why: text, standing: 'failed' })], { title: text, by: text }),
    },
    {
      say: 'bead',
      bead: beadCard({
        standing: 'asking',
        question: text,
        polecat: text,
        branch: text,
        why: text,
        feedback: feedback(text),
        answers: [{ question: text, answer: text, by: text }],
      }),
    },
    { say: 'question', polecat: text, text, reminder: 0 },
    { say: 'refused', refusal: { kind: 'unknown-command', line: text, nearest: null } },
    { say: 'refused', refusal: { kind: 'unknown-flag', line: text, flag: text, known: [] } },
    { say: 'refused', refusal: { kind: 'tree-unreadable', detail: text } },
    { say: 'refused', refusal: { kind: 'not-allowed', by: text, has: text, needs: text } },
    ...plansWith(text),
    { say: 'why', subject: 'acme/app#1', because: [{ what: text, rule: text, frees: text }] },
  ]
}

const forecast = {
  madeAt: 0,
  p50Ms: 60_000,
  p90Ms: 120_000,
  waves: [1],
  polecats: 1,
  machines: 1,
  samples: 0,
  plays: 1,
}

const CATEGORIES = [
  ['rig-parked', 'gated', 'no-right', 'has-parent', 'not-a-bead', 'mixed', 'bad-index'],
  ['overlap', 'not-joined', 'edit-refused', 'cycle', 'bad-config', 'cross-rig'],
].flat() as Finding['category'][]

/** What is said of plans, with `text` in every place that is not ours. */
function plansWith(text: string): Say[] {
  const findings = CATEGORIES.map(
    category => ({ severity: 'error', category, refs: [], detail: text }) as const,
  )
  const node = { ref: text, title: text, standing: 'working' } as const
  const card = cardOf([cardBead(1, { title: text, polecat: text, why: text, standing: 'deciding' })], {
    title: text,
    status: 'publishing',
    findings,
    tree: [
      { ...node, depth: 0, kind: 'epic', under: { over: 0, total: 1 } },
      { ...node, depth: 1, kind: 'task', under: null },
    ],
    route: { waves: 2, widest: { wave: 1, beads: 2 }, criticalPath: [text, text] },
    board: { url: text, why: text },
    why: text,
  })
  return [
    { say: 'card', card },
    { say: 'card', card: { ...card, status: 'staged_warnings', board: { url: null, why: text } } },
    { say: 'dry-run', card, drafted: 1 },
    { say: 'inferred', edges: [{ blocked: text, blocker: text }], applied: false },
    { say: 'forecast', ref: text, forecast: { ...forecast, criticalPath: [text, text] } },
    { say: 'card-refused', by: text, to: text, has: text },
    { say: 'trouble', what: text, why: text },
    { say: 'refused', refusal: { kind: 'findings', findings } },
    { say: 'refused', refusal: { kind: 'bad-value', line: text, flag: text, wants: text } },
    { say: 'refused', refusal: { kind: 'bad-argument', line: text, wants: text } },
    { say: 'refused', refusal: { kind: 'not-allowed-there', by: text, repos: [text, text] } },
    { say: 'done', what: { kind: 'added', refs: [text] } },
    { say: 'done', what: { kind: 'removed', refs: [text], finishing: [text] } },
    { say: 'bead', bead: beadCard({ standing: 'held', editRefused: text, leaving: true }) },
  ]
}
