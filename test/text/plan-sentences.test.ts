import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/core/convoys/findings.ts'
import type { Done, Refusal } from '../../src/core/shown/says.ts'
import { renderSay } from '../../src/text/render.ts'
import { beadCard, here } from './worlds.ts'

const refused = (refusal: Refusal) => renderSay({ say: 'refused', refusal }, here)
const done = (what: Done) => renderSay({ say: 'done', what }, here)
const bead = (fields: Parameters<typeof beadCard>[0]) =>
  renderSay({ say: 'bead', bead: beadCard(fields) }, here)

describe('the findings of a plan', () => {
  const warning = (category: Finding['category'], refs: string[], detail: string): Finding => ({
    severity: 'warning',
    category,
    refs,
    detail,
  })

  it('say what is so and what to do, each in a sentence', () => {
    const findings = [
      warning('rig-parked', ['acme/app#3', 'acme/app#4'], 'acme/app'),
      warning('gated', ['acme/app#3', 'acme/app#5', 'acme/app#9'], 'acme/app#9'),
      warning('no-right', ['acme/web#4'], 'rhea acme/web'),
      warning('has-parent', ['acme/app#12'], 'acme/app#9'),
      warning('not-a-bead', ['acme/app#12'], 'it is a pull request'),
      warning('mixed', ['acme/app#7'], 'it has sub-issues: stage it where it is'),
      warning('bad-index', [], 'task 3 (Write a guide) waits for "9", and the tasks are 1 to 4'),
      warning('overlap', ['acme/app#3', 'acme/app#4'], 'src/cells.ts'),
      warning('not-joined', ['acme/web#4'], 'acme/web'),
      warning('edit-refused', ['acme/app#3'], 'rhea'),
      warning('cycle', [], '1 (Read) → 2 (Write) → 1 (Read)'),
    ]
    expect(refused({ kind: 'needs-force', findings })).toMatchInlineSnapshot(`
      "Please look at these first; \`/convoy start --force\` goes on all the same:

      - ⚠️ acme/app is parked, so #3 and #4 are not begun. Take \`parked: true\` out of its \`.github/townhall.yml\` to let it go on.
      - ⚠️ #3 and #5 wait for the decision #9, which is still open. Decide it and close #9 as completed.
      - ⚠️ rhea may not write in acme/web, where acme/web#4 is. Ask somebody who may write there to stage it, or take the issue out and comment \`/convoy stage\` again.
      - ⚠️ #12 is a sub-issue of #9 already, and an issue has one parent. Stage #9 instead, or take the issue out from under it and comment the command again.
      - ⚠️ #12 does not fit here: it is a pull request. Comment the command again without it.
      - ⚠️ #7 cannot be staged from a list: it has sub-issues: stage it where it is. Comment \`/convoy stage\` in it, or name its sub-issues one by one.
      - ⚠️ The plan does not add up: task 3 (Write a guide) waits for "9", and the tasks are 1 to 4. Mend that line and comment \`/convoy stage\` again.
      - ⚠️ #3 and #4 may work at once and speak of the same files: \`src/cells.ts\`. When they change the same lines, let one wait for the other with "blocked by" on GitHub.
      - ⚠️ acme/web#4 came under this convoy after the start and does not join, because the convoy does not work in acme/web. Take it out of this tree and stage it in a convoy of its own.
      - ⚠️ The text of #3 was last written by rhea, who has no write permission, so no polecat reads it. An edit by somebody with write permission is followed; \`/bead release\` in #3 lets it go on as it is when it is held.
      - ⚠️ These wait for each other: 1 (Read) → 2 (Write) → 1 (Read). Take away one "after" of the circle and comment \`/convoy stage\` again."
    `)
  })
})

describe('a command that cannot be understood', () => {
  it('is answered with what belongs there', () => {
    expect([
      refused({
        kind: 'bad-value',
        line: '/convoy stage --mode fast',
        flag: 'mode',
        wants: 'one of review-then-land, review-and-merge',
      }),
      refused({
        kind: 'bad-argument',
        line: '/bead priority soon',
        wants: 'a priority from `0` to `4`',
      }),
      refused({ kind: 'not-allowed-there', by: 'rhea', repos: ['acme/web'] }),
      refused({ kind: 'not-allowed-there', by: 'rhea', repos: ['acme/web', 'acme/docs'] }),
    ]).toMatchInlineSnapshot(`
      [
        "In \`/convoy stage --mode fast\`, \`--mode\` wants one of review-then-land, review-and-merge.",
        "\`/bead priority soon\` is not understood: it wants a priority from \`0\` to \`4\`.",
        "This convoy reaches into acme/web, where rhea may not write: ask somebody who may write in it to comment.",
        "This convoy reaches into acme/web and acme/docs, where rhea may not write: ask somebody who may write in all of them to comment.",
      ]
    `)
  })
})

describe('what is said of a plan', () => {
  const edges = [
    { blocked: 'acme/app#14', blocker: 'acme/app#12' },
    { blocked: 'acme/web#4', blocker: 'acme/app#14' },
  ]

  it('shows the edges that the order suggests before they count', () => {
    const inferred = (applied: boolean, of = edges) =>
      renderSay({ say: 'inferred', edges: of, applied }, here)
    expect([inferred(false), inferred(true), inferred(false, [])]).toMatchInlineSnapshot(`
      [
        "The order of the issues suggests 2 edges:

      - #14 waits for #12
      - acme/web#4 waits for #14

      Nothing was written. Comment \`/convoy stage --infer-blocks --apply\` to have them set as "blocked by", or set only those that are right on GitHub.",
        "These are set as "blocked by" on GitHub, because the order of the issues suggests them:

      - #14 waits for #12
      - acme/web#4 waits for #14",
        "The order of the issues suggests no edge that is not there already.",
      ]
    `)
  })

  it('foretells how it will go', () => {
    const forecast = {
      madeAt: 0,
      p50Ms: 8 * 60_000,
      p90Ms: 26 * 3_600_000,
      criticalPath: ['acme/app#11', 'acme/app#13'],
      waves: [4, 12, 1],
      polecats: 6,
      machines: 2,
      samples: 1,
      plays: 200,
    }
    expect(renderSay({ say: 'forecast', ref: 'acme/app#10', forecast }, here)).toMatchInlineSnapshot(`
      "**Forecast for #10**, from 200 plays on virtual time; nothing was changed.

      - Half of the plays end within 8 min, nine of ten within 1 d 2 h; up to 6 polecats on 2 machines; durations from 1 run here.
      - 3 waves, with so many beads each: 4, 12, 1.
      - The chain that takes longest: #11 → #13."
    `)
  })

  it('says what could not be done', () => {
    expect([
      renderSay({ say: 'card-refused', by: 'rhea', to: 'Cancelled', has: 'read' }, here),
      renderSay(
        { say: 'trouble', what: 'Links between issues could not be set', why: 'acme/app#12 was deleted' },
        here,
      ),
    ]).toMatchInlineSnapshot(`
      [
        "rhea moved this on the board to **Cancelled**, which takes write permission here, and has read: nothing was changed.",
        "⚠️ Links between issues could not be set. #12 was deleted.",
      ]
    `)
  })
})

describe('a plan that was changed by command', () => {
  it('is answered with what is so now', () => {
    const published = {
      kind: 'publishing',
      issues: 100,
      links: 150,
      parts: 0,
      elsewhere: false,
      starts: false,
    } as const
    const refs = ['acme/app#12', 'acme/web#4']
    expect([
      done(published),
      done({ ...published, issues: 130, parts: 2, elsewhere: true, starts: true }),
      done({ ...published, issues: 0, links: 0 }),
      done({ kind: 'added', refs }),
      done({ kind: 'added', refs: ['acme/app#12'] }),
      done({ kind: 'removed', refs, finishing: [] }),
      done({ kind: 'removed', refs, finishing: ['acme/app#12'] }),
      done({ kind: 'prioritised', ref: 'acme/app#12', priority: 0 }),
      done({ kind: 'skipped', ref: 'acme/app#12', freed: refs }),
      done({ kind: 'skipped', ref: 'acme/app#12', freed: [] }),
      done({ kind: 'cancelled', ref: 'acme/app#12', parked: ['acme/web#4'] }),
      done({ kind: 'cancelled', ref: 'acme/app#12', parked: [] }),
      done({ kind: 'simulating' }),
    ]).toMatchInlineSnapshot(`
      [
        "The plan is being published: 100 issues and 150 links. The card shows how far it is. Then it is staged, and \`/convoy start\` sets it going.",
        "The plan is being published: 130 issues and 150 links. 2 sub-parents are made in between, because GitHub takes at most 100 sub-issues under one issue. The convoy gets an issue of its own, where its card will be. Then the convoy starts.",
        "The plan is being published. The card shows how far it is. Then it is staged, and \`/convoy start\` sets it going.",
        "#12 and acme/web#4 join the convoy.",
        "#12 joins the convoy.",
        "#12 and acme/web#4 leave the convoy.",
        "#12 and acme/web#4 leave the convoy. Work on #12 has begun and is finished first.",
        "#12 has priority 0 now; among what is ready 0 goes first and 4 last.",
        "#12 is skipped; #12 and acme/web#4 go on without it.",
        "#12 is skipped; nothing waited for it.",
        "#12 is cancelled, so acme/web#4 is parked. Comment \`/bead skip\` in #12 to let what waits go on without it.",
        "#12 is cancelled.",
        "The plan is played through on virtual time; the forecast follows here.",
      ]
    `)
  })
})

describe('the status of a bead that people have steered', () => {
  it('names its priority, and that it leaves', () => {
    const text = bead({ priority: 0, leaving: true })
    expect(text).toContain('convoy #10 · priority 0 · polecat amber')
    expect(text).toContain(
      '🚪 It has been taken out of the convoy: what is begun is finished, and no further try is made.',
    )
    expect(bead({})).not.toContain('priority')
  })

  it('says whose words are not read, and lets those of a landed bead be', () => {
    const unread =
      '⚠️ The text of this issue was last written by rhea, who has no write permission, so no polecat reads it.'
    expect(bead({ editRefused: 'rhea' })).toContain(unread)
    const held = bead({ editRefused: 'rhea', standing: 'held' })
    expect(held).toContain('It is held until somebody with write permission has looked at it.')
    expect(held).toContain('Comment `/bead release` to let it go on as it is.')
    expect(bead({ editRefused: 'rhea', standing: 'landed' })).not.toContain('rhea')
  })

  it('leaves a decision to a person, and says what became of what was skipped', () => {
    expect(bead({ standing: 'deciding', polecat: null })).toContain(
      'A person decides this. Close it as completed when it is decided; what waits for it goes on then.',
    )
    expect(bead({ standing: 'skipped' })).toContain('It is skipped: what waits for it goes on without it.')
  })
})

describe('the status of a bead with the longest of words', () => {
  it('leaves room for what is hidden beneath', () => {
    const long = '&$<'.repeat(20_000)
    const text = bead({
      standing: 'asking',
      question: long,
      why: long,
      feedback: { kind: 'gate', text: long, files: Array.from({ length: 50 }, () => long) },
      answers: Array.from({ length: 9 }, () => ({ question: long, answer: long, by: long })),
    })
    expect(text.length).toBeLessThanOrEqual(50_000)
  })
})
