import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hands } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

const CHECKLIST = (old: number): string => `What is to be done.

- [ ] Lay the ground :seedling: @everyone
  All of it, in one go.

${indented(script({ write: 'ground.txt', content: 'laid' }))}
- [ ] The walls (after 1)
  - [ ] The north wall
${indented(indented(script({ run: 'cp ground.txt north.txt' })))}
  - [ ] The south wall
${indented(indented(script({ write: 'south.txt', content: 'stands' })))}
- [x] Buy the bricks
- [ ] #${old} (after 2, 5)
`

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

describe('a plan', { timeout: STORY_MS }, () => {
  let story: Story
  let hands: Hands
  beforeAll(async () => {
    story = await Story.begin()
    hands = new Hands(story.people.wes)
  })
  afterAll(() => story.end())

  const write = (path: string): string => script({ write: path, content: path })

  it('that is a checklist becomes issues with details, places and edges, and lands', async () => {
    const repo = await story.repository('house')
    const old = await hands.opens(repo, 'The roof', script({ run: 'cat north.txt south.txt > roof.txt' }))
    const root = await hands.opens(repo, 'A house', CHECKLIST(old.number))
    const reply = await story.command(repo, root.number, '/convoy stage --start')
    expect(reply).toMatch(/being published: 4 issues and 3 links.*Then the convoy starts/s)
    await story.closed(root)

    const titles = async (thing: typeof root): Promise<string[]> => {
      const refs = await hands.under(thing)
      const issues = await Promise.all(refs.map(ref => story.issue(repo, Number(ref.split('#')[1]))))
      return issues.map(issue => issue.title)
    }
    const [ground, walls, roof] = await hands.under(root)
    expect(roof).toBe(`${repo}#${old.number}`)
    const at = (ref: string | undefined) => ({ ...root, number: Number(ref?.split('#')[1]) })
    expect(await titles(at(walls))).toEqual(['The north wall', 'The south wall'])
    expect(await hands.waitsFor(at(walls))).toEqual([ground])
    expect(await hands.waitsFor(old)).toEqual([walls])
    // Nobody is called by a title that we write, and the script reached its polecat as it was written.
    expect((await titles(root))[0]).toMatch(/^Lay the ground .*everyone$/)
    expect((await titles(root))[0]).not.toContain('@everyone')
    expect(await story.file(repo, 'roof.txt')).toBe('laidstands')
  })

  it('that is a list is put under the issue where it was given', async () => {
    const [web, other] = [await story.repository('web'), await story.repository('other')]
    const a = await hands.opens(web, 'A')
    const b = await hands.opens(web, 'B')
    const c = await hands.opens(other, 'C')
    const holder = await hands.opens(web, 'Three things')
    await hands.blocks(c, a)
    const line = `/convoy stage #${a.number} ${other}#${c.number} #${b.number} --title "Odds and ends"`
    expect(await story.command(web, holder.number, line)).toMatch(/published: 3 links/)
    const card = await story.cardSays(web, holder.number, 'ready to start')
    expect(card).toContain('Odds and ends')
    expect(card).toMatch(/\*\*Plan:\*\* 2 waves/)
    expect(await hands.under(holder)).toEqual([
      `${web}#${a.number}`,
      `${other}#${c.number}`,
      `${web}#${b.number}`,
    ])
    expect(story.labels(await story.issue(web, holder.number))).toEqual(['gt:convoy', 'gt:staged'])
  })

  it('that is a list given on one of the listed gets an issue of its own, and starts when asked to', async () => {
    const repo = await story.repository('pair')
    const a = await hands.opens(repo, 'A', write('a.txt'))
    const b = await hands.opens(repo, 'B', script({ run: 'cp a.txt b.txt' }))
    await hands.blocks(b, a)
    const line = `/convoy stage #${a.number} #${b.number} --start --title "A pair"`
    expect(await story.command(repo, a.number, line)).toContain('an issue of its own')
    const own = { repo, number: b.number + 1 }
    await story.until(
      'it is opened',
      () => story.issues(repo),
      issues => issues.length === 3,
    )
    await story.closed(own)
    expect(await story.issue(repo, own.number)).toMatchObject({ title: 'A pair', state_reason: 'completed' })
    expect(await story.file(repo, 'b.txt')).toBe('a.txt')
  })

  it('is tried, named, aimed, foretold and staged again on one card', async () => {
    const repo = await story.repository('options')
    await hands.branches(repo, 'next')
    const root = await hands.opens(repo, 'The epic')
    const [a, b, c] = [await hands.adds(root, 'A'), await hands.adds(root, 'B'), await hands.adds(root, 'C')]
    const before = await story.picture(repo)
    const stage = (flags: string): Promise<string> =>
      story.command(repo, root.number, `/convoy stage ${flags}`)
    const tried = await stage('--dry-run --title "Not yet"')
    expect(tried).toMatch(/Nothing was written.*3 beads in 1 wave/s)
    expect(tried).toContain('Not yet')
    expect(await stage('--infer-blocks')).toContain(`#${b.number} waits for #${a.number}`)
    expect(await stage('--mode merge-somehow')).toMatch(/review-then-land.*review-and-merge/)
    expect(await stage('--title')).toContain('wants a value')
    expect(await story.picture(repo)).toEqual(before)

    await stage('--title "Spring" --mode review-and-merge --base next')
    const card = await story.cardSays(repo, root.number, 'half of the plays end within')
    for (const words of ['Convoy: Spring', '`review-and-merge`', 'straight into `next`'])
      expect(card).toContain(words)
    expect(await stage('--infer-blocks --apply')).toContain(`#${c.number} waits for #${b.number}`)
    await story.cardSays(repo, root.number, /\*\*Plan:\*\* 3 waves, one bead at a time; longest chain/)
    expect(await hands.waitsFor(c)).toEqual([`${repo}#${b.number}`])

    expect(await story.command(repo, root.number, '/convoy simulate', story.people.rhea)).toMatch(/forecast/)
    const foretold = await story.until(
      'the forecast',
      () => story.said(repo, root.number),
      said => said.some(body => body.includes('**Forecast for')),
    )
    expect(foretold.find(body => body.includes('**Forecast for'))).toMatch(/3 waves.*1, 1, 1/s)

    // Edited on GitHub: the plan is drawn again by itself, and by a command on the same card.
    await hands.unblocks(c, b)
    await story.cardSays(repo, root.number, /\*\*Plan:\*\* 2 waves/)
    expect(await stage('')).toMatch(/Staged again: 3 beads in 2 waves/)
    expect(await story.card(repo, root.number)).toContain('Convoy: Spring')
  })
})
