import { atGitHub, countAnew, counted, isTheApps, repository, settled, totalOf, until } from './at-github.ts'
import type { Figure, Part } from './figures.ts'
import { short } from './figures.ts'
import { routeLines } from './requests.ts'

const BEADS = 100
const EDGES = 150
/** What GitHub lets an App create in a minute; see the facts in README's limits. */
const A_MINUTE = 80

/** What it costs to put a checklist on GitHub as issues and links: requests, time, and what is created in a minute. */
export const publish: Part = async say =>
  atGitHub(async ready => {
    const { wes, repo } = await repository(ready, 'publish')
    const { number } = await wes.post<{ number: number }>(`/repos/${repo}/issues`, {
      title: 'A large plan',
      body: checklist(),
    })
    await settled(ready)
    await countAnew(ready)
    const from = performance.now()
    await wes.comment(repo, number, '/convoy stage')
    await until('the plan is staged', async () => {
      const issue = await wes.get<{ labels: { name: string }[] }>(`/repos/${repo}/issues/${number}`)
      const subs = await wes.get<unknown[]>(`/repos/${repo}/issues/${number}/sub_issues?per_page=100`)
      return subs.length === BEADS && (await isStaged()) && issue.labels.some(it => it.name === 'gt:staged')
    })
    const seconds = (performance.now() - from) / 1000
    say(`published after ${short(seconds)} s`)
    const routes = await settled(ready)
    const { creations } = await counted(ready)
    const ours = Object.entries(creations).filter(([actor]) => isTheApps(ready, actor))
    return figures(routes, seconds, Math.max(...ours.map(([, it]) => it.busiest_minute)))

    async function isStaged(): Promise<boolean> {
      const said = await wes.get<{ body: string }[]>(`/repos/${repo}/issues/${number}/comments?per_page=100`)
      return said.some(({ body }) => /Staged/.test(body) && body.includes('townhall:show:convoy'))
    }
  })

/** `- [ ] Bead 3 (after 1, 2)` */
function checklist(): string {
  let edges = 0
  const lines = Array.from({ length: BEADS }, (_, at) => {
    const nth = at + 1
    const after = nth === 1 ? [] : [nth - 1]
    if (nth > 2 && BEADS - nth + edges + after.length < EDGES) after.push(nth - 2)
    const left = EDGES - edges
    const kept = after.slice(0, left)
    edges += kept.length
    return `- [ ] Bead ${nth}${kept.length > 0 ? ` (after ${kept.join(', ')})` : ''}\n  Write it down.`
  })
  return lines.join('\n')
}

function figures(routes: ReadonlyMap<string, number>, seconds: number, busiest: number): Figure[] {
  const total = totalOf(routes)
  return [
    {
      what: `GitHub requests to publish ${BEADS} beads, ${EDGES} edges`,
      figure: `${total}, in ${short(seconds)} s`,
      ratio: '',
      aim: '≤ 60',
      met: total <= 60,
    },
    {
      what: 'created in its busiest minute',
      figure: String(busiest),
      ratio: '',
      aim: `≤ ${A_MINUTE}`,
      met: busiest <= A_MINUTE,
    },
    ...routeLines([...routes].map(([route, count]) => [route, String(count)])),
  ]
}
