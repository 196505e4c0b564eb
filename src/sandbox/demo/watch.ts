import type { Epic, Person } from '../person.ts'

/** A row of the convoy's card, as a person reads it. */
export interface Row {
  readonly number: number
  readonly title: string
  readonly standing: string
  readonly wave: number | null
  readonly polecat: string
  readonly tries: number
  readonly pull: number | null
}

interface Comment {
  readonly id: number
  readonly body: string
  readonly user: { readonly type: string }
}

/** The beads as the card's tables show them, read by their heads; empty before there is a card. */
export function rowsOf(card: string): Row[] {
  let heads: string[] = []
  return card.split('\n').flatMap(line => {
    if (!line.startsWith('| ')) return []
    const cells = line
      .slice(2, -1)
      .split(' | ')
      .map(cell => cell.trim())
    if (cells[0] === 'Bead') {
      heads = cells
      return []
    }
    return rowOf(new Map(heads.map((head, at) => [head, cells[at] ?? '']))) ?? []
  })
}

function rowOf(cells: ReadonlyMap<string, string>): Row | null {
  const bead = /^#(\d+) (.*)$/.exec(cells.get('Bead') ?? '')
  // The column of the standing has no head: a sign, the standing, and a priority that is not the usual one.
  const standing = /^\S+ ([a-z ]+?)(?: · P\d)?$/.exec(cells.get('') ?? '')?.[1]
  if (!bead || !standing) return null
  const numberIn = (head: string): number | null => {
    const digits = /\d+/.exec(cells.get(head) ?? '')?.[0]
    return digits ? Number(digits) : null
  }
  return {
    number: Number(bead[1]),
    title: bead[2]!,
    standing,
    wave: numberIn('Wave'),
    polecat: cells.get('Polecat') ?? '',
    tries: numberIn('Tries') ?? 0,
    pull: numberIn('Pull'),
  }
}

/** Everything the App said on an issue. */
export async function saidOn(person: Person, repo: string, number: number): Promise<string[]> {
  const comments = await person.get<Comment[]>(`/repos/${repo}/issues/${number}/comments?per_page=100`)
  return comments.filter(comment => comment.user.type === 'Bot').map(comment => comment.body)
}

export async function cardOf(person: Person, repo: string, epic: Epic): Promise<string | null> {
  const said = await saidOn(person, repo, epic.number)
  return said.find(body => body.includes('<!-- townhall:show:convoy')) ?? null
}

/** The numbers of what an issue waits for. */
export type Blockers = (number: number) => readonly number[]

/** What changed between two looks at the card, a line each. */
export function changes(before: readonly Row[], after: readonly Row[], blockers: Blockers): string[] {
  const old = new Map(before.map(row => [row.number, row]))
  return after.flatMap(row => {
    const was = old.get(row.number)
    return was?.standing === row.standing
      ? []
      : [`${MARKS[row.standing] ?? '·'} #${row.number} ${row.title}: ${tell(row, was, blockers)}`]
  })
}

const MARKS: Readonly<Record<string, string>> = {
  working: '▶',
  'in review': '◆',
  landed: '✔',
  asking: '?',
  failed: '✖',
  ready: '○',
  parked: '‖',
}

function tell(row: Row, was: Row | undefined, blockers: Blockers): string {
  if (row.standing === 'working') return `${row.polecat} is at work${again(row, was)}`
  if (row.standing === 'in review') return `done by ${row.polecat}, the refinery tests the merged result`
  if (row.standing === 'landed') return `landed${row.pull ? ` with pull request #${row.pull}` : ''}`
  if (row.standing === 'ready' && was?.standing === 'in review')
    return 'came back from the refinery, goes to a polecat again'
  if (row.standing === 'ready' && was?.standing === 'working') return 'its try failed, another follows'
  if (row.standing === 'waiting')
    return `waits for ${blockers(row.number)
      .map(number => `#${number}`)
      .join(', ')}`
  if (row.standing === 'asking') return `${row.polecat} has a question`
  return row.standing
}

function again(row: Row, was: Row | undefined): string {
  if (was?.standing === 'in review') return ' again: the refinery sent it back'
  return row.tries > 0 ? `, try ${row.tries + 1}` : ''
}

/** `12 of 40 landed │ at work: … │ waiting: …` */
export function summary(rows: readonly Row[]): string {
  const count = (standing: string): number => rows.filter(row => row.standing === standing).length
  const landed = count('landed')
  const bar = '█'.repeat(landed) + '░'.repeat(rows.length - landed)
  const wave = Math.max(0, ...rows.map(row => row.wave ?? 0))
  const parts = ['working', 'in review', 'asking', 'waiting', 'ready', 'parked', 'failed'].flatMap(
    standing => (count(standing) > 0 ? [`${count(standing)} ${standing}`] : []),
  )
  return `${bar} ${landed}/${rows.length} landed${wave > 0 ? `, ${wave} ${wave === 1 ? 'wave' : 'waves'} to go` : ''}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}
