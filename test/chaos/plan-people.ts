import type { Person } from '../../src/sandbox/person.ts'
import type { Sql } from '../../src/store/connection.ts'
import { type SeenIssue, type Story, script } from '../stories/town.ts'
import {
  type Deed,
  type Login,
  type Piece,
  parentOf,
  type TreeSketch,
  type Turn,
  WORK,
} from './plan-lives.ts'

/** People at work on random plans, through GitHub's API and nothing else. */

export interface Place {
  readonly repo: string
  readonly number: number
  readonly id: number
}

/** A command or an answer that somebody wrote. */
export interface Said extends Place {
  readonly commentId: number
  readonly by: Login
  readonly line: string
}

export interface Plot {
  readonly story: Story
  readonly sql: Sql
  readonly repos: readonly [string, string]
  /** The issues of the convoys to be. */
  readonly roots: Place[]
  /** Issues that are in no plan. */
  readonly outsiders: Place[]
  readonly said: Said[]
  /** Every change that GitHub took, and every one that it refused, for who has to understand a failure. */
  readonly diary: string[]
  /** Counts what was made, so that each file and each text has a name of its own. */
  made: number
}

type Issue = SeenIssue & {
  readonly repository_url: string
  readonly user: { readonly login: string }
}

export const placeOf = ({ id, number, repository_url }: Issue): Place => ({
  id,
  number,
  repo: repository_url.split('/').slice(-2).join('/'),
})

const person = ({ story }: Plot, login: Login): Person => story.people[login]

/** Who wrote a text last stands in it, and when: what agents got to read can be traced. */
export const stampOf = (text: string): { by: string; at: number } | null => {
  const [, by, at] = /words of (\w+) at (\d+)/.exec(text) ?? []
  return by === undefined ? null : { by, at: Number(at) }
}

function words(plot: Plot, work: Piece['work'], by: Login): string {
  plot.made += 1
  return `${script(...WORK[work](`f${plot.made}.txt`))}\nwords of ${by} at ${Date.now()}\n`
}

/** The issue of a plan with all that is under it. */
export async function plant(plot: Plot, { as, pieces }: TreeSketch): Promise<void> {
  const title = `Plan ${plot.roots.length + 1}`
  if (as === 'checklist') {
    plot.roots.push(await make(plot, 'wes', plot.repos[0], title, checklist(plot, pieces)))
    return
  }
  const root = await make(plot, 'wes', plot.repos[0], title, 'What is to be done.')
  plot.roots.push(root)
  const issues: Place[] = []
  for (const [nth, piece] of pieces.entries()) {
    const { author, work, repo, after, isDecision } = piece
    const issue = await make(plot, author, plot.repos[repo], piece.title, words(plot, work, author))
    issues.push(issue)
    if (isDecision) await label(plot, 'wes', issue, 'decision')
    const above = parentOf(pieces, nth)
    await adopt(plot, 'wes', above === null ? root : issues[above]!, issue)
    for (const from of after) await block(plot, 'wes', issue, issues[from]!)
  }
}

function checklist(plot: Plot, pieces: readonly Piece[]): string {
  const depth = (nth: number): number => {
    const above = parentOf(pieces, nth)
    return above === null ? 0 : depth(above) + 1
  }
  return pieces
    .map(({ title, after, work }, nth) => {
      const indent = '  '.repeat(depth(nth))
      const waits = after.length > 0 ? ` (after ${after.map(from => from + 1).join(', ')})` : ''
      const details = words(plot, work, 'wes').split('\n')
      return [`${indent}- [ ] ${title}${waits}`, ...details.map(line => `${indent}    ${line}`)].join('\n')
    })
    .join('\n')
}

export async function make(plot: Plot, by: Login, repo: string, title: string, body: string): Promise<Place> {
  return placeOf(await person(plot, by).post<Issue>(`/repos/${repo}/issues`, { title, body }))
}

const at = ({ repo, number }: Place) => `/repos/${repo}/issues/${number}`

export const label = (plot: Plot, by: Login, issue: Place, name: string) =>
  person(plot, by).post(`${at(issue)}/labels`, { labels: [name] })
const adopt = (plot: Plot, by: Login, parent: Place, child: Place, more: object = {}) =>
  person(plot, by).post(`${at(parent)}/sub_issues`, { sub_issue_id: child.id, ...more })
const block = (plot: Plot, by: Login, issue: Place, blocker: Place) =>
  person(plot, by).post(`${at(issue)}/dependencies/blocked_by`, { issue_id: blocker.id })

export const children = async ({ story }: Plot, of: Place): Promise<Issue[]> =>
  story.people.olivia.get<Issue[]>(`${at(of)}/sub_issues?per_page=100`)
export const blockers = async ({ story }: Plot, of: Place): Promise<Issue[]> =>
  story.people.olivia.get<Issue[]>(`${at(of)}/dependencies/blocked_by?per_page=100`)

/** All that is under an issue, depth first. */
export async function under(plot: Plot, root: Place): Promise<Place[]> {
  const found: Place[] = []
  for (const child of (await children(plot, root)).map(placeOf))
    found.push(child, ...(await under(plot, child)))
  return found
}

/** Somebody does something. What GitHub refuses them is no fault of ours; anything else that goes wrong is thrown. */
export async function takeTurn(plot: Plot, { by, deed, tree, at: here, other, waitMs }: Turn): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, waitMs))
  const root = plot.roots[tree]!
  const beads = await under(plot, root)
  const elsewhere = await under(plot, plot.roots[1 - tree]!)
  const bead = beads[here % Math.max(1, beads.length)] ?? root
  const others = [...beads, ...beads, ...elsewhere, ...plot.outsiders]
  const target = { root, bead, other: others[other % others.length]! }
  const what = `${by}: ${JSON.stringify(deed)} ${bead.repo}#${bead.number} (${target.other.number}) under #${root.number}`
  try {
    await DEEDS[deed.do](plot, by, deed as never, target)
    plot.diary.push(what)
  } catch (error) {
    if (!(error instanceof Error) || !/: (403|404|410|422) /.test(error.message)) throw error
    plot.diary.push(`${what} REFUSED ${error.message.slice(0, 120)}`)
  }
}

interface Target {
  readonly root: Place
  readonly bead: Place
  readonly other: Place
}
type Doings = {
  readonly [D in Deed['do']]: (
    plot: Plot,
    by: Login,
    deed: Extract<Deed, { do: D }>,
    target: Target,
  ) => Promise<unknown>
}

const parentAt = async (plot: Plot, { root, bead }: Target): Promise<Place> => {
  for (const place of [root, ...(await under(plot, root))])
    if ((await children(plot, place)).some(child => child.id === bead.id)) return place
  return root
}

const patch = (plot: Plot, by: Login, issue: Place, change: object) =>
  person(plot, by).request('PATCH', at(issue), change)

const DEEDS: Doings = {
  async say(plot, by, { line, where }, { root, bead, other }) {
    const to = where === 'convoy' ? root : bead
    await speak(plot, by, to, line.replace('#{other}', `${other.repo}#${other.number}`))
  },
  close: (plot, by, { reason }, { bead }) => patch(plot, by, bead, { state: 'closed', state_reason: reason }),
  reopen: (plot, by, _, { bead }) => patch(plot, by, bead, { state: 'open' }),
  rewrite: (plot, by, _, { bead }) => patch(plot, by, bead, { body: words(plot, 'easily', by) }),
  retitle: (plot, by, _, { bead }) => patch(plot, by, bead, { title: `Called anew by ${by}` }),
  async unlink(plot, by, _, target) {
    const parent = await parentAt(plot, target)
    await person(plot, by).request('DELETE', `${at(parent)}/sub_issue`, { sub_issue_id: target.bead.id })
  },
  move: (plot, by, _, { root, bead }) => adopt(plot, by, root, bead, { replace_parent: true }),
  async new(plot, by, { work }, { root, bead }) {
    const issue = await make(plot, by, bead.repo, `Thought of by ${by}`, words(plot, work, by))
    await adopt(plot, by, plot.made % 4 === 0 ? bead : root, issue)
  },
  block: (plot, by, _, { bead, other }) => block(plot, by, bead, other),
  async unblock(plot, by, _, { bead }) {
    const [first] = await blockers(plot, bead)
    if (first) await person(plot, by).request('DELETE', `${at(bead)}/dependencies/blocked_by/${first.id}`)
  },
  label: (plot, by, { label: name }, { bead }) => label(plot, by, bead, name),
  unlabel: (plot, by, { label: name }, { bead }) =>
    person(plot, by).request('DELETE', `${at(bead)}/labels/${name}`),
  async weather({ story }, _by, { webhooks, lateMs }) {
    await setWeather(story, { webhooks, delay_ms: [0, lateMs] })
  },
}

export async function speak(plot: Plot, by: Login, to: Place, line: string): Promise<Said> {
  const { id } = await person(plot, by).comment(to.repo, to.number, line)
  const said = { ...to, commentId: id, by, line }
  plot.said.push(said)
  return said
}

export async function setWeather(story: Story, faults: object): Promise<void> {
  const answer = await fetch(`${story.github.url}/sandbox/faults`, {
    method: 'PUT',
    body: JSON.stringify(faults),
  })
  if (!answer.ok) throw new Error(await answer.text())
}
