import { describe, expect, it } from 'vitest'
import type { Forecast } from '../../src/core/forecast/forecast.ts'
import type { Card } from '../../src/core/shown/says.ts'
import { renderSay } from '../../src/text/render.ts'
import { mermaidIn } from './mermaid-parser.ts'
import { cardBead, cardOf, here, leg } from './worlds.ts'

const cardText = (card: Card) => renderSay({ say: 'card', card }, here)
/** The card without its picture: what is read as text. */
const read = (card: Card) => cardText(card).replace(/```mermaid[\s\S]*?```\n\n/, '')
const nextOf = (card: Card) => /\*\*Next:\*\* (.*)/.exec(cardText(card))?.[1]

describe('the route plan', () => {
  const forecast: Forecast = {
    madeAt: 0,
    p50Ms: 130 * 60_000,
    p90Ms: 220 * 60_000,
    criticalPath: ['acme/app#11', 'acme/app#13'],
    waves: [2, 2, 1],
    polecats: 2,
    machines: 1,
    samples: 40,
    plays: 200,
  }
  const beads = [
    cardBead(11, { standing: 'planned', title: 'Read the header' }),
    cardBead(12, { standing: 'planned', title: 'Show the rows', priority: 0 }),
    cardBead(13, { standing: 'planned', title: 'Write a guide', wave: 2, blockers: ['11', '12'] }),
  ]
  const route = {
    waves: 2,
    widest: { wave: 1, beads: 2 },
    criticalPath: ['acme/app#11', 'acme/app#13'],
  }
  const staged = (fields: Partial<Card> = {}) =>
    cardOf(beads, { status: 'staged_ready', startedAt: null, route, forecast, ...fields })

  it('says before the start what it will be, and what starting does', () => {
    expect(
      read(staged({ board: { url: 'https://github.com/orgs/acme/projects/3', why: null } })),
    ).toMatchInlineSnapshot(`
      "## 🚚 Convoy: CSV importer

      **📝 Staged, ready to start** · \`░░░░░░░░░░░░░░░░░░░░\` 0 of 3 landed · staged by wes · [board](https://github.com/orgs/acme/projects/3)

      **Next:** Comment \`/convoy start\` to set 3 beads going. Until then edit the tree on GitHub as you like; \`/convoy stage\` plans it anew.

      **Plan:** 2 waves, the widest is wave 1 with 2 beads; longest chain: #11 → #13 (critical path).
      **Forecast:** half of the plays end within 2 h 10 min, nine of ten within 3 h 40 min; up to 2 polecats on 1 machine; durations from 40 runs here.

      ### What \`/convoy start\` does

      - #11 and #12 begin at once, as far as polecats are free; each other bead as soon as what it waits for has landed.
      - **acme/app** (\`review-then-land\`): beads gather on \`convoy/importer/1f2e3d4c/head\`, which lands on \`main\` by itself when all of them are over.

      | Bead |  | Wave | Waits for |
      | --- | --- | --- | --- |
      | #11 Read the header | 📝 planned | 1 |  |
      | #12 Show the rows | 📝 planned · P0 | 1 |  |
      | #13 Write a guide | 📝 planned | 2 | #11, #12 |

      <sub>Comment here: \`/convoy start\` · \`/convoy stage\` · \`/convoy simulate\` · \`/help\`.</sub>"
    `)
  })

  it('draws the critical path thick, and the other edges thin', () => {
    const edges = mermaidIn(cardText(staged()))?.match(/n\d+ [-=]+> n\d+/g)
    expect(edges).toEqual(['n0 ==> n2', 'n1 --> n2'])
  })

  it('counts the middle of a long chain, and the whole of one whose issues are not there yet', () => {
    const plan = (criticalPath: string[]) =>
      /\*\*Plan:\*\* (.*)/.exec(cardText(staged({ route: { ...route, criticalPath } })))?.[1]
    const long = Array.from({ length: 12 }, (_, at) => `acme/app#${at + 1}`)
    expect(plan(long)).toContain('longest chain: #1 → #2 → #3 → #4 → #5 → #6 → 5 more → #12 (critical path).')
    expect(plan(['acme/app#new', 'acme/app#new'])).toContain('the longest chain is 2 beads (critical path).')
  })

  it('says how much is published, and by when the rest is', () => {
    const drafts = beads.map(bead => ({ ...bead, ref: 'acme/app#new' }))
    const publishing = { done: 62, total: 100, by: Date.UTC(2026, 4, 1, 14, 20) }
    const card = cardOf(drafts, { status: 'publishing', startedAt: null, publishing })
    const text = cardText(card)
    expect(text).toContain('**📤 Publishing**')
    expect(text).toContain(
      '**Publishing:** 62 of 100 published, the rest by 14:20 UTC (GitHub limits how fast issues may be made).',
    )
    expect(text).toContain('| (new) Read the header | 📝 planned | 1 |')
    expect(nextOf(card)).toBe(
      'Nobody needs to do anything: the issues and links of the plan are made on GitHub, then it is staged.',
    )
    expect(nextOf({ ...card, why: 'issues are turned off' })).toBe(
      'Mend what stops the publishing and comment `/convoy stage`: it goes on from where it is.',
    )
  })

  it('sets the end that was foretold beside the one that came', () => {
    const startedAt = Date.UTC(2026, 4, 1, 10, 0)
    const line = (fields: Partial<Card>) =>
      /\*\*Forecast:\*\* (.*)/.exec(cardText(staged({ startedAt, ...fields })))?.[1]
    expect(line({ status: 'open' })).toBe(
      'half of the plays end within 2 h 10 min (05-01 12:10 UTC), nine of ten within 3 h 40 min (05-01 13:40 UTC); up to 2 polecats on 1 machine; durations from 40 runs here.',
    )
    expect(line({ status: 'landed', endedAt: startedAt + 151 * 60_000 })).toBe(
      'foretold 2 h 10 min to 3 h 40 min, took 2 h 31 min.',
    )
    expect(line({ status: 'open', forecast: { ...forecast, samples: 0 } })).toContain(
      'assumed durations, until there are runs here.',
    )
  })

  it('shows the epics with what is under them, folded when they are many', () => {
    const epic = (number: number, depth: number): Card['tree'][number] => ({
      ref: `acme/app#${number}`,
      title: `Epic ${number}`,
      depth,
      kind: 'epic',
      standing: 'working',
      under: { over: 1, total: 3 },
    })
    const leaf = {
      ref: 'acme/app#11',
      title: 'Read',
      depth: 2,
      kind: 'task',
      standing: 'landed',
      under: null,
    } as const
    expect(cardText(staged({ tree: [epic(1, 0), epic(2, 1), leaf] }))).toContain(
      '### Tree\n\n- 🔨 **#1 Epic 1** · 1 of 3 over\n  - 🔨 **#2 Epic 2** · 1 of 3 over\n    - ✅ #11 Read\n',
    )
    const many = Array.from({ length: 40 }, (_, at) => epic(at, 0))
    expect(cardText(staged({ tree: many }))).toContain('<summary>Tree: 40 epics, 0 tasks</summary>')
    expect(cardText(staged())).not.toContain('Tree')
  })

  it('says once in small print why there is no board', () => {
    const text = cardText(staged({ board: { url: null, why: 'an App sees no projects of users' } }))
    expect(text.match(/There is no board: an App sees no projects of users\./g)).toHaveLength(1)
    expect(text).not.toContain('[board]')
  })

  it('lets nothing but an address become a link', () => {
    const url = 'https://github.com/x) [gone](https://evil.example/'
    expect(cardText(staged({ board: { url, why: null } }))).not.toContain('evil')
  })

  it('says of every leg how its beads merge, and at the end that they have', () => {
    const web = { ...leg, repo: 'acme/web', target: 'main', mergeMode: 'review-and-merge' } as const
    const where = (legs: Card['legs'], status: Card['status']) =>
      cardText(staged({ legs, status })).match(/^- \*\*acme.*/gm)
    expect(where([leg, web], 'open')).toEqual([
      '- **acme/app** (`review-then-land`): beads gather on `convoy/importer/1f2e3d4c/head`, which lands on `main` by itself when all of them are over.',
      '- **acme/web** (`review-and-merge`): each bead goes straight into `main`.',
    ])
    expect(
      where(
        [
          { ...leg, landed: true, landingPull: 40 },
          { ...web, landed: true },
        ],
        'landed',
      ),
    ).toEqual([
      '- **acme/app** (`review-then-land`): landed on `main` with #40.',
      '- **acme/web** (`review-and-merge`): each bead went straight into `main`.',
    ])
  })

  it('is tried with nothing written', () => {
    const text = renderSay({ say: 'dry-run', card: staged({ status: 'publishing' }), drafted: 3 }, here)
    expect(text).toContain(
      '**Nothing was written.** `/convoy stage` would publish 3 tasks and stage 3 beads in 2 waves.',
    )
    expect(text).toContain('**🧪 Dry run**')
    expect(text).not.toContain('Comment here')
    expect(text).toContain('```mermaid')
  })
})

describe('a plan that is long and narrow', () => {
  it('is drawn from top to bottom, a box for each step', () => {
    const steps = Array.from({ length: 14 }, (_, at) =>
      cardBead(at + 1, { wave: at + 1, blockers: at ? [`${at}`] : [] }),
    )
    const graph = mermaidIn(cardText(cardOf(steps))) ?? ''
    expect(graph).toContain('flowchart TB')
    expect(graph.match(/ --> /g)).toHaveLength(13)
    expect(cardText(cardOf(steps))).toContain('14 waves ahead, one bead at a time')
  })
})

describe('many parked beads', () => {
  it('share a line that names what holds them up', () => {
    const card = cardOf([
      cardBead(1, { standing: 'failed', wave: null }),
      ...[2, 3, 4].map(at => cardBead(at, { standing: 'parked', wave: null, blockers: [`${at - 1}`] })),
    ])
    expect(cardText(card)).toContain(
      '- 🅿️ #2, #3 and #4 are parked behind #1, directly or through each other. Comment `/bead release` in one of them to let it go on without.',
    )
  })
})

describe('a decision', () => {
  it('waits for a person, and what is skipped holds nobody up', () => {
    const card = cardOf([
      cardBead(1, { standing: 'deciding' }),
      cardBead(2, { standing: 'skipped', wave: null }),
      cardBead(3, { standing: 'waiting', wave: 2, blockers: ['1', '2'] }),
    ])
    expect(nextOf(card)).toBe('It is your turn: decide #1 and close it as completed. 1 more waits for that.')
    expect(cardText(card)).toContain('- ⚖️ #1 is to be decided. Close #1 as completed when it is;')
    expect(cardText(card)).toContain('| #3 Bead 3 | ⏳ waiting | 2 | #1 |')
  })
})

describe('the largest convoy', () => {
  it('has a row for every bead, an epic for every epic, and room for what is hidden beneath', () => {
    const beads = Array.from({ length: 500 }, (_, at) =>
      cardBead(at + 1000, {
        title: `Move module number ${at} to the new store with its tests`,
        standing: at < 120 ? 'landed' : at < 150 ? 'working' : 'waiting',
        wave: at < 120 ? null : Math.floor((at - 120) / 30) + 1,
        blockers: at < 30 ? [] : [`${at + 970}`],
        pull: at < 120 ? at + 3000 : null,
      }),
    )
    const tree = beads.map(({ ref, title, standing }, at): Card['tree'][number] =>
      at % 50
        ? { ref, title, standing, depth: 1, kind: 'task', under: null }
        : {
            ref: `acme/app#${at + 1}`,
            title: 'Epic',
            standing,
            depth: 0,
            kind: 'epic',
            under: { over: 3, total: 50 },
          },
    )
    const text = cardText(cardOf(beads, { tree }))
    expect(text.length).toBeLessThanOrEqual(50_000)
    for (const { ref } of beads) expect(text).toContain(`| ${ref.replace('acme/app', '')} Move module`)
    expect(text.match(/\*\* · 3 of 50 over/g)).toHaveLength(10)
    expect(text).toMatch(/<\/sub>$/)
  })
})
