import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckStory, PullStory, Standing } from '../../src/core/shown/says.ts'
import { fence, inline, quote } from '../../src/text/markdown.ts'
import { renderCheck, renderPullBody, renderPullTitle, renderSay } from '../../src/text/render.ts'
import { LOOKS } from '../../src/text/standings.ts'
import { HOSTILE } from './hostile.ts'
import { everythingWith } from './hostile-says.ts'
import { mermaidIn, parsed } from './mermaid-parser.ts'
import { deedsOf } from './reading.ts'
import { cardBead, cardOf, here, leg } from './worlds.ts'

const words = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(fc.constantFrom(...HOSTILE, '`', '"', '[', '\n', ' ', '@a', '#1', '<', '-->', '\\', '$'), {
      maxLength: 8,
    })
    .map(all => all.join('')),
)
const standings = fc.constantFrom(...(Object.keys(LOOKS) as Standing[]))

const beads = fc
  .array(
    fc.tuple(
      words,
      standings,
      words,
      fc.option(fc.integer({ min: 1, max: 12 })),
      fc.array(fc.nat(40), { maxLength: 6 }),
    ),
    {
      maxLength: 40,
    },
  )
  .map(rows =>
    rows.map(([title, standing, why, wave, blockers], index) =>
      cardBead(index, {
        title,
        standing,
        why,
        wave,
        polecat: title,
        blockers: blockers.map(at => (at < index ? `${at}` : `acme/other#${at}`)),
      }),
    ),
  )

const cards = fc
  .tuple(beads, words, fc.boolean())
  .map(([rows, title, paused]) =>
    cardOf(rows, { title, why: title, by: title, paused, legs: [{ ...leg, why: title }] }),
  )

const OURS = /^<\/?(details|summary|sub)( open)?>/

describe('words of people and agents', () => {
  it('never ring anybody, hide a link, bring HTML or a heading of their own', () => {
    fc.assert(
      fc.property(words, text => {
        for (const say of everythingWith(text)) {
          const deeds = deedsOf(renderSay(say, here))
          expect(deeds.links).toEqual([])
          expect(deeds.mentions).toEqual([])
          expect(deeds.html.filter(html => !OURS.test(html))).toEqual([])
          expect(
            deeds.headings.filter(heading => !/^(🚚|Who|Where|What|Tree|Findings)/u.test(heading)),
          ).toEqual([])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('cannot forge a hidden marker of ours', () => {
    for (const say of everythingWith('<!-- townhall:card:c1 -->')) {
      expect(renderSay(say, here)).not.toContain('<!--')
    }
    expect(fence('<!-- townhall:pull:p1 -->')).not.toContain('<!--')
  })

  it('cannot leave their fence', () => {
    fc.assert(
      fc.property(words, text => {
        expect(deedsOf(`${fence(text, 'text')}\n\nafter`).codeBlocks).toHaveLength(1)
        expect(deedsOf(`${fence(text, 'text')}\n\n# after`).headings).toEqual(['after'])
      }),
    )
  })

  it('hide nothing between characters without a width, and stand still in their line', () => {
    const text = 'fi\u00adxes #\u206012\u{e0069} \u061c\u202eright\u200b'
    expect(inline(text)).toBe('fixes #12 right')
    expect(inline('👩\u200d👩\u200d👧 می\u200cخواهم e\u0301')).toBe(
      '👩\u200d👩\u200d👧 می\u200cخواهم e\u0301',
    )
    expect(inline(`Z${'\u0336'.repeat(60)}`).length).toBe(5)
    expect(renderPullTitle('\u200b\u200d\u2060')).toBe('Untitled')
  })

  it('stay readable', () => {
    expect(inline('Use `npm test` & <b>, then ask @olivia about #12')).toBe(
      'Use `npm test` &amp; &lt;b&gt;, then ask @\u200bolivia about #12',
    )
    expect(inline('see https://example.org/a_b.')).toBe('see `https://example.org/a_b`.')
    expect(quote('one\n\n- two')).toBe('> one\n>\n> \\- two')
  })

  it('close no issue and ring nobody from a pull request or its title', () => {
    fc.assert(
      fc.property(words, text => {
        const story: PullStory = {
          kind: 'landing',
          pullId: 'c1@2.l1',
          ref: 'acme/app#10',
          convoyRef: 'acme/app#10',
          polecat: null,
          beads: [{ ref: 'acme/app#11', title: text, pull: 21 }],
        }
        const body = deedsOf(renderPullBody(story, here))
        expect(body.closes).toEqual([])
        expect(body.mentions).toEqual([])
        expect(body.html).toEqual(['<!-- townhall:pull:c1@2.l1 -->'])
        const title = renderPullTitle(text)
        expect(title).not.toMatch(/\n|@[a-z0-9]|#\d|gh-\d/i)
        expect(title.length).toBeGreaterThan(0)
        expect(title.length).toBeLessThanOrEqual(256)
      }),
    )
  })
})

describe('the picture of the waves', () => {
  it('is understood by mermaid whatever the titles are', async () => {
    await fc.assert(
      fc.asyncProperty(cards, async card => {
        const graph = mermaidIn(renderSay({ say: 'card', card }, here))
        if (card.beads.length === 0) expect(graph).toBeNull()
        else expect(await parsed(graph ?? '')).toBe('flowchart-v2')
      }),
      { numRuns: 60 },
    )
  })

  it('is refused by the same parser when a title is let through raw', async () => {
    await expect(parsed('flowchart LR\n  n0["#1 a "quoted" title"]')).rejects.toThrow()
  })

  it('keeps below the limits of mermaid and of a comment, however large the convoy', async () => {
    const sizes = fc.tuple(
      fc.constantFrom(30, 100, 500),
      fc.integer({ min: 1, max: 60 }),
      standings,
      words,
      fc.constantFrom(60_000, 20_000, 3000),
    )
    await fc.assert(
      fc.asyncProperty(sizes, async ([count, width, standing, title, maxChars]) => {
        const rows = Array.from({ length: count }, (_, at) =>
          cardBead(at, {
            title: title.repeat(10),
            why: title.repeat(10),
            standing: at % 3 ? standing : 'failed',
            wave: Math.floor(at / width) + 1,
            blockers: Array.from({ length: Math.min(at, 50) }, (_unused, back) => `${at - back - 1}`),
          }),
        )
        const markdown = renderSay({ say: 'card', card: cardOf(rows) }, { ...here, maxChars })
        expect(markdown.length).toBeLessThanOrEqual(maxChars)
        const graph = mermaidIn(markdown)
        if (graph === null) return
        expect(graph.length).toBeLessThanOrEqual(50_000)
        expect(graph.match(/ --> /g)?.length ?? 0).toBeLessThanOrEqual(400)
        expect(await parsed(graph)).toBe('flowchart-v2')
      }),
      { numRuns: 25 },
    )
  })
})

describe('beads that all wait for each other', () => {
  it('are one box, because so many lines are no picture', async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `${at}`)
    const knot = ids.map(id =>
      cardBead(Number(id), { wave: null, blockers: ids.filter(other => other !== id) }),
    )
    const graph = mermaidIn(renderSay({ say: 'card', card: cardOf(knot) }, here)) ?? ''
    expect(graph).toContain('["25 waiting<br/>')
    expect(await parsed(graph)).toBe('flowchart-v2')
  })
})

describe('a check run', () => {
  it('shows the output of every red gate, as much as GitHub takes', () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 50 }), tails => {
        const gates = tails.map((tail, at) => ({
          name: `gate ${at}`,
          ok: false,
          seconds: 1,
          tail: tail.repeat(40).slice(-4000),
        }))
        const story: CheckStory = {
          pullId: 'p',
          status: 'completed',
          conclusion: 'failure',
          why: null,
          gates,
        }
        const { title, summary, text } = renderCheck(story, here)
        expect(title.length).toBeLessThanOrEqual(255)
        expect(summary.length).toBeLessThanOrEqual(60_000)
        expect(text.length).toBeLessThanOrEqual(60_000)
        expect(deedsOf(text).links).toEqual([])
        expect(deedsOf(text).codeBlocks).toHaveLength(tails.filter(tail => tail.trim()).length)
      }),
      { numRuns: 60 },
    )
  })
})
