import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hands } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

/** A card with all that comes to it by and by: it is not drawn again by itself. */
const WHOLE = /\[board\].*half of the plays/s

describe('staging', { timeout: STORY_MS }, () => {
  let story: Story
  let hands: Hands
  let repo: string
  beforeAll(async () => {
    story = await Story.begin()
    hands = new Hands(story.people.wes)
    repo = await story.repository('web')
  })
  afterAll(() => story.end())

  const write = (path: string): string => script({ write: path, content: path })

  /** An error says what must be mended, and leaves GitHub as it was. */
  const writesNothing = async (number: number, line: string): Promise<string> => {
    const before = await story.picture(repo)
    const reply = await story.command(repo, number, line)
    expect(reply).toMatch(/^Nothing was changed/)
    expect(await story.command(repo, number, '/convoy status')).toMatch(/no convoy/i)
    expect(await story.picture(repo)).toEqual(before)
    return reply
  }

  it('names every cycle, also one through an epic, and writes nothing', async () => {
    const root = await hands.opens(repo, 'Knots')
    const [a, b] = [await hands.adds(root, 'A'), await hands.adds(root, 'B')]
    const [c, epic] = [await hands.adds(root, 'C'), await hands.adds(root, 'An epic')]
    const d = await hands.adds(epic, 'D')
    await hands.blocks(a, b)
    await hands.blocks(b, a)
    await hands.blocks(c, epic)
    await hands.blocks(d, c)
    const reply = await writesNothing(root.number, '/convoy stage --start --force')
    expect(reply).toContain('2 things')
    expect(reply).toMatch(new RegExp(`#${a.number} → #${b.number} → #${a.number}`))
    expect(reply).toMatch(new RegExp(`#${c.number} → #${d.number} → #${c.number}`))
  })

  it('refuses what has nothing to do, and lists and checklists that do not add up, naming all that is wrong', async () => {
    const done = await hands.opens(repo, 'Done')
    await hands.closes(await hands.adds(done, 'Closed'))
    expect(await writesNothing(done.number, '/convoy stage')).toContain('nothing to do')

    const holder = await hands.opens(repo, 'A list')
    const alone = await hands.opens(repo, 'Alone')
    const mixed = await writesNothing(holder.number, `/convoy stage #${alone.number} #${done.number}`)
    expect(mixed).toContain(`#${done.number} cannot be staged from a list`)
    const strange = `/convoy stage #${alone.number} #9999 acme/nowhere#1`
    const lost = await writesNothing(holder.number, strange)
    for (const what of ['2 things', '#9999', 'not installed in acme/nowhere']) expect(lost).toContain(what)

    const list = await hands.opens(
      repo,
      'Bad list',
      '- [ ] One (after 3)\n- [ ] Two (after 2, 9)\n- [ ] Three (after 1)',
    )
    const bad = await writesNothing(list.number, '/convoy stage --start')
    for (const what of ['3 things', '2 (Two) waits for itself', '"9"', '1 (One) → 3 (Three)'])
      expect(bad).toContain(what)
  })

  it('refuses a bead that another open convoy has', async () => {
    const outer = await hands.opens(repo, 'Outer')
    const inner = await hands.opens(repo, 'Inner')
    const b = await hands.adds(inner, 'B')
    await story.command(repo, inner.number, '/convoy stage')
    await story.cardSays(repo, inner.number, WHOLE)
    await hands.puts(inner, outer)
    const before = await story.picture(repo)
    const reply = await story.command(repo, outer.number, '/convoy stage')
    expect(reply).toContain(`#${b.number} belongs to the convoy #${inner.number}`)
    expect(await story.picture(repo)).toEqual(before)
  })

  it('with warnings needs --force; gates and blockers from outside hold all the same; one of two starts wins', async () => {
    const web = await story.repository('gated')
    const root = await hands.opens(web, 'Gated')
    const outside = await hands.opens(web, 'Not ours')
    const decision = await hands.adds(root, 'Which colour?', '', ['decision'])
    const free = await hands.adds(root, 'Free', write('free.txt'))
    const gated = await hands.adds(root, 'Gated', write('gated.txt'))
    const far = await hands.adds(root, 'Far', write('far.txt'))
    const over = await hands.adds(root, 'Over')
    await hands.closes(over)
    await hands.blocks(gated, decision)
    await hands.blocks(far, outside)
    await hands.blocks(free, over)
    // Closed work takes no wave: what waited for it is in the first.
    expect(await story.command(web, root.number, '/convoy stage --start')).toMatch(
      /^Staged: 4 beads in 2 waves\..*--force/,
    )
    const card = await story.cardSays(web, root.number, 'with warnings')
    expect(card).toContain(`#${gated.number} waits for the decision #${decision.number}`)
    expect(card).toContain(`#${far.number} waits for #${outside.number}, which is not in this convoy`)
    await story.cardSays(web, root.number, WHOLE)

    const before = await story.picture(web)
    expect(await story.command(web, root.number, '/convoy start')).toContain('/convoy start --force')
    expect(await story.command(web, root.number, '/convoy start --force', story.people.rhea)).toMatch(/write/)
    expect(await story.picture(web)).toEqual(before)

    const starts = await Promise.all([
      story.command(web, root.number, '/convoy start --force'),
      story.command(web, root.number, '/convoy start --force', story.people.olivia),
    ])
    expect(starts.filter(reply => reply.includes('under way with'))).toHaveLength(1)
    expect(starts.filter(reply => reply.includes('already open'))).toHaveLength(1)
    await story.closed(free)
    for (const [bead, blocker] of [
      [gated, decision],
      [far, outside],
    ] as const) {
      const why = await story.command(web, bead.number, '/why', story.people.rhea)
      expect(why).toMatch(new RegExp(`is waiting for .*#${blocker.number}`))
    }
    expect(await story.pulls(web)).toHaveLength(1)
    await hands.closes(decision)
    await story.closed(gated)
    expect(await story.pulls(web)).toHaveLength(2)
    await hands.closes(outside)
    await story.closed(root)
    expect(await story.file(web, 'far.txt')).toBe('far.txt')
  })

  it('is refused again at the start when the repository was parked meanwhile, and stays staged', async () => {
    const web = await story.repository('parked')
    const epic = await story.epic(web, [{ key: 'a', title: 'A', body: write('a.txt') }])
    await story.command(web, epic.number, '/convoy stage')
    await story.cardSays(web, epic.number, 'half of the plays')
    await story.people.wes.request('PUT', `/repos/${web}/contents/.github/townhall.yml`, {
      message: 'park it',
      content: Buffer.from('parked: true\n').toString('base64'),
    })
    await story.until(
      'Townhall has heard of it',
      () => story.command(web, epic.number, '/convoy stage --dry-run'),
      said => said.includes('is parked'),
    )
    expect(await story.command(web, epic.number, '/convoy start')).toContain('/convoy start --force')
    expect(story.labels(await story.issue(web, epic.number))).toEqual(['gt:convoy', 'gt:staged'])
    expect(await story.branches(web)).toEqual(['main'])
  })

  it('is followed by a pause that is one: nothing begins, nothing merges', async () => {
    const web = await story.repository('paused')
    const root = await hands.opens(web, 'Paused')
    const a = await hands.adds(root, 'A', script({ write: 'a.txt', content: 'a' }, { sleep: '2s' }))
    const q = await hands.adds(root, 'Q', script({ ask: 'Go on?' }, { write: 'q.txt', content: 'q' }))
    const b = await hands.adds(root, 'B', write('b.txt'))
    await hands.blocks(b, a)
    await story.command(web, root.number, '/convoy stage --start')
    await story.labelled(a, 'gt:in-progress')
    await story.labelled(q, 'gt:escalation')
    expect(await story.command(web, root.number, '/convoy pause')).toMatch(/^Paused/)
    await story.people.wes.comment(web, q.number, 'yes')
    // What runs is finished, and is not merged.
    await story.labelled(a, 'gt:in-review')
    const other = await story.epic(repo, [{ key: 'x', title: 'X', body: write('x.txt') }], 'Meanwhile')
    await story.start(repo, other)
    await story.landed(repo, other)
    expect((await story.pulls(web)).filter(pull => pull.merged_at !== null)).toEqual([])
    for (const bead of [q, b])
      expect(story.labels(await story.issue(web, bead.number))).not.toContain('gt:in-progress')
    const [pull] = await story.pulls(web)
    expect(await story.command(web, pull?.number ?? a.number, '/why', story.people.rhea)).toMatch(/paused/)
    expect(await story.card(web, root.number)).toMatch(/Paused/)
    await story.command(web, root.number, '/convoy resume')
    await story.closed(root)
    expect(await story.file(web, 'q.txt')).toBe('q')
  })
})
