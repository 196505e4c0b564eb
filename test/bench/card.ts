import { atGitHub, prepared, until } from './at-github.ts'
import type { Figure, Part } from './figures.ts'
import { percentile, short } from './figures.ts'

const BEADS = 30
const SAMPLES = 20
/** How long to look for a change; far above the aim, so that a miss is measured and not given up. */
const PATIENCE_MS = 60_000
const LOOK_MS = 50

interface Comment {
  readonly body: string
}

/** How long an edit of the plan takes until the graph in the convoy's comment shows it, at the pace kept with GitHub. */
export const card: Part = async say =>
  atGitHub(async ready => {
    const beads = Array.from({ length: BEADS }, (_, nth) => ({
      key: `b${nth}`,
      title: `Bead ${nth}`,
      body: '',
      after: nth < 5 ? [] : [`b${nth - 5}`],
    }))
    const { wes, repo, epic } = await prepared(ready, 'card', beads)
    const graph = async (): Promise<string> => {
      const said = await wes.get<Comment[]>(`/repos/${repo}/issues/${epic.number}/comments?per_page=100`)
      const shown = said.find(({ body }) => body.includes('<!-- townhall:show:convoy'))
      return /```mermaid\n([\s\S]*?)```/.exec(shown?.body ?? '')?.[1] ?? ''
    }
    await wes.comment(repo, epic.number, '/convoy stage')
    await until('the card is there', async () => (await graph()) !== '')
    const took: number[] = []
    for (let nth = 0; nth < SAMPLES; nth++) {
      const [blocked, blocker] = [epic.issues[`b${4}`]!, epic.issues[`b${nth % 4}`]!]
      const edges = `/repos/${repo}/issues/${blocked.number}/dependencies/blocked_by`
      const before = await graph()
      const from = performance.now()
      // Each edge is set the first time and taken away the next.
      if (Math.floor(nth / 4) % 2 === 0) await wes.post(edges, { issue_id: blocker.id })
      else await wes.request('DELETE', `${edges}/${blocker.id}`)
      took.push(await shownAfter(graph, before, from))
    }
    say(`${SAMPLES} edits: ${took.map(it => short(it / 1000)).join(', ')} s`)
    return [figureOf(took)]
  })

async function shownAfter(graph: () => Promise<string>, before: string, from: number): Promise<number> {
  while (performance.now() - from < PATIENCE_MS) {
    if ((await graph()) !== before) return performance.now() - from
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  throw new Error('an edit of the plan was never shown')
}

function figureOf(took: readonly number[]): Figure {
  const p95 = percentile(took, 0.95)
  return {
    what: `edit of the plan → graph in the comment, ${BEADS} beads, one write per 5 s`,
    figure: `p50 ${short(percentile(took, 0.5) / 1000)} s, p95 ${short(p95 / 1000)} s`,
    ratio: '',
    aim: 'p95 ≤ 8 s',
    met: p95 <= 8_000,
  }
}
