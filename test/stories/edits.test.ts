import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hands, type Thing } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

describe('after the start', { timeout: STORY_MS }, () => {
  let story: Story
  let hands: Hands
  beforeAll(async () => {
    story = await Story.begin()
    hands = new Hands(story.people.wes)
  })
  afterAll(() => story.end())

  const write = (path: string, content = path): string => script({ write: path, content })
  const question = script({ ask: 'Go on?' }, { write: 'q.txt', content: 'q' })

  /** A convoy that stands still at a question: what waits for `q` has not begun while people edit the plan. */
  const atQuestion = async (
    name: string,
    tasks: Readonly<Record<string, string>>,
    config = '',
  ): Promise<{ repo: string; root: Thing; q: Thing; tasks: Record<string, Thing> }> => {
    const repo = await story.repository(name, { '.github/townhall.yml': config })
    const root = await hands.opens(repo, name)
    const q = await hands.adds(root, 'Q', question)
    const made: Record<string, Thing> = {}
    for (const [key, body] of Object.entries(tasks)) {
      made[key] = await hands.adds(root, key, body)
      await hands.blocks(made[key], q)
    }
    await story.command(repo, root.number, '/convoy stage --start')
    await story.labelled(q, 'gt:escalation')
    return { repo, root, q, tasks: made }
  }
  const says = (thing: Thing, line: string, by = story.people.wes): Promise<string> =>
    story.command(thing.repo, thing.number, line, by)
  const answer = (q: Thing): Promise<unknown> => story.people.wes.comment(q.repo, q.number, 'yes')

  it('sub-issues join and leave, edges come and go, a knot is reported and never a wedge', async () => {
    const { repo, root, q, tasks } = await atQuestion('tree', {
      A: write('a.txt'),
      B: write('b.txt'),
      C: write('c.txt'),
    })
    const [a, b, c] = [tasks.A!, tasks.B!, tasks.C!]
    await hands.blocks(c, a)
    await hands.unblocks(c, q)
    const late = await hands.adds(root, 'Late', write('late.txt'))
    await story.closed(late)

    // A knot: the question would wait for what waits for it.
    await hands.blocks(q, b)
    const card = await story.cardSays(repo, root.number, 'These wait for each other')
    expect(card).toMatch(
      new RegExp(`#${q.number} → #${b.number} → #${q.number}|#${b.number} → #${q.number} →`),
    )
    await hands.unblocks(q, b)
    await story.until(
      'the knot is forgotten',
      () => story.card(repo, root.number),
      seen => !seen.includes('These wait for each other'),
    )

    await hands.takes(a, root)
    const extra = await hands.opens(repo, 'Extra', write('extra.txt'))
    expect(await says(root, `/convoy add #${extra.number}`)).toContain(`#${extra.number} joins the convoy`)
    await hands.blocks(b, extra)
    await story.closed(extra)
    expect(await hands.under(root)).toContain(`${repo}#${extra.number}`)
    // What waits for something that was taken out stands until that is done elsewhere, by whomever.
    const without = await story.cardSays(repo, root.number, `#${c.number} is parked behind #${a.number}`)
    expect(without).not.toContain(`| #${a.number} A`)
    await hands.closes(a)
    await story.closed(c)

    // With the edge to the question taken away, what waited for it begins.
    await hands.unblocks(b, q)
    await story.closed(b)
    await answer(q)
    await story.closed(root)
    expect(await story.file(repo, 'a.txt')).toBeNull()
    for (const path of ['c.txt', 'late.txt', 'extra.txt', 'b.txt', 'q.txt'])
      expect(await story.file(repo, path)).not.toBeNull()
  })

  it('a bead moves to another convoy that is under way, and is worked on once', async () => {
    const one = await atQuestion('one', { X: write('x.txt') })
    const x = one.tasks.X!
    const two = await hands.opens(one.repo, 'Two')
    const rest = await hands.adds(two, 'Rest', script({ ask: 'And?' }, { write: 'rest.txt', content: 'r' }))
    // Two commands in one comment.
    await says(two, '/convoy stage\n/convoy start')
    await story.labelled(rest, 'gt:escalation')
    await hands.takes(x, one.root)
    await hands.puts(x, two)
    await hands.unblocks(x, one.q)
    await story.closed(x)
    expect(await story.pulls(one.repo)).toHaveLength(1)
    expect(await says(x, '/why')).toContain('is landed')
    await Promise.all([answer(one.q), answer(rest)])
    await Promise.all([story.closed(one.root), story.closed(two)])
    expect(await story.card(one.repo, two.number)).toContain('2 of 2 landed')
  })

  it('words of those who may write reach a bead that has not begun, words of others do not', async () => {
    const repo = await story.repository('words')
    const readers = new Hands(story.people.rhea)
    const root = await hands.opens(repo, 'Words')
    const q = await hands.adds(root, 'Q', question)
    const ours = await hands.adds(root, 'Ours', write('ours.txt', 'old'))
    const theirs = await readers.opens(repo, 'Theirs', write('theirs.txt', 'as it was planned'))
    await hands.puts(theirs, root)
    await hands.blocks(ours, q)
    await hands.blocks(theirs, q)
    await says(root, '/convoy stage --start')
    await story.labelled(q, 'gt:escalation')

    await hands.edits(ours, { title: 'Ours, but better', body: write('ours.txt', 'new') })
    await readers.edits(theirs, { body: write('theirs.txt', 'something else') })
    await story.cardSays(repo, root.number, 'Ours, but better')
    await story.cardSays(repo, root.number, `The text of #${theirs.number} was last written by rhea`)
    // New, and written by someone who may not: nobody reads it before it is let in.
    const stranger = await readers.opens(repo, 'Stranger', write('stranger.txt'))
    await hands.puts(stranger, root)
    await story.labelled(stranger, 'gt:held')
    expect(await says(stranger, '/why', story.people.rhea)).toMatch(/rhea.*without write access/)
    expect(await says(stranger, '/bead release', story.people.rhea)).toMatch(/write/)
    await says(stranger, '/bead release')
    await answer(q)
    await story.closed(root)
    expect(await story.file(repo, 'ours.txt')).toBe('new')
    expect(await story.file(repo, 'theirs.txt')).toBe('as it was planned')
    expect(await story.file(repo, 'stranger.txt')).toBe('stranger.txt')
  })

  it('beads are skipped, cancelled, closed and opened again, and what waits for them is told', async () => {
    const { repo, root, q, tasks } = await atQuestion(
      'given-up',
      {
        A: script({ fail: 'no luck' }),
        B: write('b.txt'),
        C: write('c.txt'),
        D: write('d.txt'),
        E: write('e.txt'),
      },
      'tries: 1\n',
    )
    const [a, b, c, d, e] = ['A', 'B', 'C', 'D', 'E'].map(key => tasks[key]!) as [
      Thing,
      Thing,
      Thing,
      Thing,
      Thing,
    ]
    // B waits for A, which fails; D waits for C, which is given up; E is done by hand.
    await hands.blocks(b, a)
    await hands.blocks(d, c)
    await hands.closes(e)
    await story.cardSays(repo, root.number, new RegExp(`#${d.number} D .*#${c.number}`))
    expect(await says(c, '/bead cancel')).toMatch(new RegExp(`cancelled, so #${d.number} is parked`))
    expect(await story.closed(c)).toMatchObject({ state_reason: 'not_planned' })
    await answer(q)
    await story.labelled(a, 'gt:failed')
    const why = await says(b, '/why', story.people.rhea)
    expect(why).toMatch(new RegExp(`parked behind .*#${a.number}.*never unblocks`))
    expect(await says(d, '/why')).toMatch(/parked behind/)
    expect(await says(root, '/why')).toMatch(/beads are unfinished/)

    // Done by hand counts as done, until it is opened again.
    expect(await says(e, '/why')).toMatch(/is done/)
    await hands.reopens(e)
    await story.closed(e)
    expect(await says(e, '/why')).toMatch(/is landed/)

    expect(await says(a, '/bead skip')).toContain(`#${b.number} goes on without it`)
    await story.closed(b)
    await hands.closes(d, 'not_planned')
    await story.closed(root)
    expect(await story.issue(repo, a.number)).toMatchObject({ state: 'closed', state_reason: 'not_planned' })
    expect(await story.file(repo, 'b.txt')).toBe('b.txt')
    expect(await story.file(repo, 'd.txt')).toBeNull()
  })

  it('what runs is stopped with /convoy remove, or finished first, and the most urgent begins first', async () => {
    const { repo, root, q, tasks } = await atQuestion(
      'removed',
      {
        A: write('a.txt'),
        B: write('b.txt'),
      },
      'max_polecats: 2\n',
    )
    const slow = (path: string): string => script({ write: path, content: path }, { sleep: '4s' })
    const [kept, stopped] = [
      await hands.adds(root, 'Kept', slow('kept.txt')),
      await hands.adds(root, 'Stopped', slow('stopped.txt')),
    ]
    await Promise.all([story.labelled(kept, 'gt:in-progress'), story.labelled(stopped, 'gt:in-progress')])
    const finish = await says(root, `/convoy remove #${kept.number} --finish`)
    expect(finish).toContain('is finished first')
    expect(await says(root, `/convoy remove #${stopped.number}`)).toContain(
      `#${stopped.number} leaves the convoy`,
    )
    expect(await says(root, '/convoy remove #9999')).toMatch(/^Nothing was changed/)
    expect(await says(tasks.B!, '/bead priority 0')).toContain('priority 0')
    expect(await says(tasks.A!, '/bead hold')).toContain('held')
    await story.closed(kept)
    await answer(q)
    await story.closed(tasks.B!)
    await says(tasks.A!, '/bead release')
    await story.closed(root)
    expect(await hands.under(root)).not.toContain(`${repo}#${stopped.number}`)
    expect(await story.issue(repo, stopped.number)).toMatchObject({ state: 'open' })
    expect(await story.file(repo, 'kept.txt')).toBe('kept.txt')
    expect(await story.file(repo, 'stopped.txt')).toBeNull()
    const order = (await story.pulls(repo)).sort((x, y) => x.number - y.number).map(pull => pull.title)
    expect(order.indexOf('B')).toBeLessThan(order.indexOf('A'))
  })
})
