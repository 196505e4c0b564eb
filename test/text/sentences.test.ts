import { describe, expect, it } from 'vitest'
import { VALUED } from '../../src/core/commands/names.ts'
import { COMMANDS } from '../../src/core/commands/registry.ts'
import type { Finding } from '../../src/core/convoys/findings.ts'
import type { CheckStory, Done, Refusal } from '../../src/core/shown/says.ts'
import { renderCheck, renderPullBody, renderPullTitle, renderSay } from '../../src/text/render.ts'
import { beadCard, here } from './worlds.ts'

const refused = (refusal: Refusal) => renderSay({ say: 'refused', refusal }, here)
const done = (what: Done) => renderSay({ say: 'done', what }, here)
const bead = (fields: Parameters<typeof beadCard>[0]) =>
  renderSay({ say: 'bead', bead: beadCard(fields) }, here)

describe('a refusal', () => {
  it('of a mistyped command names the nearest and all others', () => {
    const text = refused({ kind: 'unknown-command', line: '/convoy strat', nearest: 'convoy start' })
    expect(text).toMatch(/^There is no command `\/convoy strat`\. Did you mean `\/convoy start`\? /)
    for (const command of COMMANDS) expect(text).toContain(`\`/${command.name}\``)
  })

  it('says in one sentence what to do', () => {
    expect([
      refused({ kind: 'unknown-flag', line: '/convoy start --now', flag: 'now', known: ['force'] }),
      refused({ kind: 'unknown-flag', line: '/why --not', flag: 'not', known: [] }),
      refused({ kind: 'not-allowed', by: 'rhea', has: 'read', needs: 'write' }),
      refused({ kind: 'edited' }),
      refused({ kind: 'tree-unreadable', detail: 'GitHub answered 502' }),
      refused({ kind: 'no-convoy-here' }),
      refused({ kind: 'no-bead-here' }),
      refused({
        kind: 'not-now',
        command: 'convoy start',
        is: 'this convoy is already open',
        hint: '`/convoy status` shows how far it is',
      }),
    ]).toMatchInlineSnapshot(`
      [
        "\`/convoy start --now\` has a flag that is not known, \`--now\`: it knows \`--force\`.",
        "\`/why --not\` has a flag that is not known, \`--not\`: it knows none.",
        "This takes write permission in this repository, and rhea has read: ask somebody who has it to comment.",
        "Commands in an edited comment are not obeyed: please write it in a new one.",
        "The tree under this issue could not be read, so nothing was changed; try again when this is mended: GitHub answered 502.",
        "There is no convoy on this issue: \`/convoy stage\` plans one from its sub-issues.",
        "This issue is not a bead of a convoy: comment \`/convoy stage\` on the issue that it is a sub-issue of.",
        "\`/convoy start\` does not fit now. This convoy is already open. \`/convoy status\` shows how far it is.",
      ]
    `)
  })

  it('lists what was found, the worst first, each with its mend', () => {
    const findings: Finding[] = [
      { severity: 'advice', category: 'no-gate', refs: [], detail: 'acme/app' },
      {
        severity: 'warning',
        category: 'blocked-outside',
        refs: ['acme/app#3', 'acme/docs#9'],
        detail: 'unseen',
      },
      {
        severity: 'error',
        category: 'cycle',
        refs: ['acme/app#1', 'acme/app#2', 'acme/app#1'],
        detail: 'acme/app#1 → acme/app#2 → acme/app#1',
      },
    ]
    expect(refused({ kind: 'findings', findings })).toMatchInlineSnapshot(`
      "Nothing was changed, because of 1 thing that must be mended first:

      - ⛔ These wait for each other: #1 → #2 → #1. Take away one "blocked by" of the circle; what is under way goes on without it, what is to be staged needs \`/convoy stage\` again.
      - ⚠️ #3 waits for acme/docs#9, which is not in this convoy and cannot be read. It will wait until acme/docs#9 is closed as completed; take the "blocked by" away to go on without it.
      - 💡 Nothing tests the work in acme/app before it lands. Name a test command under \`gates:\` in \`.github/townhall.yml\`."
    `)
    expect(refused({ kind: 'needs-force', findings: findings.slice(1, 2) })).toMatchInlineSnapshot(`
      "Please look at these first; \`/convoy start --force\` goes on all the same:

      - ⚠️ #3 waits for acme/docs#9, which is not in this convoy and cannot be read. It will wait until acme/docs#9 is closed as completed; take the "blocked by" away to go on without it."
    `)
  })
})

describe('every finding', () => {
  const one = (category: Finding['category'], refs: string[], detail: string): Finding => ({
    severity: 'error',
    category,
    refs,
    detail,
  })

  it('is a sentence that says what is so and one that says what to do', () => {
    const findings = [
      one('empty', ['acme/app#1'], 'it has no sub-issues'),
      one('only-epics', ['acme/app#2', 'acme/app#3'], 'everything under it is an epic'),
      one('no-rig', ['acme/web#4'], 'acme/web'),
      one('already-in-convoy', ['acme/app#5'], 'acme/app#90'),
      one('unreadable', ['acme/secret#1'], 'not readable for the App'),
      one('too-many', ['acme/app#1'], '612 issues, at most 500'),
      one('rig-archived', ['acme/old#1'], 'acme/old'),
      one('orphan', ['acme/app#6', 'acme/app#7'], '2'),
      one('cross-rig', [], 'acme/app, acme/web'),
      one('wide-wave', [], '9 beads at once, 4 polecats'),
      one('bad-config', [], 'acme/app: line 3: unknown key "gate", did you mean "gates"?'),
    ]
    expect(refused({ kind: 'findings', findings })).toMatchInlineSnapshot(`
      "Nothing was changed, because of 11 things that must be mended first:

      - ⛔ There is nothing to do here: it has no sub-issues. Add open sub-issues and comment \`/convoy stage\` again.
      - ⛔ Everything here is an epic (#2 and #3), and an epic is never worked on itself. Give at least one of them an open sub-issue that is a piece of work and comment \`/convoy stage\` again.
      - ⛔ acme/web#4 is in acme/web, where Townhall is not installed. Install the App there, or take the issue out of this tree and comment \`/convoy stage\` again.
      - ⛔ #5 belongs to the convoy #90. Close that convoy with \`/convoy close\` in #90, or take the issue out of this tree, and comment \`/convoy stage\` again.
      - ⛔ acme/secret#1 cannot be read, so nothing is known of what is there. Let the App see that repository, or take the issue out of this tree.
      - ⛔ This is more than one convoy takes: 612 issues, at most 500. Split the epic into several and comment \`/convoy stage\` again on each.
      - ⛔ acme/old is archived, so nothing can be pushed for acme/old#1. Unarchive it, or move its issues, and comment \`/convoy stage\` again.
      - ⛔ Nothing joins #6 and #7 to the other beads. That is fine when they depend on nothing; else set "blocked by" on GitHub.
      - ⛔ This convoy works in several repositories: acme/app, acme/web. Each gets a branch and a landing of its own; they do not land in one moment.
      - ⛔ A wave is wider than the polecats that may work at once: 9 beads at once, 4 polecats. The rest of the wave waits for a free one; \`max_polecats\` in \`.github/townhall.yml\` sets how many there are.
      - ⛔ \`.github/townhall.yml\` has a mistake, so its last good version holds, or the defaults: acme/app: line 3: unknown key "gate", did you mean "gates"? Mend it in the default branch."
    `)
  })
})

describe('a command that was obeyed', () => {
  it('is answered with what is so now', () => {
    expect([
      done({ kind: 'staged', status: 'staged_ready', beads: 9, waves: 4, started: false, restaged: false }),
      done({ kind: 'staged', status: 'staged_warnings', beads: 1, waves: 1, started: false, restaged: true }),
      done({ kind: 'staged', status: 'staged_ready', beads: 9, waves: 4, started: true, restaged: false }),
      done({ kind: 'started', beads: 9 }),
      done({ kind: 'paused' }),
      done({ kind: 'resumed' }),
      done({ kind: 'closed', stopped: 2 }),
      done({ kind: 'closed', stopped: 0 }),
      done({ kind: 'retried', ref: 'acme/app#16' }),
      done({ kind: 'held', ref: 'acme/app#16' }),
      done({ kind: 'released', ref: 'acme/app#16', skipped: [] }),
      done({ kind: 'released', ref: 'acme/app#16', skipped: ['acme/app#2', 'acme/docs#3'] }),
    ]).toMatchInlineSnapshot(`
      [
        "Staged: 9 beads in 4 waves. Comment \`/convoy start\` to set it going.",
        "Staged again: 1 bead in 1 wave. There are warnings on the card; \`/convoy start --force\` goes on all the same.",
        "Staged: 9 beads in 4 waves. The convoy is under way.",
        "The convoy is under way with 9 beads.",
        "Paused: nothing is begun, merged or landed until \`/convoy resume\`.",
        "The convoy goes on.",
        "The convoy is closed, and 2 unfinished beads with it. \`/convoy stage\` plans it anew.",
        "The convoy is closed. \`/convoy stage\` plans it anew.",
        "#16 is tried again, with all its tries.",
        "#16 is held until \`/bead release\`.",
        "#16 goes on.",
        "#16 goes on without #2 and acme/docs#3.",
      ]
    `)
  })
})

describe('the status of a bead', () => {
  it('while a polecat works', () => {
    expect(bead({ tries: 1 })).toMatchInlineSnapshot(`
      "🔨 **Working** · convoy #10 · polecat amber · 1 of 3 tries spent · \`convoy/importer/1f2e3d4c/gt/amber/0a1b2c3d\`

      Polecat amber is at work on it.

      <sub>Comment here: \`/bead hold\` · \`/bead cancel\` · \`/why\` · \`/help\`.</sub>"
    `)
  })

  it('with a question, and with the answers so far', () => {
    expect(
      bead({
        standing: 'asking',
        question: 'Day first or month first?\nBoth are in the samples.',
        answers: [{ question: 'Which delimiter?', answer: 'A comma', by: 'wes' }],
      }),
    ).toMatchInlineSnapshot(`
      "🙋 **Asking** · convoy #10 · polecat amber · \`convoy/importer/1f2e3d4c/gt/amber/0a1b2c3d\`

      Polecat amber asks something and goes on when it is answered.

      > Day first or month first?
      > Both are in the samples.

      **Anybody with write access answers by commenting here.**

      > Which delimiter?

      wes answered:

      > A comma

      <sub>Comment here: \`/bead hold\` · \`/bead cancel\` · \`/why\` · \`/help\`.</sub>"
    `)
  })

  it('after its tries are spent, with the end of the output', () => {
    expect(
      bead({
        standing: 'failed',
        tries: 3,
        pull: 23,
        why: 'the gate "test" failed three times',
        feedback: { kind: 'gate', text: 'not ok 3 - quoted cells\n```\n', files: ['src/cells.ts'] },
      }),
    ).toMatchInlineSnapshot(`
      "❌ **Failed** · convoy #10 · polecat amber · 3 of 3 tries spent · \`convoy/importer/1f2e3d4c/gt/amber/0a1b2c3d\` · pull request #23

      Its tries are spent. Comment \`/bead retry\` when the cause is mended. The gate "test" failed three times.

      <details open><summary>A gate failed: the end of its output</summary>

      - \`src/cells.ts\`

      \`\`\`\`text
      not ok 3 - quoted cells
      \`\`\`
      \`\`\`\`

      </details>

      <sub>Comment here: \`/bead retry\` · \`/bead skip\` · \`/bead cancel\` · \`/why\` · \`/help\`.</sub>"
    `)
  })

  it('landed, without the troubles of the way', () => {
    const text = bead({
      standing: 'landed',
      landedOn: 'main',
      pull: 23,
      feedback: { kind: 'gate', text: 'red', files: [] },
    })
    expect(text).toContain('It is on `main` (#23).')
    expect(text).not.toContain('red')
  })
})

describe('a question', () => {
  it('is asked once, and again as a reminder', () => {
    expect(
      renderSay({ say: 'question', polecat: 'cedar', text: 'Day first?', reminder: 0 }, here),
    ).toMatchInlineSnapshot(`
      "🙋 Polecat cedar asks:

      > Day first?

      Anybody with write access answers by commenting here; the work goes on with the answer."
    `)
    expect(
      renderSay({ say: 'question', polecat: null, text: 'Day first?', reminder: 2 }, here),
    ).toMatchInlineSnapshot(`
      "⏰ The polecat still waits for an answer (reminded 2 times):

      > Day first?

      Anybody with write access answers by commenting here; the work goes on with the answer."
    `)
  })
})

describe('/why', () => {
  it('is a chain of reasons with their rules', () => {
    const because = [
      {
        what: 'acme/app#18 waits for acme/app#16',
        rule: 'a blocker is satisfied when it has landed',
        frees: null,
      },
      { what: 'acme/app#16 has failed', rule: 'tries: 3', frees: 'comment `/bead retry` in acme/app#16' },
    ]
    expect(renderSay({ say: 'why', subject: 'acme/app#18', because }, here)).toMatchInlineSnapshot(`
      "**Why #18 stands as it does**

      1. #18 waits for #16. _(a blocker is satisfied when it has landed)_
      2. #16 has failed. _(tries: 3)_
         What frees it: Comment \`/bead retry\` in #16."
    `)
    expect(renderSay({ say: 'why', subject: 'acme/app#18', because: [] }, here)).toMatchInlineSnapshot(`
      "**Why #18 stands as it does**

      Nothing holds it up."
    `)
  })
})

describe('/help', () => {
  it('has a row for every command of the registry', () => {
    const text = renderSay({ say: 'help' }, here)
    for (const { usage, flags, options = [] } of COMMANDS) {
      for (const flag of [...flags, ...options]) expect(usage).toContain(`--${flag}`)
    }
    for (const option of VALUED) expect(text).toMatch(new RegExp(`^- \`--${option} `, 'm'))
    for (const { usage, permission } of COMMANDS) {
      expect(
        text.split('\n').some(row => row.startsWith(`| \`${usage}\` |`) && row.endsWith(`| ${permission} |`)),
      ).toBe(true)
    }
  })
})

describe('a pull request of ours', () => {
  const story = {
    pullId: 'b12.p1',
    ref: 'acme/app#12',
    convoyRef: 'acme/plans#10',
    polecat: 'amber',
    beads: [],
  }

  it('names its bead and its convoy', () => {
    expect(renderPullBody({ ...story, kind: 'bead' }, here)).toMatchInlineSnapshot(`
      "<!-- townhall:pull:b12.p1 -->

      Bead: #12
      Convoy: acme/plans#10

      Work of polecat amber.

      Townhall tests it merged with its base and merges it when the gates are green."
    `)
    expect(renderPullTitle('  Parse\nquoted cells ')).toBe('Parse quoted cells')
  })

  it('of a landing lists the beads that it brings', () => {
    const beads = [
      { ref: 'acme/app#11', title: 'Read the header line', pull: 21 },
      { ref: 'acme/app#12', title: 'Fixes #4 for @olivia', pull: null },
    ]
    expect(
      renderPullBody({ ...story, kind: 'landing', ref: 'acme/plans#10', beads }, here),
    ).toMatchInlineSnapshot(`
      "<!-- townhall:pull:b12.p1 -->

      Convoy: acme/plans#10

      Lands 2 beads:

      - #11 Read the header line (#21)
      - #12 Fixes #​4 for @​olivia"
    `)
  })
})

describe('a check run', () => {
  const green = { name: 'lint', ok: true, seconds: 1.25, tail: 'fine' }
  const red = { name: 'test', ok: false, seconds: 31, tail: 'Error: ```\n  at line 3' }
  const check = (fields: Partial<CheckStory>) =>
    renderCheck(
      { pullId: 'p', status: 'completed', conclusion: 'success', why: null, gates: [], ...fields },
      here,
    )

  it('shows the end of what failed', () => {
    expect(check({ conclusion: 'failure', gates: [green, red] })).toMatchInlineSnapshot(`
      {
        "summary": "| Gate | | Took |
      | --- | --- | --- |
      | \`lint\` | ✅ green | 1.3 s |
      | \`test\` | ❌ red | 31.0 s |",
        "text": "**\`test\`**

      \`\`\`\`text
      Error: \`\`\`
        at line 3
      \`\`\`\`",
        "title": "test failed",
      }
    `)
  })

  it('has a title for every state', () => {
    expect([
      check({ status: 'queued', conclusion: null }).title,
      check({ status: 'in_progress', conclusion: null }).title,
      check({ gates: [green] }).title,
      check({}).title,
      check({ conclusion: 'failure', why: 'it conflicts' }).title,
      check({ conclusion: 'neutral', why: 'the branch is gone' }).title,
    ]).toMatchInlineSnapshot(`
      [
        "Waits for its turn",
        "Gates are running on the merged result",
        "1 gate green on the merged result",
        "Nothing to test: no gates are configured",
        "Cannot be merged",
        "Could not be judged",
      ]
    `)
  })
})
