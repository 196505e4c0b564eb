import { describe, expect, it } from 'vitest'
import type { Card } from '../../src/core/shown/says.ts'
import { renderSay } from '../../src/text/render.ts'
import { mermaidIn } from './mermaid-parser.ts'
import { cardBead, cardOf, here, hundredBeads, leg, nineBeads } from './worlds.ts'

const cardText = (card: Card, place = here) => renderSay({ say: 'card', card }, place)

/** The card without its picture: what is read as text. */
const read = (card: Card) => cardText(card).replace(/```mermaid[\s\S]*?```\n\n/, '')
const nextOf = (card: Card) => /\*\*Next:\*\* (.*)/.exec(cardText(card))?.[1]

describe('the card of a convoy', () => {
  it('tells what goes on, what waits for a person and what is next', () => {
    expect(read(nineBeads())).toMatchInlineSnapshot(`
      "## 🚚 Convoy: CSV importer

      **🟢 Under way** · \`████░░░░░░░░░░░░░░░░\` 2 of 9 landed · staged by wes · started 2026-05-01 10:00 UTC

      **Next:** Answer the question in #14; comment \`/bead retry\` in #16 when the cause is mended. Meanwhile 1 at work, 1 in review; 2 more wait for that.

      **Plan:** 3 waves ahead, the widest is wave 1 with 3 beads.

      ### Who waits for what

      - 🙋 #14 asks: Day first or month first in 01/02/2026? Anybody with write access answers by commenting in #14.
      - ❌ #16 has failed. The gate "test" failed three times: heap out of memory. Comment \`/bead retry\` in #16 to have it tried again.
      - 🅿️ #18 is parked behind #16. Comment \`/bead release\` in #18 to go on without.

      | Bead |  | Wave | Waits for | Polecat | Tries | Pull |
      | --- | --- | --- | --- | --- | --- | --- |
      | #13 Parse quoted cells | 🔎 in review | 1 |  | amber |  | #23 |
      | #14 Which date formats do we take? | 🙋 asking | 1 |  | cedar |  |  |
      | #15 Report bad rows with their line | 🔨 working | 1 |  | dusty | 1 |  |
      | #16 Stream files larger than memory | ❌ failed |  |  | ember | 3 |  |
      | #17 Command line \`import\` | ⏳ waiting | 2 | #13, #14, #15 |  |  |  |
      | #18 Progress bar for large files | 🅿️ parked |  | #16 |  |  |  |
      | #19 Guide: importing a file | ⏳ waiting | 3 | #17, #13, acme/docs#4 |  |  |  |
      | #11 Read the header line | ✅ landed |  |  | amber |  | #21 |
      | #12 Row type and its validation | ✅ landed |  |  | basil |  | #22 |

      ### Where it lands

      - **acme/app** (\`review-then-land\`): beads gather on \`convoy/importer/1f2e3d4c/head\`, which lands on \`main\` by itself when all of them are over.

      <sub>Comment here: \`/convoy pause\` · \`/convoy add #…\` · \`/why\` · \`/help\`. In a bead: \`/why\` · \`/bead retry\` · \`/bead skip\`.</sub>"
    `)
  })

  it('draws the waves, without the edges that follow from others', () => {
    expect(mermaidIn(cardText(nineBeads()))).toMatchInlineSnapshot(`
      "%%{init: {"flowchart": {"nodeSpacing": 14, "rankSpacing": 40, "padding": 8, "subGraphTitleMargin": {"top": 2, "bottom": 10}}}}%%
      flowchart LR
          n0["acme#47;docs#35;4<br/>outside this convoy"]
        subgraph g1["Finished"]
          direction LR
          n1["#35;11 Read the header line<br/>landed"]
          n2["#35;12 Row type and its validati…<br/>landed"]
        end
        subgraph g2["Wave 1"]
          direction LR
          n3["#35;13 Parse quoted cells<br/>in review"]
          n4["#35;14 Which date formats do we…<br/>asking"]
          n5["#35;15 Report bad rows with thei…<br/>working · dusty"]
        end
        subgraph g3["Wave 2"]
          direction LR
          n6["#35;17 Command line ’import’<br/>waiting"]
        end
        subgraph g4["Wave 3"]
          direction LR
          n7["#35;19 Guide#58;​ importing a file<br/>waiting"]
        end
        subgraph g5["Held up"]
          direction LR
          n8["#35;16 Stream files larger than…<br/>failed"]
          n9["#35;18 Progress bar for large fi…<br/>parked"]
        end
        n1 --> n3
        n2 --> n3
        n2 --> n4
        n2 --> n5
        n3 --> n6
        n4 --> n6
        n5 --> n6
        n6 --> n7
        n0 --> n7
        n1 --> n8
        n8 --> n9
        classDef is-outside fill:none,stroke:#8c959f,stroke-dasharray:3 3
        class n0 is-outside
        classDef is-landed fill:#1a7f37,stroke:#044f1e,color:#ffffff
        class n1,n2 is-landed
        classDef is-in-review fill:#d8b9ff,stroke:#8250df,color:#271052
        class n3 is-in-review
        classDef is-asking fill:#ffb77c,stroke:#bc4c00,color:#471700
        class n4 is-asking
        classDef is-working fill:#fae17d,stroke:#9a6700,color:#3b2300
        class n5 is-working
        classDef is-waiting fill:#d0d7de,stroke:#6e7781,color:#24292f
        class n6,n7 is-waiting
        classDef is-failed fill:#cf222e,stroke:#82071e,color:#ffffff
        class n8 is-failed
        classDef is-parked fill:#ffcecb,stroke:#a40e26,color:#4c0a14
        class n9 is-parked
        classDef frame fill:none,stroke:#8c959f,stroke-dasharray:4 4
        class g1,g2,g3,g4,g5 frame"
    `)
  })

  it('folds a convoy of a hundred beads to what can be read', () => {
    const graph = mermaidIn(cardText(hundredBeads())) ?? ''
    expect(graph.match(/\["/g)?.length).toBeLessThan(45)
    expect(graph).toContain('["40 landed"]')
    expect(graph).toContain('#35;240 Move module 41 to the new…<br/>working · kestrel')
    expect(graph).toContain('["Wave 5: 9 waiting<br/>')
    expect(graph).not.toContain('#35;290 Move')
    const text = read(hundredBeads())
    expect(text).toContain('<summary>48 waiting beads</summary>')
    expect(text).toContain('<summary>40 finished beads</summary>')
    for (let number = 200; number < 300; number++) expect(text).toContain(`| #${number} Move module`)
  })

  it('says so when there is no room for the picture', () => {
    const text = cardText(hundredBeads(), { ...here, maxChars: 1200 })
    expect(text).toContain('too large for a picture')
    expect(text.length).toBeLessThanOrEqual(1200)
  })

  it('names issues of other repositories in full', () => {
    expect(cardText(nineBeads(), { ...here, repo: 'acme/plans' })).toContain(
      '| acme/app#13 Parse quoted cells |',
    )
  })

  it('has a full bar only when everything has landed', () => {
    const bar = (landed: number) => /`([█░]+)`/.exec(cardText({ ...hundredBeads(), landed }))?.[1]
    expect(bar(0)).toBe('░'.repeat(20))
    expect(bar(1)).toBe(`█${'░'.repeat(19)}`)
    expect(bar(99)).toBe(`${'█'.repeat(19)}░`)
    expect(bar(100)).toBe('█'.repeat(20))
  })
})

describe('what is next', () => {
  const planned = cardBead(11, { standing: 'planned' })

  it('of a staged convoy is to start it', () => {
    expect(nextOf(cardOf([planned], { status: 'staged_ready', startedAt: null }))).toMatchInlineSnapshot(
      `"Comment \`/convoy start\` to set 1 bead going. Until then edit the tree on GitHub as you like; \`/convoy stage\` plans it anew."`,
    )
    expect(nextOf(cardOf([planned], { status: 'staged_warnings', startedAt: null }))).toMatchInlineSnapshot(
      `"Look at the warnings below, mend what they name and comment \`/convoy stage\`, or go on all the same with \`/convoy start --force\`."`,
    )
  })

  it('of a paused convoy is to resume it', () => {
    const card = cardOf([cardBead(11, { standing: 'ready' })], { paused: true })
    expect(nextOf(card)).toMatchInlineSnapshot(
      `"Nothing is begun, merged or landed while the convoy is paused. Comment \`/convoy resume\` to go on."`,
    )
    expect(cardText(card)).toContain('**⏸️ Paused (under way)**')
  })

  it('of work that goes on by itself is nobody’s turn', () => {
    const card = cardOf([cardBead(11, { standing: 'ready' }), cardBead(12, { blockers: ['11'] })])
    expect(nextOf(card)).toMatchInlineSnapshot(`"1 ready for a free polecat; 1 more waits for that."`)
  })

  it('is a person’s turn when nothing else moves', () => {
    const card = cardOf([
      cardBead(11, { standing: 'failed' }),
      cardBead(12, { standing: 'parked', blockers: ['11'] }),
    ])
    expect(nextOf(card)).toMatchInlineSnapshot(
      `"It is your turn: comment \`/bead retry\` in #11 when the cause is mended."`,
    )
  })

  it('of a landing is what the rig asks of a person', () => {
    const landing = (way: Card['legs'][number]['landing']) =>
      nextOf(cardOf([], { status: 'landing', legs: [{ ...leg, landing: way, landingPull: 40 }] }))
    expect(landing('auto')).toMatchInlineSnapshot(
      `"The landing pull request #40 is tested and merged by itself."`,
    )
    expect(landing('approve')).toMatchInlineSnapshot(`"Review and approve the landing pull request #40."`)
    expect(landing('manual')).toMatchInlineSnapshot(
      `"Merge the landing pull request #40 when you are content with it."`,
    )
  })

  it('of a landed convoy is nothing', () => {
    const card = cardOf([cardBead(11, { standing: 'landed', wave: null })], {
      status: 'landed',
      endedAt: Date.UTC(2026, 4, 1, 10, 4, 9),
      legs: [{ ...leg, landed: true, landingPull: 40 }],
    })
    expect(nextOf(card)).toBe('Nothing, it has all landed.')
    expect(cardText(card)).toContain('took 4 min 9 s')
  })
})

describe('/convoy status', () => {
  it('is the card in short', () => {
    expect(renderSay({ say: 'status', card: nineBeads() }, here)).toMatchInlineSnapshot(`
      "## 🚚 Convoy: CSV importer

      **🟢 Under way** · \`████░░░░░░░░░░░░░░░░\` 2 of 9 landed · staged by wes · started 2026-05-01 10:00 UTC

      Beads: 2 waiting, 1 working, 1 asking, 1 in review, 2 landed, 1 failed, 1 parked.

      **Next:** Answer the question in #14; comment \`/bead retry\` in #16 when the cause is mended. Meanwhile 1 at work, 1 in review; 2 more wait for that.

      **Plan:** 3 waves ahead, the widest is wave 1 with 3 beads.

      ### Who waits for what

      - 🙋 #14 asks: Day first or month first in 01/02/2026? Anybody with write access answers by commenting in #14.
      - ❌ #16 has failed. The gate "test" failed three times: heap out of memory. Comment \`/bead retry\` in #16 to have it tried again.
      - 🅿️ #18 is parked behind #16. Comment \`/bead release\` in #18 to go on without."
    `)
  })
})
